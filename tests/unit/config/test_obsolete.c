// SPDX-License-Identifier: ISC
#include "config/obsolete.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/identity.h"
#include "config/rcfile.h"
#include "unit.h"

static const struct settings_origin by_file = {
	.source = SETTINGS_RCFILE, .line = 3, .file = "rc"
};

static bool
set(struct settings *s, const char *name, const char *text, struct err *e)
{
	const struct obsolete *row = obsolete_find(str_of(name));
	CHECK(row != NULL);
	*e = ERR_INIT;
	return row != NULL && obsolete_set(s, row, str_of(text), by_file, e);
}

/* Sets the modern setting to the value, which settings_show() shows. */
static void
means(const char *name, const char *text, const char *modern, const char *value)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf shown = BUF_INIT(1000);
	char want[100];
	struct err e;
	bool ok = set(&s, name, text, &e);
	if (setting_find(str_of(modern)) == NULL) {
		(void)snprintf(
		    want, sizeof(want), "unknown setting \"%s\"", modern);
		CHECK(!ok);
		CHECK_STR(e.text, want);
		return;
	}
	unit_check(ok, __FILE__, __LINE__, "%s: %s", name, e.text);
	settings_show(&s, &shown);
	(void)snprintf(want, sizeof(want), "%s %s # rc:3\n", modern, value);
	CHECK_BUF(&shown, want);
}

TEST(an_old_word_sets_what_says_the_same_today)
{
	means("connect_timeout", "30", "timeout", "30");
	means("connect-timeout", "off", "timeout", "off");
	means("undisclosed_recipients", "on", "set_to_header",
	    "undisclosed_recipients");
	means("undisclosed_recipients", "off", "set_to_header", "off");
	means("add_missing_from_header", "on", "set_from_header", "auto");
	means("add_missing_from_header", "off", "set_from_header", "off");
	means("add_missing_date_header", "", "set_date_header", "auto");
	means("add_missing_date_header", "off", "set_date_header", "off");
	means("keepbcc", "on", "remove_bcc_headers", "off");
	means("keepbcc", "OFF", "remove_bcc_headers", "on");
	means("tls_nocertcheck", "", "tls_certcheck", "off");
	means("tls_nostarttls", "", "tls_starttls", "off");
	means("tls_nostarttls", "off", "tls_starttls", "on");
}

TEST(some_old_words_have_no_effect)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e;
	CHECK(set(&s, "tls_force_sslv3", "on", &e));
	CHECK(set(&s, "tls_force_sslv3", "", &e));
	CHECK(set(&s, "tls_min_dh_prime_bits", "1024", &e));
	CHECK(set(&s, "tls_min_dh_prime_bits", "", &e));
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		CHECK(!settings_is_set(&s, id));
}

TEST(a_wrong_value_of_an_old_word_is_refused)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e;
	CHECK(!set(&s, "keepbcc", "yes", &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "\"yes\" is not one of on, off");
	CHECK(!set(&s, "connect_timeout", "", &e));
	CHECK_STR(e.text, "is empty");
	CHECK(!set(&s, "tls_min_dh_prime_bits", "many", &e));
	CHECK_STR(e.text, "\"many\" is not a number");
	CHECK(!set(&s, "maildomain", "a\nb", &e));
	CHECK_STR(e.text, "holds a control character");
}

TEST(what_is_no_old_word_is_none)
{
	CHECK(obsolete_find(STR("keepbc")) == NULL);
	CHECK(obsolete_find(STR("")) == NULL);
	for (size_t i = 0; i < obsolete_count; i++)
		CHECK(setting_find(str_of(obsolete_table[i].name)) == NULL);
}

/* The sender of that account, all sources filled in; %U is the login. */
static void
sends_as(const char *text, const char *account, const char *want)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	bool ok = rcfile_parse(&rc, "rc", str_of(text), &e);
	unit_check(ok, __FILE__, __LINE__, "%s", e.text);
	const struct account *a = rcfile_find(&rc, account);
	CHECK(a != NULL);
	if (a == NULL)
		return;
	settings_fill(&s, &a->settings);
	obsolete_finish(&s);
	CHECK(settings_fill_defaults(&s, &e));
	AUTO(buf_release) struct buf wanted = BUF_INIT(1000);
	bool has_login = strncmp(want, "%U", 2) == 0;
	if (has_login)
		identity_login(&wanted);
	CHECK(buf_printf(&wanted, "%s", want + (has_login ? 2 : 0)));
	CHECK_STR(s.from != NULL ? s.from : "none", buf_cstr(&wanted));
}

TEST(auto_from_and_maildomain_make_a_sender_together)
{
	sends_as("host h\nauto_from on\n", "default", "%U");
	sends_as(
	    "host h\nauto_from\nmaildomain x.org\n", "default", "%U@x.org");
	sends_as("maildomain x.org\nauto_from\n", "default", "%U@x.org");
	sends_as("auto_from\nmaildomain\n", "default", "%U");
	sends_as("maildomain x.org\n", "default", "none");
	sends_as("auto_from off\nmaildomain x.org\n", "default", "none");
	sends_as("auto_from\nfrom a@b\n", "default", "%U");
	sends_as("auto_from off\nfrom a@b\n", "default", "a@b");
}

TEST(auto_from_may_be_said_in_defaults_and_inherited)
{
	const char *text = "defaults\nmaildomain x.org\n"
			   "account a\nauto_from\n"
			   "account b : a\nmaildomain b.org\n"
			   "account c : b\nauto_from off\nfrom c@c.org\n";
	sends_as(text, "a", "%U@x.org");
	sends_as(text, "b", "%U@b.org");
	sends_as(text, "c", "c@c.org");
}

TEST(a_sender_given_with_a_flag_goes_before_auto_from)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct settings_origin flag = { .source = SETTINGS_FLAG };
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_FROM, STR("a@b"), flag, &e));
	CHECK(set(&s, "auto_from", "on", &e));
	obsolete_finish(&s);
	CHECK_STR(s.from, "a@b");
}

TEST(the_modern_words_are_advised)
{
	static const struct {
		const char *name, *text, *advice;
	} cases[] = {
		{ "connect_timeout", "30",
		    "is obsolete, write \"timeout 30\"" },
		{ "keepbcc", "",
		    "is obsolete, write \"remove_bcc_headers "
		    "off\"" },
		{ "auto_from", "on", "is obsolete, write \"from %U@DOMAIN\"" },
		{ "auto_from", "off", "is obsolete, take it out" },
		{ "maildomain", "x.org",
		    "is obsolete, write \"from %U@x.org\"" },
		{ "tls_force_sslv3", "on", "has no effect, take it out" },
		{ "tls_min_dh_prime_bits", "1", "has no effect, take it out" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf advice = BUF_INIT(1000);
		obsolete_advise(obsolete_find(str_of(cases[i].name)),
		    str_of(cases[i].text), &advice);
		CHECK_BUF(&advice, cases[i].advice);
	}
}
