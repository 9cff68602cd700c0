// SPDX-License-Identifier: ISC
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "config/account.h"
#include "config/identity.h"
#include "unit.h"

struct world {
	struct account_files f;
	struct account_choice choice;
	struct err e;
};

/* The user's file and the system's, of these texts. */
static void
world_init(struct world *w, const char *own, const char *shared)
{
	*w = (struct world){ .f = ACCOUNT_FILES_INIT };
	CHECK(rcfile_parse(&w->f.own, "rc", str_of(own), &w->e));
	CHECK(rcfile_parse(&w->f.shared, "etc", str_of(shared), &w->e));
	w->f.has_read = true;
}

static void
world_release(struct world *w)
{
	account_files_release(&w->f);
}

/* NAME of the account, "-" for the environment's, else the error. */
static const char *
choose(struct world *w, const char *name, const char *sender)
{
	const struct account_wish wish = {
		.name = name, .sender = sender, .whose = "--from"
	};
	if (!account_choose(&w->f, &wish, &w->choice, &w->e))
		return w->e.text;
	return w->choice.account != NULL ? w->choice.account->name : "-";
}

static void
check_choice(const char *rc, const char *sender, const char *want, int line)
{
	AUTO(world_release) struct world w;
	world_init(&w, rc, "");
	unit_check_str(
	    str_of(choose(&w, NULL, sender)), str_of(want), __FILE__, line);
}

#define CHOOSES(rc, sender, want) check_choice((rc), (sender), (want), __LINE__)

#define THREE                                            \
	"account default\nhost d\nfrom me@example.org\n" \
	"account work\nhost w\nfrom me@work.example\n"   \
	"account any\nhost a\nfrom *@work.example\n"

TEST(the_account_is_the_senders)
{
	CHOOSES(THREE, "me@work.example", "work");
	CHOOSES(THREE, "me@example.org", "default");
}

TEST(without_a_match_it_is_the_default_account)
{
	CHOOSES(THREE, "me@other.example", "default");
	CHOOSES(THREE, NULL, "default");
	CHOOSES(THREE, "", "default");
	CHOOSES(THREE, "me", "default");
	CHOOSES(THREE, "@", "default");
}

TEST(a_name_goes_before_the_sender)
{
	AUTO(world_release) struct world w;
	world_init(&w, THREE, "");
	CHECK_STR(choose(&w, "any", "me@work.example"), "any");
	CHECK_STR(w.choice.why, "account any, rc:7");
	CHECK_STR(
	    choose(&w, "none", "me@work.example"), "no account \"none\": ");
}

TEST(an_address_goes_before_a_pattern_wherever_it_stands)
{
	CHOOSES("account p\nfrom *e@work.example\n" THREE, "me@work.example",
	    "work");
	CHOOSES(THREE "account p\nfrom *e@work.example\n", "me@work.example",
	    "work");
	CHOOSES(THREE, "you@work.example", "any");
}

#define PATTERNS                            \
	"account a\nfrom *\n"               \
	"account b\nfrom *@work.example\n"  \
	"account c\nfrom m*@work.example\n" \
	"account d\nfrom m?@work.*\n"       \
	"account e\nfrom m*@work.example\n"

TEST(of_patterns_the_one_that_says_most_goes_first)
{
	CHOOSES(PATTERNS, "me@work.example", "c");
	CHOOSES(PATTERNS, "you@work.example", "b");
	CHOOSES(PATTERNS, "me@work.org", "d");
	CHOOSES(PATTERNS, "x@y", "a");
	CHOOSES(PATTERNS, "", "a");
}

TEST(the_domain_may_be_written_in_either_case)
{
	CHOOSES(THREE, "me@WORK.Example", "work");
	CHOOSES(THREE, "ME@work.example", "any");
	CHOOSES("account x\nfrom *@WORK.example\n", "me@work.example", "x");
}

#define DETAILS                              \
	"account default\n"                  \
	"account me\nfrom me@work.example\n" \
	"account lists\nfrom me+lists@work.example\n"

