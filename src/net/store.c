// SPDX-License-Identifier: ISC
#include "net/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/late_gnutls.h"
#include "base/log.h"
#include "base/strvec.h"
#include "net/bundle.h"
#include "net/der.h"
#include "net/pem.h"
#include "net/subjecthash.h"
#include "net/trustfile.h"

enum {
	CHAIN_MOST = 16, /* certificates; as deep as GnuTLS looks */
	NAME_MOST = 65536 /* octets of a name */,
	NUMBERS = 10,          /* files with one hash */
	BUNDLE_MOST = 1 << 26, /* octets; of a store with all of its texts */
};

/* Whom we look for, and where they go. */
struct wanted {
	gnutls_certificate_credentials_t credentials;
	struct str names[2 * CHAIN_MOST];
	size_t nnames;
	size_t nloaded;
};

static void
want(struct wanted *w, struct str name)
{
	for (size_t i = 0; i < w->nnames; i++)
		if (str_eq(w->names[i], name))
			return;
	w->names[w->nnames++] = name;
}

/*
 * GnuTLS compares names octet by octet, too.  Subjects, as well: the store may
 * have one of these certificates itself, or its key signed by another.
 */
static void
want_peers(struct wanted *w, gnutls_session_t session)
{
	unsigned n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	for (unsigned i = 0; list != NULL && i < n && i < CHAIN_MOST; i++) {
		struct der_names names;
		size_t need;
		struct str der = { (const char *)list[i].data, list[i].size };
		if (der_names(der, &names, &need) != DER_FOUND)
			continue;
		want(w, names.issuer);
		want(w, names.subject);
	}
}

static bool
load_one(void *arg, struct str pem)
{
	struct wanted *w = arg;
	/* GnuTLS takes what it only reads without const */
	union {
		const char *text;
		unsigned char *bytes;
	} data = { .text = pem.ptr };
	gnutls_datum_t datum = { data.bytes, (unsigned)pem.len };
	int n = gnutls_certificate_set_x509_trust_mem(
	    w->credentials, &datum, GNUTLS_X509_FMT_PEM);
	if (n <= 0)
		return false;
	w->nloaded += (size_t)n;
	return true;
}

static enum bundle_result
search(struct wanted *w, int fd)
{
	struct bundle_search s = {
		.subjects = w->names,
		.nsubjects = w->nnames,
		.take = load_one,
		.arg = w,
	};
	enum bundle_result result = bundle_search(fd, &s);
	log_debug("authorities: %zu of %zu loaded", w->nloaded, s.nseen);
	return result;
}

static bool
refuse_file(const char *file, const char *why, struct err *e)
{
	return err_set(e, EX_CONFIG, "tls_trust_file %s: %s", file, why);
}

/* Without an authority to be found in it. */
static bool
refuse_content(const char *file, const char *why, struct err *e)
{
	(void)refuse_file(file, why, e);
	if (!trustfile_is_url(file))
		(void)err_hint(e,
		    "PEM is wanted; of DER: openssl x509 -inform der -in %s",
		    file);
	return false;
}

static bool
refuse_read(const char *file, struct err *e)
{
	return err_sys(e, EX_CONFIG, "tls_trust_file %s", file);
}

static bool
digest_name(
    struct str name, unsigned char digest[SUBJECTHASH_DIGEST_SIZE], int *rc)
{
	AUTO(buf_release) struct buf canon = BUF_INIT(NAME_MOST);
	*rc = 0;
	if (!subjecthash_prepare(name, &canon))
		return false; /* so there is no such file */
	*rc = gnutls_hash_fast(
	    GNUTLS_DIG_SHA1, buf_cstr(&canon), canon.len, digest);
	return *rc >= 0;
}

/* HASH.0, HASH.1, ... of one name. */
static bool
load_numbered(struct wanted *w, int dir, const char *folder, struct str name,
    struct err *e)
{
	unsigned char digest[SUBJECTHASH_DIGEST_SIZE];
	char file[SUBJECTHASH_NAME_SIZE];
	int rc;
	if (!digest_name(name, digest, &rc))
		return rc >= 0 || refuse_file(folder, gnutls_strerror(rc), e);
	for (unsigned n = 0; n < NUMBERS; n++) {
		subjecthash_file(digest, n, file);
		AUTO(fd_release)
		int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
		if (fd == -1 && errno == ENOENT)
			return true;
		if (fd == -1)
			return err_sys(e, EX_CONFIG, "tls_trust_file %s: %s",
			    folder, file);
		if (search(w, fd) != BUNDLE_DONE)
			return err_set(e, EX_CONFIG,
			    "tls_trust_file %s: %s: makes no sense", folder,
			    file);
	}
	return true;
}

