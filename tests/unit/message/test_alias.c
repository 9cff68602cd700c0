// SPDX-License-Identifier: ISC
#include "unit.h"

#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/alias.h"

/* "name@line=spec@line,spec@line;" for each alias, or the error's text. */
static void
parse(struct str text, struct buf *out, struct err *e)
{
	static const char marks[] = {
		[ALIAS_ADDRESS] = ' ',
		[ALIAS_FINAL] = '\\',
		[ALIAS_COMMAND] = '|',
		[ALIAS_FILE] = '/',
		[ALIAS_INCLUDE] = ':',
	};
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	if (!aliases_parse(&a, "al", text, e)) {
		CHECK_EQ(e->exit, EX_CONFIG);
		CHECK(buf_add_str(out, str_of(e->text)));
		return;
	}
	for (size_t i = 0; i < a.len; i++) {
		const struct alias *alias = &a.items[i];
		CHECK(buf_printf(out, "%s %u:", alias->name, alias->line));
		for (size_t k = 0; k < alias->ntargets; k++)
			CHECK(buf_printf(out, "%c%s %u,",
			    marks[alias->targets[k].kind],
			    alias->targets[k].spec, alias->targets[k].line));
		CHECK(buf_add(out, ";", 1));
	}
}

static void
check_parse(const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	parse(str_of(text), &out, &e);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define GIVES(text, want) check_parse((text), (want), __LINE__)

static void
check_refused(const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	parse(str_of(text), &out, &e);
	unit_check(strstr(buf_cstr(&out), want) == out.data, __FILE__, line,
	    "\"%s\" is not at the start of \"%s\"", want, buf_cstr(&out));
}

#define REFUSED(text, want) check_refused((text), (want), __LINE__)

TEST(a_name_stands_for_one_or_more)
{
	GIVES("root: me@x.org\n", "root 1: me@x.org 1,;");
	GIVES("root:a@x,b ,  c@y\nb : d",
	    "root 1: a@x 1, b 1, c@y 1,;"
	    "b 2: d 2,;");
	GIVES("", "");
	GIVES("r: Me Myself <me@x>, \"Do, e\" <d@x>, <e@x>, f@x (a, b)",
	    "r 1: me@x 1, d@x 1, e@x 1, f@x 1,;");
}

TEST(line_ends_are_lf_or_crlf)
{
	GIVES("a: b\r\n\r\nc: d,\r\n  e\r\n", "a 1: b 1,;c 3: d 3, e 4,;");
}

TEST(comments_and_empty_lines_are_skipped)
{
	GIVES("# x\n\n   # y: z\n \t\na: b # c, d@e\n#f: g\nh: i#j@x\n",
	    "a 5: b 5,;h 7: i#j@x 7,;");
	GIVES("a: \"x #y\"@z\n", "a 1: \"x #y\"@z 1,;");
}

TEST(lines_that_begin_with_a_blank_go_on)
{
	GIVES("a:\n b@x,\n\tc@x\nd: e\n", "a 1: b@x 2, c@x 3,;d 4: e 4,;");
	GIVES("a: b@x,\n# between\n\n  # and here\n c@x\n",
	    "a 1: b@x 1, c@x 5,;");
	GIVES("a: Me\n <a@x>, b@x", "a 1: a@x 1, b@x 2,;");
	REFUSED(" a: b\n", "al:1: a line that continues no alias");
	REFUSED("a: b\n c\n", "al:1: alias \"a\": cannot parse");
}

TEST(names_may_be_quoted_or_whole_addresses)
{
	GIVES("\"a b\": c\n\"d:e\"@x.org: f\n\"g\": h\n",
	    "\"a b\" 1: c 1,;\"d:e\"@x.org 2: f 2,;g 3: h 3,;");
	GIVES("root@nas.lan: me@x\n", "root@nas.lan 1: me@x 1,;");
	GIVES("a@b\xc3\xbc"
	      "cher.de: c@b\xc3\xbc"
	      "cher.de\n",
	    "a@xn--bcher-kva.de 1: c@xn--bcher-kva.de 1,;");
}

TEST(default_and_a_star_are_the_catch_all)
{
	static const char *const names[] = { "default", "*", "Default" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT(100);
		AUTO(aliases_release) struct aliases a = ALIASES_INIT;
		struct err e = ERR_INIT;
		CHECK(buf_printf(&text, "a: b\n%s: me@x\n", names[i]));
		CHECK(aliases_parse(&a, "al", buf_str(&text), &e));
		CHECK(aliases_catch_all(&a) == &a.items[1]);
		CHECK(aliases_find(&a, STR("default")) == NULL);
		CHECK(aliases_find(&a, STR("*")) == NULL);
	}
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	struct err e = ERR_INIT;
	CHECK(aliases_parse(&a, "al", STR("\"default\": b\n"), &e));
	CHECK(aliases_catch_all(&a) == NULL);
	CHECK(aliases_find(&a, STR("default")) == &a.items[0]);
}

TEST(names_are_the_same_in_either_case)
{
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	struct err e = ERR_INIT;
	CHECK(aliases_find(&a, STR("root")) == NULL);
	CHECK(aliases_catch_all(&a) == NULL);
	CHECK(aliases_parse(
	    &a, "al", STR("MAILER-Daemon: a\nRoot@NAS.lan: b\nb: c"), &e));
	CHECK(aliases_find(&a, STR("mailer-dAEMON")) == &a.items[0]);
	CHECK(aliases_find(&a, STR("root@nas.LAN")) == &a.items[1]);
	CHECK(aliases_find(&a, STR("B")) == &a.items[2]);
	CHECK(aliases_find(&a, STR("root")) == NULL);
	CHECK(aliases_find(&a, STR("")) == NULL);
}

TEST(a_name_that_comes_twice_is_refused_with_both_lines)
{
	REFUSED("a: b\nc: d\nA: e\n",
	    "al:3: alias \"A\" is there already, at line 1");
	REFUSED("\"a\": b\n\na: e\n",
	    "al:3: alias \"a\" is there already, at line 1");
	REFUSED("default: b\nc: d\n*: e\n",
	    "al:3: alias \"*\" is there already, at line 1");
	REFUSED("a@X: b\na@x: c\n",
	    "al:2: alias \"a@x\" is there already, at line 1");
}

TEST(what_cannot_be_sent_to_is_read_all_the_same)
{
	GIVES("a: |/bin/x -a b, c@x\nb: \"|x, y\", /var/mail/b\n"
	      "c: :include:/etc/l, d\nd: /dev/null\ne: \"/a b\",f\n",
	    "a 1:||/bin/x -a b 1, c@x 1,;b 2:|\"|x, y\" 2,//var/mail/b 2,;"
	    "c 3:::include:/etc/l 3, d 3,;d 4://dev/null 4,;"
	    "e 5:/\"/a b\" 5, f 5,;");
}

TEST(a_name_behind_a_backslash_has_no_alias)
{
	GIVES("root: \\root, me@x\n", "root 1:\\root 1, me@x 1,;");
}

TEST(what_is_no_alias_is_refused_with_its_line)
{
	REFUSED("a: b\nc d\n", "al:2: no \":\" between a name and whom");
	REFUSED("\na:\n\n", "al:2: an alias without a target");
	REFUSED("a: ,\n", "al:1: an alias without a target");
	REFUSED(": a\n", "al:1: no name before the \":\"");
	REFUSED("<>: a\n", "al:1: no name before the \":\"");
	REFUSED("a b: c\n", "al:1: name of an alias: cannot parse");
	REFUSED("a, b: c\n", "al:1: name of an alias: more than one");
	REFUSED("a: b,\n c@,\n d\n", "al:2: alias \"a\": cannot parse");
	REFUSED("a: b c\n", "al:1: alias \"a\": cannot parse");
	REFUSED("a: b\xff@x\n", "al:1: alias \"a\": cannot parse");
	REFUSED("a: \"b\n", "al:1: alias \"a\": cannot parse");
	REFUSED("\"a: b\n", "al:1: no \":\"");
	REFUSED("a: \\\n", "al:1: an alias without a target");
}

TEST(a_nul_is_no_end)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	parse(STR("a: b\0c@x\n"), &out, &e);
	CHECK(strstr(buf_cstr(&out), "al:1: alias \"a\": ") == out.data);
}

