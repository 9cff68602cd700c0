// SPDX-License-Identifier: ISC
#include "submit/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/json.h"
#include "config/hosts.h"
#include "config/settings.h"
#include "message/envelope.h"
#include "submit/report.h"

enum {
	LINE_MAX_OCTETS = 64 << 20,
	LOCK_WAIT_MSEC = 10000,
	LOCK_PAUSE_MSEC = 20,
};

/* A value is text, a number, yes or no, or a list of texts. */
struct value {
	struct str text;
	const struct strvec *list;
	uint64_t number;
	enum {
		VALUE_NONE,
		VALUE_TEXT,
		VALUE_NUMBER,
		VALUE_BOOL,
		VALUE_LIST
	} is;
	bool is_quoted; /* 'so' in the text format */
};

static struct value
text_value(const char *text)
{
	if (text == NULL)
		return (struct value){ .is = VALUE_NONE };
	return (struct value){ .is = VALUE_TEXT, .text = str_of(text) };
}

static struct value
quoted_value(const char *text)
{
	struct value v = text_value(text);
	v.is_quoted = true;
	return v;
}

static struct value
bool_value(bool on)
{
	return (struct value){ .is = VALUE_BOOL, .number = on };
}

static struct value
number_value(uint64_t n)
{
	return (struct value){ .is = VALUE_NUMBER, .number = n };
}

/* The word behind the mark; empty if it is not there. */
static struct str
word_behind(struct str said, struct str mark)
{
	struct str id = STR_INIT;
	size_t at = str_search(said, mark);
	if (at == said.len)
		return id;
	struct str rest = str_from(said, at + mark.len);
	(void)!str_word(&rest, " ,;)", &id);
	return id;
}

struct str
journal_queue_id(struct str said)
{
	/* Postfix and many more; Exim; Sendmail has it before the words */
	struct str id = word_behind(said, STR("queued as "));
	if (id.len == 0)
		id = word_behind(said, STR(" id="));
	size_t at = str_search(said, STR(" Message accepted for delivery"));
	if (id.len > 0 || at == said.len)
		return id;
	struct str front = str_upto(said, at);
	size_t blank = str_rfind(front, ' ');
	return str_from(front, blank < front.len ? blank + 1 : 0);
}

/*
 * Printable, with the character that would end the value, and the backslash,
 * as \xNN: so no address or reply can forge a field.
 */
static void
add_plain(struct buf *out, struct str text, char end)
{
	while (text.len > 0) {
		size_t n = 0;
		while (
		    n < text.len && text.ptr[n] != end && text.ptr[n] != '\\')
			n++;
		str_printable(str_upto(text, n), out);
		if (n < text.len)
			(void)!buf_printf(out, "\\x%02x",
			    (unsigned)(unsigned char)text.ptr[n++]);
		text = str_from(text, n);
	}
}

static void
add_list(struct buf *out, const struct strvec *list)
{
	for (size_t i = 0; i < list->len; i++) {
		(void)!buf_add(out, ",", i > 0);
		add_plain(out, str_of(list->items[i]), ' ');
	}
}

static void
add_text_field(struct buf *out, const char *name, const struct value *v)
{
	if (v->is == VALUE_NONE)
		return;
	(void)!buf_printf(out, "%s%s=%s", out->len > 0 ? " " : "", name,
	    v->is_quoted ? "'" : "");
	switch (v->is) {
	case VALUE_NONE: break;
	case VALUE_TEXT:
		add_plain(out, v->text, v->is_quoted ? '\'' : ' ');
		break;
	case VALUE_NUMBER: (void)!buf_printf(out, "%" PRIu64, v->number); break;
	case VALUE_BOOL:
		(void)!buf_printf(out, "%s", v->number != 0 ? "on" : "off");
		break;
	case VALUE_LIST: add_list(out, v->list); break;
	}
	(void)!buf_add(out, "'", v->is_quoted);
}

static void
add_json_field(struct json *j, const char *name, const struct value *v)
{
	switch (v->is) {
	case VALUE_NONE: break;
	case VALUE_TEXT: json_text(j, name, v->text); break;
	case VALUE_NUMBER: json_uint(j, name, v->number); break;
	case VALUE_BOOL: json_bool(j, name, v->number != 0); break;
	case VALUE_LIST:
		json_open(j, name, JSON_LIST);
		for (size_t i = 0; i < v->list->len; i++)
			json_text(j, NULL, str_of(v->list->items[i]));
		json_close(j, JSON_LIST);
		break;
	}
}

