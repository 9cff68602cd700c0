// SPDX-License-Identifier: ISC
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/stamp.h"

static void
check_date(const char *zone, time_t when, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(100);
	struct err e = ERR_INIT;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	(void)setenv("TZ", zone, 1);
	tzset();
	CHECK(stamp_date(&out, when, &e));
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define DATE(zone, when, want) check_date((zone), (when), (want), __LINE__)

TEST(dates_have_the_offset_of_the_zone)
{
	DATE("UTC0", 1000000000, "Sun, 09 Sep 2001 01:46:40 +0000");
	DATE("NST3:30", 1000000000, "Sat, 08 Sep 2001 22:16:40 -0330");
	DATE("NPT-5:45", 1000000000, "Sun, 09 Sep 2001 07:31:40 +0545");
	DATE("XXX0:30", 1000000000, "Sun, 09 Sep 2001 01:16:40 -0030");
	DATE("XXX-14", 1000000000, "Sun, 09 Sep 2001 15:46:40 +1400");
}

TEST(dates_know_daylight_saving_time)
{
	/* one second before and at both changes of 2024 */
	static const char zone[] = "CET-1CEST,M3.5.0,M10.5.0/3";
	DATE(zone, 1711846799, "Sun, 31 Mar 2024 01:59:59 +0100");
	DATE(zone, 1711846800, "Sun, 31 Mar 2024 03:00:00 +0200");
	DATE(zone, 1729990799, "Sun, 27 Oct 2024 02:59:59 +0200");
	DATE(zone, 1729990800, "Sun, 27 Oct 2024 02:00:00 +0100");
}

TEST(dates_know_leap_days)
{
	DATE("UTC0", 1709164800, "Thu, 29 Feb 2024 00:00:00 +0000");
	DATE("UTC0", 951782400, "Tue, 29 Feb 2000 00:00:00 +0000");
	DATE("UTC0", 1677628799, "Tue, 28 Feb 2023 23:59:59 +0000");
	DATE("UTC0", 1677628800, "Wed, 01 Mar 2023 00:00:00 +0000");
}

TEST(dates_are_fine_past_2038)
{
	DATE("UTC0", 4102444800, "Fri, 01 Jan 2100 00:00:00 +0000");
}

TEST(every_month_and_day_has_its_english_name)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	(void)setlocale(LC_ALL, "de_DE.UTF-8");
	DATE("UTC0", 1704067200, "Mon, 01 Jan 2024 00:00:00 +0000");
	DATE("UTC0", 1706832000, "Fri, 02 Feb 2024 00:00:00 +0000");
	DATE("UTC0", 1709424000, "Sun, 03 Mar 2024 00:00:00 +0000");
	DATE("UTC0", 1712188800, "Thu, 04 Apr 2024 00:00:00 +0000");
	DATE("UTC0", 1714867200, "Sun, 05 May 2024 00:00:00 +0000");
	DATE("UTC0", 1717632000, "Thu, 06 Jun 2024 00:00:00 +0000");
	DATE("UTC0", 1720310400, "Sun, 07 Jul 2024 00:00:00 +0000");
	DATE("UTC0", 1723075200, "Thu, 08 Aug 2024 00:00:00 +0000");
	DATE("UTC0", 1725840000, "Mon, 09 Sep 2024 00:00:00 +0000");
	DATE("UTC0", 1728518400, "Thu, 10 Oct 2024 00:00:00 +0000");
	DATE("UTC0", 1731283200, "Mon, 11 Nov 2024 00:00:00 +0000");
	DATE("UTC0", 1733961600, "Thu, 12 Dec 2024 00:00:00 +0000");
	DATE("UTC0", 1734134400, "Sat, 14 Dec 2024 00:00:00 +0000");
	DATE("UTC0", 1734480000, "Wed, 18 Dec 2024 00:00:00 +0000");
	DATE("UTC0", 1734393600, "Tue, 17 Dec 2024 00:00:00 +0000");
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	(void)setlocale(LC_ALL, "C");
}

TEST(a_time_without_a_year_is_refused)
{
	AUTO(buf_release) struct buf out = BUF_INIT(100);
	struct err e = ERR_INIT;
	CHECK(!stamp_date(&out, (time_t)INT64_MAX, &e));
	CHECK_EQ(e.exit, EX_OSERR);
}

static bool
id_of(const char *domain, struct buf *out, struct err *e)
{
	buf_truncate(out, 0);
	return stamp_message_id(out, str_of(domain), e);
}

