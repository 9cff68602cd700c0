// SPDX-License-Identifier: ISC
#include "net/pin.h"

#include <gnutls/x509.h>

#include "base/attr.h"
#include "net/cert.h"
#include "unit.h"

/* Keys of each kind; the pins are what openssl(1) makes of them. */
static const struct {
	const char *pem, *pin;
} certificates[] = {
	{ "-----BEGIN CERTIFICATE-----\n"
	  "MIIBjjCCATOgAwIBAgIUeznG00Ar2Ieg1hTEG4ixOe/WYa8wCgYIKoZIzj0EAwIw\n"
	  "GzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLm9yZzAgFw0yNjExMjIwOTAwMTRaGA8y\n"
	  "MTI2MTAyOTA5MDAxNFowGzEZMBcGA1UEAwwQbWFpbC5leGFtcGxlLm9yZzBZMBMG\n"
	  "ByqGSM49AgEGCCqGSM49AwEHA0IABOd3CCSN0JS4H8S9gRXNonVhUvV8gMQz12u1\n"
	  "9AlXTOx/Uaf/FughW451gUV51uJYHoBTV3PUSoFbi8y3x2SIWWmjUzBRMB0GA1Ud\n"
	  "DgQWBBTc6Uyy29OOW7LFBB95I0FaHm4V8TAfBgNVHSMEGDAWgBTc6Uyy29OOW7LF\n"
	  "BB95I0FaHm4V8TAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC0\n"
	  "dK6qok7rQQvw0tfKzeMggMLDXlJj4HhK9XeYqOJC7QIhANBlMvP0v/15Dye2KVOr\n"
	  "LbxI06h+1pFLVffTYjJfHBwM\n"
	  "-----END CERTIFICATE-----\n",
	    "sha256//qGJJN6TZ26uS27E0tkivIj0qbk2uS9DAArrM+tI1YIU=" },
	{ "-----BEGIN CERTIFICATE-----\n"
	  "MIIB9jCCAV+gAwIBAgIUL5eV93QhNQVtAXbMPkcqG9uIHEowDQYJKoZIhvcNAQEL\n"
	  "BQAwDDEKMAgGA1UEAwwBcjAgFw0yNjExMjIwOTAwMTRaGA8yMTI2MTAyOTA5MDAx\n"
	  "NFowDDEKMAgGA1UEAwwBcjCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEApVH9\n"
	  "4gHc9sJDbsimE87JG+zmrACPK/zkqGP0c5FmK+aUDZMZcsS6yf40Ci9j7jx4JhBf\n"
	  "9sqyP12Dlav5m14fdGhOIDOy54AYqnQk8G3RVOBL9qJLK5C0NqheslyK+gGMbhB8\n"
	  "kzniMcm4vhMAMb93EXmBKEXjPAcnw6bWfWg4+iUCAwEAAaNTMFEwHQYDVR0OBBYE\n"
	  "FLCOux+nShvY4sOsT/WB55zsiEBcMB8GA1UdIwQYMBaAFLCOux+nShvY4sOsT/WB\n"
	  "55zsiEBcMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAMKvNGyUe\n"
	  "X9I5ALMhs1hgeI3TVGx21qkt7RUjzD1QP5lKDhVw4qEO0e0VoylQv1x7ypi/77/o\n"
	  "N+/KZTEQXai8PeAEqwQdl63yNq/T1VEG8pCZSoemAo6cfTk9ZZyKFWZGAPyPK0IL\n"
	  "p+S/+VOqXk33hFhXByZTC6rghIFdb11BYLE=\n"
	  "-----END CERTIFICATE-----\n",
	    "sha256//BYr7felwu9Su/9VFYoCSj4+d/PdD9FfU+VMmM76OMtU=" },
	{ "-----BEGIN CERTIFICATE-----\n"
	  "MIIBLjCB4aADAgECAhR8ocbZfV7pdyo3YBgbfbTX/SwGlDAFBgMrZXAwDDEKMAgG\n"
	  "A1UEAwwBZTAgFw0yNjExMjIwOTAwMTRaGA8yMTI2MTAyOTA5MDAxNFowDDEKMAgG\n"
	  "A1UEAwwBZTAqMAUGAytlcAMhAKEbKlox/kqrhGY6q6e3cqjGHpdKAjHF919W8FI6\n"
	  "vXeDo1MwUTAdBgNVHQ4EFgQU13rR0bA/FLpc6HgFy2p/eny5jE0wHwYDVR0jBBgw\n"
	  "FoAU13rR0bA/FLpc6HgFy2p/eny5jE0wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD\n"
	  "QQBNB8yZ3DMKZRbLHfEBhLvld/vYZFQ8rcQM1B1iB6Ght+QKi74Yp0VGwD14Taf3\n"
	  "c7lwbnxfhdk2PEvxXjuN0LwK\n"
	  "-----END CERTIFICATE-----\n",
	    "sha256//R5jGYr+jBk2rv6Gb+L/p1BC2GSpvEc0xeNt+2mzuuGo=" },
};

