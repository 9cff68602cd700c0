// SPDX-License-Identifier: ISC
#include "net/store.h"

#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "net/bundle.h"
#include "net/subjecthash.h"
#include "net/trustfile.h"
#include "unit.h"

/*
 * Held against GnuTLS: all certificates of the system's store.  The package
 * ca-certificates is needed to build, so it is there.
 */
struct authorities {
	const char *file;
	struct buf text;
	gnutls_x509_crt_t *certificates;
	unsigned n;
};

static void
authorities_open(struct authorities *s)
{
	static const char *const files[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/ssl/cert.pem",
	};
	struct err e;
	AUTO(fd_release) int fd = -1;
	*s = (struct authorities){ .text = BUF_INIT(1 << 24) };
	for (size_t i = 0; i < ARRAY_LEN(files) && fd == -1; i++) {
		s->file = files[i];
		fd = open(s->file, O_RDONLY | O_CLOEXEC);
	}
	CHECK(fd != -1 && fd_read_to_end(fd, &s->text, &e));
	gnutls_datum_t all = { (unsigned char *)s->text.data,
		(unsigned)s->text.len };
	CHECK(gnutls_x509_crt_list_import2(
		  &s->certificates, &s->n, &all, GNUTLS_X509_FMT_PEM, 0) >= 0);
	CHECK(s->n > 50);
}

static void
authorities_release(struct authorities *s)
{
	for (unsigned i = 0; i < s->n; i++)
		gnutls_x509_crt_deinit(s->certificates[i]);
	gnutls_free(s->certificates);
	buf_release(&s->text);
}

/* DER; given back with gnutls_free(). */
static gnutls_datum_t
subject_of(gnutls_x509_crt_t crt)
{
	gnutls_datum_t name = { NULL, 0 };
	CHECK(gnutls_x509_crt_get_raw_dn(crt, &name) >= 0);
	return name;
}

/* What is looked for in a file, and whether it was there. */
struct sight {
	gnutls_x509_crt_t wanted;
	size_t nfound;
};

static bool
compare(void *arg, struct str pem)
{
	struct sight *s = arg;
	AUTO(cstr_release) char *copy = str_dup(pem);
	gnutls_datum_t text = { (unsigned char *)copy, (unsigned)pem.len };
	gnutls_x509_crt_t crt;
	CHECK(gnutls_x509_crt_init(&crt) >= 0);
	CHECK(gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM) >= 0);
	if (gnutls_x509_crt_equals(crt, s->wanted) != 0)
		s->nfound++;
	gnutls_x509_crt_deinit(crt);
	return true;
}

/* Searches the file for the subject; tells how many certificates it has. */
static size_t
look(const char *file, struct str subject, struct sight *sight)
{
	struct bundle_search search = {
		.subjects = &subject,
		.nsubjects = 1,
		.take = compare,
		.arg = sight,
	};
	AUTO(fd_release) int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd != -1)
		CHECK_EQ(bundle_search(fd, &search), BUNDLE_DONE);
	return search.nseen;
}

TEST(each_authority_of_the_system_is_found_in_its_file)
{
	AUTO(authorities_release) struct authorities s;
	authorities_open(&s);
	for (unsigned i = 0; i < s.n; i++) {
		struct sight sight = { s.certificates[i], 0 };
		gnutls_datum_t name = subject_of(s.certificates[i]);
		CHECK_EQ(
		    look(s.file, (struct str){ (char *)name.data, name.size },
			&sight),
		    s.n);
		CHECK_EQ(sight.nfound, 1);
		gnutls_free(name.data);
	}
}

static size_t
look_by_hash(struct str subject, struct sight *sight)
{
	unsigned char digest[SUBJECTHASH_DIGEST_SIZE];
	AUTO(buf_release) struct buf canon = BUF_INIT(65536);
	CHECK(subjecthash_prepare(subject, &canon));
	CHECK(gnutls_hash_fast(
		  GNUTLS_DIG_SHA1, buf_cstr(&canon), canon.len, digest) >= 0);
	for (unsigned n = 0; n <= 9 && sight->nfound == 0; n++) {
		char path[64], file[SUBJECTHASH_NAME_SIZE];
		subjecthash_file(digest, n, file);
		(void)snprintf(path, sizeof(path), "/etc/ssl/certs/%s", file);
		(void)look(path, subject, sight);
	}
	return sight->nfound;
}

