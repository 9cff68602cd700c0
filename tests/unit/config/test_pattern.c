// SPDX-License-Identifier: ISC
#include "config/pattern.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/identity.h"
#include "unit.h"

static const struct pattern_names nothing = { .mailname = "/nonexistent" };

static void
check_expansion(const char *pattern, const struct pattern_names *names,
    const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	bool ok = pattern_check(str_of(pattern), &e) &&
	    pattern_expand(str_of(pattern), names, &out, &e);
	unit_check(ok, __FILE__, line, "%s", e.text);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define EXPANDS(pattern, names, want) \
	check_expansion((pattern), (names), (want), __LINE__)

TEST(text_without_a_percent_sign_stays)
{
	EXPANDS("me@example.org", &nothing, "me@example.org");
	EXPANDS("*@?.org", &nothing, "*@?.org");
	EXPANDS("", &nothing, "");
}

TEST(user_and_host_are_those_of_the_system)
{
	AUTO(buf_release) struct buf want = BUF_INIT(4096);
	identity_login(&want);
	CHECK(buf_add(&want, "+x@", 3));
	identity_host(&want);
	EXPANDS("%U+x@%H", &nothing, buf_cstr(&want));
}

TEST(the_canonical_name_comes_in_bounded_time)
{
	AUTO(buf_release) struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	int64_t start = clock_msec();
	CHECK(pattern_expand(STR("a@%C"), &nothing, &out, &e));
	CHECK(out.len > 2);
	CHECK(clock_msec() - start < 8000);
}

/* What %M is, the file holding that text. */
static void
check_mailname(const char *text, const char *want, int line)
{
	char path[] = "/tmp/mailname.XXXXXX";
	AUTO(fd_release) int fd = mkstemp(path);
	CHECK(fd != -1 && fd_write_all(fd, text, strlen(text)));
	const struct pattern_names names = { .mailname = path };
	check_expansion("x@%M", &names, want, line);
	CHECK(unlink(path) == 0);
}

TEST(the_mail_name_is_the_first_line_of_its_file)
{
	check_mailname("mail.example.org\n", "x@mail.example.org", __LINE__);
	check_mailname(" a.example \r\nb\n", "x@a.example", __LINE__);
	check_mailname("a.example", "x@a.example", __LINE__);
}

TEST(a_mail_name_cannot_smuggle_wildcards_or_line_ends)
{
	check_mailname("*.a@b\rc?\n", "x@_.a_b_c_", __LINE__);
}

TEST(without_a_mail_name_it_is_the_canonical_host)
{
	AUTO(buf_release) struct buf want = BUF_INIT(4096);
	CHECK(buf_add(&want, "x@", 2));
	identity_canonical_host(&want);
	EXPANDS("x@%M", &nothing, buf_cstr(&want));
	check_mailname("\n", buf_cstr(&want), __LINE__);
}

TEST(the_author_is_put_in_as_he_is_and_waited_for_if_unknown)
{
	const struct pattern_names names = { .author = "a%U*@b" };
	EXPANDS("%F", &names, "a%U*@b");
	EXPANDS("%F", &nothing, "%F");
	CHECK(pattern_wants_author(STR("%F")));
	CHECK(pattern_wants_author(STR("x%%%F")));
	CHECK(!pattern_wants_author(STR("%%F")));
	CHECK(!pattern_wants_author(STR("%U%")));
	CHECK(!pattern_wants_author(STR("")));
}

TEST(two_percent_signs_are_one)
{
	EXPANDS("a%%b@c", &nothing, "a%b@c");
	EXPANDS("%%U", &nothing, "%U");
}

static void
check_refusal(const char *pattern, const char *why, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	unit_check(!pattern_check(str_of(pattern), &e), __FILE__, line, "-");
	unit_check_str(str_of(e.text), str_of(why), __FILE__, line);
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.hint, "write %% for a percent sign");
	CHECK(!pattern_expand(str_of(pattern), &nothing, &out, &e));
	unit_check_str(str_of(e.text), str_of(why), __FILE__, line);
}

