// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit.h"

/* Standard error as a socket that keeps each write(2) apart. */
struct capture {
	int saved;
	int end;
};

static void
capture_start(struct capture *c)
{
	int ends[2];
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
	c->saved = dup(STDERR_FILENO);
	c->end = ends[0];
	CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	(void)close(ends[1]);
}

static void
capture_stop(struct capture *c)
{
	(void)dup2(c->saved, STDERR_FILENO);
	(void)close(c->saved);
	(void)close(c->end);
}

static void
check_write(struct capture *c, const char *want)
{
	static char got[65536];
	ssize_t n = recv(c->end, got, sizeof(got), MSG_DONTWAIT);
	CHECK_BYTES(((struct str){ got, n > 0 ? (size_t)n : 0 }), str_of(want));
}

/* A line of the transcript: seconds to the millisecond, and the text. */
static void
check_timed(struct capture *c, const char *want)
{
	char got[4096];
	ssize_t n = recv(c->end, got, sizeof(got), MSG_DONTWAIT);
	struct str line = { got, n > 0 ? (size_t)n : 0 };
	bool is_timed = line.len > 8 && line.ptr[0] == ' ' &&
	    line.ptr[1] == ' ' && is_digit(line.ptr[2]) && line.ptr[3] == '.' &&
	    is_digit(line.ptr[4]) && is_digit(line.ptr[5]) &&
	    is_digit(line.ptr[6]) && line.ptr[7] == ' ';
	CHECK(is_timed);
	CHECK_BYTES(is_timed ? str_from(line, 8) : line, str_of(want));
}

static void
check_no_write(struct capture *c)
{
	char got;
	CHECK(recv(c->end, &got, 1, MSG_DONTWAIT) == -1);
}

TEST(an_error_is_one_line_in_one_write)
{
	struct capture c;
	capture_start(&c);
	log_error("connect to %s:%d: %s", "mail", 587, "refused");
	log_error("second");
	check_write(&c, "posthaste: connect to mail:587: refused\n");
	check_write(&c, "posthaste: second\n");
	check_no_write(&c);
	capture_stop(&c);
}

TEST(an_empty_error_is_still_a_line)
{
	struct capture c;
	capture_start(&c);
	log_error("%s", "");
	check_write(&c, "posthaste: \n");
	check_no_write(&c);
	capture_stop(&c);
}

TEST(what_a_server_says_reaches_no_terminal_as_it_is)
{
	struct capture c;
	capture_start(&c);
	log_error("%s",
	    "550 \x1b[2J\x1b]0;owned\x07 \xc2\x9b"
	    "1m \u202e \x80");
	check_write(&c,
	    "posthaste: 550 \\x1b[2J\\x1b]0;owned\\x07 \\xc2\\x9b1m "
	    "\\xe2\\x80\\xae \\x80\n");
	check_no_write(&c);
	capture_stop(&c);
}

TEST(a_line_end_forges_no_line)
{
	struct capture c;
	capture_start(&c);
	log_error("%s", "refused\r\nposthaste: all is well\n");
	check_write(
	    &c, "posthaste: refused\\x0d\\x0aposthaste: all is well\\x0a\n");
	check_no_write(&c);
	capture_stop(&c);
}

TEST(letters_of_any_script_stay_legible)
{
	struct capture c;
	capture_start(&c);
	log_error("%s", "B\u00fccher \u65e5\u672c");
	check_write(&c, "posthaste: B\u00fccher \u65e5\u672c\n");
	capture_stop(&c);
}

TEST(a_very_long_error_is_one_write_and_not_cut)
{
	static char text[10000];
	static char got[50000];
	struct capture c;
	memset(text, '\x01', sizeof(text) - 1);
	capture_start(&c);
	log_error("%s", text);
	ssize_t n = recv(c.end, got, sizeof(got), MSG_DONTWAIT);
	CHECK_EQ(n, 11 + 4 * (sizeof(text) - 1) + 1);
	CHECK(n > 5 && memcmp(got + n - 5, "\\x01\n", 5) == 0);
	check_no_write(&c);
	capture_stop(&c);
}

TEST(debugging_says_nothing_unless_asked_for)
{
	struct capture c;
	capture_start(&c);
	CHECK(!log_is_debug());
	log_debug("hidden");
	log_trace(STR("hidden\n"));
	check_no_write(&c);
	log_set_debug(true);
	CHECK(log_is_debug());
	log_debug("shown %d", 1);
	log_set_debug(false);
	log_debug("hidden");
	check_timed(&c, "shown 1\n");
	check_no_write(&c);
	capture_stop(&c);
}

TEST(a_trace_is_shown_line_by_line)
{
	struct capture c;
	capture_start(&c);
	log_set_debug(true);
	log_trace(STR("<- 220 hello\n-> EHLO \x1b[0m\n\nlast\0one"));
	log_trace(STR(""));
	log_set_debug(false);
	check_timed(&c, "<- 220 hello\n");
	check_timed(&c, "-> EHLO \\x1b[0m\n");
	check_timed(&c, "\n");
	check_timed(&c, "last\\x00one\n");
	check_no_write(&c);
	capture_stop(&c);
}

TEST(a_line_of_the_transcript_is_cut_with_a_mark)
{
	static char text[1200], want[1200];
	struct capture c;
	memset(text, 'x', sizeof(text) - 1);
	capture_start(&c);
	log_set_debug(true);
	log_debug("%.1000s", text);
	(void)snprintf(want, sizeof(want), "%.1000s\n", text);
	check_timed(&c, want);
	log_debug("%.1001s", text);
	(void)snprintf(want, sizeof(want), "%.1000s... (1001 octets)\n", text);
	check_timed(&c, want);
	/* U+00FC lies across the place where it is cut */
	memcpy(text + 999, "\u00fcyy", 4);
	log_trace((struct str){ text, 1003 });
	(void)snprintf(want, sizeof(want), "%.999s... (1003 octets)\n", text);
	check_timed(&c, want);
	memset(text, 0x80, sizeof(text));
	log_trace((struct str){ text, 1003 });
	static char got[8192];
	CHECK_EQ(recv(c.end, got, sizeof(got), MSG_DONTWAIT), 8 + 4 * 996 + 18);
	log_set_debug(false);
	check_no_write(&c);
	capture_stop(&c);
}

TEST(time_goes_on_in_the_transcript)
{
	char first[64], second[64];
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct capture c;
	capture_start(&c);
	log_set_debug(true);
	log_debug("x");
	(void)nanosleep(&pause, NULL);
	log_debug("x");
	log_set_debug(false);
	CHECK_EQ(recv(c.end, first, sizeof(first), MSG_DONTWAIT), 10);
	CHECK_EQ(recv(c.end, second, sizeof(second), MSG_DONTWAIT), 10);
	CHECK(memcmp(first, "  0.0", 5) == 0);
	CHECK(memcmp(first, second, 7) < 0);
	capture_stop(&c);
}

TEST(nobody_to_listen_is_no_harm)
{
	int saved = dup(STDERR_FILENO);
	(void)close(STDERR_FILENO);
	log_error("unheard");
	CHECK(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
	(void)close(saved);
}
