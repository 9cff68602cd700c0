// SPDX-License-Identifier: ISC
#include "config/command.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "unit.h"

static void
prints(const char *text, const char *want)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	struct err e = ERR_INIT;
	bool ok = command_first_line(text, 20, &line, &e);
	unit_check(ok, __FILE__, __LINE__, "%s: %s", text, e.text);
	CHECK_BUF(&line, want);
}

static void
refuses(const char *text, int exit, const char *why)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	struct err e = ERR_INIT;
	CHECK(!command_first_line(text, 1, &line, &e));
	CHECK_EQ(e.exit, exit);
	CHECK_STR(e.text, why);
}

TEST(the_first_line_is_given_without_its_end)
{
	prints("echo from a@example.org; echo second", "from a@example.org");
	prints("printf 'a\\r\\nb'", "a");
	prints("printf ' a '", " a ");
}

TEST(a_command_may_print_nothing)
{
	prints("true", "");
	prints("echo; echo second", "");
}

TEST(a_command_that_fails_is_told_without_its_output)
{
	refuses("echo hunter2; exit 3", EX_NOPERM,
	    "the command exited with status 3");
	refuses("echo hunter2; kill -9 $$", EX_NOPERM,
	    "the command died of signal 9");
	refuses("/nonexistent/x 2>/dev/null", EX_NOPERM,
	    "the command exited with status 127");
}

TEST(a_command_has_a_deadline)
{
	int64_t start = clock_msec();
	refuses("echo a; sleep 60", EX_TEMPFAIL,
	    "the command did not end within 1 seconds");
	CHECK(clock_msec() - start < 10000);
}
