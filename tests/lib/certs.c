// SPDX-License-Identifier: ISC
/*
 * certs DIR: the certificates of the tests, good and bad in one way each.
 * NAME.pem is what a server shows, the leaf and who signed it; NAME.key is
 * its P-256 key, NAME.sha256 the leaf's fingerprint, NAME.pin its tls_pin,
 * NAME.spki its public key (DER).  ca.pem is the root to trust, otherca.pem is
 * not.  "renewed" has the key of "selfsigned"; between "deep" and ca stands
 * subca, and its server does not show ca.  "forged" says that ca signed it,
 * and it was otherca.  crl.pem says that ca has
 * revoked "revoked"; clientca has signed "client", whose key is in locked.key
 * again, under the passphrase "sesame".  Rarer ways to be bad are those of
 * certs_odd.c and certs_ocsp.c.
 */
#include "certs.h"

#include <err.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const unsigned char loopback4[4] = { 127, 0, 0, 1 };
static const unsigned char loopback6[16] = { [15] = 1 };

void
check(int code, const char *what)
{
	if (code < 0)
		errx(EX_SOFTWARE, "%s: %s", what, gnutls_strerror(code));
}

int
create(int dir, const char *name, const char *suffix, mode_t mode)
{
	char path[64];
	int n = snprintf(path, sizeof(path), "%s.%s", name, suffix);
	if (n < 0 || (size_t)n >= sizeof(path))
		errx(EX_SOFTWARE, "name %s is too long", name);
	(void)unlinkat(dir, path, 0);
	int fd = openat(
	    dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd == -1)
		err(EX_CANTCREAT, "create %s", path);
	return fd;
}

/* Writes and gives back what GnuTLS made. */
void
write_text(int fd, gnutls_datum_t *text)
{
	ssize_t done = write(fd, text->data, text->size);
	if (done == -1 || (size_t)done != text->size)
		err(EX_IOERR, "write a certificate");
	gnutls_free(text->data);
	text->data = NULL;
}

void
close_made(int fd, const char *name)
{
	if (close(fd) == -1)
		err(EX_IOERR, "write %s", name);
}

/* "AB:CD:...", and a line end. */
static void
write_fingerprint(int dir, const char *name, gnutls_x509_crt_t crt)
{
	unsigned char digest[32];
	size_t size = sizeof(digest);
	char text[3 * sizeof(digest) + 1];
	check(gnutls_x509_crt_get_fingerprint(
		  crt, GNUTLS_DIG_SHA256, digest, &size),
	    "take the fingerprint");
	for (size_t i = 0; i < size; i++)
		(void)snprintf(text + 3 * i, 4, "%02X%c", (unsigned)digest[i],
		    i + 1 < size ? ':' : '\n');
	int fd = create(dir, name, "sha256", 0644);
	if (write(fd, text, 3 * size) != (ssize_t)(3 * size))
		err(EX_IOERR, "write a fingerprint");
	close_made(fd, name);
}

/* "sha256//BASE64" of the public key, and a line end. */
static void
write_pin(int dir, const char *name, gnutls_x509_crt_t crt)
{
	unsigned char digest[32];
	size_t size = sizeof(digest);
	check(gnutls_x509_crt_get_key_id(
		  crt, GNUTLS_KEYID_USE_SHA256, digest, &size),
	    "take the key's digest");
	gnutls_datum_t raw = { digest, (unsigned)size };
	gnutls_datum_t text = { 0 };
	check(gnutls_base64_encode2(&raw, &text), "encode a pin");
	int fd = create(dir, name, "pin", 0644);
	if (dprintf(fd, "sha256//%.*s\n", (int)text.size, text.data) < 0)
		err(EX_IOERR, "write a pin");
	gnutls_free(text.data);
	close_made(fd, name);
}

static void
write_crt(int fd, gnutls_x509_crt_t crt)
{
	gnutls_datum_t text = { 0 };
	check(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text),
	    "export the certificate");
	write_text(fd, &text);
}