/* "550 5.1.1 no such user" begins with it. */
static uint64_t
code_of(const char *said)
{
	uint64_t code;
	return parse_uint(str_upto(str_of(said), 3), 200, 599, &code) ? code
								      : 0;
}

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/*
 * All that the user was told of what failed, in its order; and of what is in
 * the queue, what nobody was told.
 */
static const char *
error_text(const struct journal_entry *entry, struct buf *text)
{
	const struct strvec *refusals = &entry->report->refusals;
	if (entry->err == NULL)
		return NULL;
	failures_words(&entry->report->failures, text);
	for (size_t i = 0; i < refusals->len; i++)
		(void)!buf_printf(
		    text, "%s%s", i > 0 ? "; " : "", refusals->items[i]);
	if (entry->err->text[0] != '\0')
		(void)!buf_printf(text, "%s%s", refusals->len > 0 ? "; " : "",
		    entry->err->text);
	if (entry->queue_id != NULL && entry->err->hint[0] != '\0')
		(void)!buf_printf(
		    text, "%s%s", text->len > 0 ? "; " : "", entry->err->hint);
	return or_null(buf_cstr(text));
}

/* The reply that decided. */
static const char *
last_words(const struct journal_entry *entry, uint64_t *code)
{
	const struct report *r = entry->report;
	if (entry->err == NULL) {
		*code = code_of(r->said);
		return r->said;
	}
	bool is_refusal = entry->err->code == 0 &&
	    entry->err->said[0] == '\0' && r->refused_said[0] != '\0';
	*code = (uint64_t)(is_refusal ? r->refused_code : entry->err->code);
	return is_refusal ? r->refused_said : entry->err->said;
}

static struct value
time_value(const struct journal_entry *entry, enum log_format format,
    const char *time_format, char *dst, size_t size)
{
	struct tm t;
	if (format == LOG_FORMAT_JSON)
		time_format = "%Y-%m-%dT%H:%M:%S%z"; /* RFC 3339, nearly */
	if (time_format == NULL || localtime_r(&entry->when, &t) == NULL)
		return text_value(NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	size_t n = strftime(dst, size, time_format, &t);
#pragma GCC diagnostic pop
	if (n == 0)
		return text_value(NULL);
	if (format == LOG_FORMAT_JSON && n >= 2 && n + 2 < size) {
		memmove(dst + n - 1, dst + n - 2, 3); /* +0100 to +01:00 */
		dst[n - 2] = ':';
	}
	return text_value(dst);
}

/* The name of the server that was asked, or would have been first. */
static const char *
host_name(const struct journal_entry *entry, struct buf *name)
{
	if (entry->settings->socket != NULL)
		return entry->settings->socket;
	if (entry->report->host != NULL)
		return entry->report->host;
	hosts_add_first(entry->settings->host, name);
	return or_null(buf_cstr(name));
}

/* The fields in the order of msmtp's line, ours behind their like. */
void
journal_format(struct buf *out, const struct journal_entry *entry,
    enum log_format format, const char *time_format)
{
	const struct settings *s = entry->settings;
	const struct envelope *env = entry->envelope;
	bool has_envelope = env->sender != NULL;
	AUTO(buf_release) struct buf failure = BUF_INIT(LINE_MAX_OCTETS);
	AUTO(buf_release) struct buf host = BUF_INIT(LINE_MAX_OCTETS);
	uint64_t code;
	const char *said = last_words(entry, &code);
	struct str id = journal_queue_id(str_of(entry->report->said));
	int exit = entry->err == NULL ? EX_OK : entry->err->exit;
	char when[256], exit_code[16];
	(void)snprintf(exit_code, sizeof(exit_code), "%s", err_exit_name(exit));
	const struct value time = time_value(
	    entry, format, time_format, when, sizeof(when));
	const struct {
		const char *name;
		struct value value;
	} fields[] = {
		{ "time", format == LOG_FORMAT_JSON ? time : text_value(NULL) },
		{ "host", text_value(host_name(entry, &host)) },
		{ "tls", bool_value(entry->report->has_tls) },
		{ "auth", bool_value(settings_wants_auth(s)) },
		{ "user", text_value(settings_wants_auth(s) ? s->user : NULL) },
		{ "from", text_value(env->sender) },
		{ "recipients",
		    { .is = has_envelope ? VALUE_LIST : VALUE_NONE,
			.list = &env->rcpts } },
		{ "mailsize",
		    entry->size > 0 ? number_value(entry->size)
				    : text_value(NULL) },
		{ "smtpstatus",
		    code > 0 ? number_value(code) : text_value(NULL) },
		{ "smtpmsg", quoted_value(or_null(said)) },
		{ "queueid",
		    { .is = id.len > 0 ? VALUE_TEXT : VALUE_NONE,
			.text = id } },
		{ "errormsg", quoted_value(error_text(entry, &failure)) },
		{ "account", text_value(entry->account) },
		{ "queue", text_value(entry->queue_id) },
		{ "exitcode", text_value(exit_code) },
	};
	AUTO(buf_release) struct buf line = BUF_INIT(LINE_MAX_OCTETS);
	struct json json = JSON_INIT(&line);
	if (format == LOG_FORMAT_JSON)
		json_open(&json, NULL, JSON_OBJECT);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (format == LOG_FORMAT_JSON)
			add_json_field(&json, fields[i].name, &fields[i].value);
		else
			add_text_field(&line, fields[i].name, &fields[i].value);
	}
	if (format == LOG_FORMAT_JSON)
		json_close(&json, JSON_OBJECT);
	if (format == LOG_FORMAT_TEXT && time.is == VALUE_TEXT) {
		str_printable(time.text, out);
		(void)!buf_add(out, " ", 1);
	}
	(void)!buf_add_str(out, buf_str(&line));
	(void)!buf_add(out, "\n", 1);
}

