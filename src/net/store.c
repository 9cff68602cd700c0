// SPDX-License-Identifier: ISC
#include "net/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/strvec.h"
#include "net/bundle.h"
#include "net/der.h"
#include "net/subjecthash.h"

/*
 * The system's store in one file, as distributions have it; the first that is
 * there counts.  Not /etc/ssl/certs/HASH.N: "openssl rehash" links there
 * whatever somebody put into that folder, such as the machine's own
 * certificates, which GnuTLS does not count among the system's authorities.
 */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Gentoo, Nix */
	"/etc/pki/tls/certs/ca-bundle.crt", /* Fedora's kin, without p11-kit */
	"/etc/ssl/ca-bundle.pem",           /* openSUSE */
	"/var/lib/ca-certificates/ca-bundle.pem",
	"/etc/ssl/cert.pem",                      /* the BSDs, old Alpine */
	"/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD's port */
};

/*
 * Where p11-kit keeps the store (Fedora and Arch with their kin), GnuTLS asks
 * it for each issuer, and for what is distrusted, which the files that others
 * get do not tell.  So we leave it to them.
 */
static const char *const p11kit_sources[] = {
	"/etc/pki/ca-trust/source",
	"/etc/ca-certificates/trust-source",
};

/* What it reads for that. */
static const char *const p11kit_paths[] = {
	"/etc/pki",
	"/etc/ca-certificates",
	"/etc/pkcs11",
	"/usr/share/pki",
	"/usr/share/ca-certificates",
	"/usr/share/p11-kit",
	"/usr/lib/pkcs11",
	"/usr/lib64/pkcs11",
};

/* And where it keeps what is trusted and distrusted: the administrator's, and
 * the distribution's. */
static const char *const p11kit_origins[] = {
	"/etc/pki/ca-trust/source",
	"/etc/pki/ca-trust/source/anchors",
	"/etc/pki/ca-trust/source/blocklist",
	"/etc/pki/ca-trust/source/blacklist",
	"/usr/share/pki/ca-trust-source",
	"/etc/ca-certificates/trust-source",
	"/etc/ca-certificates/trust-source/anchors",
	"/etc/ca-certificates/trust-source/blocklist",
	"/etc/ca-certificates/trust-source/blacklist",
	"/usr/share/ca-certificates/trust-source",
};

