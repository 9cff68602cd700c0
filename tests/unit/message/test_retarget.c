// SPDX-License-Identifier: ISC
#include "unit.h"

#include "given.h"
#include "message/alias.h"
#include "message/edit.h"
#include "message/resolve.h"
#include "message/retarget.h"

static const char aliases_text[] =
    "root: me@x\nboth: me@x, you@y, all\nall: you@Y\nbad: |x\n"
    "many: a1@example.org, a2@example.org, a3@example.org, a4@example.org,\n"
    " a5@example.org, a6@example.org\nfull@x.org: other@x\n";

static bool
is_localhost(void *arg, struct str domain)
{
	(void)arg;
	return str_eq(domain, STR("localhost"));
}

/* "index:text" of each field that changes. */
static void
check_shown(const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	AUTO(resolver_release) struct resolver r = RESOLVER_INIT;
	AUTO(retarget_release) struct retarget rt = RETARGET_INIT;
	struct message m = given_message(str_of(text));
	struct err e = ERR_INIT;
	CHECK(aliases_parse(&a, "al", str_of(aliases_text), &e));
	r.rules = (struct resolve_rules){ .aliases = &a,
		.qualify_domain = "q.org",
		.is_local = is_localhost,
		.is_by_name = is_localhost };
	retarget_fields(&rt, &m, &r);
	for (size_t i = 0; i < rt.nchanges; i++)
		CHECK(buf_printf(&out, "%zu:", rt.changes[i].field) &&
		    buf_add_str(&out, rt.changes[i].text));
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	message_release(&m);
}

#define SHOWN(text, want) check_shown((text), (want), __LINE__)

TEST(to_and_cc_show_whom_recipients_stand_for)
{
	SHOWN("From: root\nTo: root\nCc: a@x, root@localhost\nBcc: root\n"
	      "Resent-To: root\nResent-Cc: joe\n\n",
	    "1:To: me@x\r\n2:Cc: a@x, me@x\r\n4:Resent-To: me@x\r\n"
	    "5:Resent-Cc: joe@q.org\r\n");
	SHOWN("To: full@x.org\n\n", "0:To: other@x\r\n");
}

TEST(names_stay_where_one_address_takes_the_place_of_one)
{
	SHOWN("To: \"R, oot\" <root>, root (Cron)\n\n",
	    "0:To: \"R, oot\" <me@x>, me@x (Cron)\r\n");
	SHOWN("To: Both <both>, Team: root, b@x;\n\n",
	    "0:To: me@x, you@y, Team: me@x, b@x;\r\n");
}

TEST(long_fields_are_folded)
{
	SHOWN("To: many\n\n",
	    "0:To: a1@example.org, a2@example.org, a3@example.org, "
	    "a4@example.org,\r\n a5@example.org, a6@example.org\r\n");
}

TEST(fields_without_a_change_keep_their_bytes)
{
	SHOWN("To:  a@x ,b@y\nCc: A <a@x>\n\n", "");
	SHOWN("To: undisclosed-recipients:;\nCc:\n\n", "");
}

TEST(domains_that_are_not_ascii_become_a_labels_beside_them)
{
	SHOWN("To: root, \xc3\xbc <a@b\xc3\xbc"
	      "cher.de>\n\n",
	    "0:To: me@x, \xc3\xbc <a@xn--bcher-kva.de>\r\n");
}

TEST(what_cannot_be_resolved_stays)
{
	SHOWN("To: bad, root\nCc: bad\n\n", "0:To: bad, me@x\r\n");
	SHOWN("To: a b c\nCc: <root\n\n", "");
	SHOWN("To: SURNAME, First <root>, Null <>\n\n",
	    "0:To: SURNAME, First <me@x>, Null <>\r\n");
}
