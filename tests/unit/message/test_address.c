// SPDX-License-Identifier: ISC
#include "unit.h"

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"

/* "name|spec;" for each, "name|spec!;" for one without domain. */
static bool
note(void *arg, const struct address *a, struct err *e)
{
	struct buf *out = arg;
	return (buf_add_str(out, a->name) && buf_add(out, "|", 1) &&
		   buf_add_str(out, a->spec) &&
		   buf_add(out, "!;", a->is_bare ? 2 : 0) &&
		   buf_add(out, ";", a->is_bare ? 0 : 1)) ||
	    err_set(e, EX_SOFTWARE, "full");
}

static void
check_list(struct str text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	bool ok = address_parse_list(text, note, &out, &e);
	unit_check(ok, __FILE__, line, "refused: %s", e.text);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

static void
check_refused(struct str text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	bool ok = address_parse_list(text, note, &out, &e);
	unit_check(!ok, __FILE__, line, "accepted: %s", buf_cstr(&out));
	unit_check(e.exit == EX_DATAERR, __FILE__, line, "exit %d", e.exit);
	unit_check(strstr(e.text, want) != NULL, __FILE__, line,
	    "\"%s\" is not in \"%s\"", want, e.text);
}

#define LIST(text, want) check_list(str_of(text), (want), __LINE__)
#define REFUSED(text, want) check_refused(str_of(text), (want), __LINE__)

TEST(plain_addresses_come_one_by_one)
{
	LIST("a@b", "|a@b;");
	LIST("a@b, c@d,e@f.g.h", "|a@b;|c@d;|e@f.g.h;");
	LIST("  a@b\t", "|a@b;");
	LIST("root", "|root!;");
	LIST("root, a@b, <x>", "|root!;|a@b;|x!;");
}

static const char places[] = "one <@r:a@b> (c) , \"x, y\" < d . e @ f >, "
			     "root (Cron Daemon), (i) g@h (n)  ";

/* "[mailbox](address)" for each, as they are written. */
static bool
note_places(void *arg, const struct address *a, struct err *e)
{
	struct buf *out = arg;
	return buf_printf(out, "[%.*s](%.*s)", (int)(a->end - a->start),
		   places + a->start, (int)(a->spec_end - a->spec_start),
		   places + a->spec_start) ||
	    err_set(e, EX_SOFTWARE, "full");
}

TEST(the_places_of_mailboxes_are_told)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	CHECK(address_parse_list(str_of(places), note_places, &out, &e));
	CHECK_BUF(&out,
	    "[one <@r:a@b> (c)](@r:a@b)[\"x, y\" < d . e @ f >]( d . e @ f )"
	    "[root (Cron Daemon)](root)[g@h (n)](g@h)");
}

TEST(odd_local_parts_are_kept)
{
	LIST("u=v@x, u+d@x, o'h@x, -x@y, a/b@x, |x@y",
	    "|u=v@x;|u+d@x;|o'h@x;|-x@y;|a/b@x;||x@y;");
	LIST("a..b@x, .a@x, a.@x", "|a..b@x;|.a@x;|a.@x;");
}

TEST(quoted_local_parts_keep_their_quotes_only_if_they_need_them)
{
	LIST("\"a b\"@x", "|\"a b\"@x;");
	LIST("\"a\\\"b\\\\\\c\"@x", "|\"a\\\"b\\\\c\"@x;");
	LIST("\"abc\"@x, \"a.b\"@x", "|abc@x;|a.b@x;");
	LIST("\"a..b\"@x, \"\"@x", "|\"a..b\"@x;|\"\"@x;");
	LIST("\"a@b\"@x", "|\"a@b\"@x;");
	LIST("\"a b\".c@x", "|\"a b.c\"@x;");
	LIST("\"a\" . b@x", "|a.b@x;");
	LIST("\"a,b\"@x,c@d", "|\"a,b\"@x;|c@d;");
}