/* Other processes write to it, too, and NFS has no atomic append. */
static bool
lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t until = clock_msec() + LOCK_WAIT_MSEC;
	while (fcntl(fd, F_SETLK, &whole) == -1) {
		const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MSEC *
			    1000000L };
		if (errno != EACCES && errno != EAGAIN)
			return errno != EINTR; /* no locks there: so be it */
		if (clock_msec_left(until) == 0)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

static int
open_log(const char *path)
{
	/* a pipe that nobody reads must not hold us */
	return open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    S_IRUSR | S_IWUSR);
}

static bool
is_file(const struct settings *s)
{
	return s->logfile != NULL && strcmp(s->logfile, "-") != 0;
}

void
journal_prepare(const struct settings *s, int *fd)
{
	*fd = is_file(s) ? open_log(s->logfile) : -1;
}

/*
 * In the sandbox, what was put in its place meanwhile cannot be opened: then
 * the line goes to where the old one was moved to.
 */
static int
open_log_again(const char *path, int ahead)
{
	struct stat st;
	int fd = open_log(path);
	int sys = errno;
	if (fd == -1 && ahead != -1 && fstat(ahead, &st) == 0 &&
	    st.st_nlink > 0)
		fd = fcntl(ahead, F_DUPFD_CLOEXEC, 0);
	errno = sys;
	return fd;
}

static bool
append(const char *path, int ahead, struct str line, struct err *e)
{
	struct stat st;
	AUTO(fd_release) int fd = open_log_again(path, ahead);
	if (fd == -1 || fstat(fd, &st) == -1)
		return err_sys(e, EX_IOERR, "open the log file %s", path);
	if (S_ISREG(st.st_mode) && !lock(fd))
		return err_set(e, EX_IOERR,
		    "the log file %s is locked by another process", path);
	return fd_write_all(fd, line.ptr, line.len) ||
	    err_sys(e, EX_IOERR, "write the log file %s", path);
}

static void
tell_syslog(unsigned word, const char *tag, struct str line)
{
	/* as setting_syslog_words has them */
	static const int facilities[] = { LOG_USER, LOG_USER, LOG_USER,
		LOG_MAIL, LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
		LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7 };
	openlog(tag, LOG_PID, facilities[word]);
	syslog(LOG_INFO, "%.*s", (int)line.len, line.ptr);
	closelog();
}

bool
journal_write(const struct journal_entry *entry, const char *tag, struct err *e)
{
	const struct settings *s = entry->settings;
	bool ok = true;
	if (s->logfile != NULL) {
		AUTO(buf_release) struct buf line = BUF_INIT(LINE_MAX_OCTETS);
		journal_format(
		    &line, entry, s->log_format, s->logfile_time_format);
		if (is_file(s))
			ok = append(
			    s->logfile, entry->logfile, buf_str(&line), e);
		else if (!fd_write_all(STDOUT_FILENO, line.data, line.len))
			ok = err_sys(
			    e, EX_IOERR, "write the log to standard output");
	}
	if (s->syslog != SYSLOG_OFF) {
		AUTO(buf_release) struct buf line = BUF_INIT(LINE_MAX_OCTETS);
		journal_format(&line, entry, s->log_format, NULL);
		tell_syslog((unsigned)s->syslog, tag,
		    str_upto(buf_str(&line), line.len - 1));
	}
	return ok;
}
