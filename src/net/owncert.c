// SPDX-License-Identifier: ISC
#include "net/owncert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/late_gnutls.h"

enum {
	FILE_MAX = 1024 * 1024,
	CHAIN_MAX = 16,
	TOKENS_MAX = 64, /* to be told of */
};

struct tls_identity {
	const char *cert; /* where they are from */
	const char *key;
	gnutls_x509_crt_t *chain; /* allocated by gnutls */
	unsigned nchain;
	gnutls_x509_privkey_t file_key;    /* one of these two */
	gnutls_pkcs11_privkey_t token_key; /* asks for the PIN anew */
	struct tls_passphrase passphrase;
	struct buf pin;
	bool is_wrong;  /* the PIN */
	struct err why; /* why there is none */
};

/* So that PKCS#11's modules are left alone if there is no such URL. */
static bool
is_url(const char *name)
{
	return str_starts_nocase(str_of(name), STR("pkcs11:"));
}

static bool
read_file(const char *what, const char *path, struct buf *text, struct err *e)
{
	AUTO(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1 && (errno == EACCES || errno == EPERM))
		return err_sys(e, EX_NOPERM, "%s %s may not be read by uid %lu",
		    what, path, (unsigned long)geteuid());
	if (fd == -1)
		return err_sys(e, EX_CONFIG, "%s %s", what, path);
	if (fd_read_to_end(fd, text, e))
		return true;
	e->exit = EX_CONFIG;
	return err_wrap(e, "%s %s", what, path);
}

static gnutls_datum_t
datum_of(const struct buf *b)
{
	/* a file's size fits; gnutls does not write there */
	return (gnutls_datum_t){ (unsigned char *)b->data, (unsigned)b->len };
}

static bool
set_up_failed(int rc, struct err *e)
{
	return err_set(
	    e, EX_SOFTWARE, "set up our certificate: %s", gnutls_strerror(rc));
}

static bool
has_only_trust(const char *url)
{
	unsigned flags = 0;
	return gnutls_pkcs11_token_get_flags(url, &flags) >= 0 &&
	    (flags & GNUTLS_PKCS11_TOKEN_TRUSTED) != 0;
}

/* The tokens that could have a key, by their names. */
static unsigned
list_tokens(struct buf *names)
{
	unsigned n = 0;
	char *url = NULL;
	for (unsigned i = 0; i < TOKENS_MAX &&
	     gnutls_pkcs11_token_get_url(i, GNUTLS_PKCS11_URL_GENERIC, &url) ==
		 0;
	     i++) {
		char label[64] = "";
		size_t size = sizeof(label);
		if (!has_only_trust(url)) {
			(void)gnutls_pkcs11_token_get_info(
			    url, GNUTLS_PKCS11_TOKEN_LABEL, label, &size);
			(void)!buf_printf(
			    names, "%s%s", n > 0 ? ", " : "", label);
			n++;
		}
		gnutls_free(url);
	}
	return n;
}

static bool
is_about_pin(int rc)
{
	return rc == GNUTLS_E_PKCS11_PIN_ERROR ||
	    rc == GNUTLS_E_PKCS11_PIN_EXPIRED ||
	    rc == GNUTLS_E_PKCS11_PIN_LOCKED ||
	    rc == GNUTLS_E_PKCS11_USER_ERROR;
}

static bool
refuse_pin(const struct tls_identity *id, int rc, const char *what,
    const char *url, struct err *e)
{
	if (rc == GNUTLS_E_PKCS11_PIN_LOCKED)
		return err_set(e, EX_NOPERM,
			   "%s %s: the token has locked the PIN, after too "
			   "many that were wrong",
			   what, url) ||
		    err_hint(e, "the token's SO PIN can set a new one");
	if (id->why.exit != EX_OK) {
		*e = id->why;
		return err_wrap(e, "%s %s", what, url);
	}
	if (id->is_wrong)
		return err_set(
		    e, EX_NOPERM, "%s %s: the PIN is wrong", what, url);
	return err_set(
	    e, EX_NOPERM, "%s %s: %s", what, url, gnutls_strerror(rc));
}

/* Why the token gives nothing: there is none, or another one. */
static bool
refuse_url(const struct tls_identity *id, int rc, const char *what,
    const char *url, struct err *e)
{
	AUTO(buf_release) struct buf names = BUF_INIT(300);
	unsigned flags;
	if (is_about_pin(rc))
		return refuse_pin(id, rc, what, url, e);
	if (rc != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE &&
	    rc != GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE &&
	    rc != GNUTLS_E_PKCS11_LOAD_ERROR)
		return err_set(
		    e, EX_CONFIG, "%s %s: %s", what, url, gnutls_strerror(rc));
	if (list_tokens(&names) == 0)
		return err_set(e, EX_CONFIG,
			   "%s %s: there is no PKCS#11 token, or no module "
			   "for it",
			   what, url) ||
		    err_hint(e, "p11tool --list-tokens shows what there is");
	if (gnutls_pkcs11_token_get_flags(url, &flags) < 0)
		return err_set(e, EX_CONFIG,
		    "%s %s: there is no such token; there is %s", what, url,
		    buf_cstr(&names));
	return err_set(e, EX_CONFIG, "%s %s: the token has no such object",
		   what, url) ||
	    err_hint(e, "p11tool --login --list-all shows what it has");
}