TEST(each_authority_of_the_system_is_found_by_its_hash)
{
	AUTO(authorities_release) struct authorities s;
	if (access("/usr/sbin/update-ca-certificates", F_OK) == -1 ||
	    access("/etc/debian_version", F_OK) == -1)
		return; /* it is Debian's that makes those links */
	authorities_open(&s);
	for (unsigned i = 0; i < s.n; i++) {
		struct sight sight = { s.certificates[i], 0 };
		gnutls_datum_t name = subject_of(s.certificates[i]);
		CHECK_EQ(
		    look_by_hash(
			(struct str){ (char *)name.data, name.size }, &sight),
		    1);
		gnutls_free(name.data);
	}
}

/* A folder with one file in it. */
struct place {
	char dir[64];
	char path[80];
	struct err e;
};

static void
place_open(struct place *p, const char *name, struct str text)
{
	*p = (struct place){ .dir = "/tmp/posthaste-store.XXXXXX" };
	CHECK(mkdtemp(p->dir) != NULL);
	(void)snprintf(p->path, sizeof(p->path), "%s/%s", p->dir, name);
	AUTO(fd_release)
	int fd = open(p->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd_write_all(fd, text.ptr, text.len));
}

static void
place_release(struct place *p)
{
	(void)unlink(p->path);
	(void)rmdir(p->dir);
}

static bool
is_fit(const char *file, struct err *e)
{
	AUTO(trustfile_release) struct trustfile t;
	trustfile_find(&t, file);
	/* and a second look finds the same */
	bool ok = store_check(&t, e);
	CHECK_EQ(store_check(&t, e), ok);
	return ok;
}

static void
name_paths(const char *file, struct strvec *paths)
{
	AUTO(trustfile_release) struct trustfile t;
	trustfile_find(&t, file);
	trustfile_paths(&t, paths);
}

static void
name_origins(const char *file, struct strvec *paths)
{
	AUTO(trustfile_release) struct trustfile t;
	trustfile_find(&t, file);
	trustfile_origins(&t, paths);
}

static void
is_refused(struct place *p, const char *path, const char *why)
{
	CHECK(!is_fit(path, &p->e));
	CHECK_EQ(p->e.exit, EX_CONFIG);
	CHECK(strstr(p->e.text, path) != NULL);
	CHECK(strstr(p->e.text, why) != NULL);
}

TEST(a_file_is_fit_if_it_holds_a_certificate)
{
	AUTO(place_release) struct place p;
	AUTO(authorities_release) struct authorities s;
	authorities_open(&s);
	place_open(&p, "file", str_upto(buf_str(&s.text), 8000));
	CHECK(is_fit(p.path, &p.e));
}

TEST(a_file_without_a_certificate_or_none_is_refused)
{
	AUTO(place_release) struct place p;
	place_open(&p, "file", STR("Subject: hello\n"));
	is_refused(&p, p.path, "holds no certificate");
	CHECK(truncate(p.path, 0) == 0);
	is_refused(&p, p.path, "holds no certificate");
	CHECK(unlink(p.path) == 0);
	is_refused(&p, p.path, "No such file");
	if (geteuid() == 0)
		return; /* who may read anything */
	CHECK(symlink("/proc/1/mem", p.path) == 0);
	is_refused(&p, p.path, "Permission denied");
}

TEST(a_folder_is_fit_if_it_has_names_by_hash)
{
	AUTO(place_release) struct place p;
	place_open(&p, "01234567.0", STR(""));
	CHECK(is_fit(p.dir, &p.e));
	CHECK(unlink(p.path) == 0);
	is_refused(&p, p.dir, "by their hashes");
	CHECK(strstr(p.e.hint, "openssl rehash") != NULL);
}