static void
write_key(int dir, const char *name, gnutls_x509_privkey_t key,
    const char *passphrase)
{
	gnutls_datum_t text = { 0 };
	int fd = create(dir, name, "key", 0600);
	check(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM,
		  passphrase,
		  passphrase != NULL ? GNUTLS_PKCS_PBES2_AES_256
				     : GNUTLS_PKCS_PLAIN,
		  &text),
	    "export the key");
	write_text(fd, &text);
	close_made(fd, name);
}

static void
write_public(int dir, const char *name, gnutls_x509_crt_t crt)
{
	gnutls_pubkey_t key;
	gnutls_datum_t der = { 0 };
	check(gnutls_pubkey_init(&key), "take the public key");
	check(gnutls_pubkey_import_x509(key, crt, 0), "take the public key");
	check(gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der),
	    "export the public key");
	gnutls_pubkey_deinit(key);
	int fd = create(dir, name, "spki", 0644);
	write_text(fd, &der);
	close_made(fd, name);
}

static void
write_pair(int dir, const struct wanted *w, const struct signer *made)
{
	int fd = create(dir, w->name, "pem", 0644);
	write_crt(fd, made->crt);
	if (w->by != NULL && (w->odd & ODD_ALONE) == 0)
		write_crt(fd, w->by->crt);
	close_made(fd, w->name);
	write_key(dir, w->name, made->key, NULL);
	write_fingerprint(dir, w->name, made->crt);
	write_pin(dir, w->name, made->crt);
	write_public(dir, w->name, made->crt);
}

/* In DER made by hand: GnuTLS would put the names right. */
static void
name_as_told(gnutls_x509_crt_t crt, const struct odd_name *names)
{
	enum { DNS_NAME = 0x82, MOST = 250 };
	unsigned char der[3 + MOST] = { 0x30, 0x81, 0 };
	unsigned len = 0;
	for (size_t i = 0; names[i].text != NULL; i++) {
		if (names[i].len + 2 > MOST - len)
			errx(EX_SOFTWARE, "too many names");
		der[3 + len++] = DNS_NAME;
		der[3 + len++] = (unsigned char)names[i].len;
		memcpy(der + 3 + len, names[i].text, names[i].len);
		len += names[i].len;
	}
	der[2] = (unsigned char)len;
	check(gnutls_x509_crt_set_extension_by_oid(
		  crt, GNUTLS_X509EXT_OID_SAN, der, 3 + len, 0),
	    "set the names");
}

static void
name_it(gnutls_x509_crt_t crt, const struct wanted *w)
{
	const char *name = w->host == NULL ? w->name : w->host;
	check(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
		  name, (unsigned)strlen(name)),
	    "set the name");
	if (w->names != NULL)
		name_as_told(crt, w->names);
	if (w->host == NULL || w->names != NULL ||
	    (w->odd & ODD_COMMON_NAME) != 0)
		return;
	check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
		  w->host, (unsigned)strlen(w->host), GNUTLS_FSAN_SET),
	    "set the host");
	if (!w->addresses)
		return;
	check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
		  loopback4, sizeof(loopback4), GNUTLS_FSAN_APPEND),
	    "add 127.0.0.1");
	check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
		  loopback6, sizeof(loopback6), GNUTLS_FSAN_APPEND),
	    "add ::1");
}

static void
say_what_for(gnutls_x509_crt_t crt, const struct wanted *w)
{
	bool is_ca = w->host == NULL;
	check(gnutls_x509_crt_set_basic_constraints(
		  crt, is_ca ? 1 : 0, is_ca && w->by != NULL ? 0 : -1),
	    "set the constraints");
	check(gnutls_x509_crt_set_key_usage(crt,
		  is_ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
		      : (w->odd & ODD_NO_SIGNATURE) != 0
		      ? GNUTLS_KEY_KEY_AGREEMENT
		      : GNUTLS_KEY_DIGITAL_SIGNATURE),
	    "set the usage");
	if (w->purpose == FOR_ALL)
		return;
	check(gnutls_x509_crt_set_key_purpose_oid(crt,
		  w->purpose == FOR_SERVERS ? GNUTLS_KP_TLS_WWW_SERVER
					    : GNUTLS_KP_TLS_WWW_CLIENT,
		  0),
	    "set the purpose");
}