static bool
load_folder(struct wanted *w, const char *folder, struct err *e)
{
	AUTO(fd_release)
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return refuse_read(folder, e);
	for (size_t i = 0; i < w->nnames; i++)
		if (!load_numbered(w, dir, folder, w->names[i], e))
			return false;
	return true;
}

/* A small file's content, read once. */
static bool
have_text(struct trustfile *t, struct err *e)
{
	if (t->text.len > 0 || trustfile_read(t, &t->text, e))
		return true;
	e->exit = EX_CONFIG;
	return err_wrap(e, "tls_trust_file %s", t->file);
}

/* True also if nobody was found there, or who is cannot be told. */
static bool
load_candidates(struct wanted *w, struct trustfile *t, struct err *e)
{
	switch (trustfile_rewind(t) ? search(w, t->fd) : BUNDLE_FAILED) {
	case BUNDLE_FAILED: return refuse_read(t->file, e);
	case BUNDLE_ODD:
	case BUNDLE_REFUSED: w->nloaded = 0; break;
	case BUNDLE_DONE: break;
	}
	return true;
}

/* What stat(2) said of a file that was named. */
static bool
check_found(const struct trustfile *t, struct err *e)
{
	errno = t->sys;
	return t->sys == 0 || refuse_read(t->file, e);
}

static bool
load_named(struct wanted *w, struct trustfile *t, bool *is_all, struct err *e)
{
	*is_all = true;
	if (!check_found(t, e))
		return false;
	if (t->is_folder)
		return load_folder(w, t->file, e);
	/* what can be read once only is, and a small file is checked whole */
	if (t->fd == -1 || trustfile_is_small(t))
		return store_load_all(w->credentials, t, e);
	if (!load_candidates(w, t, e))
		return false;
	*is_all = w->nloaded == 0;
	return !*is_all || store_load_all(w->credentials, t, e);
}

/* It may be there and not be for us. */
static bool
check_bundle(const struct trustfile *t, struct err *e)
{
	errno = t->sys;
	return t->sys == 0 ||
	    err_sys(e, EX_UNAVAILABLE,
		"the system's CA certificates cannot be read: open %s",
		t->path);
}

static bool
load_system(struct wanted *w, struct trustfile *t, bool *is_all, struct err *e)
{
	*is_all = true;
	if (!check_bundle(t, e))
		return false;
	*is_all = t->fd == -1 || !trustfile_rewind(t) ||
	    search(w, t->fd) != BUNDLE_DONE || w->nloaded == 0;
	return !*is_all || store_load_all(w->credentials, t, e);
}

bool
store_load(struct gnutls_certificate_credentials_st *credentials,
    struct gnutls_session_int *session, struct trustfile *t, bool *is_all,
    struct err *e)
{
	struct wanted w = { .credentials = credentials };
	want_peers(&w, session);
	return t->file != NULL ? load_named(&w, t, is_all, e)
			       : load_system(&w, t, is_all, e);
}

static bool
refuse_system(const struct trustfile *t, struct err *e)
{
	AUTO(buf_release) struct buf tried = BUF_INIT(400);
	trustfile_name_places(t, &tried);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the system has no CA certificates: tried GnuTLS's default, %s",
	    buf_cstr(&tried));
	return err_hint(e,
	    "install ca-certificates, or name a file of CA certificates with "
	    "tls_trust_file");
}

/* The number of those loaded, or GnuTLS's error. */
static int
load_text(gnutls_certificate_credentials_t credentials, const struct buf *text)
{
	/* GnuTLS takes what it only reads without const */
	union {
		const char *text;
		unsigned char *bytes;
	} data = { .text = text->data };
	gnutls_datum_t datum = { data.bytes, (unsigned)text->len };
	if (text->len == 0)
		return 0;
	return gnutls_certificate_set_x509_trust_mem(
	    credentials, &datum, GNUTLS_X509_FMT_PEM);
}