TEST(a_file_is_read_and_named_in_errors)
{
	char path[] = "/tmp/test_alias.XXXXXX";
	int fd = mkstemp(path);
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	struct err e = ERR_INIT;
	CHECK(write(fd, "root: me@x\n", 11) == 11);
	CHECK(aliases_load(&a, path, &e));
	CHECK_EQ(a.len, 1);
	CHECK_STR(a.path, path);
	CHECK(write(fd, "wrong\n", 6) == 6);
	aliases_release(&a);
	CHECK(!aliases_load(&a, path, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(strncmp(e.text, path, strlen(path)) == 0);
	CHECK(strstr(e.text, ":2: no \":\"") != NULL);
	(void)close(fd);
	(void)unlink(path);
	aliases_release(&a);
	CHECK(!aliases_load(&a, path, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(strstr(e.text, path) != NULL);
	CHECK(!aliases_load(&a, "/", &e));
	CHECK_STR(e.text, "/ is not a file");
}

TEST(thousands_are_found_in_no_time)
{
	enum { N = 50000 };
	AUTO(buf_release) struct buf text = BUF_INIT(16 << 20);
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	struct err e = ERR_INIT;
	CHECK(buf_printf(&text, "*: all@example.org\n"));
	for (int i = 0; i < N; i++)
		CHECK(buf_printf(&text, "user%d: u%d@example.org\n", i, i));
	clock_t start = clock();
	CHECK(aliases_parse(&a, "al", buf_str(&text), &e));
	for (int i = 0; i < N; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "User%d", i);
		const struct alias *found = aliases_find(&a, str_of(name));
		CHECK(found != NULL && found->line == (unsigned)i + 2);
	}
	CHECK(aliases_find(&a, STR("*")) == NULL);
	CHECK(clock() - start < 5 * CLOCKS_PER_SEC); /* quadratic: minutes */
}
