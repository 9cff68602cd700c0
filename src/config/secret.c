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
#include "config/prompt.h"
#include "config/settings.h"
#include "config/value.h"

enum {
	SECRET_MAX = 64 * 1024,
	PIPE_TIMEOUT = 30, /* seconds */
};

/*
 * Where a file has an access control list, the bits of its group are those
 * that anybody named there may have at most, so they tell of these as well.
 */
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

/* How much of it is wanted. */
enum extent { TO_THE_END, FIRST_LINE };

/* But not for ever: nobody may be writing to it. */
static bool
read_slowly(int fd, enum extent extent, struct buf *text, struct err *e)
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
		if (got == -1 && errno == EAGAIN)
			continue;
		if (got == -1)
			return err_sys(e, EX_CONFIG, "read");
		buf_filled(text, (size_t)got);
		if (got == 0 ||
		    (extent == FIRST_LINE &&
			str_find(buf_str(text), '\n') < text->len))
			return true;
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
		return read_slowly(fd, TO_THE_END, text, e) ||
		    err_wrap(e, "%s", path);
	if (!fd_read_file(fd, st->st_size, text, e)) {
		e->exit = EX_CONFIG;
		return err_wrap(e, "%s", path);
	}
	return true;
}

/* What ends one line, at the end. */
static struct str
without_line_end(struct str s)
{
	if (s.len == 0 || s.ptr[s.len - 1] != '\n')
		return s;
	s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	return s;
}

bool
secret_keep(struct str text, struct buf *secret, struct err *e)
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
	return secret_keep(without_line_end(buf_str(&text)), secret, e) ||
	    err_wrap(e, "%s", path);
}

static bool
from_command(
    const char *text, unsigned seconds, struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	if (!command_first_line(text, seconds, &line, e))
		return false;
	if (line.len == 0)
		return err_set(e, EX_NOPERM, "the command printed no password");
	return secret_keep(buf_str(&line), secret, e);
}

/* The message's bytes must not be taken for a password, nor be missing. */
static bool
is_standard_input(const struct stat *st)
{
	struct stat in;
	return fstat(STDIN_FILENO, &in) == 0 && in.st_dev == st->st_dev &&
	    in.st_ino == st->st_ino;
}

static bool
read_descriptor(int fd, struct buf *text, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_CONFIG, "look at it");
	if (is_standard_input(&st))
		return err_set(
		    e, EX_CONFIG, "it is standard input, as the message is");
	/* a file without a name is in nobody else's reach */
	if (S_ISREG(st.st_mode) && st.st_nlink > 0 &&
	    !secret_file_is_private(&st))
		return err_set(e, EX_CONFIG, "its file can be read by others");
	return read_slowly(fd, FIRST_LINE, text, e);
}

static bool
from_descriptor(int fd, struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SECRET_MAX);
	bool ok = read_descriptor(fd, &text, e);
	(void)close(fd); /* nothing else is to be had there */
	if (!ok)
		return false;
	struct str line = buf_str(&text);
	size_t end = str_find(line, '\n');
	return secret_keep(
	    without_line_end(str_upto(line, end < line.len ? end + 1 : end)),
	    secret, e);
}

bool
secret_claim_descriptor(const struct settings *s, struct err *e)
{
	int fd = (int)s->password_fd; /* 65535 at most */
	char where[SETTINGS_WHERE_SIZE];
	if (fd == 0)
		return true;
	int flags = fcntl(fd, F_GETFD);
	/* what is closed by exec was not there when we began: it is ours */
	if (flags != -1 && (flags & FD_CLOEXEC) == 0 &&
	    fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == 0)
		return true;
	settings_where(s, SETTING_PASSWORD_FD, where, sizeof(where));
	return err_set(e, EX_CONFIG, "%s: password_fd: %d is not open", where,
		   fd) ||
	    err_hint(e, "whoever calls has to open it: %d<FILE in a shell", fd);
}

/* In a flag or a variable it was claimed when there were none of ours. */
static bool
claim_late(const struct settings *s, struct err *e)
{
	return s->origin[SETTING_PASSWORD_FD].source != SETTINGS_RCFILE ||
	    secret_claim_descriptor(s, e);
}

