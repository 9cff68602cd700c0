// SPDX-License-Identifier: ISC
/*
 * certs DIR: the certificates of the tests, good and bad in one way each.
 * NAME.pem is what a server shows, the leaf and who signed it; NAME.key is
 * its P-256 key, NAME.sha256 the leaf's fingerprint.  ca.pem is the root to
 * trust, otherca.pem is not.  crl.pem says that ca has revoked "revoked";
 * clientca has signed "client", whose key is in locked.key again, under the
 * passphrase "sesame".
 */
#include <err.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 24 * 60 * 60 };

enum purpose { FOR_ALL, FOR_SERVERS, FOR_CLIENTS };

static const unsigned char loopback4[4] = { 127, 0, 0, 1 };
static const unsigned char loopback6[16] = { [15] = 1 };

struct signer {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

struct wanted {
	const char *name;
	const char *host; /* NULL: an authority */
	bool addresses;
	int from_day;
	int to_day;
	const struct signer *by; /* NULL: itself */
	enum purpose purpose;    /* FOR_ALL: none is named */
};

static void
check(int code, const char *what)
{
	if (code < 0)
		errx(EX_SOFTWARE, "%s: %s", what, gnutls_strerror(code));
}

static int
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
static void
write_text(int fd, gnutls_datum_t *text)
{
	ssize_t done = write(fd, text->data, text->size);
	if (done == -1 || (size_t)done != text->size)
		err(EX_IOERR, "write a certificate");
	gnutls_free(text->data);
	text->data = NULL;
}

static void
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
write_pair(int dir, const struct wanted *w, const struct signer *made)
{
	int fd = create(dir, w->name, "pem", 0644);
	write_crt(fd, made->crt);
	if (w->by != NULL)
		write_crt(fd, w->by->crt);
	close_made(fd, w->name);
	write_key(dir, w->name, made->key, NULL);
	write_fingerprint(dir, w->name, made->crt);
}

static void
name_it(gnutls_x509_crt_t crt, const struct wanted *w)
{
	const char *name = w->host == NULL ? w->name : w->host;
	check(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
		  name, (unsigned)strlen(name)),
	    "set the name");
	if (w->host == NULL)
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
		  crt, is_ca ? 1 : 0, is_ca ? 0 : -1),
	    "set the constraints");
	check(gnutls_x509_crt_set_key_usage(crt,
		  is_ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
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

/* Makes and writes one; *made is to be given back. */
static void
make(int dir, const struct wanted *w, time_t now, struct signer *made)
{
	static const unsigned bits = GNUTLS_CURVE_TO_BITS(
	    GNUTLS_ECC_CURVE_SECP256R1);
	check(gnutls_x509_privkey_init(&made->key), "make a key");
	check(gnutls_x509_privkey_generate(made->key, GNUTLS_PK_ECDSA, bits, 0),
	    "make a key");
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
	add_key_ids(crt, by);
	check(
	    gnutls_x509_crt_sign2(crt, by->crt, by->key, GNUTLS_DIG_SHA256, 0),
	    "sign");
	write_pair(dir, w, made);
}

static void
signer_release(struct signer *s)
{
	gnutls_x509_crt_deinit(s->crt);
	gnutls_x509_privkey_deinit(s->key);
}

/* That the authority takes back that certificate. */
static void
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
		FOR_SERVERS };
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
		NULL, FOR_ALL };
	const struct wanted client = { "client", "me.example", false, -1, 365,
		&ca, FOR_CLIENTS };
	make(dir, &authority, now, &ca);
	make(dir, &client, now, &leaf);
	write_key(dir, "locked", leaf.key, "sesame");
	signer_release(&leaf);
	signer_release(&ca);
}

static void
make_all(int dir, time_t now)
{
	struct signer ca = { 0 };
	struct signer other = { 0 };
	const struct wanted authorities[] = {
		{ "ca", NULL, false, -365, 3650, NULL, FOR_ALL },
		{ "otherca", NULL, false, -365, 3650, NULL, FOR_ALL },
	};
	const struct wanted leaves[] = {
		{ "good", "localhost", true, -1, 365, &ca, FOR_SERVERS },
		{ "expired", "localhost", true, -30, -1, &ca, FOR_SERVERS },
		{ "notyet", "localhost", true, 1, 365, &ca, FOR_SERVERS },
		{ "wrongname", "other.example", false, -1, 365, &ca,
		    FOR_SERVERS },
		{ "selfsigned", "localhost", true, -1, 365, NULL, FOR_SERVERS },
		{ "unknownca", "localhost", true, -1, 365, &other,
		    FOR_SERVERS },
		{ "clientonly", "localhost", true, -1, 365, &ca, FOR_CLIENTS },
		{ "anyuse", "localhost", true, -1, 365, &ca, FOR_ALL },
	};
	make(dir, &authorities[0], now, &ca);
	make(dir, &authorities[1], now, &other);
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct signer leaf = { 0 };
		make(dir, &leaves[i], now, &leaf);
		signer_release(&leaf);
	}
	make_revoked(dir, &ca, now);
	make_client(dir, now);
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
			    "clientca client, .pem, .key and .sha256\n"
			    "crl.pem oldcrl.pem locked.key\n",
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
