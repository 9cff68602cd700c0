// SPDX-License-Identifier: ISC
#include "submit/journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "message/envelope.h"
#include "submit/report.h"
#include "unit.h"

/* A message that was taken, to be changed by each test. */
struct story {
	struct settings settings;
	struct envelope envelope;
	struct report report;
	struct err err;
	struct journal_entry entry;
};

static char host[] = "mail.example";
static char user[] = "me@x";
static char auth[] = "auto";

static void
story_begin(struct story *s)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	(void)setenv("TZ", "XXX-1", 1);
	tzset();
	*s = (struct story){
		.settings = { .host = host, .user = user, .auth = auth },
		.envelope = ENVELOPE_INIT,
		.report = REPORT_INIT,
		.err = ERR_INIT,
	};
	s->envelope.sender = str_dup(STR("me@x"));
	strvec_add(&s->envelope.rcpts, STR("a@x"));
	strvec_add(&s->envelope.rcpts, STR("b@y"));
	s->report.has_tls = true;
	memcpy(s->report.said, "250 2.0.0 Ok: queued as 4F2A", 29);
	s->entry = (struct journal_entry){
		.logfile = -1,
		.when = 1000000000,
		.account = "work",
		.settings = &s->settings,
		.envelope = &s->envelope,
		.report = &s->report,
		.size = 321,
	};
}

static void
story_fail(struct story *s)
{
	s->report.said[0] = '\0';
	(void)err_set(&s->err, EX_TEMPFAIL, "mail:587: MAIL FROM:<me@x>: it's");
	s->err.code = 451;
	memcpy(s->err.said, "451 4.3.0 try 'later'", 22);
	s->entry.err = &s->err;
}

static void
story_release(struct story *s)
{
	envelope_release(&s->envelope);
	report_release(&s->report);
}