static bool
get_from(enum setting_id id, const struct settings *s, struct buf *secret,
    struct err *e)
{
	switch ((int)id) {
	case SETTING_PASSWORD:
		return secret_keep(str_of(s->password), secret, e);
	case SETTING_PASSWORDEVAL:
		return from_command(
		    s->passwordeval, s->passwordeval_timeout, secret, e);
	case SETTING_PROXY_PASSWORD:
		return secret_keep(str_of(s->proxy_password), secret, e);
	case SETTING_PROXY_PASSWORDEVAL:
		return from_command(
		    s->proxy_passwordeval, s->passwordeval_timeout, secret, e);
	case SETTING_PROXY_PASSWORD_FILE:
		return from_file(s->proxy_password_file, secret, e);
	case SETTING_TLS_KEY_PASSWORDEVAL:
		return from_command(s->tls_key_passwordeval,
		    s->passwordeval_timeout, secret, e);
	case SETTING_PASSWORD_FILE:
		return from_file(s->password_file, secret, e);
	case SETTING_TLS_KEY_PASSWORD_FILE:
		return from_file(s->tls_key_password_file, secret, e);
	case SETTING_PASSWORD_FD:
		return from_descriptor((int)s->password_fd, secret, e);
	default: return err_set(e, EX_SOFTWARE, "no source of secrets");
	}
}

enum setting_id
secret_source(const struct settings *s, enum setting_gives gives)
{
	enum setting_id id = 0;
	while (id < SETTING_COUNT &&
	    (setting_table[id].gives != gives || !settings_has_source(s, id)))
		id++;
	return id;
}

static bool
get_kind(enum setting_gives gives, const struct settings *s, struct buf *secret,
    struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	enum setting_id id = secret_source(s, gives);
	settings_where(s, id, where, sizeof(where));
	return get_from(id, s, secret, e) ||
	    err_wrap(e, "%s: %s", where, setting_table[id].name);
}

bool
secret_get(const struct settings *s, struct buf *secret, struct err *e)
{
	if (secret_source(s, GIVES_PASSWORD) == SETTING_COUNT)
		return err_set(e, EX_CONFIG, "no password: none is set");
	return claim_late(s, e) && get_kind(GIVES_PASSWORD, s, secret, e);
}

bool
secret_get_proxy(const struct settings *s, struct buf *secret, struct err *e)
{
	return get_kind(GIVES_PROXY_PASSWORD, s, secret, e);
}

/* msmtp knows one password, which is the token's PIN, too. */
static bool
is_old_pin(const struct settings *s)
{
	return s->origin[SETTING_TLS_KEY_FILE].is_msmtp && s->password != NULL;
}

bool
secret_get_passphrase(const struct settings *s, const char *what,
    struct buf *secret, struct err *e)
{
	AUTO(prompt_release) struct prompt prompt = PROMPT_INIT;
	const char *why;
	if (secret_source(s, GIVES_PASSPHRASE) != SETTING_COUNT)
		return get_kind(GIVES_PASSPHRASE, s, secret, e);
	if (is_old_pin(s))
		return secret_keep(str_of(s->password), secret, e);
	if (prompt_open(&prompt, &why))
		return prompt_ask(
		    &prompt, what, s->passwordeval_timeout, secret, e);
	return err_set(e, EX_CONFIG,
	    "the %s is wanted, but neither tls_key_passwordeval nor "
	    "tls_key_password_file is set, and the terminal cannot be asked "
	    "(%s)",
	    what, why);
}

/* Whether the file that the setting names would do. */
static bool
check_file(const struct settings *s, enum setting_id id, const char *path,
    struct err *e)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(SECRET_MAX);
	char where[SETTINGS_WHERE_SIZE];
	struct stat st;
	/* what is read from a pipe is gone */
	if (path == NULL || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)) ||
	    from_file(path, &secret, e))
		return true;
	settings_where(s, id, where, sizeof(where));
	return err_wrap(e, "%s: %s", where, setting_table[id].name);
}

bool
secret_check(const struct settings *s, struct err *e)
{
	return check_file(s, SETTING_PASSWORD_FILE, s->password_file, e);
}

bool
secret_check_proxy(const struct settings *s, struct err *e)
{
	return check_file(
	    s, SETTING_PROXY_PASSWORD_FILE, s->proxy_password_file, e);
}

bool
secret_check_passphrase(const struct settings *s, struct err *e)
{
	return check_file(
	    s, SETTING_TLS_KEY_PASSWORD_FILE, s->tls_key_password_file, e);
}

bool
secret_check_key(const struct settings *s, struct err *e)
{
	const char *path = s->tls_key_file;
	char where[SETTINGS_WHERE_SIZE];
	struct stat st;
	/* one that is not there is told of by who opens it */
	if (path == NULL || value_is_url(str_of(path)) ||
	    stat(path, &st) == -1 || !S_ISREG(st.st_mode) ||
	    secret_file_is_private(&st))
		return true;
	settings_where(s, SETTING_TLS_KEY_FILE, where, sizeof(where));
	return err_set(e, EX_CONFIG,
		   "%s: tls_key_file: %s can be read by others", where, path) ||
	    err_hint(e, "chmod 600 %s", path);
}