/* RFC 7633: the feature "status_request", which is TLS's extension 5. */
static void
demand_staple(gnutls_x509_crt_t crt)
{
	static const unsigned char features[] = { 0x30, 3, 0x02, 1, 5 };
	check(gnutls_x509_crt_set_extension_by_oid(
		  crt, "1.3.6.1.5.5.7.1.24", features, sizeof(features), 0),
	    "set the features");
}

static void
narrow_it(gnutls_x509_crt_t crt)
{
	static const char domain[] = "example";
	gnutls_datum_t name = { NULL, 0 };
	gnutls_x509_name_constraints_t constraints;
	check(gnutls_x509_name_constraints_init(&constraints),
	    "make the constraints");
	name.data = gnutls_malloc(sizeof(domain));
	name.size = sizeof(domain) - 1;
	if (name.data == NULL)
		err(EX_OSERR, "make the constraints");
	memcpy(name.data, domain, sizeof(domain));
	check(gnutls_x509_name_constraints_add_permitted(
		  constraints, GNUTLS_SAN_DNSNAME, &name),
	    "add a constraint");
	check(gnutls_x509_crt_set_name_constraints(crt, constraints, 1),
	    "set the constraints");
	gnutls_free(name.data);
	gnutls_x509_name_constraints_deinit(constraints);
}

static void
say_where(gnutls_x509_crt_t crt)
{
	char url[] = "http://ca.example/signer.der";
	gnutls_datum_t text = { (unsigned char *)url, sizeof(url) - 1 };
	check(gnutls_x509_crt_set_authority_info_access(
		  crt, GNUTLS_IA_CAISSUERS_URI, &text),
	    "say where the signer is");
}

static void
make_odd_extensions(gnutls_x509_crt_t crt, unsigned odd)
{
	if ((odd & ODD_MUST_STAPLE) != 0)
		demand_staple(crt);
	if ((odd & ODD_NARROW) != 0)
		narrow_it(crt);
	if ((odd & ODD_SAYS_WHERE) != 0)
		say_where(crt);
}

static void
make_key(const struct wanted *w, gnutls_x509_privkey_t *key)
{
	enum { SHORT_BITS = 768 };
	static const unsigned bits = GNUTLS_CURVE_TO_BITS(
	    GNUTLS_ECC_CURVE_SECP256R1);
	bool is_short = (w->odd & ODD_SHORT_KEY) != 0;
	check(gnutls_x509_privkey_init(key), "make a key");
	check(gnutls_x509_privkey_generate(*key,
		  is_short ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA,
		  is_short ? SHORT_BITS : bits, 0),
	    "make a key");
}

static void
add_key_ids(gnutls_x509_crt_t crt, const struct signer *by)
{
	unsigned char id[64];
	size_t size = sizeof(id);
	check(gnutls_x509_crt_get_key_id(crt, 0, id, &size), "get the key id");
	check(gnutls_x509_crt_set_subject_key_id(crt, id, size),
	    "set the key id");
	size = sizeof(id);
	check(gnutls_x509_crt_get_key_id(by->crt, 0, id, &size),
	    "get the signer's id");
	check(gnutls_x509_crt_set_authority_key_id(crt, id, size),
	    "set the signer's id");
}

