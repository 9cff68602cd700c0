// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <sys/socket.h>
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
	check_write(&c, "posthaste: shown 1\n");
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
	check_write(&c, "<- 220 hello\n");
	check_write(&c, "-> EHLO \\x1b[0m\n");
	check_write(&c, "\n");
	check_write(&c, "last\\x00one\n");
	check_no_write(&c);
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
