// SPDX-License-Identifier: ISC
#include "net/knownhosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"

enum {
	DIGEST_SIZE = 32,
	LOCK_MSEC = 10000,
	LOCK_POLL_MSEC = 20,
};

/* The host in the one form that we write. */
static bool
add_host(const char *host, struct buf *out, struct err *e)
{
	unsigned char raw[16];
	char address[INET6_ADDRSTRLEN];
	bool is_ipv6 = strchr(host, ':') != NULL;
	if (is_ipv6 && inet_pton(AF_INET6, host, raw) == 1 &&
	    inet_ntop(AF_INET6, raw, address, sizeof(address)) != NULL)
		host = address;
	size_t start = out->len;
	if (is_ipv6) /* with a zone, too, which is no address to inet_pton */
		return buf_printf(out, "[%s]", host);
	if (!idn_host_to_ascii(str_of(host), out, e))
		return false;
	if (out->len > start + 1 && out->data[out->len - 1] == '.')
		buf_truncate(out, out->len - 1);
	return true;
}

static bool
add_escaped(struct buf *out, struct str text, bool is_path)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		unsigned byte = (unsigned char)c;
		bool is_plain = byte > ' ' && byte < 0x7f && c != '%' &&
		    c != '#';
		if (!is_path)
			c = to_lower(c);
		if (is_plain ? !buf_add(out, &c, 1)
			     : !buf_printf(out, "%%%02X", byte))
			return false;
	}
	return true;
}

bool
knownhosts_name(const char *host, unsigned port, const char *socket,
    struct buf *name, struct err *e)
{
	AUTO(buf_release) struct buf plain = BUF_INIT(KNOWNHOSTS_NAME_MAX);
	if (socket == NULL && !add_host(host, &plain, e))
		return err_wrap(e, "host");
	bool ok = socket != NULL ? add_escaped(name, str_of(socket), true)
				 : add_escaped(name, buf_str(&plain), false) &&
		buf_printf(name, ":%u", port);
	return ok || err_set(e, EX_CONFIG, "host is too long");
}

static bool
is_name(struct str name)
{
	uint64_t port;
	size_t colon = str_rfind(name, ':');
	if (name.ptr[0] == '/')
		return true;
	return colon > 0 && colon < name.len &&
	    parse_uint(str_from(name, colon + 1), 1, 65535, &port);
}

static bool
is_pin(struct str pin)
{
	static const struct str prefix = { "sha256//", 8 };
	AUTO(buf_release) struct buf raw = BUF_INIT(DIGEST_SIZE);
	return str_starts_nocase(pin, prefix) &&
	    base64_decode(str_from(pin, prefix.len), &raw) &&
	    raw.len == DIGEST_SIZE;
}

/* A file that a crash has filled with NULs is not full of comments. */
static bool
is_text(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (((unsigned char)line.ptr[i] < ' ' && line.ptr[i] != '\t') ||
		    line.ptr[i] == 0x7f)
			return false;
	return true;
}

/* False if the line makes no sense; no name is none at all. */
static bool
parse_line(struct str line, struct str *name, struct str *pin)
{
	struct str rest = str_upto(line, str_find(line, '#')), more;
	*name = *pin = STR_INIT;
	if (!is_text(line))
		return false;
	if (!str_word(&rest, " \t", name))
		return true;
	return str_word(&rest, " \t", pin) && !str_word(&rest, " \t", &more) &&
	    is_name(*name) && is_pin(*pin);
}

/* Paths are of either case, and differ by it. */
static bool
is_same_name(struct str a, struct str b)
{
	return b.len > 0 && b.ptr[0] == '/' ? str_eq(a, b)
					    : str_eq_nocase(a, b);
}

struct knownhosts_finding
knownhosts_find(struct str text, struct str name, struct str pin)
{
	struct knownhosts_finding f = { .verdict = KNOWNHOSTS_NEW };
	for (unsigned line = 1; text.len > 0; line++) {
		struct str has_name, has_pin;
		size_t end = str_find(text, '\n');
		if (!parse_line(
			str_trim(str_upto(text, end)), &has_name, &has_pin))
			return (struct knownhosts_finding){
				.verdict = KNOWNHOSTS_DAMAGED, .line = line
			};
		text = str_from(text, end < text.len ? end + 1 : end);
		if (has_name.len == 0 || !is_same_name(has_name, name) ||
		    f.verdict == KNOWNHOSTS_SAME)
			continue;
		if (str_eq(str_from(has_pin, 8), str_from(pin, 8)))
			f = (struct knownhosts_finding){ KNOWNHOSTS_SAME, 0,
				STR_INIT };
		else if (f.verdict == KNOWNHOSTS_NEW)
			f = (struct knownhosts_finding){ KNOWNHOSTS_CHANGED,
				line, has_pin };
	}
	return f;
}

bool
knownhosts_add(
    struct buf *text, const char *name, const char *pin, const char *date)
{
	size_t before = text->len;
	bool is_cut = before > 0 && text->data[before - 1] != '\n';
	if (before == 0 &&
	    !buf_printf(text,
		"# The keys of servers, as they were first seen: see tls_trust "
		"in posthasterc(5).\n"))
		return false;
	if (buf_printf(
		text, "%s%s %s # %s\n", is_cut ? "\n" : "", name, pin, date))
		return true;
	buf_truncate(text, before);
	return false;
}

