// SPDX-License-Identifier: ISC
#include "net/ticket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/late_gnutls.h"
#include "base/log.h"
#include "base/strvec.h"
#include "net/owncert.h"
#include "net/tls.h"
#include "net/trustfile.h"

/*
 * A file is the mark, the time of the handshake with all checks, the sum of
 * key, time and data (eight octets each, the highest first), and the data:
 * whether the server took the first group for exchanging keys, an octet, and
 * GnuTLS's.  The sum finds what a crash left of a file that nobody waited for
 * to be on disk, and a file that is there under a name of its own.  Who may
 * write here could make any digest, too.
 */
static const char mark[] = "posthaste tls 3\n";

enum {
	MARK_SIZE = sizeof(mark) - 1,
	TIME_SIZE = 8,
	SUM_SIZE = 8,
	HEAD_SIZE = MARK_SIZE + TIME_SIZE + SUM_SIZE,
};

static void
put_number(uint64_t n, char octets[8])
{
	for (size_t i = 8; i-- > 0; n >>= 8)
		octets[i] = (char)(n & 0xff);
}

static uint64_t
get_number(const char *octets)
{
	uint64_t n = 0;
	for (size_t i = 0; i < 8; i++)
		n = n << 8 | (unsigned char)octets[i];
	return n;
}

/* FNV-1a: no change of a single octet leaves the sum as it was. */
static uint64_t
add_octets(uint64_t sum, const void *octets, size_t n)
{
	const unsigned char *at = octets;
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ at[i]) * 0x100000001b3;
	return sum;
}

static uint64_t
sum_of(const unsigned char key[TICKET_KEY_SIZE], const char since[TIME_SIZE],
    struct str data)
{
	uint64_t sum = add_octets(0xcbf29ce484222325, key, TICKET_KEY_SIZE);
	sum = add_octets(sum, since, TIME_SIZE);
	return add_octets(sum, data.ptr, data.len);
}

bool
ticket_pack(const unsigned char key[TICKET_KEY_SIZE], int64_t since,
    struct str data, struct buf *file)
{
	char when[TIME_SIZE], sum[SUM_SIZE];
	put_number((uint64_t)since, when);
	put_number(sum_of(key, when, data), sum);
	return data.len > 0 && data.len <= TICKET_FILE_MAX - HEAD_SIZE &&
	    buf_add(file, mark, MARK_SIZE) &&
	    buf_add(file, when, sizeof(when)) &&
	    buf_add(file, sum, sizeof(sum)) && buf_add_str(file, data);
}

bool
ticket_unpack(const unsigned char key[TICKET_KEY_SIZE], int64_t now,
    struct str file, int64_t *since, struct str *data)
{
	if (file.len <= HEAD_SIZE || file.len > TICKET_FILE_MAX ||
	    memcmp(file.ptr, mark, MARK_SIZE) != 0)
		return false;
	const char *when = file.ptr + MARK_SIZE;
	uint64_t number = get_number(when);
	*data = str_from(file, HEAD_SIZE);
	if (sum_of(key, when, *data) != get_number(when + TIME_SIZE))
		return false;
	/* one of the future was made when the clock was wrong */
	if (number > (uint64_t)now ||
	    (uint64_t)now - number >= TICKET_LIFETIME_S)
		return false;
	*since = (int64_t)number;
	return true;
}

/* A word of the key, or that it is missing, such that none runs into the
 * next. */
static void
add_word(struct buf *key, const char *word)
{
	(void)!buf_add(key, word != NULL ? "+" : "-", 1);
	if (word != NULL)
		(void)!buf_add(key, word, strlen(word) + 1);
}

static const char *
next_name(DIR *dir)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
	const struct dirent *f = readdir(dir);
	return f != NULL ? f->d_name : NULL;
}

static void
close_folder(DIR **owned)
{
	if (*owned != NULL)
		(void)closedir(*owned);
}

