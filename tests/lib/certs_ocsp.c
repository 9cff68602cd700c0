// SPDX-License-Identifier: ISC
/*
 * Answers on a certificate (RFC 6960), as a server staples them to it, in DER
 * made by hand: GnuTLS reads them only.  NAME-KIND.ocsp: good, revoked,
 * unknown, old, future, forged (signed by another authority), other (on
 * another certificate), later (try again: no answer), garbage.
 */
#include <err.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "certs.h"

enum { DER_MOST = 4096, SHA1_SIZE = 20, EC_POINT_SIZE = 65 };

enum {
	TAG_INTEGER = 0x02,
	TAG_BITS = 0x03,
	TAG_OCTETS = 0x04,
	TAG_ENUM = 0x0a,
	TAG_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_GOOD = 0x80,
	TAG_UNKNOWN = 0x82,
	TAG_0 = 0xa0,
	TAG_1 = 0xa1,
};

struct der {
	unsigned char p[DER_MOST];
	size_t len;
};

struct answer {
	const char *kind;
	unsigned char status; /* TAG_GOOD, TAG_1: revoked, TAG_UNKNOWN */
	int from_day;
	int to_day;
	bool is_forged;
	bool is_other;
};

static void
add(struct der *d, const void *p, size_t n)
{
	if (n > sizeof(d->p) - d->len)
		errx(EX_SOFTWARE, "an answer is too long");
	memcpy(d->p + d->len, p, n);
	d->len += n;
}

static void
put(struct der *d, unsigned char tag, const void *p, size_t n)
{
	unsigned char head[4] = { tag };
	size_t len = 2;
	if (n < 0x80) {
		head[1] = (unsigned char)n;
	} else if (n < 0x100) {
		head[1] = 0x81;
		head[2] = (unsigned char)n;
		len = 3;
	} else {
		head[1] = 0x82;
		head[2] = (unsigned char)(n >> 8);
		head[3] = (unsigned char)(n & 0xff);
		len = 4;
	}
	add(d, head, len);
	add(d, p, n);
}

static void
put_der(struct der *d, unsigned char tag, const struct der *inner)
{
	put(d, tag, inner->p, inner->len);
}

static void
put_time(struct der *d, time_t when)
{
	char text[32];
	struct tm tm;
	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) == 0)
		errx(EX_SOFTWARE, "make a time");
	put(d, TAG_TIME, text, strlen(text));
}

static void
put_sha1(struct der *d, const void *p, size_t n)
{
	unsigned char digest[SHA1_SIZE];
	check(gnutls_hash_fast(GNUTLS_DIG_SHA1, p, n, digest), "hash");
	put(d, TAG_OCTETS, digest, sizeof(digest));
}

/* Of the key's bits alone, which are the last of an EC key's DER. */
static void
put_key_hash(struct der *d, gnutls_x509_crt_t ca)
{
	gnutls_pubkey_t key;
	gnutls_datum_t text = { 0 };
	check(gnutls_pubkey_init(&key), "take the key");
	check(gnutls_pubkey_import_x509(key, ca, 0), "take the key");
	check(gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &text),
	    "take the key");
	put_sha1(d, text.data + text.size - EC_POINT_SIZE, EC_POINT_SIZE);
	gnutls_free(text.data);
	gnutls_pubkey_deinit(key);
}

static void
put_cert_id(
    struct der *d, gnutls_x509_crt_t ca, gnutls_x509_crt_t about, bool is_other)
{
	static const unsigned char sha1[] = { TAG_SEQUENCE, 9, 0x06, 5, 0x2b,
		0x0e, 0x03, 0x02, 0x1a, 0x05, 0 };
	struct der id = { .len = 0 };
	gnutls_datum_t dn = { 0 };
	unsigned char serial[64];
	size_t size = sizeof(serial);
	check(gnutls_x509_crt_get_raw_dn(ca, &dn), "take the name");
	check(gnutls_x509_crt_get_serial(about, serial, &size),
	    "take the number");
	if (is_other)
		serial[size - 1] ^= 1;
	add(&id, sha1, sizeof(sha1));
	put_sha1(&id, dn.data, dn.size);
	put_key_hash(&id, ca);
	put(&id, TAG_INTEGER, serial, size);
	put_der(d, TAG_SEQUENCE, &id);
	gnutls_free(dn.data);
}

static void
put_single(struct der *d, const struct answer *a, gnutls_x509_crt_t ca,
    gnutls_x509_crt_t about, time_t now)
{
	struct der single = { .len = 0 }, status = { .len = 0 };
	struct der next = { .len = 0 }, all = { .len = 0 };
	put_cert_id(&single, ca, about, a->is_other);
	if (a->status == TAG_1)
		put_time(&status, now - 3 * DAY);
	put_der(&single, a->status, &status);
	put_time(&single, now + (time_t)a->from_day * DAY);
	put_time(&next, now + (time_t)a->to_day * DAY);
	put_der(&single, TAG_0, &next);
	put_der(&all, TAG_SEQUENCE, &single);
	put_der(d, TAG_SEQUENCE, &all);
}