/* The file, by the folder that is open. */
struct place {
	const char *file; /* all of its path */
	const char *name;
	int dir;
};

static void
place_release(struct place *p)
{
	fd_release(&p->dir);
}

static bool
place_open(struct place *p, const char *file, struct err *e)
{
	AUTO(buf_release) struct buf folder = BUF_INIT(SIZE_MAX);
	struct str path = str_of(file);
	size_t slash = str_rfind(path, '/');
	bool is_here = slash == path.len;
	*p = (struct place){ .file = file, .name = file, .dir = -1 };
	if (!is_here)
		p->name = file + slash + 1;
	(void)!buf_add_str(&folder,
	    is_here ? STR(".") : str_upto(path, slash > 0 ? slash : 1));
	if (dir_open_private(buf_cstr(&folder), &p->dir, e))
		return true;
	(void)err_wrap(e, "tls_known_hosts %s", file);
	return err_hint(e, "set tls_known_hosts to another file, or tls_pin");
}

bool
knownhosts_prepare(const char *file, struct err *e)
{
	AUTO(place_release) struct place p;
	return place_open(&p, file, e);
}

/* A file that is not there is an empty one. */
static bool
load(const struct place *p, struct buf *text, struct err *e)
{
	buf_truncate(text, 0);
	if (dir_read_file(p->dir, p->name, text, e))
		return true;
	if (e->exit != EX_NOINPUT) {
		bool is_link = e->sys == ELOOP;
		(void)err_wrap(e, "tls_known_hosts %s", p->file);
		return is_link ? err_hint(e,
				     "it is a link, which is not followed: "
				     "name the file that it leads to")
			       : err_hint(e, "chmod 600 %s", p->file);
	}
	*e = ERR_INIT;
	return true;
}

static bool
refuse_change(const struct place *p, const char *host, const char *pin,
    const struct knownhosts_finding *f, struct err *e)
{
	(void)err_set(e, EX_UNAVAILABLE,
	    "the key of %s has changed: it is %s, and not %.*s as %s:%u says",
	    host, pin, STR_FMT(f->pin), p->file, f->line);
	return err_hint(e,
	    "somebody may stand between you and the server; only if its "
	    "owner confirms the change, delete that line");
}

static bool
refuse_damage(const struct place *p, unsigned line, struct err *e)
{
	(void)err_set(e, EX_CONFIG,
	    "%s:%u: is not \"HOST:PORT sha256//BASE64\"", p->file, line);
	return err_hint(e, "mend that line, or put a # in front of it");
}

/* *is_new: and nothing is said of it there. */
static bool
judge(const struct place *p, const char *host, const char *pin,
    struct buf *text, bool *is_new, struct err *e)
{
	if (!load(p, text, e))
		return false;
	struct knownhosts_finding f = knownhosts_find(
	    buf_str(text), str_of(host), str_of(pin));
	*is_new = f.verdict == KNOWNHOSTS_NEW;
	if (f.verdict == KNOWNHOSTS_CHANGED)
		return refuse_change(p, host, pin, &f, e);
	return f.verdict != KNOWNHOSTS_DAMAGED || refuse_damage(p, f.line, e);
}

/* The lock is a file of its own, as the other one is replaced. */
static bool
lock(const struct place *p, int *fd, struct err *e)
{
	AUTO(buf_release) struct buf name = BUF_INIT(SIZE_MAX);
	int64_t until = clock_msec() + LOCK_MSEC;
	(void)!buf_printf(&name, "%s.lock", p->name);
	*fd = openat(p->dir, buf_cstr(&name),
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (*fd == -1)
		return err_sys(e, EX_CANTCREAT, "make %s.lock", p->file);
	while (flock(*fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, EX_IOERR, "lock %s.lock", p->file);
		if (clock_msec_left(until) == 0)
			return err_set(e, EX_TEMPFAIL,
			    "another process keeps %s.lock locked", p->file);
		(void)poll(NULL, 0, LOCK_POLL_MSEC);
	}
	return true;
}

static bool
remember(const struct place *p, const char *host, const char *pin,
    struct buf *text, struct err *e)
{
	char date[32] = "?";
	struct tm tm;
	time_t now = time(NULL);
	if (gmtime_r(&now, &tm) != NULL)
		(void)!strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	if (!knownhosts_add(text, host, pin, date))
		return err_set(e, EX_CANTCREAT, "%s is too long", p->file);
	return dir_write_file(p->dir, p->name, buf_str(text), true, e);
}

/* Somebody may have written it while we waited for the lock. */
static bool
judge_again(const struct place *p, const char *host, const char *pin,
    struct buf *text, bool *is_new, struct err *e)
{
	AUTO(fd_release) int fd = -1;
	return lock(p, &fd, e) && judge(p, host, pin, text, is_new, e) &&
	    (!*is_new || remember(p, host, pin, text, e));
}

bool
knownhosts_judge(const char *file, const char *host, const char *pin,
    bool *is_new, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(KNOWNHOSTS_FILE_MAX);
	AUTO(place_release) struct place p;
	if (!place_open(&p, file, e) || !judge(&p, host, pin, &text, is_new, e))
		return false;
	if (!*is_new || judge_again(&p, host, pin, &text, is_new, e))
		return true;
	if (e->exit == EX_UNAVAILABLE || e->exit == EX_CONFIG)
		return false; /* it says it all */
	return err_wrap(e, "remember the key of %s in %s", host, file);
}