enum { P256, RSA, ED25519 };

#define FINGERPRINT                                        \
	"00:E5:39:C8:98:1A:94:3E:4A:99:79:CC:28:38:B5:C9:" \
	"14:44:AA:EC:B1:3A:01:D7:66:28:92:78:ED:1D:AA:10"
#define SHA1 "EEF8C953283640CC88DC3E2FEDDF7607FEECCF0A"
#define OTHER "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static gnutls_x509_crt_t
certificate(size_t which)
{
	union {
		const char *text;
		unsigned char *bytes;
	} pem = { .text = certificates[which].pem };
	const gnutls_datum_t datum = { pem.bytes,
		(unsigned)strlen(certificates[which].pem) };
	gnutls_x509_crt_t crt = NULL;
	CHECK(gnutls_x509_crt_init(&crt) >= 0);
	CHECK(gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_PEM) >= 0);
	return crt;
}

TEST(a_pin_is_the_digest_that_others_make_of_the_key)
{
	for (size_t i = 0; i < ARRAY_LEN(certificates); i++) {
		AUTO(cert_release) gnutls_x509_crt_t crt = certificate(i);
		char text[CERT_PIN_SIZE];
		cert_pin(crt, text);
		CHECK_STR(text, certificates[i].pin);
		CHECK(pin_has_key(text, crt));
	}
}

TEST(one_of_several_pins_will_do)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = certificate(P256);
	static const char pin[] =
	    "sha256//qGJJN6TZ26uS27E0tkivIj0qbk2uS9DAArrM+tI1YIU=";
	static const char *const separators[] = { " ", ",", ";", "; ", "\t," };
	for (size_t i = 0; i < ARRAY_LEN(separators); i++) {
		char pins[200];
		(void)snprintf(
		    pins, sizeof(pins), "%s%s%s", OTHER, separators[i], pin);
		CHECK(pin_has_key(pins, crt));
		(void)snprintf(
		    pins, sizeof(pins), "%s%s%s", pin, separators[i], OTHER);
		CHECK(pin_has_key(pins, crt));
	}
}

TEST(another_keys_pin_is_not_its)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = certificate(P256);
	CHECK(!pin_has_key(OTHER, crt));
	CHECK(!pin_has_key(certificates[RSA].pin, crt));
	CHECK(!pin_has_key("", crt));
	/* a part, more than all, and the digest without its name */
	CHECK(!pin_has_key("sha256//", crt));
	CHECK(!pin_has_key("sha256//qGJJN6TZ", crt));
	CHECK(!pin_has_key(
	    "sha256//qGJJN6TZ26uS27E0tkivIj0qbk2uS9DAArrM+tI1YIUA", crt));
	CHECK(
	    !pin_has_key("qGJJN6TZ26uS27E0tkivIj0qbk2uS9DAArrM+tI1YIU=", crt));
}

TEST(a_fingerprint_is_of_the_whole_certificate)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = certificate(P256);
	AUTO(cert_release) gnutls_x509_crt_t other = certificate(ED25519);
	CHECK(pin_has_certificate(FINGERPRINT, crt));
	CHECK(pin_has_certificate(SHA1 ", " FINGERPRINT, crt));
	CHECK(pin_has_certificate(SHA1, crt));
	CHECK(!pin_has_certificate(FINGERPRINT, other));
	CHECK(!pin_has_certificate(certificates[P256].pin, crt));
	CHECK(!pin_has_key(FINGERPRINT, crt));
}