static bool
load_chain(struct tls_identity *id, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(FILE_MAX);
	static const char what[] = "tls_cert_file";
	if (is_url(id->cert)) {
		int rc = gnutls_x509_crt_list_import_url(
		    &id->chain, &id->nchain, id->cert, NULL, NULL, 0);
		return rc >= 0 || refuse_url(id, rc, what, id->cert, e);
	}
	if (!read_file(what, id->cert, &text, e))
		return false;
	gnutls_datum_t datum = datum_of(&text);
	int rc = gnutls_x509_crt_list_import2(&id->chain, &id->nchain, &datum,
	    GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);
	return rc >= 0 ||
	    err_set(e, EX_CONFIG, "%s %s holds no certificate in PEM: %s", what,
		id->cert, gnutls_strerror(rc)) ||
	    err_hint(e, "of DER: openssl x509 -inform der -in %s", id->cert);
}

static bool
ask(struct tls_identity *id, const char *kind, const char *of,
    struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf question = BUF_INIT(1000);
	(void)!buf_printf(&question, "%s of %.900s", kind, of);
	return id->passphrase.get(
	    id->passphrase.context, buf_cstr(&question), secret, e);
}

/* gnutls_pin_callback_t; a PIN that was wrong is not tried again. */
static int
give_pin(void *context, int attempt, const char *url, const char *label,
    unsigned flags, char *pin, size_t size)
{
	struct tls_identity *id = context;
	(void)url;
	id->is_wrong = attempt > 0 || (flags & GNUTLS_PIN_WRONG) != 0;
	if (id->is_wrong)
		return GNUTLS_E_PKCS11_PIN_ERROR;
	if ((flags & GNUTLS_PIN_FINAL_TRY) != 0) {
		(void)err_set(&id->why, EX_NOPERM,
		    "the token takes one more PIN before it locks itself, "
		    "and we do not risk it");
		(void)err_hint(
		    &id->why, "give it by another program, such as p11tool");
		return GNUTLS_E_PKCS11_PIN_ERROR;
	}
	if (id->pin.len == 0 && !ask(id, "PIN", label, &id->pin, &id->why))
		return GNUTLS_E_PKCS11_PIN_ERROR;
	if (id->pin.len >= size) {
		(void)err_set(&id->why, EX_NOPERM, "the PIN is too long");
		return GNUTLS_E_PKCS11_PIN_ERROR;
	}
	memcpy(pin, buf_cstr(&id->pin), id->pin.len + 1);
	return 0;
}

static bool
load_token_key(struct tls_identity *id, struct err *e)
{
	int rc = gnutls_pkcs11_privkey_init(&id->token_key);
	if (rc < 0)
		return set_up_failed(rc, e);
	gnutls_pkcs11_privkey_set_pin_function(id->token_key, give_pin, id);
	rc = gnutls_pkcs11_privkey_import_url(id->token_key, id->key, 0);
	return rc >= 0 || refuse_url(id, rc, "tls_key_file", id->key, e);
}

/* The key anew: a failed import may leave something in it. */
static int
import_key(
    struct tls_identity *id, const struct buf *text, const char *passphrase)
{
	gnutls_datum_t datum = datum_of(text);
	if (id->file_key != NULL)
		gnutls_x509_privkey_deinit(id->file_key);
	id->file_key = NULL;
	int rc = gnutls_x509_privkey_init(&id->file_key);
	return rc < 0 ? rc
		      : gnutls_x509_privkey_import2(id->file_key, &datum,
			    GNUTLS_X509_FMT_PEM, passphrase, 0);
}