/* All of the system's bundle. */
static bool
load_bundle(gnutls_certificate_credentials_t credentials, struct trustfile *t,
    struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(BUNDLE_MOST);
	if (!trustfile_read(t, &text, e)) {
		e->exit = EX_UNAVAILABLE;
		return err_wrap(e, "the system's CA certificates, %s", t->path);
	}
	int n = load_text(credentials, &text);
	return n > 0 ||
	    err_set(e, EX_UNAVAILABLE, "the system's CA certificates, %s: %s",
		t->path, n == 0 ? "there are none" : gnutls_strerror(n));
}

/* What GnuTLS was built for may be another place, or none. */
static bool
load_all_system(gnutls_certificate_credentials_t credentials,
    struct trustfile *t, struct err *e)
{
	if (t->fd != -1 && load_bundle(credentials, t, e))
		return true;
	if (gnutls_certificate_set_x509_system_trust(credentials) > 0)
		return true;
	if (t->fd != -1)
		return false;
	return check_bundle(t, e) && refuse_system(t, e);
}

/* Of a named file, that is open or not; the number or GnuTLS's error. */
static bool
load_all_named(gnutls_certificate_credentials_t credentials,
    struct trustfile *t, int *n, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(BUNDLE_MOST);
	if (t->fd == -1) {
		*n = gnutls_certificate_set_x509_trust_file(
		    credentials, t->file, GNUTLS_X509_FMT_PEM);
		return true;
	}
	bool is_kept = trustfile_is_small(t);
	if (is_kept ? !have_text(t, e) : !trustfile_read(t, &text, e))
		return false;
	*n = load_text(credentials, is_kept ? &t->text : &text);
	return true;
}

bool
store_load_all(struct gnutls_certificate_credentials_st *credentials,
    struct trustfile *t, struct err *e)
{
	int n = 0;
	if (t->file == NULL)
		return load_all_system(credentials, t, e);
	if (!load_all_named(credentials, t, &n, e))
		return false;
	if (n > 0)
		return true;
	return refuse_content(
	    t->file, n == 0 ? "holds no certificate" : gnutls_strerror(n), e);
}

bool
store_load_crl(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e)
{
	int n = gnutls_certificate_set_x509_crl_file(
	    credentials, file, GNUTLS_X509_FMT_PEM);
	if (n > 0)
		return true;
	(void)err_set(e, EX_CONFIG, "tls_crl_file %s: %s", file,
	    n == 0 ? "holds no list of revoked certificates"
		   : gnutls_strerror(n));
	return err_hint(
	    e, "PEM is wanted; of DER: openssl crl -inform der -in %s", file);
}

static void
close_folder(DIR **owned)
{
	if (*owned != NULL)
		(void)closedir(*owned);
}

static bool
check_folder(const char *folder, struct err *e)
{
	AUTO(close_folder) DIR *dir = opendir(folder);
	const struct dirent *entry;
	if (dir == NULL)
		return refuse_read(folder, e);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is ours alone */
	while ((entry = readdir(dir)) != NULL)
		if (subjecthash_is_file(entry->d_name))
			return true;
	(void)refuse_file(
	    folder, "a folder without certificates by their hashes", e);
	return err_hint(e, "openssl rehash %s", folder);
}

/* The first will do. */
static bool
take_none(void *arg, struct str pem)
{
	(void)arg;
	(void)pem;
	return false;
}

/* The end of it counts if it is small enough to be read whole. */
static bool
holds_none(struct trustfile *t, bool *is_empty, struct err *e)
{
	struct bundle_search first = { .take = take_none };
	struct pem_block block;
	size_t used;
	if (trustfile_is_small(t)) {
		if (!have_text(t, e))
			return false;
		*is_empty = pem_next(buf_str(&t->text), &block, &used) ==
		    PEM_NOTHING;
		return true;
	}
	enum bundle_result result = trustfile_rewind(t)
	    ? bundle_search(t->fd, &first)
	    : BUNDLE_FAILED;
	*is_empty = result == BUNDLE_DONE;
	return result != BUNDLE_FAILED || refuse_read(t->file, e);
}

bool
store_check(struct trustfile *t, struct err *e)
{
	bool is_empty = false;
	if (t->file == NULL)
		return true;
	if (!check_found(t, e))
		return false;
	if (t->is_folder)
		return check_folder(t->file, e);
	if (t->fd == -1)
		return true;
	return holds_none(t, &is_empty, e) &&
	    (!is_empty || refuse_content(t->file, "holds no certificate", e));
}
