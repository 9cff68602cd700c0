// SPDX-License-Identifier: ISC
#include "unit.h"

#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/alias.h"
#include "message/resolve.h"

static bool
is_local(void *arg, struct str domain)
{
	(void)arg;
	return str_eq_nocase(domain, STR("localhost")) ||
	    str_eq_nocase(domain, STR("nas"));
}

static bool
is_by_name(void *arg, struct str domain)
{
	(void)arg;
	return str_eq_nocase(domain, STR("mail.name"));
}

static bool
collect(void *arg, struct str spec, struct err *e)
{
	struct buf *out = arg;
	(void)e;
	return buf_printf(out, "%.*s,", STR_FMT(spec));
}

static bool
find(const char *aliases, const char *qualify, const char *spec,
    struct buf *out, struct err *e)
{
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	AUTO(resolver_release) struct resolver r = RESOLVER_INIT;
	if (aliases != NULL)
		CHECK(aliases_parse(&a, "al", str_of(aliases), e));
	r.rules = (struct resolve_rules){
		.aliases = aliases != NULL ? &a : NULL,
		.qualify_domain = qualify,
		.is_local = is_local,
		.is_by_name = is_by_name,
	};
	bool ok = resolve(&r, str_of(spec), collect, out, e);
	/* nothing of one round is left over for the next */
	AUTO(buf_release) struct buf again = BUF_INIT(10000);
	struct err ignored = ERR_INIT;
	if (ok && out->len < again.max) {
		CHECK(resolve(&r, str_of(spec), collect, &again, &ignored));
		CHECK_BYTES(buf_str(&again), buf_str(out));
	}
	return ok;
}