static bool
load_file_key(struct tls_identity *id, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(FILE_MAX);
	AUTO(buf_release) struct buf passphrase = BUF_INIT(FILE_MAX);
	static const char what[] = "tls_key_file";
	if (!read_file(what, id->key, &text, e))
		return false;
	int rc = import_key(id, &text, NULL);
	if (rc >= 0)
		return true;
	if (rc != GNUTLS_E_DECRYPTION_FAILED)
		return err_set(e, EX_CONFIG, "%s %s holds no key in PEM: %s",
			   what, id->key, gnutls_strerror(rc)) ||
		    err_hint(
			e, "of DER: openssl pkey -inform der -in %s", id->key);
	if (!ask(id, "passphrase", id->key, &passphrase, e))
		return err_wrap(e, "%s %s", what, id->key);
	rc = import_key(id, &text, buf_cstr(&passphrase));
	if (rc == GNUTLS_E_UNKNOWN_CIPHER_TYPE ||
	    rc == GNUTLS_E_UNKNOWN_HASH_ALGORITHM)
		return err_set(e, EX_CONFIG, "%s %s: %s", what, id->key,
		    gnutls_strerror(rc));
	/* what comes of a wrong one may be anything */
	return rc >= 0 ||
	    err_set(
		e, EX_NOPERM, "%s %s: the passphrase is wrong", what, id->key);
}

/* The credentials own what they are given, so they get copies. */
static int
copy_to(
    const struct tls_identity *id, gnutls_certificate_credentials_t credentials)
{
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned n = id->nchain < CHAIN_MAX ? id->nchain : CHAIN_MAX, made = 0;
	gnutls_privkey_t key = NULL;
	int rc = gnutls_privkey_init(&key);
	if (rc >= 0)
		rc = id->file_key != NULL
		    ? gnutls_privkey_import_x509(
			  key, id->file_key, GNUTLS_PRIVKEY_IMPORT_COPY)
		    : gnutls_privkey_import_pkcs11(key, id->token_key, 0);
	while (rc >= 0 && made < n) {
		rc = gnutls_pcert_import_x509(&chain[made], id->chain[made], 0);
		made += rc >= 0;
	}
	if (rc >= 0)
		rc = gnutls_certificate_set_key(
		    credentials, NULL, 0, chain, (int)n, key);
	if (rc >= 0)
		return rc;
	for (unsigned i = 0; i < made; i++)
		gnutls_pcert_deinit(&chain[i]);
	if (key != NULL)
		gnutls_privkey_deinit(key);
	return rc;
}

static bool
refuse_pair(const struct tls_identity *id, int rc, struct err *e)
{
	if (is_about_pin(rc))
		return refuse_pin(id, rc, "tls_key_file", id->key, e);
	if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		return err_set(e, EX_CONFIG,
		    "tls_key_file %s is not the key of tls_cert_file %s",
		    id->key, id->cert);
	return err_set(e, EX_CONFIG, "tls_cert_file %s, tls_key_file %s: %s",
	    id->cert, id->key, gnutls_strerror(rc));
}

/* By a signature, which the token, too, is known to make then. */
static bool
check_pair(const struct tls_identity *id, struct err *e)
{
	gnutls_certificate_credentials_t scratch;
	int rc = gnutls_certificate_allocate_credentials(&scratch);
	if (rc < 0)
		return set_up_failed(rc, e);
	rc = copy_to(id, scratch);
	gnutls_certificate_free_credentials(scratch);
	return rc >= 0 || refuse_pair(id, rc, e);
}

struct tls_identity *
tls_identity_load(const char *cert, const char *key,
    const struct tls_passphrase *passphrase, struct err *e)
{
	if (!crypto_prepare(e))
		return NULL;
	struct tls_identity *id = mem_zalloc(sizeof(*id));
	*id = (struct tls_identity){
		.cert = cert,
		.key = key,
		.passphrase = *passphrase,
		.pin = BUF_INIT(4096),
	};
	if (load_chain(id, e) &&
	    (is_url(key) ? load_token_key(id, e) : load_file_key(id, e)) &&
	    check_pair(id, e))
		return id;
	tls_identity_free(&id);
	return NULL;
}

bool
tls_identity_is_token(const struct tls_identity *id)
{
	return id->token_key != NULL;
}

void
tls_identity_fingerprint(
    const struct tls_identity *identity, char text[CERT_FINGERPRINT_SIZE])
{
	cert_fingerprint(identity->chain[0], text);
}

bool
tls_identity_use(const struct tls_identity *id,
    struct gnutls_certificate_credentials_st *credentials, struct err *e)
{
	/* that they belong together is known */
	gnutls_certificate_set_flags(
	    credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	int rc = copy_to(id, credentials);
	return rc >= 0 || refuse_pair(id, rc, e);
}

void
tls_identity_free(struct tls_identity **owned)
{
	struct tls_identity *id = *owned;
	if (id == NULL)
		return;
	for (unsigned i = 0; i < id->nchain; i++)
		gnutls_x509_crt_deinit(id->chain[i]);
	gnutls_free(id->chain);
	if (id->file_key != NULL)
		gnutls_x509_privkey_deinit(id->file_key);
	if (id->token_key != NULL)
		gnutls_pkcs11_privkey_deinit(id->token_key);
	buf_release(&id->pin);
	free(id);
	*owned = NULL;
}
