// SPDX-License-Identifier: ISC
#include "unit.h"

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/mend.h"

/*
 * What to do is said by the domain: @keep and bare ones stay, @spec and the
 * empty one have the address replaced, @put becomes another, @two becomes
 * two, @none goes.
 */
static bool
by_domain(void *arg, struct mend *m, const struct address *a, struct err *e)
{
	size_t *asked = arg;
	struct str domain = address_domain(a->spec);
	(*asked)++;
	if (str_eq(domain, STR("spec")) || a->spec.len == 0)
		return mend_respec(m, STR("new@x"), e);
	if (str_eq(domain, STR("put")))
		return mend_put(m, a->name, STR("new@x"), e);
	if (str_eq(domain, STR("two")))
		return mend_put(m, STR_INIT, STR("one@x"), e) &&
		    mend_put(m, STR("Two"), STR("two@x"), e);
	return str_eq(domain, STR("none")) || mend_keep(m, e);
}

static void
check_field(struct str value, const char *want, bool is_changed, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	struct mend m;
	size_t asked = 0;
	bool ok = mend_field(&m, &out, "To", value, by_domain, &asked, &e);
	unit_check(ok, __FILE__, line, "%s", e.text);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	unit_check(m.is_changed == is_changed, __FILE__, line, "is_changed");
}

#define KEPT(value, want) check_field(STR(value), (want), false, __LINE__)
#define MENDED(value, want) check_field(STR(value), (want), true, __LINE__)

TEST(what_is_kept_keeps_its_bytes)
{
	KEPT("", "To:\r\n");
	KEPT("a@keep", "To: a@keep\r\n");
	KEPT(" \"A, B\"  <a@keep>,b", "To: \"A, B\"  <a@keep>, b\r\n");
	KEPT("a@keep (A (B) \\) C) , <@r,@s:b@keep>",
	    "To: a@keep (A (B) \\) C), <@r,@s:b@keep>\r\n");
	KEPT("=?UTF-8?Q?=C3=A4?= <a@keep>",
	    "To: =?UTF-8?Q?=C3=A4?= <a@keep>\r\n");
	KEPT("\xc3\xa4 <a@keep>", "To: \xc3\xa4 <a@keep>\r\n");
}

TEST(groups_and_comments_stay)
{
	KEPT("Team: a@keep, b@keep;, c@keep",
	    "To: Team: a@keep, b@keep;, c@keep\r\n");
	KEPT("A \"x:y\" B : a ;", "To: A \"x:y\" B: a;\r\n");
	KEPT("undisclosed-recipients:;", "To: undisclosed-recipients:;\r\n");
	KEPT("undisclosed-recipients:", "To: undisclosed-recipients:\r\n");
	KEPT("(x) a, (y) b ,, (z)", "To: (x) a, (y) b (z)\r\n");
	KEPT("T: (none) ; (x)", "To: T: (none); (x)\r\n");
	KEPT("a, T: b;, U: c, d; ,e", "To: a, T: b;, U: c, d;, e\r\n");
	KEPT("(a (b) c) a", "To: (a (b) c) a\r\n");
	KEPT("(,;:) a", "To: (,;:) a\r\n");
}

TEST(an_address_is_replaced_within_what_is_around_it)
{
	MENDED("Anacron <root@spec>", "To: Anacron <new@x>\r\n");
	MENDED("MAILER-DAEMON <>", "To: MAILER-DAEMON <new@x>\r\n");
	MENDED("<>", "To: <new@x>\r\n");
	MENDED(
	    "\"a\\\"b\" <@r:root@spec> (c)", "To: \"a\\\"b\" <new@x> (c)\r\n");
	MENDED("root@spec(Cron)", "To: new@x(Cron)\r\n");
	MENDED("a@keep, root @ spec , b", "To: a@keep, new@x, b\r\n");
	MENDED("T: root@spec;", "To: T: new@x;\r\n");
}

TEST(a_mailbox_becomes_another_or_several_or_none)
{
	MENDED("\"Doe, J\" <b@put>", "To: \"Doe, J\" <new@x>\r\n");
	MENDED("a, b@two, c", "To: a, one@x, Two <two@x>, c\r\n");
	MENDED("a@none", "To:\r\n");
	MENDED("a@none, b", "To: b\r\n");
	MENDED("a, b@none", "To: a\r\n");
	MENDED("a, b@none, c", "To: a, c\r\n");
	MENDED("T: a@none, b@none;, c", "To: T:;, c\r\n");
	MENDED("a, (x) b@none, c", "To: a, (x) c\r\n");
}

TEST(long_fields_are_folded_at_blanks)
{
	MENDED("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@keep,"
	       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@keep,"
	       "Cccccccccc Ccccccccccccccccccccccc Cccccccccccccc "
	       "Ccccccccccccccccccc Ccccccccccc <c@keep>, d@none",
	    "To: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@keep,\r\n"
	    " bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@keep,\r\n"
	    " Cccccccccc Ccccccccccccccccccccccc Cccccccccccccc "
	    "Ccccccccccccccccccc\r\n"
	    " Ccccccccccc <c@keep>\r\n");
	MENDED("a@none, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\ "
	       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\\\t"
	       "cccccc\" <a@keep>",
	    "To: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\ "
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\\\t"
	    "cccccc\"\r\n <a@keep>\r\n");
}

TEST(a_group_is_folded_behind_its_name)
{
	KEPT("Nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: "
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@keep;",
	    "To: Nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn:\r\n"
	    " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@keep;\r\n");
}

TEST(what_is_no_address_list_is_refused)
{
	static const char *const rows[] = { "a b", "a@", "<a", "T: a", "(a",
		"\"a", "a;", "a\r\nb@x", "a <b> c" };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT(1000);
		struct err e = ERR_INIT;
		struct mend m;
		size_t asked = 0;
		CHECK(!mend_field(
		    &m, &out, "To", str_of(rows[i]), by_domain, &asked, &e));
		CHECK_EQ(e.exit, EX_DATAERR);
	}
}

TEST(a_field_that_does_not_fit_is_refused)
{
	for (size_t max = 0; max < 30; max++) {
		AUTO(buf_release) struct buf out = BUF_INIT(max);
		struct err e = ERR_INIT;
		struct mend m;
		size_t asked = 0;
		CHECK(!mend_field(&m, &out, "To", STR("T: a@two, b@spec;, (c)"),
		    by_domain, &asked, &e));
		CHECK_EQ(e.exit, EX_DATAERR);
	}
}

TEST(a_field_is_written_mailbox_by_mailbox)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct mend m;
	CHECK(mend_begin(&m, &out, "Cc", &e));
	CHECK(mend_add(&m, STR("a@x"), &e));
	CHECK(mend_add(&m, STR("B <b@x>"), &e));
	CHECK(mend_end(&m, &e));
	CHECK_BUF(&out, "Cc: a@x, B <b@x>\r\n");
	CHECK_EQ(m.nmailboxes, 2);
}