/* What is signed: by whom, when, on what. */
static void
put_data(struct der *d, const struct answer *a, const struct signer *ca,
    gnutls_x509_crt_t about, time_t now)
{
	struct der data = { .len = 0 };
	gnutls_datum_t dn = { 0 };
	check(gnutls_x509_crt_get_raw_dn(ca->crt, &dn), "take the name");
	put(&data, TAG_1, dn.data, dn.size);
	put_time(&data, now + (time_t)a->from_day * DAY);
	put_single(&data, a, ca->crt, about, now);
	put_der(d, TAG_SEQUENCE, &data);
	gnutls_free(dn.data);
}

static void
put_signature(struct der *d, const struct signer *by, const struct der *data)
{
	static const unsigned char ecdsa[] = { TAG_SEQUENCE, 10, 0x06, 8, 0x2a,
		0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
	struct der bits = { .len = 0 };
	struct der copy = *data;
	gnutls_datum_t text = { copy.p, (unsigned)copy.len };
	gnutls_datum_t signature = { 0 };
	gnutls_privkey_t key;
	check(gnutls_privkey_init(&key), "take the key");
	check(gnutls_privkey_import_x509(key, by->key, 0), "take the key");
	check(gnutls_privkey_sign_data(
		  key, GNUTLS_DIG_SHA256, 0, &text, &signature),
	    "sign an answer");
	add(&bits, "", 1); /* no bits unused */
	add(&bits, signature.data, signature.size);
	add(d, ecdsa, sizeof(ecdsa));
	put_der(d, TAG_BITS, &bits);
	gnutls_free(signature.data);
	gnutls_privkey_deinit(key);
}

static void
write_answer(int dir, const char *name, const char *kind, const struct der *d)
{
	char path[64];
	int n = snprintf(path, sizeof(path), "%s-%s", name, kind);
	if (n < 0 || (size_t)n >= sizeof(path))
		errx(EX_SOFTWARE, "name %s is too long", name);
	int fd = create(dir, path, "ocsp", 0644);
	if (write(fd, d->p, d->len) != (ssize_t)d->len)
		err(EX_IOERR, "write an answer");
	close_made(fd, path);
}

static void
put_answer(struct der *d, const struct der *basic)
{
	static const unsigned char successful[] = { TAG_ENUM, 1, 0 };
	static const unsigned char is_basic[] = { 0x06, 9, 0x2b, 0x06, 0x01,
		0x05, 0x05, 0x07, 0x30, 0x01, 0x01 };
	struct der whole = { .len = 0 }, bytes = { .len = 0 };
	struct der typed = { .len = 0 }, sequence = { .len = 0 };
	put_der(&sequence, TAG_SEQUENCE, basic);
	add(&typed, is_basic, sizeof(is_basic));
	put_der(&typed, TAG_OCTETS, &sequence);
	put_der(&bytes, TAG_SEQUENCE, &typed);
	add(&whole, successful, sizeof(successful));
	put_der(&whole, TAG_0, &bytes);
	put_der(d, TAG_SEQUENCE, &whole);
}

void
write_answers(int dir, const struct signer *ca, const struct signer *other,
    gnutls_x509_crt_t about, const char *name, time_t now)
{
	static const struct answer answers[] = {
		{ "good", TAG_GOOD, -1, 6, false, false },
		{ "revoked", TAG_1, -1, 6, false, false },
		{ "unknown", TAG_UNKNOWN, -1, 6, false, false },
		{ "old", TAG_GOOD, -9, -2, false, false },
		{ "future", TAG_GOOD, 2, 9, false, false },
		{ "forged", TAG_GOOD, -1, 6, true, false },
		{ "other", TAG_GOOD, -1, 6, false, true },
	};
	static const struct der later = { { TAG_SEQUENCE, 3, TAG_ENUM, 1, 3 },
		5 };
	static const struct der garbage = { { 'w', 'h', 'a', 't', '?' }, 5 };
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *a = &answers[i];
		struct der basic = { .len = 0 }, all = { .len = 0 };
		put_data(&basic, a, ca, about, now);
		struct der data = basic;
		put_signature(&basic, a->is_forged ? other : ca, &data);
		put_answer(&all, &basic);
		write_answer(dir, name, a->kind, &all);
	}
	write_answer(dir, name, "later", &later);
	write_answer(dir, name, "garbage", &garbage);
}