TEST(what_is_no_plain_file_is_not_read_before_its_time)
{
	AUTO(place_release) struct place p;
	place_open(&p, "fifo", STR(""));
	CHECK(unlink(p.path) == 0 && mkfifo(p.path, 0600) == 0);
	CHECK(is_fit(p.path, &p.e)); /* would wait for ever */
	CHECK(is_fit("pkcs11:token=x", &p.e));
	CHECK(is_fit(NULL, &p.e));
}

static bool
has(const struct strvec *paths, const char *path)
{
	for (size_t i = 0; i < paths->len; i++)
		if (strcmp(paths->items[i], path) == 0)
			return true;
	return false;
}

TEST(what_may_have_to_be_opened_is_named)
{
	AUTO(place_release) struct place p;
	AUTO(strvec_release) struct strvec file = STRVEC_INIT;
	AUTO(strvec_release) struct strvec token = STRVEC_INIT;
	place_open(&p, "file", STR(""));
	name_paths(p.path, &file); /* is open */
	name_paths(NULL, &file);   /* likewise, on a machine that builds this */
	CHECK_EQ(file.len, 0);
	CHECK(unlink(p.path) == 0 && mkfifo(p.path, 0600) == 0);
	name_paths(p.path, &file);
	CHECK_EQ(file.len, 1);
	CHECK(has(&file, p.path));
	name_paths("pkcs11:token=x", &token);
	CHECK(token.len > 1);
}

TEST(the_links_of_a_folder_are_named_for_where_they_lead)
{
	AUTO(place_release) struct place p;
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	place_open(&p, "12345678.0", STR(""));
	CHECK(unlink(p.path) == 0 && symlink("/nowhere", p.path) == 0);
	name_paths(p.dir, &paths);
	CHECK_EQ(paths.len, 2);
	CHECK(has(&paths, p.dir));
	CHECK(has(&paths, p.path));
}

TEST(what_tells_who_is_trusted_is_named)
{
	AUTO(place_release) struct place p;
	AUTO(strvec_release) struct strvec named = STRVEC_INIT;
	AUTO(strvec_release) struct strvec token = STRVEC_INIT;
	place_open(&p, "file", STR(""));
	name_origins(p.path, &named); /* the open file does */
	name_origins(NULL, &named);
	CHECK_EQ(named.len, 0);
	CHECK(unlink(p.path) == 0);
	name_origins(p.path, &named);
	name_origins(p.dir, &named);
	CHECK_EQ(named.len, 2);
	CHECK(has(&named, p.path));
	CHECK(has(&named, p.dir));
	name_origins("pkcs11:token=x", &token);
	CHECK_EQ(token.len, 0);
}

/* Whether all of it can be loaded. */
static bool
load_all(struct trustfile *t, struct err *e)
{
	gnutls_certificate_credentials_t credentials;
	CHECK(gnutls_certificate_allocate_credentials(&credentials) >= 0);
	bool ok = store_load_all(credentials, t, e);
	gnutls_certificate_free_credentials(credentials);
	return ok;
}

TEST(an_open_file_is_loaded_though_its_name_is_gone_and_more_than_once)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	AUTO(authorities_release) struct authorities s;
	authorities_open(&s);
	const char *first = strstr(buf_cstr(&s.text), end);
	CHECK(first != NULL);
	const size_t sizes[] = {
		(size_t)(first - s.text.data) + sizeof(end) - 1,
		s.text.len,
	};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		AUTO(place_release) struct place p;
		AUTO(trustfile_release) struct trustfile t;
		place_open(&p, "file", str_upto(buf_str(&s.text), sizes[i]));
		trustfile_find(&t, p.path);
		CHECK(unlink(p.path) == 0);
		CHECK_EQ(trustfile_is_small(&t), i == 0);
		CHECK(store_check(&t, &p.e));
		CHECK(load_all(&t, &p.e));
		CHECK(load_all(&t, &p.e));
	}
}