static void
check_gives(const char *aliases, const char *qualify, const char *spec,
    const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	if (!find(aliases, qualify, spec, &out, &e)) {
		buf_truncate(&out, 0);
		CHECK(buf_add_str(&out, str_of(e.text)));
	}
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define GIVES(aliases, spec, want) \
	check_gives((aliases), NULL, (spec), (want), __LINE__)
#define QUALIFIED(aliases, spec, want) \
	check_gives((aliases), "q.org", (spec), (want), __LINE__)

static void
check_fails(const char *aliases, const char *spec, const char *want,
    const char *hint, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	unit_check(!find(aliases, NULL, spec, &out, &e), __FILE__, line,
	    "\"%s\" is taken", buf_cstr(&out));
	unit_check_eq(e.exit, EX_CONFIG, __FILE__, line, "e.exit");
	unit_check_str(str_of(e.text), str_of(want), __FILE__, line);
	unit_check_str(str_of(e.hint), str_of(hint), __FILE__, line);
}

#define FAILS(aliases, spec, want, hint) \
	check_fails((aliases), (spec), (want), (hint), __LINE__)

TEST(without_settings_all_stays_as_it_is)
{
	GIVES(NULL, "root", "root,");
	GIVES(NULL, "root@localhost", "root@localhost,");
	GIVES("a: b\n", "root", "root,");
}

TEST(bare_and_local_names_have_aliases)
{
	GIVES("root: me@x\n", "root", "me@x,");
	GIVES("root: me@x\n", "Root@LOCALHOST", "me@x,");
	GIVES("root: me@x, you@y\n", "root@nas", "me@x,you@y,");
	GIVES("root: me@x\n", "root@x", "root@x,");
	GIVES("\"a b\": me@x\n", "\"a b\"@nas", "me@x,");
}

TEST(whole_addresses_have_aliases_wherever_they_are)
{
	GIVES("root@x.org: me@x\n", "ROOT@X.ORG", "me@x,");
	GIVES("root@nas: me@x\nroot: you@x\n", "root@nas", "me@x,");
	GIVES("root@nas: me@x\nroot: you@x\n", "root", "you@x,");
	GIVES("root@nas: me@x\nroot: you@x\n", "root@localhost", "you@x,");
}

TEST(of_a_mail_name_only_who_has_an_alias_is_known)
{
	GIVES("root: me@x\n*: all@x\n", "root@mail.name", "me@x,");
	QUALIFIED("root: me@x\n*: all@x\n", "a@mail.name", "a@mail.name,");
	QUALIFIED(NULL, "root@mail.name", "root@mail.name,");
}

TEST(a_detail_falls_back_to_the_name)
{
	GIVES("a: me@x\n", "a+b", "me@x,");
	GIVES("a: me@x\na+b: you@x\n", "a+b@nas", "you@x,");
	GIVES("a: me@x\n", "a+b+c@localhost", "me@x,");
	GIVES("a: me@x\n", "a+b@mail.name", "me@x,");
	GIVES("a: me@x\n", "+b", "+b,");
	GIVES("a: me@x\n*: all@x", "b+a", "all@x,");
}

TEST(the_catch_all_is_for_names_without_an_entry)
{
	GIVES("*: all@x\na: me@x\n", "a", "me@x,");
	GIVES("*: all@x\na: me@x\n", "b", "all@x,");
	GIVES("default: all@x\n", "b@nas", "all@x,");
	GIVES("default: all@x\n", "b@x", "b@x,");
	GIVES("default: all@x\na: b, c@x\n", "a", "all@x,c@x,");
	GIVES("a@x: b\n*: c@x\n", "a", "c@x,");
}

TEST(a_name_that_the_catch_all_gives_is_final)
{
	QUALIFIED("*: admin\n", "b", "admin@q.org,");
	QUALIFIED("*: admin\nadmin: me@x\n", "b", "me@x,");
	QUALIFIED("*: admin\nadmin: joe\n", "b", "joe@q.org,");
	QUALIFIED("*: admin, b\n", "b", "admin@q.org,b@q.org,");
}

TEST(else_names_are_qualified)
{
	QUALIFIED(NULL, "root", "root@q.org,");
	QUALIFIED(NULL, "root@nas", "root@q.org,");
	QUALIFIED(NULL, "root@x", "root@x,");
	QUALIFIED("a: b\n", "root", "root@q.org,");
	QUALIFIED("a: b, c@localhost\n", "a", "b@q.org,c@q.org,");
	QUALIFIED(NULL, "\"a b\"", "\"a b\"@q.org,");
	check_gives(NULL,
	    "b\xc3\xbc"
	    "cher.de",
	    "root", "root@xn--bcher-kva.de,", __LINE__);
}

TEST(aliases_of_aliases_count)
{
	GIVES("a: b\nb: c@nas, d@x\nc: e@x\n", "a", "e@x,d@x,");
	GIVES("a: b@x\nb@x: c@x\n", "a", "c@x,");
	/* once each, whatever the ways to it */
	GIVES("a: b, c\nb: d\nc: d, e@x\nd: f@x\n", "a", "f@x,e@x,");
	GIVES("a: b, c\nb: d\nc: d\nd: f@x\n", "a", "f@x,");
}

TEST(who_names_himself_is_somebody)
{
	QUALIFIED("root: root, me@x\n", "root@nas", "root@q.org,me@x,");
	QUALIFIED("root: root@localhost\n", "root", "root@q.org,");
	GIVES("root: root\n", "root", "root,");
	QUALIFIED("root: root+cron\n", "root", "root+cron@q.org,");
	GIVES("a@x: a@x, b@x\n", "a@x", "a@x,b@x,");
	QUALIFIED(
	    "root: \\root, a\na: \\root\n", "root", "root@q.org,root@q.org,");
}

TEST(loops_are_cut)
{
	GIVES("a: b, c@x\nb: a\n", "a", "c@x,");
	GIVES("a: b, c@x\nb: a\n", "b", "c@x,");
	GIVES("a: b\nb: c\nc: a, b, d@x\n", "a", "d@x,");
	GIVES("a: b\nb: c, d\nc: a\nd: c, e@x\n", "a", "e@x,");
	GIVES("a: b, c\nb: a\nc: b, d@x\n", "a", "d@x,");
	GIVES("a: b, c, d@x\nb: a\nc: b\n", "a", "d@x,");
}

TEST(a_loop_without_a_way_out_is_an_error_that_names_it)
{
	FAILS("a: b\n\nb: a\n", "a",
	    "al:1: alias \"a\" leads nowhere but back to itself",
	    "a -> b -> a");
	FAILS("z: a\na: b\nb: c\nc: a\n", "z",
	    "al:2: alias \"a\" leads nowhere but back to itself",
	    "a -> b -> c -> a");
	/* even if others are reached */
	FAILS("z: x@x, a\na: b\nb: a\n", "z",
	    "al:2: alias \"a\" leads nowhere but back to itself",
	    "a -> b -> a");
	FAILS("a: b, c\nb: c, a\nc: b\n", "a",
	    "al:1: alias \"a\" leads nowhere but back to itself",
	    "a -> b -> a");
	FAILS("root: me@nas.lan\nme@nas.lan: root\n", "root",
	    "al:1: alias \"root\" leads nowhere but back to itself",
	    "root -> me@nas.lan -> root");
	FAILS("*: a\na: b\nb: a\n", "c",
	    "al:2: alias \"a\" leads nowhere but back to itself",
	    "a -> b -> a");
}

TEST(what_is_no_address_is_an_error_when_it_is_used)
{
	static const char text[] = "a: me@x\nb: me@x,\n |/bin/c -d\n"
				   "c: /dev/null\nd: :include:/l\ne: c\n";
	GIVES(text, "a", "me@x,");
	FAILS(text, "b",
	    "al:3: alias \"b\" stands for the command '|/bin/c -d'",
	    "mail goes to addresses only; name one there");
	FAILS(text, "c", "al:4: alias \"c\" stands for the file '/dev/null'",
	    "mail goes to addresses only; name one there");
	FAILS(text, "d",
	    "al:5: alias \"d\" stands for the list elsewhere ':include:/l'",
	    "mail goes to addresses only; name one there");
	FAILS(text, "e", "al:4: alias \"c\" stands for the file '/dev/null'",
	    "mail goes to addresses only; name one there");
}

static void
add_chain(struct buf *text, int n)
{
	for (int i = 1; i < n; i++)
		CHECK(buf_printf(text, "n%d: n%d\n", i, i + 1));
	CHECK(buf_printf(text, "n%d: me@x\n", n));
}

TEST(depth_has_an_end)
{
	AUTO(buf_release) struct buf fits = BUF_INIT(10000);
	AUTO(buf_release) struct buf too_deep = BUF_INIT(10000);
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	add_chain(&fits, 50);
	GIVES(buf_cstr(&fits), "n1", "me@x,");
	add_chain(&too_deep, 51);
	CHECK(!find(buf_cstr(&too_deep), NULL, "n1", &out, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "al:51: alias \"n51\" is more than 50 aliases away");
	CHECK(strstr(e.hint, "n1 -> n2 -> n3") == e.hint);
}

TEST(the_number_of_addresses_has_an_end)
{
	AUTO(buf_release) struct buf text = BUF_INIT(16 << 20);
	AUTO(buf_release) struct buf out = BUF_INIT(16 << 20);
	struct err e = ERR_INIT;
	CHECK(buf_printf(&text, "a: a0@x"));
	for (int i = 1; i < 100000; i++)
		CHECK(buf_printf(&text, ",\n a%d@x", i));
	CHECK(find(buf_cstr(&text), NULL, "a", &out, &e));
	CHECK(buf_printf(&text, ", z@x"));
	CHECK(!find(buf_cstr(&text), NULL, "a", &out, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(
	    e.text, "al:1: alias \"a\" stands for more than 100000 addresses");
}

TEST(qualification_alone_knows_no_aliases)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	struct err e = ERR_INIT;
	CHECK(aliases_parse(&a, "al", STR("root: me@x\n"), &e));
	const struct resolver r = { .rules = { .aliases = &a,
					.qualify_domain = "q.org",
					.is_local = is_local,
					.is_by_name = is_by_name } };
	CHECK(resolve_qualify(&r, STR("root"), &out, &e));
	CHECK(resolve_qualify(&r, STR("a@nas"), &out, &e));
	CHECK(resolve_qualify(&r, STR("b@x"), &out, &e));
	CHECK_BUF(&out, "root@q.orga@q.orgb@x");
}
