// SPDX-License-Identifier: ISC
/*
 * DIR/N.eml and DIR/N.env.  Both are written under names of their own and
 * linked to the first number that is free, so that sessions side by side and
 * a server started anew never take each other's number.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "smarthost.h"

enum { BLOCK = 65536 };

static int
create(int dir, const char *name)
{
	int fd = openat(
	    dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		err(EX_CANTCREAT, "create %s", name);
	return fd;
}

static void
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done == -1)
			err(EX_IOERR, "store a message");
		p += done;
		n -= (size_t)done;
	}
}

static void
close_written(int fd)
{
	if (close(fd) == -1)
		err(EX_IOERR, "store a message");
}

void
message_begin(struct message *m, const char *dir, bool discard)
{
	message_release(m);
	*m = (struct message){ .begun = true, .dir_fd = -1, .fd = -1 };
	if (dir == NULL)
		return;
	m->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->dir_fd == -1)
		err(EX_OSFILE, "open %s", dir);
	(void)snprintf(m->name, sizeof(m->name), ".%ld.eml", (long)getpid());
	if (!discard) {
		m->fd = create(m->dir_fd, m->name);
		return;
	}
	if (gnutls_hash_init(&m->hash, GNUTLS_DIG_SHA256) != 0)
		errx(EX_SOFTWARE, "start SHA-256");
	m->hashing = true;
}

static unsigned
line_end_flaws(const char *p, size_t n, char last)
{
	unsigned flaws = 0;
	const char *end = p + n;
	if (last == '\r' && *p != '\n')
		flaws |= FLAW_BARE_CR;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		/* a CR at the very end is judged with what comes next */
		const char *stop = lf == NULL ? end - 1 : lf;
		if (lf != NULL) {
			bool crlf = (lf == p ? last : lf[-1]) == '\r';
			if (!crlf)
				flaws |= FLAW_BARE_LF;
			else if (lf > p)
				stop = lf - 1;
		}
		if (memchr(p, '\r', (size_t)(stop - p)) != NULL)
			flaws |= FLAW_BARE_CR;
		if (lf == NULL)
			break;
		p = lf + 1;
		last = '\n';
	}
	return flaws;
}

static void
finish_block(struct message *m)
{
	const char *p = m->block.p;
	size_t n = m->block.len;
	if (n == 0)
		return;
	m->flaws |= line_end_flaws(p, n, m->last);
	if (memchr(p, '\0', n) != NULL)
		m->flaws |= FLAW_NUL;
	m->last = p[n - 1];
	if (m->hashing && gnutls_hash(m->hash, p, n) != 0)
		errx(EX_SOFTWARE, "compute SHA-256");
	if (m->fd != -1)
		write_all(m->fd, p, n);
	m->block.len = 0;
}

void
message_add(struct message *m, const char *p, size_t n)
{
	m->size += n;
	bytes_add(&m->block, p, n);
	if (m->block.len >= BLOCK)
		finish_block(m);
}

void
message_end(struct message *m)
{
	finish_block(m);
	if (m->last == '\r')
		m->flaws |= FLAW_BARE_CR;
}

static void
add_hash(struct message *m, struct bytes *envelope)
{
	unsigned char digest[32];
	gnutls_hash_deinit(m->hash, digest);
	m->hashing = false;
	bytes_addf(envelope, "sha256 ");
	for (size_t i = 0; i < sizeof(digest); i++)
		bytes_addf(envelope, "%02x", (unsigned)digest[i]);
	bytes_addf(envelope, "\n");
}

static bool
link_as(const struct message *m, unsigned number, const char *suffix,
    const char *from)
{
	char name[32];
	(void)snprintf(name, sizeof(name), "%u.%s", number, suffix);
	if (linkat(m->dir_fd, from, m->dir_fd, name, 0) == 0)
		return true;
	if (errno != EEXIST)
		err(EX_CANTCREAT, "create %s", name);
	return false;
}

unsigned
message_keep(struct message *m, struct bytes *envelope)
{
	if (m->dir_fd == -1)
		return 0;
	bytes_addf(envelope, "size %llu\n", (unsigned long long)m->size);
	if (m->hashing)
		add_hash(m, envelope);

	char env_name[32];
	(void)snprintf(env_name, sizeof(env_name), ".%ld.env", (long)getpid());
	int fd = create(m->dir_fd, env_name);
	write_all(fd, envelope->p, envelope->len);
	close_written(fd);

	/* the first file decides the number, the second is then free */
	unsigned number = 1;
	if (m->fd != -1) {
		close_written(m->fd);
		m->fd = -1;
		while (!link_as(m, number, "eml", m->name))
			number++;
		(void)unlinkat(m->dir_fd, m->name, 0);
	}
	while (!link_as(m, number, "env", env_name))
		number++;
	(void)unlinkat(m->dir_fd, env_name, 0);
	return number;
}

void
message_release(struct message *m)
{
	if (!m->begun)
		return;
	if (m->fd != -1) {
		(void)close(m->fd);
		(void)unlinkat(m->dir_fd, m->name, 0);
	}
	if (m->dir_fd != -1)
		(void)close(m->dir_fd);
	if (m->hashing)
		gnutls_hash_deinit(m->hash, NULL);
	bytes_free(&m->block);
	*m = (struct message){ .dir_fd = -1, .fd = -1 };
}