TEST(display_names_are_words_or_quoted)
{
	LIST("Name <a@b>", "Name|a@b;");
	LIST("John Q. Public <a@b>", "John Q. Public|a@b;");
	LIST("\"Doe, John\" <a@b>, c@d", "Doe, John|a@b;|c@d;");
	LIST("\"a \\\"b\\\"\"   c<a@b>", "a \"b\" c|a@b;");
	LIST("a@b (Name)", "Name|a@b;");
	LIST("a@b (x), c@d", "x|a@b;|c@d;");
	LIST("=?UTF-8?Q?J=C3=B6rg?= <a@b>", "=?UTF-8?Q?J=C3=B6rg?=|a@b;");
}

TEST(comments_nest_and_are_dropped)
{
	LIST("ops@x (Team, West \\) still), d@y",
	    "Team, West \\) still|ops@x;|d@y;");
	LIST("(a(b(c)))a(x)@(y)b(z).c()", "|a@b.c;");
	LIST("(only a comment)", "");
	LIST("a@b (x (y) z)", "x (y) z|a@b;");
	LIST("Name (\"not quoted) <a@b>", "Name|a@b;");
}

TEST(obsolete_blanks_around_dots_and_signs_are_fine)
{
	LIST("a @ b . c", "|a@b.c;");
	LIST("a . b @ c", "|a.b@c;");
	LIST("< a @ b >", "|a@b;");
}

TEST(groups_give_their_members)
{
	LIST("undisclosed-recipients:;", "");
	LIST("undisclosed-recipients:", "");
	LIST("Team: a@b, C <c@d>;, e@f", "|a@b;C|c@d;|e@f;");
	LIST("g:a@b;", "|a@b;");
	LIST("\"my group\": ,a@b,; , h:;", "|a@b;");
}

TEST(source_routes_are_dropped)
{
	LIST("<@a,@b:c@d>", "|c@d;");
	LIST("N <@a.b , , @[1.2.3.4] : c@d>", "N|c@d;");
	REFUSED("<@a c@d>", "route");
	REFUSED("<@a,@b>", "route");
}

TEST(domain_literals_are_kept)
{
	LIST("a@[127.0.0.1], <b@[IPv6:::1]>", "|a@[127.0.0.1];|b@[IPv6:::1];");
	REFUSED("a@[127.0.0.1", "no \"]\"");
	REFUSED("a@[]", "brackets");
	REFUSED("a@[1 2]", "brackets");
	REFUSED("a@[1@2]", "brackets");
}

TEST(empty_list_elements_are_skipped)
{
	LIST("", "");
	LIST(" , ,", "");
	LIST("a@b,,c@d,", "|a@b;|c@d;");
}

TEST(utf8_may_stand_where_letters_may)
{
	LIST("j\xc3\xb6rg@b\xc3\xbc"
	     "cher.example",
	    "|j\xc3\xb6rg@b\xc3\xbc"
	    "cher.example;");
	LIST("J\xc3\xb6rg \"\xc3\xa4 x\" <\"\xc3\xa4 x\"@y>",
	    "J\xc3\xb6rg \xc3\xa4 x|\"\xc3\xa4 x\"@y;");
}

TEST(addresses_that_are_not_utf8_are_refused)
{
	REFUSED("caf\xe9@x.org", "caf\\xe9@x.org");
	REFUSED("caf\xe9@x.org", "no UTF-8");
	REFUSED("Name <caf\xe9@x.org>", "no UTF-8");
	REFUSED("\"caf\xe9 x\"@x.org", "no UTF-8");
	REFUSED("a@caf\xe9.org", "no UTF-8");
	/* cut short, not the shortest form, a surrogate, beyond the last */
	REFUSED("caf\xc3@x.org", "no UTF-8");
	REFUSED("\xc0\xaf@x.org", "no UTF-8");
	REFUSED("\xed\xa0\x80@x.org", "no UTF-8");
	REFUSED("\xf4\x90\x80\x80@x.org", "no UTF-8");
	/* a name goes nowhere but into the header, as it is */
	LIST("caf\xe9 <a@x.org>", "caf\xe9|a@x.org;");
}