TEST(an_address_with_a_detail_is_the_one_without_it)
{
	CHOOSES(DETAILS, "me+x@work.example", "me");
	CHOOSES(DETAILS, "me+lists@work.example", "lists");
	CHOOSES(DETAILS, "me+lists+dev@work.example", "lists");
	CHOOSES(DETAILS, "me+a+b+c@work.example", "me");
	CHOOSES(DETAILS, "+x@work.example", "default");
	CHOOSES(DETAILS, "me@work.example+x", "default");
	CHOOSES(DETAILS, "\"me+x\"@work.example", "default");
	CHOOSES("account default\naccount q\nfrom \"me\"@x\n", "\"me+y\"@x",
	    "default");
}

TEST(what_matches_with_the_detail_goes_first)
{
	CHOOSES(DETAILS "account any\nfrom *+x@work.example\n",
	    "me+x@work.example", "any");
}

TEST(the_address_without_detail_goes_before_patterns_without_plus)
{
	CHOOSES(DETAILS "account any\nfrom *@work.example\n",
	    "me+x@work.example", "me");
	CHOOSES(DETAILS "account any\nfrom *@work.example\n",
	    "me+lists+dev@work.example", "lists");
	CHOOSES(DETAILS "account any\nfrom *@work.example\n",
	    "you+x@work.example", "any");
	CHOOSES("account any\nfrom *@work.example\n"
		"account m\nfrom m?@work.example\n",
	    "me+x@work.example", "m");
}

TEST(letters_stand_for_user_and_host)
{
	AUTO(buf_release) struct buf sender = BUF_INIT(4096);
	identity_login(&sender);
	CHECK(buf_add(&sender, "@", 1));
	identity_host(&sender);
	CHOOSES(
	    "account default\naccount x\nfrom %U@%H\n", buf_cstr(&sender), "x");
}

TEST(an_account_for_the_messages_own_sender_is_nobodys)
{
	CHOOSES("account default\naccount x\nfrom %F\n", "me@x", "default");
	CHOOSES("account default\naccount x\nfrom %F\n", "%F", "default");
}

TEST(a_name_around_the_address_and_u_labels_do_not_matter)
{
	CHOOSES("account default\naccount x\nfrom Me <me@x.org>\n", "me@x.org",
	    "x");
	CHOOSES("account default\naccount x\nfrom me@m\xc3\xbcller.example\n",
	    "me@xn--mller-kva.example", "x");
}

TEST(the_reason_names_place_and_sender)
{
	AUTO(world_release) struct world w;
	world_init(&w, THREE, "");
	(void)choose(&w, NULL, "me@work.example");
	CHECK_STR(w.choice.why,
	    "from of account work, rc:6, matches --from me@work.example");
	(void)choose(&w, NULL, "you+x@work.example");
	CHECK_STR(w.choice.why,
	    "from of account any, rc:9, matches --from you+x@work.example");
	(void)choose(&w, NULL, "me+x@example.org");
	CHECK_STR(w.choice.why,
	    "from of account default, rc:3, matches --from me+x@example.org "
	    "without its detail");
	(void)choose(&w, NULL, "x@y");
	CHECK_STR(w.choice.why, "account default, rc:1");
}

TEST(a_reason_of_any_length_does_no_harm)
{
	AUTO(world_release) struct world w;
	char sender[3000];
	world_init(&w, "account x\nfrom *\n", "");
	memset(sender, 'a', sizeof(sender) - 1);
	sender[sizeof(sender) - 1] = '\0';
	CHECK_STR(choose(&w, NULL, sender), "x");
	CHECK_EQ(strlen(w.choice.why), sizeof(w.choice.why) - 1);
}

TEST(accounts_of_both_files_are_matched)
{
	AUTO(world_release) struct world w;
	world_init(&w, "account default\naccount a\nfrom *@x\n",
	    "account s\nfrom s@x\naccount t\nfrom *@x\naccount default\n");
	CHECK_STR(choose(&w, NULL, "s@x"), "s");
	CHECK_STR(w.choice.account->file, "etc");
	CHECK_STR(choose(&w, NULL, "y@x"), "a");
	CHECK_STR(choose(&w, NULL, "y@y"), "default");
	CHECK_STR(w.choice.account->file, "rc");
	CHECK_STR(choose(&w, "t", "y@y"), "t");
}

