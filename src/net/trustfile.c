// SPDX-License-Identifier: ISC
#include "net/trustfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
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

bool
trustfile_is_url(const char *file)
{
	return file != NULL && str_starts_nocase(str_of(file), STR("pkcs11:"));
}

static bool
is_p11kit(void)
{
	for (size_t i = 0; i < ARRAY_LEN(p11kit_sources); i++)
		if (access(p11kit_sources[i], F_OK) == 0)
			return true;
	return false;
}

/* The first of the system's that is there, or that cannot be opened. */
static void
find_bundle(struct trustfile *t)
{
	for (size_t i = 0; i < ARRAY_LEN(bundles) && t->fd == -1; i++) {
		t->fd = open(bundles[i], O_RDONLY | O_CLOEXEC);
		if (t->fd == -1 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		t->path = bundles[i];
		t->sys = t->fd == -1 ? errno : 0;
		return;
	}
}

static void
find_named(struct trustfile *t)
{
	if (trustfile_is_url(t->file))
		return;
	if (stat(t->file, &t->state) == -1) {
		t->sys = errno;
		return;
	}
	t->is_known = true;
	t->is_folder = S_ISDIR(t->state.st_mode);
	if (!S_ISREG(t->state.st_mode))
		return; /* what is read here would be missing later */
	t->path = t->file;
	t->fd = open(t->file, O_RDONLY | O_CLOEXEC);
	t->sys = t->fd == -1 ? errno : 0;
}

void
trustfile_find(struct trustfile *t, const char *file)
{
	*t = TRUSTFILE_INIT;
	t->file = file;
	if (file != NULL) {
		find_named(t);
		return;
	}
	t->is_p11kit = is_p11kit();
	if (!t->is_p11kit)
		find_bundle(t);
}

bool
trustfile_look(struct trustfile *t)
{
	if (!t->is_known)
		t->is_known = t->fd != -1 && fstat(t->fd, &t->state) == 0;
	return t->is_known && t->fd != -1;
}

void
trustfile_release(struct trustfile *t)
{
	fd_release(&t->fd);
	buf_release(&t->text);
}

bool
trustfile_rewind(struct trustfile *t)
{
	bool ok = !t->is_read || lseek(t->fd, 0, SEEK_SET) == 0;
	t->is_read = true;
	return ok;
}

bool
trustfile_read(struct trustfile *t, struct buf *text, struct err *e)
{
	if (!trustfile_rewind(t))
		return err_sys(e, EX_IOERR, "read");
	return fd_read_file(
	    t->fd, trustfile_look(t) ? t->state.st_size : 0, text, e);
}

bool
trustfile_is_small(const struct trustfile *t)
{
	return t->fd != -1 && t->file != NULL &&
	    t->state.st_size <= TRUSTFILE_SMALL_MAX;
}

static void
close_folder(DIR **owned)
{
	if (*owned != NULL)
		(void)closedir(*owned);
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
trustfile_needs_code(const struct trustfile *t)
{
	return t->is_p11kit || trustfile_is_url(t->file);
}

void
trustfile_origins(const struct trustfile *t, struct strvec *paths)
{
	if (t->is_p11kit)
		add_paths(paths, p11kit_origins, ARRAY_LEN(p11kit_origins));
	else if (t->fd != -1)
		return;
	else if (t->file == NULL)
		add_paths(paths, bundles, ARRAY_LEN(bundles));
	else if (!trustfile_is_url(t->file))
		strvec_add(paths, str_of(t->file));
}

void
trustfile_paths(const struct trustfile *t, struct strvec *paths)
{
	if (trustfile_needs_code(t)) {
		add_paths(paths, p11kit_paths, ARRAY_LEN(p11kit_paths));
		return;
	}
	trustfile_origins(t, paths);
	if (t->is_folder)
		add_links(paths, t->file);
}

void
trustfile_name_places(const struct trustfile *t, struct buf *names)
{
	if (t->is_p11kit)
		(void)!buf_add_str(names, STR("p11-kit"));
	for (size_t i = 0; i < ARRAY_LEN(bundles) && !t->is_p11kit; i++)
		(void)!buf_printf(names, "%s%s", i > 0 ? ", " : "", bundles[i]);
}