/* With the key that is in *made if there is one. */
void
make(int dir, const struct wanted *w, time_t now, struct signer *made)
{
	if (made->key == NULL)
		make_key(w, &made->key);
	check(gnutls_x509_crt_init(&made->crt), "make a certificate");
	gnutls_x509_crt_t crt = made->crt;
	const struct signer *by = w->by == NULL ? made : w->by;

	unsigned char serial[16];
	check(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)),
	    "make a number");
	serial[0] = (unsigned char)((serial[0] & 0x3fU) | 0x40U);
	check(gnutls_x509_crt_set_version(crt, 3), "set the version");
	check(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)),
	    "set the number");
	check(gnutls_x509_crt_set_key(crt, made->key), "set the key");
	check(gnutls_x509_crt_set_activation_time(
		  crt, now + (time_t)w->from_day * DAY),
	    "set the first day");
	check(gnutls_x509_crt_set_expiration_time(
		  crt, now + (time_t)w->to_day * DAY),
	    "set the last day");
	name_it(crt, w);
	say_what_for(crt, w);
	make_odd_extensions(crt, w->odd);
	add_key_ids(crt, by);
	bool is_sha1 = (w->odd & ODD_SHA1) != 0;
	check(gnutls_x509_crt_sign2(crt, by->crt, by->key,
		  is_sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0),
	    "sign");
	write_pair(dir, w, made);
}

void
signer_release(struct signer *s)
{
	gnutls_x509_crt_deinit(s->crt);
	gnutls_x509_privkey_deinit(s->key);
}

void
write_crl(int dir, const struct signer *ca, gnutls_x509_crt_t revoked,
    time_t from, time_t to, const char *name)
{
	static const unsigned char number[] = { 1 };
	gnutls_x509_crl_t crl;
	gnutls_datum_t text = { 0 };
	check(gnutls_x509_crl_init(&crl), "make a list");
	check(gnutls_x509_crl_set_version(crl, 2), "set the version");
	check(gnutls_x509_crl_set_this_update(crl, from), "set the time");
	check(gnutls_x509_crl_set_next_update(crl, to), "set the end");
	check(gnutls_x509_crl_set_number(crl, number, sizeof(number)),
	    "set the number");
	check(gnutls_x509_crl_set_crt(crl, revoked, from), "revoke");
	check(
	    gnutls_x509_crl_sign2(crl, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0),
	    "sign the list");
	check(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &text),
	    "export the list");
	int fd = create(dir, name, "pem", 0644);
	write_text(fd, &text);
	close_made(fd, name);
	gnutls_x509_crl_deinit(crl);
}

static void
make_revoked(int dir, const struct signer *ca, time_t now)
{
	const struct wanted w = { "revoked", "localhost", true, -1, 365, ca,
		FOR_SERVERS, 0, NULL };
	struct signer leaf = { 0 };
	make(dir, &w, now, &leaf);
	write_crl(dir, ca, leaf.crt, now - DAY, now + DAY, "crl");
	write_crl(dir, ca, leaf.crt, now - 9 * DAY, now - DAY, "oldcrl");
	signer_release(&leaf);
}

/* Who logs in by a certificate, and who signs those. */
static void
make_client(int dir, time_t now)
{
	struct signer ca = { 0 };
	struct signer leaf = { 0 };
	const struct wanted authority = { "clientca", NULL, false, -1, 365,
		NULL, FOR_ALL, 0, NULL };
	const struct wanted client = { "client", "me.example", false, -1, 365,
		&ca, FOR_CLIENTS, 0, NULL };
	make(dir, &authority, now, &ca);
	make(dir, &client, now, &leaf);
	write_key(dir, "locked", leaf.key, "sesame");
	signer_release(&leaf);
	signer_release(&ca);
}

/* The same key in a certificate and in its successor. */
static void
make_renewed(int dir, time_t now)
{
	const struct wanted w[] = {
		{ "selfsigned", "localhost", true, -1, 365, NULL, FOR_SERVERS,
		    0, NULL },
		{ "renewed", "localhost", true, -1, 366, NULL, FOR_SERVERS, 0,
		    NULL },
	};
	struct signer before = { 0 };
	make(dir, &w[0], now, &before);
	struct signer behind = { .key = before.key };
	make(dir, &w[1], now, &behind);
	gnutls_x509_crt_deinit(behind.crt);
	signer_release(&before);
}