TEST(the_users_account_hides_the_systems)
{
	AUTO(world_release) struct world w;
	world_init(&w, "account a\nhost h\n",
	    "account a\nfrom s@x\naccount default\n");
	CHECK_STR(choose(&w, NULL, "s@x"), "default");
	CHECK_STR(choose(&w, "a", NULL), "a");
	CHECK_STR(w.choice.settings->host, "h");
}

static bool
depends(const char *own, const char *shared)
{
	AUTO(world_release) struct world w;
	world_init(&w, own, shared);
	return account_depends_on_sender(&w.f);
}

TEST(the_sender_matters_where_another_account_than_the_default_has_one)
{
	CHECK(!depends("", ""));
	CHECK(!depends("host h\nfrom a@b\n", "from c@d\n"));
	CHECK(!depends("host h\nfrom a@b\naccount x\nhost h\n", ""));
	CHECK(depends("host h\naccount x\nfrom a@b\n", ""));
	CHECK(depends("host h\n", "account x\nfrom a@b\n"));
}

TEST(a_fault_of_the_systems_file_is_for_who_needs_it)
{
	AUTO(world_release) struct world w;
	world_init(&w, "account a\nfrom a@x\n", "");
	CHECK(!err_set(&w.f.fault, EX_NOPERM, "etc is secret"));
	CHECK_STR(choose(&w, NULL, "a@x"), "a");
	CHECK_STR(choose(&w, NULL, "b@x"), "etc is secret");
	CHECK_EQ(w.e.exit, EX_NOPERM);
	CHECK_STR(choose(&w, "default", NULL), "etc is secret");
}

/* The environment's pair, put there as account_read() does. */
static void
put_pair(struct world *w)
{
	struct settings_origin origin = { .source = SETTINGS_ENVIRONMENT,
		.file = "SMTPSERVER" };
	CHECK(settings_set(
	    &w->f.environment, SETTING_HOST, STR("smtp"), origin, &w->e));
}

TEST(the_environment_stands_in_for_a_missing_default_account)
{
	AUTO(world_release) struct world w;
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	world_init(&w, "account a\nfrom a@x\n", "");
	put_pair(&w);
	CHECK_STR(choose(&w, NULL, "b@x"), "-");
	CHECK_STR(w.choice.why,
	    "SMTPSERVER and EMAIL, as there is no account \"default\"");
	CHECK(account_apply(&w.choice, &s, &w.e));
	CHECK_STR(s.host, "smtp");
	CHECK_STR(choose(&w, NULL, "a@x"), "a");
	CHECK_STR(choose(&w, "b", NULL), "no account \"b\": ");
	CHECK(!err_set(&w.f.fault, EX_NOPERM, "etc is secret"));
	CHECK_STR(choose(&w, NULL, "b@x"), "etc is secret");
}

TEST(a_default_account_goes_before_the_environment)
{
	AUTO(world_release) struct world w;
	world_init(&w, "", "host h\n");
	put_pair(&w);
	CHECK_STR(choose(&w, NULL, NULL), "default");
}

TEST(many_accounts_and_a_long_sender_take_no_time)
{
	AUTO(world_release) struct world w;
	AUTO(buf_release) struct buf text = BUF_INIT(1000000);
	char sender[2049];
	for (int i = 0; i < 1000; i++)
		CHECK(buf_printf(
		    &text, "account a%d\nfrom *+a*+a*+b%d@x\n", i, i));
	world_init(&w, buf_cstr(&text), "account default\n");
	for (size_t i = 0; i + 1 < sizeof(sender); i++)
		sender[i] = "+a"[i % 2];
	sender[sizeof(sender) - 1] = '\0';
	int64_t start = clock_msec();
	CHECK_STR(choose(&w, NULL, sender), "default");
	CHECK(clock_msec() - start < 10000);
}