TEST(identifiers_differ_and_have_the_domain)
{
	AUTO(buf_release) struct buf one = BUF_INIT(400);
	AUTO(buf_release) struct buf two = BUF_INIT(400);
	struct err e = ERR_INIT;
	CHECK(id_of("example.org", &one, &e));
	CHECK(id_of("example.org", &two, &e));
	CHECK(!str_eq(buf_str(&one), buf_str(&two)));
	CHECK_EQ(one.len, 1 + 32 + 1 + strlen("example.org") + 1);
	CHECK_STR(buf_cstr(&one) + 33, "@example.org>");
	CHECK_EQ(one.data[0], '<');
	for (size_t i = 1; i < 33; i++)
		CHECK(is_alpha(one.data[i]) || is_digit(one.data[i]));
}

TEST(identifiers_of_forked_processes_differ)
{
	AUTO(buf_release) struct buf ours = BUF_INIT(400);
	struct err e = ERR_INIT;
	int ends[2];
	char theirs[64];
	CHECK(id_of("x", &ours, &e)); /* so that any state is warm */
	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	CHECK(id_of("x", &ours, &e));
	if (pid == 0) {
		ssize_t put = write(ends[1], ours.data, ours.len);
		_exit(put == (ssize_t)ours.len ? 0 : 1);
	}
	int status = -1;
	pid_t gone = waitpid(pid, &status, 0);
	CHECK_EQ(gone, pid);
	CHECK_EQ(status, 0);
	ssize_t n = read(ends[0], theirs, sizeof(theirs));
	CHECK_EQ(n, ours.len);
	CHECK(n > 0 && memcmp(theirs, ours.data, (size_t)n) != 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

TEST(identifiers_take_domains_that_a_msg_id_can_have)
{
	AUTO(buf_release) struct buf out = BUF_INIT(400);
	struct err e = ERR_INIT;
	CHECK(id_of("b\xc3\xbc"
		    "cher.example",
	    &out, &e));
	CHECK(strstr(buf_cstr(&out), "@xn--bcher-kva.example>") != NULL);
	CHECK(id_of("[127.0.0.1]", &out, &e));
	CHECK(id_of("my_host", &out, &e));
	CHECK(!id_of("", &out, &e));
	CHECK(!id_of("a b", &out, &e));
	CHECK(!id_of("a>b", &out, &e));
	CHECK(!id_of("a\nb", &out, &e));
	CHECK(!id_of("[]", &out, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK(strstr(e.text, "\"[]\"") != NULL);
}

static void
check_mailbox(const char *name, const char *spec, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	CHECK(buf_add(&out, "From: ", 6));
	bool ok = stamp_mailbox(&out, str_of(name), str_of(spec), &e);
	unit_check(ok == (want != NULL), __FILE__, line, "%s", e.text);
	if (want != NULL)
		unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	else
		unit_check(e.exit == EX_DATAERR, __FILE__, line, "exit");
}

#define MAILBOX(name, spec, want) \
	check_mailbox((name), (spec), (want), __LINE__)

TEST(names_are_quoted_when_special)
{
	MAILBOX("", "a@b", "From: a@b");
	MAILBOX("  ", "a@b", "From: a@b");
	MAILBOX("Jane Doe", "a@b", "From: Jane Doe <a@b>");
	MAILBOX(" Jane Doe ", "a@b", "From: Jane Doe <a@b>");
	MAILBOX("Doe, John", "a@b", "From: \"Doe, John\" <a@b>");
	MAILBOX("John Q. Public", "a@b", "From: \"John Q. Public\" <a@b>");
	MAILBOX("a\"b\\c", "a@b", "From: \"a\\\"b\\\\c\" <a@b>");
	MAILBOX("a  b", "a@b", "From: \"a  b\" <a@b>");
	MAILBOX("(x)", "a@b", "From: \"(x)\" <a@b>");
	MAILBOX("=?UTF-8?Q?x?=", "a@b", "From: =?UTF-8?Q?x?= <a@b>");
}

TEST(names_beyond_ascii_are_encoded)
{
	MAILBOX("J\xc3\xb6rg", "a@b", "From: =?UTF-8?B?SsO2cmc=?= <a@b>");
	MAILBOX("\xc3\xb6, \"", "a@b", "From: =?UTF-8?B?w7YsICI=?= <a@b>");
	MAILBOX("J\xf6rg", "a@b", "From: =?unknown-8bit?B?SvZyZw==?= <a@b>");
	MAILBOX("\xed\xa0\x80", "a@b", "From: =?unknown-8bit?B?7aCA?= <a@b>");
	MAILBOX("\xc0\xaf", "a@b", "From: =?unknown-8bit?B?wK8=?= <a@b>");
	MAILBOX("\xf4\x90\x80\x80", "a@b",
	    "From: =?unknown-8bit?B?9JCAgA==?= <a@b>");
	MAILBOX("\xe2\x82", "a@b", "From: =?unknown-8bit?B?4oI=?= <a@b>");
}

TEST(controls_in_names_and_addresses_are_refused)
{
	MAILBOX("a\rb", "a@b", NULL);
	MAILBOX("a\nBcc: x", "a@b", NULL);
	MAILBOX("a\tb", "a@b", NULL);
	MAILBOX("a\x7f", "a@b", NULL);
	MAILBOX("a", "a@b\r\nX: y", NULL);
}

/* Lines of at most 76, encoded words of at most 75; how many of those. */
static size_t
check_encoded_lines(struct str text)
{
	size_t nwords = 0;
	while (text.len > 0) {
		size_t end = str_find(text, '\n');
		struct str line = str_upto(text, end);
		if (end < text.len)
			CHECK(line.len > 0 && line.ptr[line.len - 1] == '\r');
		line = str_trim(line);
		CHECK(line.len <= 76);
		struct str word;
		while (str_word(&line, " ", &word)) {
			CHECK(word.len <= 75);
			if (!str_starts_nocase(word, STR("=?")))
				continue;
			nwords++;
			CHECK(str_starts_nocase(
			    str_from(word, word.len - 2), STR("?=")));
		}
		text = str_from(text, end < text.len ? end + 1 : end);
	}
	return nwords;
}

TEST(long_encoded_names_are_folded_between_characters)
{
	/* with any number of bytes before it, a snowman a character */
	for (size_t lead = 0; lead < 8; lead++) {
		AUTO(buf_release) struct buf name = BUF_INIT(1000);
		AUTO(buf_release) struct buf out = BUF_INIT(10000);
		struct err e = ERR_INIT;
		CHECK(buf_add(&name, "abcdefgh", lead));
		for (size_t i = 0; i < 60; i++)
			CHECK(buf_add(&name, "\xe2\x98\x83", 3));
		CHECK(buf_add(&out, "From: ", 6));
		CHECK(stamp_mailbox(
		    &out, buf_str(&name), STR("somebody@example.org"), &e));
		CHECK(check_encoded_lines(buf_str(&out)) >= 4);
		/* e2 98 83 in base64, at each of the three places it can be:
		 * no word starts or ends within one */
		const char *at = buf_cstr(&out);
		while ((at = strstr(at, "?B?")) != NULL) {
			at += 3;
			bool first = at == strstr(out.data, "?B?") + 3;
			if (!first)
				CHECK(strncmp(at, "4piD", 4) == 0);
		}
	}
}

TEST(long_names_are_folded_at_blanks)
{
	AUTO(buf_release) struct buf name = BUF_INIT(1000);
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	for (size_t i = 0; i < 30; i++)
		CHECK(buf_add(&name, "Word, and ", i % 2 == 0 ? 10 : 5));
	CHECK(buf_add(&out, "From: ", 6));
	CHECK(stamp_mailbox(&out, buf_str(&name), STR("a@b"), &e));
	struct str rest = buf_str(&out);
	size_t nlines = 0;
	while (rest.len > 0) {
		size_t end = str_find(rest, '\n');
		CHECK(end <= 79);
		nlines++;
		rest = str_from(rest, end < rest.len ? end + 1 : end);
		CHECK(rest.len == 0 || is_blank(rest.ptr[0]));
	}
	CHECK_EQ(nlines, 4);
}

TEST(names_that_cannot_be_folded_are_encoded)
{
	AUTO(buf_release) struct buf name = BUF_INIT(5000);
	AUTO(buf_release) struct buf out = BUF_INIT(20000);
	struct err e = ERR_INIT;
	for (size_t i = 0; i < 2000; i++)
		CHECK(buf_add(&name, "x", 1));
	CHECK(buf_add(&out, "From: ", 6));
	CHECK(stamp_mailbox(&out, buf_str(&name), STR("a@b"), &e));
	CHECK(check_encoded_lines(buf_str(&out)) > 30);
}

TEST(an_address_that_does_not_fit_goes_to_the_next_line)
{
	MAILBOX("J\xc3\xb6rg",
	    "a-rather-long-local-part-of-an-address@example.organisation",
	    "From: =?UTF-8?B?SsO2cmc=?=\r\n "
	    "<a-rather-long-local-part-of-an-address@example.organisation>");
}

TEST(a_full_buffer_is_an_error)
{
	struct err e = ERR_INIT;
	for (size_t max = 0; max < 20; max++) {
		AUTO(buf_release) struct buf out = BUF_INIT(max);
		CHECK(!stamp_mailbox(
		    &out, STR("J\xc3\xb6rg"), STR("a@example.org"), &e));
		buf_truncate(&out, 0);
		CHECK(!stamp_mailbox(
		    &out, STR("Doe, Joe"), STR("a@example.org"), &e));
		buf_truncate(&out, 0);
		CHECK(!stamp_date(&out, 0, &e));
		CHECK(!stamp_message_id(&out, STR("x"), &e));
		CHECK_EQ(e.exit, EX_DATAERR);
	}
}
