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

TEST(a_program_is_run_without_a_shell)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	struct command_outcome outcome;
	struct err e = ERR_INIT;
	const char *const argv[] = { "echo", "a  b", "$HOME", NULL };
	CHECK(command_run("/bin/echo", argv, 20, &outcome, &line, &e));
	CHECK_BUF(&line, "a  b $HOME");
	CHECK(command_judge(&outcome, &e));
}

TEST(how_a_program_ended_is_told)
{
	static const struct {
		const char *text;
		int status, signal;
		bool is_too_long;
	} cases[] = {
		{ "exit 3", 3, 0, false },
		{ "kill -9 $$", 0, 9, false },
		{ "head -c 65537 /dev/zero | tr '\\0' x", 0, 0, true },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
		struct command_outcome outcome;
		struct err e = ERR_INIT;
		const char *const argv[] = { "sh", "-c", cases[i].text, NULL };
		CHECK(command_run("/bin/sh", argv, 20, &outcome, &line, &e));
		CHECK_EQ(outcome.status, cases[i].status);
		CHECK_EQ(outcome.signal, cases[i].signal);
		CHECK(outcome.is_too_long == cases[i].is_too_long);
		CHECK(!command_judge(&outcome, &e));
		CHECK_EQ(e.exit, EX_NOPERM);
	}
}

TEST(a_program_that_is_not_there_is_told)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	struct command_outcome outcome;
	struct err e = ERR_INIT;
	const char *const argv[] = { "x", NULL };
	/* where it has no vfork(), as in valgrind, the C library does not hear
	 * of it, and the child exits with what a shell would say */
	if (command_run("/nonexistent/x", argv, 20, &outcome, &line, &e)) {
		CHECK_EQ(outcome.status, 127);
		return;
	}
	CHECK_EQ(e.exit, EX_OSERR);
	CHECK_STR(e.text, "start /nonexistent/x: No such file or directory");
}