static void
check_line(
    const struct story *s, enum log_format format, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	journal_format(&out, &s->entry, format, "%b %d %H:%M:%S");
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define LINE(s, format, want) check_line((s), (format), (want), __LINE__)

static void
check_has(const struct story *s, const char *part, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	journal_format(&out, &s->entry, LOG_FORMAT_TEXT, NULL);
	(void)!buf_add(&out, "", 1);
	unit_check(strstr(out.data, part) != NULL, __FILE__, line, "%s", part);
}

#define CHECK_HAS(s, part) check_has((s), (part), __LINE__)

TEST(the_host_is_the_server_that_was_asked_or_would_be_first)
{
	static char hosts[] = "one.example:25, two.example [2001:db8::1]:25";
	struct story s;
	story_begin(&s);
	s.settings.host = hosts;
	CHECK_HAS(&s, "host=one.example tls=on ");
	s.report.host = str_dup(STR("2001:db8::1"));
	CHECK_HAS(&s, "host=2001:db8::1 tls=on ");
	story_release(&s);
}

TEST(the_error_begins_with_the_servers_that_failed_before)
{
	struct story s;
	struct err before = ERR_INIT;
	story_begin(&s);
	story_fail(&s);
	(void)err_set(&before, EX_TEMPFAIL, "one: greeting: refused");
	memcpy(before.said, "421 busy", 9);
	failures_add(&s.report.failures, &before);
	CHECK_HAS(&s,
	    " errormsg='one: greeting: refused: 421 busy; "
	    "mail:587: MAIL FROM:");
	story_release(&s);
}

TEST(the_line_has_msmtps_fields_and_the_servers_reply)
{
	struct story s;
	story_begin(&s);
	LINE(&s, LOG_FORMAT_TEXT,
	    "Sep 09 02:46:40 host=mail.example tls=on auth=on "
	    "user=me@x from=me@x recipients=a@x,b@y mailsize=321 "
	    "smtpstatus=250 smtpmsg='250 2.0.0 Ok: queued as 4F2A' "
	    "queueid=4F2A account=work exitcode=EX_OK\n");
	story_release(&s);
}

TEST(json_has_the_same_fields)
{
	struct story s;
	story_begin(&s);
	LINE(&s, LOG_FORMAT_JSON,
	    "{\"time\":\"2001-09-09T02:46:40+01:00\","
	    "\"host\":\"mail.example\",\"tls\":true,\"auth\":true,"
	    "\"user\":\"me@x\",\"from\":\"me@x\","
	    "\"recipients\":[\"a@x\",\"b@y\"],\"mailsize\":321,"
	    "\"smtpstatus\":250,"
	    "\"smtpmsg\":\"250 2.0.0 Ok: queued as 4F2A\","
	    "\"queueid\":\"4F2A\",\"account\":\"work\",\"exitcode\":\"EX_OK\"}\n");
	story_release(&s);
}

TEST(a_failure_tells_what_was_said_and_its_exit_code)
{
	struct story s;
	story_begin(&s);
	story_fail(&s);
	s.entry.account = NULL;
	LINE(&s, LOG_FORMAT_TEXT,
	    "Sep 09 02:46:40 host=mail.example tls=on auth=on user=me@x "
	    "from=me@x recipients=a@x,b@y mailsize=321 smtpstatus=451 "
	    "smtpmsg='451 4.3.0 try \\x27later\\x27' "
	    "errormsg='mail:587: MAIL FROM:<me@x>: it\\x27s' "
	    "exitcode=EX_TEMPFAIL\n");
	story_release(&s);
}

TEST(a_message_that_is_kept_has_our_name_for_it)
{
	struct story s;
	story_begin(&s);
	s.report.said[0] = '\0';
	s.err.exit = EX_TEMPFAIL; /* and nothing was tried */
	s.entry.err = &s.err;
	s.entry.queue_id = "20261224-170000-123456-89abcdef";
	LINE(&s, LOG_FORMAT_TEXT,
	    "Sep 09 02:46:40 host=mail.example tls=on auth=on user=me@x "
	    "from=me@x recipients=a@x,b@y mailsize=321 account=work "
	    "queue=20261224-170000-123456-89abcdef exitcode=EX_TEMPFAIL\n");
	story_release(&s);
}

TEST(refused_recipients_are_the_error_where_they_are_all_of_it)
{
	struct story s;
	story_begin(&s);
	story_fail(&s);
	s.err = (struct err){ .exit = EX_NOUSER };
	strvec_add(&s.report.refusals, STR("mail: RCPT TO:<a@x>: refused"));
	s.entry.size = 0;
	LINE(&s, LOG_FORMAT_TEXT,
	    "Sep 09 02:46:40 host=mail.example tls=on auth=on "
	    "user=me@x from=me@x recipients=a@x,b@y "
	    "errormsg='mail: RCPT TO:<a@x>: refused' account=work exitcode=EX_NOUSER\n");
	story_release(&s);
}

TEST(nothing_can_forge_a_field_or_a_line)
{
	struct story s;
	story_begin(&s);
	strvec_add(&s.envelope.rcpts, STR("\"a exitcode=EX_OK\n\x1b[\"@x\\"));
	s.report.said[0] = '\0';
	LINE(&s, LOG_FORMAT_TEXT,
	    "Sep 09 02:46:40 host=mail.example tls=on auth=on "
	    "user=me@x from=me@x recipients=a@x,b@y,\"a\\x20exitcode=EX_OK"
	    "\\x0a\\x1b[\"@x\\x5c mailsize=321 account=work exitcode=EX_OK\n");
	LINE(&s, LOG_FORMAT_JSON,
	    "{\"time\":\"2001-09-09T02:46:40+01:00\","
	    "\"host\":\"mail.example\",\"tls\":true,\"auth\":true,"
	    "\"user\":\"me@x\",\"from\":\"me@x\",\"recipients\":[\"a@x\","
	    "\"b@y\",\"\\\"a exitcode=EX_OK\\u000a\\u001b[\\\"@x\\\\\"],"
	    "\"mailsize\":321,\"account\":\"work\",\"exitcode\":\"EX_OK\"}\n");
	story_release(&s);
}

TEST(json_is_utf8_whatever_an_address_holds)
{
	struct story s;
	story_begin(&s);
	strvec_add(&s.envelope.rcpts, STR("\xff@x"));
	LINE(&s, LOG_FORMAT_JSON,
	    "{\"time\":\"2001-09-09T02:46:40+01:00\","
	    "\"host\":\"mail.example\",\"tls\":true,\"auth\":true,"
	    "\"user\":\"me@x\",\"from\":\"me@x\","
	    "\"recipients\":[\"a@x\",\"b@y\",\"\\ufffd@x\"],"
	    "\"mailsize\":321,\"smtpstatus\":250,"
	    "\"smtpmsg\":\"250 2.0.0 Ok: queued as 4F2A\","
	    "\"queueid\":\"4F2A\",\"account\":\"work\","
	    "\"exitcode\":\"EX_OK\"}\n");
	story_release(&s);
}

TEST(without_login_and_envelope_their_fields_are_not_there)
{
	static char off[] = "off";
	struct story s;
	story_begin(&s);
	struct envelope none = ENVELOPE_INIT;
	s.entry.envelope = &none;
	s.settings.auth = off;
	s.report.has_tls = false;
	story_fail(&s);
	s.err.code = 0;
	s.err.said[0] = '\0';
	s.entry.size = 0;
	LINE(&s, LOG_FORMAT_TEXT,
	    "Sep 09 02:46:40 host=mail.example tls=off auth=off "
	    "errormsg='mail:587: MAIL FROM:<me@x>: it\\x27s' account=work "
	    "exitcode=EX_TEMPFAIL\n");
	story_release(&s);
}

static void
check_id(const char *said, const char *want, int line)
{
	unit_check_str(
	    journal_queue_id(str_of(said)), str_of(want), __FILE__, line);
}

TEST(the_queue_id_is_found_where_servers_put_it)
{
	check_id("250 2.0.0 Ok: queued as 4F2A", "4F2A", __LINE__);
	check_id("250 OK queued as 12.ab-c, thanks", "12.ab-c", __LINE__);
	check_id("250 OK id=1r2Xyz-0001-Ab", "1r2Xyz-0001-Ab", __LINE__);
	check_id(
	    "250 2.0.0 0A1b Message accepted for delivery", "0A1b", __LINE__);
	check_id("250 2.0.0 OK", "", __LINE__);
	check_id("", "", __LINE__);
	check_id("250 queued as ", "", __LINE__);
	check_id(" Message accepted for delivery", "", __LINE__);
}

/* The file's text to *text, which must be empty. */
static void
read_file(const char *path, struct buf *text)
{
	struct err e = ERR_INIT;
	FILE *f = fopen(path, "re");
	CHECK(f != NULL);
	if (f == NULL)
		return;
	CHECK(fd_read_to_end(fileno(f), text, &e));
	(void)fclose(f);
}

TEST(lines_are_appended_to_a_private_file)
{
	char dir[] = "/tmp/journal.XXXXXX";
	CHECK(mkdtemp(dir) != NULL);
	AUTO(buf_release) struct buf path = BUF_INIT(100);
	AUTO(buf_release) struct buf text = BUF_INIT(1000);
	CHECK(buf_printf(&path, "%s/log", dir));
	struct story s;
	struct err e = ERR_INIT;
	struct stat st = { .st_mode = 0 };
	story_begin(&s);
	s.settings.logfile = str_dup(buf_str(&path));
	CHECK(journal_write(&s.entry, "posthaste", &e));
	CHECK(journal_write(&s.entry, "posthaste", &e));
	read_file(s.settings.logfile, &text);
	size_t first = str_find(buf_str(&text), '\n') + 1;
	CHECK_EQ(text.len, 2 * first);
	CHECK(stat(s.settings.logfile, &st) == 0);
	CHECK_EQ(st.st_mode & 0777, 0600);
	(void)unlink(s.settings.logfile);
	(void)rmdir(dir);
	free(s.settings.logfile);
	story_release(&s);
}

TEST(a_log_file_that_cannot_be_written_is_named)
{
	static char nowhere[] = "/nonexistent/log";
	struct story s;
	struct err e = ERR_INIT;
	story_begin(&s);
	s.settings.logfile = nowhere;
	CHECK(!journal_write(&s.entry, "posthaste", &e));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK(strstr(e.text, "/nonexistent/log") != NULL);
	story_release(&s);
}