TEST(another_letter_behind_a_percent_sign_is_told)
{
	check_refusal(
	    "%X@h", "\"%X\" is not one of %U, %H, %C, %M, %F", __LINE__);
	check_refusal(
	    "a@%h", "\"%h\" is not one of %U, %H, %C, %M, %F", __LINE__);
	check_refusal(
	    "a@b%", "\"%\" is not one of %U, %H, %C, %M, %F", __LINE__);
	check_refusal(
	    "%%%\033", "\"%\\x1b\" is not one of %U, %H, %C, %M, %F", __LINE__);
}

static void
check_match(const char *pattern, const char *address, bool want, int line)
{
	unit_check(pattern_matches(str_of(pattern), str_of(address)) == want,
	    __FILE__, line, "%s against %s", pattern, address);
}

#define MATCHES(pattern, address) \
	check_match((pattern), (address), true, __LINE__)
#define MISSES(pattern, address) \
	check_match((pattern), (address), false, __LINE__)

TEST(a_star_is_any_number_of_characters)
{
	MATCHES("*@example.org", "me@example.org");
	MATCHES("*@example.org", "@example.org");
	MATCHES("*", "");
	MATCHES("*", "a@b");
	MATCHES("**a**", "a");
	MATCHES("me*@*.org", "me+x@a.b.org");
	MATCHES("*aab", "aaaab");
	MISSES("*@example.org", "me@example.com");
	MISSES("*@example.org", "me@sub.example.org");
	MISSES("*a", "ab");
	MISSES("", "a");
	MATCHES("", "");
}

TEST(a_question_mark_is_one_character)
{
	MATCHES("m?@example.org", "me@example.org");
	MISSES("m?@example.org", "m@example.org");
	MISSES("m?@example.org", "mee@example.org");
	MISSES("?", "");
}

TEST(a_bracket_is_a_bracket)
{
	MATCHES("a@[192.0.2.1]", "a@[192.0.2.1]");
	MISSES("[ab]@c", "a@c");
}

TEST(only_the_domain_is_the_same_in_either_case)
{
	MATCHES("me@EXAMPLE.org", "me@example.ORG");
	MATCHES("*@EXAMPLE.*", "me@example.ORG");
	MISSES("ME@example.org", "me@example.org");
	MISSES("Root", "root");
	MATCHES("\"A@b\"@C", "\"A@b\"@c");
	MISSES("\"A@b\"@C", "\"A@B\"@c");
}

TEST(what_stands_for_itself_is_counted)
{
	CHECK_EQ(pattern_literals(STR("a*b?c")), 3);
	CHECK_EQ(pattern_literals(STR("")), 0);
	CHECK(pattern_has_wildcards(STR("*")));
	CHECK(pattern_has_wildcards(STR("a?")));
	CHECK(!pattern_has_wildcards(STR("a[b]")));
}

/* A fixed sequence of numbers that look like chance. */
static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static void
make_text(char *dst, size_t max, const char *alphabet, uint32_t *seed)
{
	size_t len = next(seed) % max;
	for (size_t i = 0; i < len; i++)
		dst[i] = alphabet[next(seed) % strlen(alphabet)];
	dst[len] = '\0';
}

/* Without a domain the case counts everywhere, as it does for fnmatch(3). */
TEST(it_says_the_same_as_fnmatch_to_any_text)
{
	uint32_t seed = 1;
	size_t nmatches = 0;
	for (int i = 0; i < 200000; i++) {
		char pattern[12], text[12];
		make_text(pattern, sizeof(pattern), "ab*?*", &seed);
		make_text(text, sizeof(text), "ab", &seed);
		bool want = fnmatch(pattern, text, FNM_NOESCAPE) == 0;
		nmatches += want;
		check_match(pattern, text, want, __LINE__);
	}
	CHECK(nmatches > 10000);
}

TEST(a_hostile_sender_is_done_with_quickly)
{
	char text[2049], pattern[256];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(pattern); i++)
		pattern[i] = i % 2 == 0 ? '*' : 'a';
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	int64_t start = clock_msec();
	for (int i = 0; i < 100; i++)
		MISSES(pattern, text);
	CHECK(clock_msec() - start < 5000);
}