TEST(what_is_no_list_is_refused_with_its_place)
{
	REFUSED("<a@b", "cannot parse the address list near \"<a@b\": no");
	REFUSED("x@y, N <a@b, c@d", "near \"N <a@b, c@d\"");
	REFUSED("a@b c@d", "a comma is missing");
	REFUSED("<a@b> <c@d>", "a comma is missing");
	REFUSED("<a@b> c", "a comma is missing");
	REFUSED("First Last", "several words");
	REFUSED("First Last@x", "several words");
	REFUSED("\"abc", "near \"\"abc\": no closing quote");
	REFUSED("\"abc\\\"", "no closing quote");
	REFUSED("a@b (c", "near \"(c\": no \")\"");
	REFUSED("a@b (c\\)", "no \")\"");
	REFUSED("a@b)", "near \")\"");
	REFUSED("a@b; c@d", "\";\"");
	REFUSED("g: a@b", "no \";\"");
	REFUSED("g: h: a@b;", "\":\"");
	REFUSED(":a@b;", "\":\"");
	REFUSED("g:a@b; c@d", "a comma is missing");
	REFUSED("<>", "no address between");
	REFUSED("N <  >", "no address between");
	REFUSED("@b", "no address here");
	REFUSED("a@", "domain");
	REFUSED("a@b.", "domain");
	REFUSED("a@.b", "domain");
	REFUSED("a@b..c", "domain");
	REFUSED("a@\"b\"", "domain");
	REFUSED("a@b@c", "a comma is missing");
	REFUSED("a\\b@c", "quotes around");
	REFUSED("a@b]", "quotes around");
	REFUSED(".", "no address here");
	REFUSED("a > b", "a comma is missing");
}

TEST(line_ends_and_nul_are_refused_wherever_they_stand)
{
	REFUSED("a@b\r\nDATA", "CR, LF or NUL");
	REFUSED("a@b\n", "CR, LF or NUL");
	REFUSED("\r", "CR, LF or NUL");
	REFUSED("\"a\nb\"@c", "CR, LF or NUL");
	REFUSED("(\n) a@b", "CR, LF or NUL");
	check_refused(STR("a@b\0c"), "CR, LF or NUL", __LINE__);
}

TEST(other_controls_are_refused_in_addresses)
{
	REFUSED("\"a\x01\"@b", "control character");
	REFUSED("\"a\tb\"@c", "control character");
	REFUSED("a\x1b@b", "\\x1b");
	LIST("\"\x1b$B\" <a@b>", "\x1b$B|a@b;");
}

TEST(errors_are_printable_and_short)
{
	struct err e = ERR_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(10000);
	CHECK(buf_add(&text, "\x1b[2J", 4));
	for (size_t i = 0; i < 5000; i++)
		CHECK(buf_add(&text, "x", 1));
	CHECK(!address_parse_list(buf_str(&text), note, &text, &e));
	CHECK(strlen(e.text) < 200);
	CHECK(strstr(e.text, "\\x1b[2Jxxx") != NULL);
}

TEST(addresses_longer_than_the_maximum_are_refused)
{
	AUTO(buf_release) struct buf text = BUF_INIT(10000);
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	for (size_t i = 0; i < ADDRESS_MAX - 2; i++)
		CHECK(buf_add(&text, "x", 1));
	CHECK(buf_add(&text, "@b", 2));
	CHECK(address_parse_list(buf_str(&text), note, &out, &e));
	CHECK(buf_add(&text, "c", 1));
	CHECK(!address_parse_list(buf_str(&text), note, &out, &e));
	CHECK(strstr(e.text, "too long") != NULL);
}

TEST(deep_comments_need_no_stack)
{
	const size_t depth = 1 << 20;
	AUTO(buf_release) struct buf text = BUF_INIT(3 * depth);
	AUTO(buf_release) struct buf out = BUF_INIT(4 * depth);
	struct err e = ERR_INIT;
	for (size_t i = 0; i < depth; i++)
		CHECK(buf_add(&text, "(", 1));
	for (size_t i = 0; i < depth; i++)
		CHECK(buf_add(&text, ")", 1));
	CHECK(buf_add(&text, "a@b", 3));
	CHECK(address_parse_list(buf_str(&text), note, &out, &e));
}

