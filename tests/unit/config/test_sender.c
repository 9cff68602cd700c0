// SPDX-License-Identifier: ISC
#include "config/sender.h"

#include "base/buf.h"
#include "base/err.h"
#include "config/identity.h"
#include "config/settings.h"
#include "unit.h"

static const struct settings_origin by_flag = { .source = SETTINGS_FLAG };
static const struct settings_origin by_env = { .source = SETTINGS_ENVIRONMENT };
static const struct settings_origin by_file = {
	.source = SETTINGS_RCFILE, .line = 3, .file = "rc"
};

/* One way to say who sends, and what comes of it. */
struct play {
	const char *given;   /* -f; NULL: not given */
	const char *account; /* its from; NULL: it has none */
	const char *author;
	bool reads_author;
	bool is_fixed; /* allow_from_override off */
	bool by_variable;
	bool without_message;
	const char *want;    /* "from # where", "" if unset, or the error */
	const char *address; /* the account's */
};

static void
put(struct settings *s, const char *text, struct settings_origin origin)
{
	struct err e;
	CHECK(text == NULL ||
	    settings_set(s, SETTING_FROM, str_of(text), origin, &e));
}

static void
show(const struct settings *s, struct buf *out)
{
	char where[SETTINGS_WHERE_SIZE];
	settings_where(s, SETTING_FROM, where, sizeof(where));
	if (settings_is_set(s, SETTING_FROM))
		CHECK(buf_printf(out, "%s # %s", s->from, where));
}

static void
check_play(const struct play *p, int line)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(settings_release) struct settings account = SETTINGS_INIT;
	AUTO(buf_release) struct buf address = BUF_INIT(4096);
	AUTO(buf_release) struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	put(&s, p->given, p->by_variable ? by_env : by_flag);
	put(&account, p->account, by_file);
	settings_fill(&s, &account);
	s.allow_from_override = !p->is_fixed;
	const struct sender_facts facts = { .reads_author = p->reads_author,
		.has_message = !p->without_message,
		.author = p->author };
	if (sender_settle(&s, &account, &facts, &address, &e))
		show(&s, &out);
	else
		CHECK(buf_printf(&out, "%s", e.text));
	unit_check_str(buf_str(&out), str_of(p->want), __FILE__, line);
	unit_check_str(buf_str(&address),
	    str_of(p->address != NULL ? p->address : ""), __FILE__, line);
}

#define PLAY(...) check_play(&(struct play){ __VA_ARGS__ }, __LINE__)

TEST(the_account_says_who_sends)
{
	PLAY(.account = "a@b", .want = "a@b # rc:3", .address = "a@b");
	PLAY(.account = "a@b", .author = "c@d", .want = "a@b # rc:3",
	    .address = "a@b");
	PLAY(.want = "");
}

TEST(flag_and_variable_go_before_the_account)
{
	PLAY(.given = "f@g", .account = "a@b", .want = "f@g # --from",
	    .address = "a@b");
	PLAY(.given = "f@g", .by_variable = true, .account = "a@b",
	    .want = "f@g # POSTHASTE_FROM", .address = "a@b");
	PLAY(.given = "", .account = "a@b", .want = " # --from",
	    .address = "a@b");
}

TEST(what_a_flag_says_is_no_pattern)
{
	PLAY(.given = "%U*@x", .want = "%U*@x # --from");
	PLAY(.given = "%X", .by_variable = true, .want = "%X # POSTHASTE_FROM");
}

TEST(a_pattern_with_wildcards_names_no_sender)
{
	PLAY(.account = "*@b", .want = "");
	PLAY(.account = "?@b", .author = "c@b", .want = "");
	PLAY(.account = "*@b", .given = "c@b", .want = "c@b # --from");
}

TEST(letters_are_expanded)
{
	AUTO(buf_release) struct buf want = BUF_INIT(4096);
	AUTO(buf_release) struct buf address = BUF_INIT(4096);
	identity_login(&address);
	CHECK(buf_add(&address, "@x%", 3));
	CHECK(buf_printf(&want, "%s # rc:3", buf_cstr(&address)));
	PLAY(.account = "%U@x%%", .want = buf_cstr(&want),
	    .address = buf_cstr(&address));
}

TEST(the_author_is_the_sender_where_the_account_says_so)
{
	PLAY(.account = "%F", .author = "c@d", .want = "c@d # rc:3",
	    .address = "c@d");
	PLAY(.account = "%F", .author = "*@d", .want = "*@d # rc:3",
	    .address = "*@d");
	PLAY(.account = "%F", .want = "");
	PLAY(.account = "%F", .without_message = true, .want = "%F # rc:3",
	    .address = "%F");
	PLAY(.account = "%F", .given = "f@g", .author = "c@d",
	    .want = "f@g # --from", .address = "c@d");
}

TEST(the_author_is_the_sender_if_asked_for)
{
	PLAY(.account = "a@b", .author = "c@d", .reads_author = true,
	    .want = "c@d # --read-envelope-from", .address = "a@b");
	PLAY(.given = "v@w", .by_variable = true, .author = "c@d",
	    .reads_author = true, .want = "c@d # --read-envelope-from");
	PLAY(.account = "a@b", .reads_author = true, .want = "",
	    .address = "a@b");
}

TEST(an_account_can_forbid_to_change_the_sender)
{
	PLAY(.given = "f@g", .account = "a@b", .is_fixed = true,
	    .want = "a@b # rc:3", .address = "a@b");
	PLAY(.given = "", .account = "a@b", .is_fixed = true,
	    .want = "a@b # rc:3", .address = "a@b");
	PLAY(.given = "f@g", .by_variable = true, .account = "a@b",
	    .is_fixed = true, .want = "a@b # rc:3", .address = "a@b");
	PLAY(.author = "c@d", .reads_author = true, .account = "a@b",
	    .is_fixed = true, .want = "a@b # rc:3", .address = "a@b");
	PLAY(.given = "f@g", .is_fixed = true, .want = "");
}

TEST(an_unknown_letter_is_told_with_its_place)
{
	PLAY(.account = "%X@h",
	    .want = "rc:3: from: \"%X\" is not one of %U, %H, %C, %M, %F");
}

TEST(without_an_account_only_the_call_counts)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf address = BUF_INIT(100);
	const struct sender_facts facts = { .has_message = true };
	struct err e;
	s.allow_from_override = true;
	CHECK(sender_settle(&s, NULL, &facts, &address, &e));
	CHECK(s.from == NULL);
	put(&s, "f@g", by_flag);
	CHECK(sender_settle(&s, NULL, &facts, &address, &e));
	CHECK_STR(s.from, "f@g");
	CHECK_EQ(address.len, 0);
}

TEST(the_environments_account_can_be_overridden_and_has_no_letters)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(settings_release) struct settings account = SETTINGS_INIT;
	AUTO(buf_release) struct buf address = BUF_INIT(100);
	AUTO(buf_release) struct buf out = BUF_INIT(100);
	const struct settings_origin email = { .source = SETTINGS_ENVIRONMENT,
		.file = "EMAIL" };
	const struct sender_facts facts = { .has_message = true };
	struct err e;
	put(&account, "%X*@b", email);
	settings_fill(&s, &account);
	s.allow_from_override = true;
	CHECK(sender_settle(&s, &account, &facts, &address, &e));
	show(&s, &out);
	CHECK_BUF(&out, "%X*@b # EMAIL");
	CHECK_BUF(&address, "%X*@b");
}
