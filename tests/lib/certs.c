// SPDX-License-Identifier: ISC
/*
 * certs DIR: the certificates of the tests, good and bad in one way each.
 * NAME.pem is what a server shows, the leaf and who signed it; NAME.key is
 * its P-256 key.  ca.pem is the root to trust, otherca.pem is not.
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
write_crt(int fd, gnutls_x509_crt_t crt)
{
	gnutls_datum_t text = { 0 };
	check(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text),
	    "export the certificate");
	write_text(fd, &text);
}

static void
write_pair(int dir, const struct wanted *w, const struct signer *made)
{
	int fd = create(dir, w->name, "pem", 0644);
	write_crt(fd, made->crt);
	if (w->by != NULL)
		write_crt(fd, w->by->crt);
	if (close(fd) == -1)
		err(EX_IOERR, "write %s.pem", w->name);

	gnutls_datum_t text = { 0 };
	fd = create(dir, w->name, "key", 0600);
	check(gnutls_x509_privkey_export2_pkcs8(made->key, GNUTLS_X509_FMT_PEM,
		  NULL, GNUTLS_PKCS_PLAIN, &text),
	    "export the key");
	write_text(fd, &text);
	if (close(fd) == -1)
		err(EX_IOERR, "write %s.key", w->name);
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
	signer_release(&ca);
	signer_release(&other);
}

int
main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "--help") == 0) {
		(void)fputs("usage: certs DIR\n"
			    "ca good expired notyet wrongname selfsigned "
			    "unknownca clientonly anyuse otherca, .pem and "
			    ".key\n",
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