enum {
	CHAIN_MOST = 16, /* certificates; as deep as GnuTLS looks */
	NAME_MOST = 65536 /* octets of a name */,
	NUMBERS = 10, /* files with one hash */
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
is_url(const char *file)
{
	return str_starts_nocase(str_of(file), STR("pkcs11:"));
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
	if (!is_url(file))
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

/* True also if nobody was found there, or who is cannot be told. */
static bool
load_candidates(struct wanted *w, const char *file, struct err *e)
{
	AUTO(fd_release) int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return refuse_read(file, e);
	switch (search(w, fd)) {
	case BUNDLE_FAILED: return refuse_read(file, e);
	case BUNDLE_ODD:
	case BUNDLE_REFUSED: w->nloaded = 0; break;
	case BUNDLE_DONE: break;
	}
	return true;
}

static bool
load_named(struct wanted *w, const char *file, bool *is_all, struct err *e)
{
	struct stat st;
	*is_all = true;
	if (is_url(file))
		return store_load_all(w->credentials, file, e);
	if (stat(file, &st) == -1)
		return refuse_read(file, e);
	if (S_ISDIR(st.st_mode))
		return load_folder(w, file, e);
	/* what can be read once only is, and a small file is checked whole */
	if (!S_ISREG(st.st_mode) || st.st_size <= BUNDLE_WINDOW)
		return store_load_all(w->credentials, file, e);
	if (!load_candidates(w, file, e))
		return false;
	*is_all = w->nloaded == 0;
	return !*is_all || store_load_all(w->credentials, file, e);
}

static bool
is_p11kit(void)
{
	for (size_t i = 0; i < ARRAY_LEN(p11kit_sources); i++)
		if (access(p11kit_sources[i], F_OK) == 0)
			return true;
	return false;
}

/* The first of the system's that is there; *fd is -1 if there is none. */
static bool
open_bundle(const char **file, int *fd, struct err *e)
{
	*fd = -1;
	for (size_t i = 0; i < ARRAY_LEN(bundles) && *fd == -1; i++) {
		*file = bundles[i];
		*fd = open(bundles[i], O_RDONLY | O_CLOEXEC);
		if (*fd == -1 && errno != ENOENT && errno != ENOTDIR)
			return err_sys(e, EX_UNAVAILABLE,
			    "the system's CA certificates cannot be read: "
			    "open %s",
			    bundles[i]);
	}
	return true;
}

static bool
load_system(struct wanted *w, bool *is_all, struct err *e)
{
	AUTO(fd_release) int fd = -1;
	const char *file;
	*is_all = true;
	if (is_p11kit())
		return store_load_all(w->credentials, NULL, e);
	if (!open_bundle(&file, &fd, e))
		return false;
	*is_all = fd == -1 || search(w, fd) != BUNDLE_DONE || w->nloaded == 0;
	return !*is_all || store_load_all(w->credentials, NULL, e);
}

bool
store_load(struct gnutls_certificate_credentials_st *credentials,
    struct gnutls_session_int *session, const char *file, bool *is_all,
    struct err *e)
{
	struct wanted w = { .credentials = credentials };
	want_peers(&w, session);
	return file != NULL ? load_named(&w, file, is_all, e)
			    : load_system(&w, is_all, e);
}

static bool
refuse_system(struct err *e)
{
	AUTO(buf_release) struct buf tried = BUF_INIT(400);
	if (is_p11kit())
		(void)!buf_add_str(&tried, STR("p11-kit"));
	for (size_t i = 0; i < ARRAY_LEN(bundles) && !is_p11kit(); i++)
		(void)!buf_printf(
		    &tried, "%s%s", i > 0 ? ", " : "", bundles[i]);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the system has no CA certificates: tried GnuTLS's default, %s",
	    buf_cstr(&tried));
	return err_hint(e,
	    "install ca-certificates, or name a file of CA certificates with "
	    "tls_trust_file");
}

/* What GnuTLS was built for may be another place, or none. */
static bool
load_all_system(gnutls_certificate_credentials_t credentials, struct err *e)
{
	AUTO(fd_release) int fd = -1;
	const char *file;
	if (gnutls_certificate_set_x509_system_trust(credentials) > 0)
		return true;
	if (is_p11kit())
		return refuse_system(e);
	if (!open_bundle(&file, &fd, e))
		return false;
	if (fd == -1)
		return refuse_system(e);
	int n = gnutls_certificate_set_x509_trust_file(
	    credentials, file, GNUTLS_X509_FMT_PEM);
	if (n > 0)
		return true;
	return err_set(e, EX_UNAVAILABLE,
	    "the system's CA certificates, %s: %s", file,
	    n == 0 ? "there are none" : gnutls_strerror(n));
}

bool
store_load_all(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e)
{
	if (file == NULL)
		return load_all_system(credentials, e);
	int n = gnutls_certificate_set_x509_trust_file(
	    credentials, file, GNUTLS_X509_FMT_PEM);
	if (n > 0)
		return true;
	return refuse_content(
	    file, n == 0 ? "holds no certificate" : gnutls_strerror(n), e);
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

bool
store_check(const char *file, struct err *e)
{
	struct bundle_search s = { .take = take_none };
	struct stat st;
	if (file == NULL || is_url(file))
		return true;
	if (stat(file, &st) == -1)
		return refuse_read(file, e);
	if (S_ISDIR(st.st_mode))
		return check_folder(file, e);
	if (!S_ISREG(st.st_mode))
		return true; /* what is read here would be missing later */
	AUTO(fd_release) int fd = open(file, O_RDONLY | O_CLOEXEC);
	enum bundle_result result = fd == -1 ? BUNDLE_FAILED
					     : bundle_search(fd, &s);
	if (result == BUNDLE_FAILED)
		return refuse_read(file, e);
	return result != BUNDLE_DONE ||
	    refuse_content(file, "holds no certificate", e);
}

static void
add_paths(struct strvec *paths, const char *const *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strvec_add(paths, str_of(from[i]));
}

/* Those that are no links lie below the folder. */
static void
add_links(struct strvec *paths, const char *folder)
{
	AUTO(close_folder) DIR *dir = opendir(folder);
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	const struct dirent *entry;
	struct stat st;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is ours alone */
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!subjecthash_is_file(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISLNK(st.st_mode))
			continue;
		buf_truncate(&path, 0);
		if (buf_printf(&path, "%s/%s", folder, entry->d_name))
			strvec_add(paths, buf_str(&path));
	}
}

bool
store_needs_code(const char *file)
{
	return file != NULL ? is_url(file) : is_p11kit();
}

void
store_origins(const char *file, struct strvec *paths)
{
	if (file == NULL && is_p11kit()) {
		add_paths(paths, p11kit_origins, ARRAY_LEN(p11kit_origins));
		return;
	}
	/* the first that is there counts */
	for (size_t i = 0; file == NULL && i < ARRAY_LEN(bundles); i++)
		if (access(bundles[i], F_OK) == 0)
			file = bundles[i];
	if (file == NULL)
		add_paths(paths, bundles, ARRAY_LEN(bundles));
	else if (!is_url(file))
		strvec_add(paths, str_of(file));
}

void
store_paths(const char *file, struct strvec *paths)
{
	if (store_needs_code(file)) {
		add_paths(paths, p11kit_paths, ARRAY_LEN(p11kit_paths));
		return;
	}
	store_origins(file, paths);
	if (file != NULL)
		add_links(paths, file);
}