static void
add_stat(struct buf *key, const struct stat *st)
{
	(void)!buf_printf(key, "%ju %ju %jd %jd.%09ld", (uintmax_t)st->st_dev,
	    (uintmax_t)st->st_ino, (intmax_t)st->st_size,
	    (intmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

/*
 * A file as it is now.  A change of its content changes its ctime, and a new
 * one in its place has another number.  True if it is a folder.
 */
static bool
add_state(struct buf *key, int dir, const char *name)
{
	struct stat st;
	add_word(key, name);
	bool is_there = name != NULL && fstatat(dir, name, &st, 0) == 0;
	if (is_there)
		add_stat(key, &st);
	(void)!buf_add(key, "\n", 1);
	return is_there && S_ISDIR(st.st_mode);
}

/* A folder does not change when a file in it does, or one that a link in it
 * leads to. */
static void
add_file(struct buf *key, const char *path)
{
	AUTO(close_folder) DIR *dir = NULL;
	const char *name;
	if (add_state(key, AT_FDCWD, path))
		dir = opendir(path);
	while (dir != NULL && (name = next_name(dir)) != NULL)
		if (name[0] != '.')
			(void)add_state(key, dirfd(dir), name);
}

/* Those who are believed; a pin decides alone.  False if they cannot be told
 * from others. */
static bool
add_trust(struct buf *key, const struct tls_options *o)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	AUTO(trustfile_release) struct trustfile own = TRUSTFILE_INIT;
	struct trustfile *trust = o->trust;
	add_word(key, o->fingerprints);
	add_word(key, o->pins);
	if (o->fingerprints != NULL || o->pins != NULL)
		return true;
	add_file(key, o->crl_file);
	add_word(key, o->trust_file);
	if (trust == NULL) {
		trustfile_find(&own, o->trust_file);
		trust = &own;
	}
	/* the very file that they are read from */
	if (trustfile_look(trust)) {
		add_word(key, trust->path);
		add_stat(key, &trust->state);
		return true;
	}
	trustfile_origins(trust, &paths);
	for (size_t i = 0; i < paths.len; i++)
		add_file(key, paths.items[i]);
	return paths.len > 0;
}

static void
add_identity(struct buf *key, const struct tls_identity *identity)
{
	char text[CERT_FINGERPRINT_SIZE];
	if (identity != NULL)
		tls_identity_fingerprint(identity, text);
	add_word(key, identity != NULL ? text : NULL);
}

static bool
make_key(struct ticket *t, const struct tls_options *o, const char *host)
{
	AUTO(buf_release) struct buf key = BUF_INIT(SIZE_MAX);
	add_word(&key, gnutls_check_version(NULL)); /* who reads the data */
	/* the folder is one user's, who need not be named */
	(void)!buf_printf(
	    &key, "%u %d %d\n", o->port, o->is_first, o->needs_13);
	add_word(&key, host);
	add_identity(&key, o->identity);
	add_word(&key, o->priorities);
	/* who comes as two is not to be known as one by a ticket */
	add_word(&key, o->user);
	add_word(&key, o->proxy);
	return add_trust(&key, o) &&
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, key.data, key.len, t->key) >= 0;
}

/*
 * What decides in another way than by settings and authorities is asked each
 * time: the key that was seen first, and DNS.
 */
static bool
is_allowed(const struct tls_options *o)
{
	return o->sessions > 0 && o->is_verified && o->port != 0 &&
	    o->belief == TLS_BY_AUTHORITIES;
}

void
ticket_init(struct ticket *t, const struct tls_options *o, const char *host)
{
	static const char digits[] = "0123456789abcdef";
	*t = (struct ticket){ .dir = 0 };
	if (!is_allowed(o) || !make_key(t, o, host))
		return;
	for (size_t i = 0; i < TICKET_KEY_SIZE; i++) {
		t->name[2 * i] = digits[t->key[i] >> 4];
		t->name[2 * i + 1] = digits[t->key[i] & 0xf];
	}
	t->dir = o->sessions;
}

bool
ticket_take(struct ticket *t, int64_t now, struct buf *data)
{
	AUTO(buf_release) struct buf file = BUF_INIT(TICKET_FILE_MAX);
	struct err e = ERR_INIT;
	struct str found;
	if (t->dir == 0)
		return false;
	bool ok = dir_take_file(t->dir, t->name, &file, &e);
	t->is_old = ok || e.exit != EX_NOINPUT;
	if (!ok && e.exit != EX_NOINPUT)
		log_debug("saved TLS session: %s", e.text);
	if (!ok)
		return false;
	if (!ticket_unpack(t->key, now, buf_str(&file), &t->since, &found)) {
		log_debug("saved TLS session: too old, or not what was saved");
		return false;
	}
	t->is_first_group = found.ptr[0] != 0;
	return buf_add_str(data, str_from(found, 1));
}

/* Names that this program gives: a digest, or a file that is being made. */
static bool
is_ours(struct str name)
{
	unsigned char key[TICKET_KEY_SIZE];
	size_t n;
	return str_starts_nocase(name, STR(".new-")) ||
	    (name.len == TICKET_NAME_SIZE - 1 &&
		hex_parse(name, key, sizeof(key), &n));
}

static bool
is_dead(int dir, const char *name, int64_t now)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    llabs((long long)now - st.st_mtime) >= TICKET_LIFETIME_S;
}

/*
 * The folder has grown by one: as long as no more than a few a run go, and
 * more than one if there are too many, it stays small.
 */
static void
tidy(int folder, int64_t now)
{
	enum { REMOVED_MAX = 8 };
	unsigned nseen = 0, nremoved = 0;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(close_folder) DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	if (dir == NULL && fd != -1)
		(void)close(fd);
	if (dir == NULL)
		return;
	const char *name;
	while (nremoved < REMOVED_MAX && (name = next_name(dir)) != NULL) {
		if (!is_ours(str_of(name)))
			continue;
		nseen++;
		if ((nseen > TICKET_FILES_MAX || is_dead(folder, name, now)) &&
		    unlinkat(folder, name, 0) == 0)
			nremoved++;
	}
}

void
ticket_keep(const struct ticket *t, int64_t now, struct str data)
{
	AUTO(buf_release) struct buf all = BUF_INIT(TICKET_FILE_MAX);
	AUTO(buf_release) struct buf file = BUF_INIT(TICKET_FILE_MAX);
	struct err e = ERR_INIT;
	const char group = (char)t->is_first_group;
	if (t->dir == 0 || !buf_add(&all, &group, 1) ||
	    !buf_add_str(&all, data) ||
	    !ticket_pack(t->key, t->since, buf_str(&all), &file))
		return;
	if (!dir_write_file(t->dir, t->name, buf_str(&file), false, &e))
		log_debug("save the TLS session: %s", e.text);
	else if (!t->is_old)
		tidy(t->dir, now);
}

void
ticket_forget(const struct ticket *t)
{
	if (t->dir != 0)
		(void)unlinkat(t->dir, t->name, 0);
}