/* An authority in between. */
static void
make_deep(int dir, const struct signer *ca, time_t now)
{
	struct signer sub = { 0 };
	struct signer leaf = { 0 };
	const struct wanted authority = { "subca", NULL, false, -1, 365, ca,
		FOR_ALL, 0, NULL };
	const struct wanted deep = { "deep", "localhost", true, -1, 365, &sub,
		FOR_SERVERS, 0, NULL };
	make(dir, &authority, now, &sub);
	make(dir, &deep, now, &leaf);
	signer_release(&leaf);
	signer_release(&sub);
}

/* Signed by another than whom it names. */
static void
make_forged(
    int dir, const struct signer *ca, const struct signer *other, time_t now)
{
	struct signer leaf = { 0 };
	const struct signer both = { .crt = ca->crt, .key = other->key };
	const struct wanted forged = { "forged", "localhost", true, -1, 365,
		&both, FOR_SERVERS, 0, NULL };
	make(dir, &forged, now, &leaf);
	signer_release(&leaf);
}

static void
make_all(int dir, time_t now)
{
	struct signer ca = { 0 };
	struct signer other = { 0 };
	const struct wanted authorities[] = {
		{ "ca", NULL, false, -365, 3650, NULL, FOR_ALL, 0, NULL },
		{ "otherca", NULL, false, -365, 3650, NULL, FOR_ALL, 0, NULL },
	};
	const struct wanted leaves[] = {
		{ "good", "localhost", true, -1, 365, &ca, FOR_SERVERS, 0,
		    NULL },
		{ "expired", "localhost", true, -30, -1, &ca, FOR_SERVERS, 0,
		    NULL },
		{ "notyet", "localhost", true, 1, 365, &ca, FOR_SERVERS, 0,
		    NULL },
		{ "wrongname", "other.example", false, -1, 365, &ca,
		    FOR_SERVERS, 0, NULL },
		{ "selfsigned", "localhost", true, -1, 365, NULL, FOR_SERVERS,
		    0, NULL },
		{ "unknownca", "localhost", true, -1, 365, &other, FOR_SERVERS,
		    0, NULL },
		{ "clientonly", "localhost", true, -1, 365, &ca, FOR_CLIENTS, 0,
		    NULL },
		{ "anyuse", "localhost", true, -1, 365, &ca, FOR_ALL, 0, NULL },
	};
	make(dir, &authorities[0], now, &ca);
	make(dir, &authorities[1], now, &other);
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct signer leaf = { 0 };
		make(dir, &leaves[i], now, &leaf);
		signer_release(&leaf);
	}
	make_renewed(dir, now);
	make_deep(dir, &ca, now);
	make_forged(dir, &ca, &other, now);
	make_revoked(dir, &ca, now);
	make_client(dir, now);
	make_odd(dir, &ca, &other, now);
	signer_release(&ca);
	signer_release(&other);
}

int
main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "--help") == 0) {
		(void)fputs("usage: certs DIR\n"
			    "ca good expired notyet wrongname selfsigned "
			    "unknownca clientonly anyuse otherca revoked "
			    "clientca client renewed subca deep forged "
			    "chained cut underold toowide bynoca farfuture "
			    "cnonly sha1 shortkey nosign alone nulname names "
			    "numeric stapled muststaple, .pem, .key, .sha256, "
			    ".pin and .spki\n"
			    "crl.pem oldcrl.pem subcrl.pem locked.key, "
			    "{stapled,muststaple}-KIND.ocsp\n",
		    argc == 2 ? stdout : stderr);
		return argc == 2 ? EX_OK : EX_USAGE;
	}
	int dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		err(EX_CANTCREAT, "open %s", argv[1]);
	make_all(dir, time(NULL));
	(void)close(dir);
	return EX_OK;
}
