// SPDX-License-Identifier: ISC
#include "net/cert.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "net/der.h"
#include "unit.h"

enum { FROM = 1700000000, TO = 1700001000 };

/* A certificate for mail.example, of that time, in DER for gnutls_free(). */
static gnutls_datum_t
make(void)
{
	gnutls_x509_privkey_t own;
	gnutls_x509_crt_t crt;
	gnutls_datum_t der = { NULL, 0 };
	CHECK(gnutls_x509_privkey_init(&own) >= 0);
	CHECK(gnutls_x509_privkey_generate(own, GNUTLS_PK_ECDSA,
		  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) >= 0);
	CHECK(gnutls_x509_crt_init(&crt) >= 0);
	CHECK(gnutls_x509_crt_set_version(crt, 3) >= 0);
	CHECK(gnutls_x509_crt_set_serial(crt, "\1", 1) >= 0);
	CHECK(gnutls_x509_crt_set_key(crt, own) >= 0);
	CHECK(gnutls_x509_crt_set_activation_time(crt, FROM) >= 0);
	CHECK(gnutls_x509_crt_set_expiration_time(crt, TO) >= 0);
	CHECK(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
		  "mail.example", 12, GNUTLS_FSAN_SET) >= 0);
	CHECK(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
		  "*.example", 9, GNUTLS_FSAN_APPEND) >= 0);
	CHECK(gnutls_x509_crt_set_basic_constraints(crt, 0, -1) >= 0);
	CHECK(gnutls_x509_crt_sign2(crt, crt, own, GNUTLS_DIG_SHA256, 0) >= 0);
	CHECK(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) >= 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(own);
	return der;
}

TEST(name_and_dates_are_looked_at_for_any_moment)
{
	gnutls_datum_t made = make();
	const struct str der = { (const char *)made.data, made.size };
	const unsigned bad = GNUTLS_CERT_INVALID;
	CHECK_EQ(cert_flaws(der, "mail.example", FROM), 0);
	CHECK_EQ(cert_flaws(der, "mail.example", TO), 0);
	CHECK_EQ(cert_flaws(der, "mail.example", FROM - 1),
	    bad | GNUTLS_CERT_NOT_ACTIVATED);
	CHECK_EQ(
	    cert_flaws(der, "mail.example", TO + 1), bad | GNUTLS_CERT_EXPIRED);
	CHECK_EQ(cert_flaws(der, "other.example", FROM),
	    bad | GNUTLS_CERT_UNEXPECTED_OWNER);
	CHECK_EQ(cert_flaws(der, "other.example", TO + 1),
	    bad | GNUTLS_CERT_UNEXPECTED_OWNER | GNUTLS_CERT_EXPIRED);
	CHECK_EQ(cert_flaws(der, NULL, FROM), 0); /* a signer has any name */
	gnutls_free(made.data);
}

TEST(der_says_what_gnutls_says)
{
	gnutls_datum_t made = make();
	struct str der = { (const char *)made.data, made.size }, rest;
	struct der_facts facts;
	struct der_element name;
	CHECK(der_facts(der, &facts));
	CHECK_STR(facts.from, "20231114221320");
	CHECK_STR(facts.until, "20231114223000");
	rest = facts.names;
	CHECK(der_next(&rest, &name));
	CHECK_EQ(name.tag, DER_DNS_NAME);
	CHECK_BYTES(name.content, STR("mail.example"));
	CHECK(der_next(&rest, &name));
	CHECK_BYTES(name.content, STR("*.example"));
	CHECK_EQ(rest.len, 0);
	/* the signature is not looked at, but all before it */
	for (der.len = 0; der.len < made.size / 2; der.len++)
		CHECK(!der_facts(der, &facts));
	gnutls_free(made.data);
}

TEST(what_is_no_certificate_is_flawed)
{
	CHECK_EQ(cert_flaws(STR("x"), NULL, FROM), GNUTLS_CERT_INVALID);
	CHECK_EQ(cert_flaws(STR_INIT, "a", FROM), GNUTLS_CERT_INVALID);
}
