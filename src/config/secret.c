// SPDX-License-Identifier: ISC
#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/command.h"
#include "config/settings.h"

enum {
	SECRET_MAX = 64 * 1024,
	PIPE_TIMEOUT = 30, /* seconds */
};

bool
secret_file_is_private(const struct stat *st)
{
	mode_t others = S_IRWXG | S_IRWXO;
	if (st->st_uid == 0)
		others &= ~(mode_t)S_IRGRP;
	else if (st->st_uid != geteuid())
		return false;
	return (st->st_mode & others) == 0;
}

bool
secret_file_is_guarded(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* To its end, but not for ever: nobody may be writing to it. */
static bool
read_pipe(int fd, struct buf *text, struct err *e)
{
	int64_t until = clock_msec() + (int64_t)PIPE_TIMEOUT * 1000;
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		if (poll(&wait, 1, clock_msec_left(until)) == 0)
			return err_set(e, EX_TEMPFAIL,
			    "its end did not come within %d seconds",
			    PIPE_TIMEOUT);
		size_t want = buf_left(text) < 4096 ? buf_left(text) : 4096;
		char *room = buf_room(text, want);
		if (room == NULL || want == 0)
			return err_set(
			    e, EX_CONFIG, "%zu bytes or more", text->max);
		ssize_t got = fd_read(fd, room, want);
		if (got == 0)
			return true;
		if (got > 0)
			buf_filled(text, (size_t)got);
		else if (errno != EAGAIN)
			return err_sys(e, EX_CONFIG, "read");
	}
}

bool
secret_file_read(
    const char *path, struct buf *text, struct stat *st, struct err *e)
{
	AUTO(fd_release)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && (errno == EACCES || errno == EPERM))
		return err_sys(e, EX_NOPERM, "%s may not be read by uid %lu",
		    path, (unsigned long)geteuid());
	if (fd == -1)
		return err_sys(e, EX_CONFIG, "open %s", path);
	if (fstat(fd, st) == -1)
		return err_sys(e, EX_CONFIG, "look at %s", path);
	if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return err_set(e, EX_CONFIG, "%s is not a file", path);
	if (S_ISFIFO(st->st_mode))
		return read_pipe(fd, text, e) || err_wrap(e, "%s", path);
	if (!fd_read_to_end(fd, text, e)) {
		e->exit = EX_CONFIG;
		return err_wrap(e, "%s", path);
	}
	return true;
}

/* What ends one line, at the end. */
static struct str
without_line_end(struct str s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	return s;
}

static bool
keep_secret(struct str text, struct buf *secret, struct err *e)
{
	if (text.len == 0)
		return err_set(e, EX_CONFIG, "the password is empty");
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return err_set(e, EX_CONFIG, "the password holds a NUL byte");
	if (!buf_add_str(secret, text))
		return err_set(e, EX_CONFIG, "the password is too long");
	return true;
}

static bool
from_file(const char *path, struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SECRET_MAX);
	struct stat st = { .st_mode = 0 };
	if (!secret_file_read(path, &text, &st, e))
		return false;
	if (!secret_file_is_private(&st))
		return err_set(
			   e, EX_CONFIG, "%s can be read by others", path) ||
		    err_hint(e, "chmod 600 %s", path);
	return keep_secret(without_line_end(buf_str(&text)), secret, e) ||
	    err_wrap(e, "%s", path);
}

static bool
from_command(const struct settings *s, struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	if (!command_first_line(
		s->passwordeval, s->passwordeval_timeout, &line, e))
		return false;
	if (line.len == 0)
		return err_set(e, EX_NOPERM, "the command printed no password");
	return keep_secret(buf_str(&line), secret, e);
}

static bool
from_settings(const struct settings *s, struct buf *secret, struct err *e)
{
	return keep_secret(str_of(s->password), secret, e);
}

static bool
from_named_file(const struct settings *s, struct buf *secret, struct err *e)
{
	return from_file(s->password_file, secret, e);
}

bool
secret_get(const struct settings *s, struct buf *secret, struct err *e)
{
	static const struct {
		enum setting_id id;
		bool (*get)(
		    const struct settings *, struct buf *, struct err *);
	} sources[] = {
		{ SETTING_PASSWORD, from_settings },
		{ SETTING_PASSWORDEVAL, from_command },
		{ SETTING_PASSWORD_FILE, from_named_file },
	};
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		enum setting_id id = sources[i].id;
		char where[SETTINGS_WHERE_SIZE];
		if (!settings_has_text(s, id))
			continue;
		settings_where(s, id, where, sizeof(where));
		return sources[i].get(s, secret, e) ||
		    err_wrap(e, "%s: %s", where, setting_table[id].name);
	}
	return err_set(e, EX_CONFIG,
	    "no password: password, passwordeval and password_file are unset");
}

bool
secret_check(const struct settings *s, struct err *e)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(SECRET_MAX);
	char where[SETTINGS_WHERE_SIZE];
	struct stat st;
	/* what is read from a pipe is gone */
	if (s->password_file == NULL ||
	    (stat(s->password_file, &st) == 0 && S_ISFIFO(st.st_mode)) ||
	    from_named_file(s, &secret, e))
		return true;
	settings_where(s, SETTING_PASSWORD_FILE, where, sizeof(where));
	return err_wrap(e, "%s: password_file", where);
}