static bool
refuse(void *arg, const struct address *a, struct err *e)
{
	size_t *n = arg;
	(void)a;
	return ++*n < 2 || err_set(e, EX_NOUSER, "enough");
}

TEST(callback_ends_the_parsing)
{
	size_t n = 0;
	struct err e = ERR_INIT;
	CHECK(!address_parse_list(STR("a@b, c@d, e@f"), refuse, &n, &e));
	CHECK_EQ(n, 2);
	CHECK_EQ(e.exit, EX_NOUSER);
}

static void
check_one(const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(ADDRESS_MAX);
	struct err e = ERR_INIT;
	bool ok = address_parse_one(str_of(text), &out, &e);
	unit_check(
	    ok == (want != NULL), __FILE__, line, "%s: %s", text, e.text);
	if (want != NULL)
		unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	else
		unit_check(e.exit == EX_DATAERR, __FILE__, line, "exit");
}

#define ONE(text, want) check_one((text), (want), __LINE__)

TEST(one_address_or_the_null_sender)
{
	ONE("", "");
	ONE("<>", "");
	ONE(" <> ", "");
	ONE("Name <a@x>", "a@x");
	ONE("a@x", "a@x");
	ONE("root", "root");
	ONE("\"a b\"@x", "\"a b\"@x");
	ONE("a@x, b@x", NULL);
	ONE(",", NULL);
	ONE("g:;", NULL);
	ONE("(comment)", NULL);
	ONE("x y", NULL);
	ONE("a@x\r\n", NULL);
	ONE("\r\n", NULL);
	ONE("<> x", NULL);
	ONE("caf\xe9@x.org", NULL);
}

TEST(domain_is_behind_the_last_at)
{
	CHECK_BYTES(address_domain(STR("a@b.c")), STR("b.c"));
	CHECK_BYTES(address_domain(STR("\"a@b\"@c")), STR("c"));
	CHECK_BYTES(address_domain(STR("\"a@b\"")), STR(""));
	CHECK_BYTES(address_domain(STR("root")), STR(""));
	CHECK_BYTES(address_domain(STR("")), STR(""));
}

static void
check_ascii(const char *spec, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(ADDRESS_MAX);
	struct err e = ERR_INIT;
	bool ok = address_to_ascii(str_of(spec), &out, &e);
	unit_check(
	    ok == (want != NULL), __FILE__, line, "%s: %s", spec, e.text);
	if (want != NULL)
		unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

TEST(domains_become_a_labels)
{
	check_ascii("a@b\xc3\xbc"
		    "cher.example",
	    "a@xn--bcher-kva.example", __LINE__);
	check_ascii("j\xc3\xb6@B\xc3\x9c"
		    "CHER.example",
	    "j\xc3\xb6@xn--bcher-kva.example", __LINE__);
	check_ascii("a@Example.ORG", "a@Example.ORG", __LINE__);
	check_ascii("a@[127.0.0.1]", "a@[127.0.0.1]", __LINE__);
	check_ascii("root", "root", __LINE__);
	check_ascii("a@\xe4", NULL, __LINE__);
}

TEST(an_address_in_a_command_says_no_more_than_who_it_is)
{
	static const char *const fine[] = { "", "root", "a@x", "a@[127.0.0.1]",
		"\"a b>\"@x", "\"a\\\" <b\"@x", "j\xc3\xb6@x", "a@[\"7]" };
	static const char *const bad[] = { "a@x> NOTIFY=NEVER", "a b@x", " ",
		"<a@x>", "\"a\"> \"b\"@x", "\"a@x", "\"a\\\"@x", "a@x\r\nDATA",
		"\"a\tb\"@x", "a@x\x7f", "a@\"x> \"" };
	for (size_t i = 0; i < ARRAY_LEN(fine); i++)
		unit_check(address_fits_path(str_of(fine[i])), __FILE__,
		    __LINE__, "%s", fine[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		unit_check(!address_fits_path(str_of(bad[i])), __FILE__,
		    __LINE__, "%s", bad[i]);
}
