// SPDX-License-Identifier: ISC
#include "config/rcfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

static bool
parse(struct rcfile *rc, struct str text)
{
	struct err e = ERR_INIT;
	bool ok = rcfile_parse(rc, "rc", text, &e);
	unit_check(ok, __FILE__, __LINE__, "%s", e.text);
	return ok;
}

static void
refuses(struct str text, const char *why)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	CHECK(!rcfile_parse(&rc, "rc", text, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, why);
}

/* The value that the line gives passwordeval, which takes any text. */
static void
gives(const char *rest, const char *want)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(4096);
	CHECK(buf_printf(&text, "passwordeval%s\n", rest));
	if (!parse(&rc, buf_str(&text)))
		return;
	CHECK_STR(rcfile_find(&rc, "default")->settings.passwordeval, want);
}

TEST(an_empty_file_has_no_accounts)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc, STR("")));
	CHECK_EQ(rc.naccounts, 0);
	CHECK(rcfile_find(&rc, "default") == NULL);
}

TEST(comments_blank_lines_and_line_ends_do_not_count)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc,
	    STR("\xef\xbb\xbf# comment\r\n"
		"\r\n"
		" \t \n"
		"  # another\n"
		"\taccount  a \t\r\n"
		"host h \r\n"
		"user u")));
	const struct account *a = rcfile_find(&rc, "a");
	CHECK(a != NULL);
	if (a == NULL)
		return;
	CHECK_EQ(a->line, 5);
	CHECK_STR(a->settings.host, "h");
	CHECK_STR(a->settings.user, "u");
	CHECK_EQ(a->settings.origin[SETTING_USER].line, 7);
	CHECK_STR(a->settings.origin[SETTING_USER].file, "rc");
	CHECK_EQ(a->settings.origin[SETTING_USER].source, SETTINGS_RCFILE);
}

TEST(a_number_sign_inside_a_value_is_text)
{
	gives(" a # b", "a # b");
}

TEST(a_value_in_quotes_is_taken_without_them)
{
	gives(" \"a b\"", "a b");
	gives(" \" a\\ \" ", " a\\ ");
	gives(" \"a \"b\" c\"\t", "a \"b\" c");
}

TEST(quotes_elsewhere_are_text)
{
	gives(" \"/my dir/pass\" show x", "\"/my dir/pass\" show x");
	gives(" a \"b\"", "a \"b\"");
	gives(" \"", "\"");
	gives(" \"abc", "\"abc");
	gives(" abc\"", "abc\"");
}

TEST(an_equals_sign_may_stand_behind_the_name)
{
	gives("=x", "x");
	gives("= x", "x");
	gives(" = x", "x");
	gives(" = \" x\"", " x");
	gives(" =x", "=x");
	gives("==x", "=x");
	gives(" \"=\"", "=");
}

TEST(names_may_be_written_with_dashes)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc, STR("tls-trust-file /x\n")));
	CHECK_STR(rcfile_find(&rc, "default")->settings.tls_trust_file, "/x");
}

TEST(a_line_may_be_of_any_length)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1000000);
	CHECK(buf_printf(&text, "password %0*d\nhost h\n", 500000, 7));
	CHECK(parse(&rc, buf_str(&text)));
	const struct account *a = rcfile_find(&rc, "default");
	CHECK_EQ(strlen(a->settings.password), 500000);
	CHECK_STR(a->settings.host, "h");
}

TEST(settings_that_can_be_on_need_no_value)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc, STR("tls\nauth \npartial_delivery\n")));
	const struct account *a = rcfile_find(&rc, "default");
	CHECK_EQ(a->settings.tls, TOGGLE_ON);
	CHECK_STR(a->settings.auth, "on");
	CHECK(a->settings.partial_delivery);
}

TEST(settings_before_any_account_make_the_default_account)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc, STR("host h\nport 25\naccount b : default\n")));
	CHECK_EQ(rc.naccounts, 2);
	CHECK_STR(rcfile_find(&rc, "default")->settings.host, "h");
	CHECK_STR(rcfile_find(&rc, "b")->settings.host, "h");
}

TEST(defaults_hold_for_the_accounts_behind_them)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc,
	    STR("account a\nhost a\n"
		"defaults\ntimeout 5\nport 25\n"
		"account b\nhost b\nport 26\n"
		"defaults\ntimeout 6\n"
		"account c\nhost c\n")));
	const struct account *a = rcfile_find(&rc, "a");
	const struct account *b = rcfile_find(&rc, "b");
	const struct account *c = rcfile_find(&rc, "c");
	CHECK(!settings_is_set(&a->settings, SETTING_TIMEOUT));
	CHECK_EQ(b->settings.timeout, 5);
	CHECK_EQ(b->settings.port, 26);
	CHECK_EQ(c->settings.timeout, 6);
	CHECK_EQ(c->settings.port, 25);
}

#define FINGERPRINT                        \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

#define PIN "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

TEST(each_setting_works_in_defaults_inherited_and_overridden)
{
	static const struct {
		enum setting_id id;
		const char *first, *second;
	} values[] = {
		{ SETTING_HOST, "h1", "h2" },
		{ SETTING_PORT, "1", "2" },
		{ SETTING_SOURCE_IP, "127.0.0.1", "::1" },
		{ SETTING_ADDRESS_FAMILY, "ipv4", "ipv6" },
		{ SETTING_PROXY_HOST, "h1", "h2" },
		{ SETTING_PROXY_PORT, "1", "2" },
		{ SETTING_PROXY_USER, "u1", "u2" },
		{ SETTING_PROXY_PASSWORD, "*1", "*2" },
		{ SETTING_PROXY_PASSWORDEVAL, "c1", "c2" },
		{ SETTING_PROXY_PASSWORD_FILE, "/1", "/2" },
		{ SETTING_SOCKET, "/1", "/2" },
		{ SETTING_TUNNEL, "c1", "c2" },
		{ SETTING_TIMEOUT, "1", "2" },
		{ SETTING_DOMAIN, "d1", "d2" },
		{ SETTING_PROTOCOL, "lmtp", "smtp" },
		{ SETTING_TLS, "on", "auto" },
		{ SETTING_TLS_STARTTLS, "on", "off" },
		{ SETTING_TLS_TRUST_FILE, "/1", "/2" },
		{ SETTING_TLS_CRL_FILE, "/1", "/2" },
		{ SETTING_TLS_FINGERPRINT, FINGERPRINT, "off" },
		{ SETTING_TLS_PIN, PIN, "off" },
		{ SETTING_TLS_TRUST, "dane", "first_use" },
		{ SETTING_TLS_KNOWN_HOSTS, "/1", "/2" },
		{ SETTING_TLS_KEY_FILE, "/1", "/2" },
		{ SETTING_TLS_CERT_FILE, "/1", "/2" },
		{ SETTING_TLS_KEY_PASSWORDEVAL, "c1", "c2" },
		{ SETTING_TLS_KEY_PASSWORD_FILE, "/1", "/2" },
		{ SETTING_TLS_CERTCHECK, "on", "off" },
		{ SETTING_TLS_PRIORITIES, "NORMAL", "SECURE128" },
		{ SETTING_TLS_MIN_VERSION, "1.2", "1.3" },
		{ SETTING_TLS_HOST_OVERRIDE, "h1", "h2" },
		{ SETTING_TLS_SESSION_CACHE, "on", "off" },
		{ SETTING_AUTH, "off", "PLAIN" },
		{ SETTING_USER, "u1", "u2" },
		{ SETTING_NTLMDOMAIN, "n1", "n2" },
		{ SETTING_PASSWORD, "*1", "*2" },
		{ SETTING_PASSWORDEVAL, "c1", "c2" },
		{ SETTING_PASSWORDEVAL_TIMEOUT, "1", "2" },
		{ SETTING_PASSWORD_FILE, "/1", "/2" },
		{ SETTING_PASSWORD_FD, "3", "4" },
		{ SETTING_KEYRING, "on", "off" },
		{ SETTING_FROM, "f1", "f2" },
		{ SETTING_ALLOW_FROM_OVERRIDE, "off", "on" },
		{ SETTING_FROM_FULL_NAME, "n1", "n2" },
		{ SETTING_REWRITE_FROM, "never", "always" },
		{ SETTING_REWRITE_REPLY_TO, "off", "on" },
		{ SETTING_SET_FROM_HEADER, "auto", "on" },
		{ SETTING_SET_DATE_HEADER, "auto", "off" },
		{ SETTING_SET_MSGID_HEADER, "auto", "off" },
		{ SETTING_SET_TO_HEADER, "off", "undisclosed_recipients" },
		{ SETTING_REMOVE_BCC_HEADERS, "on", "off" },
		{ SETTING_ALIASES, "/1", "off" },
		{ SETTING_QUALIFY_DOMAIN, "d1", "off" },
		{ SETTING_LOCAL_DOMAINS, "auto d1", "off" },
		{ SETTING_REWRITE_TO, "on", "off" },
		{ SETTING_DSN_NOTIFY, "never", "failure,delay" },
		{ SETTING_DSN_RETURN, "full", "hdrs" },
		{ SETTING_DSN_ENVID, "x1", "x2" },
		{ SETTING_DELIVER_BY, "1h", "2h,return" },
		{ SETTING_HOLD_FOR, "1h", "off" },
		{ SETTING_HOLD_UNTIL, "2999-01-01T00:00:00Z", "off" },
		{ SETTING_PRIORITY, "-1", "1" },
		{ SETTING_RELAY_TLS, "require", "optional" },
		{ SETTING_MAIL_AUTH, "<>", "a@x" },
		{ SETTING_PARTIAL_DELIVERY, "on", "off" },
		{ SETTING_LONG_LINES, "pass", "refuse" },
		{ SETTING_QUEUE, "always", "only" },
		{ SETTING_QUEUE_DIR, "/1", "/2" },
		{ SETTING_QUEUE_RETRY_MIN, "1", "2" },
		{ SETTING_QUEUE_RETRY_MAX, "1", "2" },
		{ SETTING_QUEUE_LIFETIME, "1", "2" },
		{ SETTING_QUEUE_WARN_AFTER, "1", "2" },
		{ SETTING_QUEUE_PER_CONNECTION, "1", "2" },
		{ SETTING_QUEUE_BOUNCES, "1", "2" },
		{ SETTING_LOGFILE, "/1", "/2" },
		{ SETTING_LOGFILE_TIME_FORMAT, "%s", "%Y" },
		{ SETTING_LOG_FORMAT, "json", "text" },
		{ SETTING_SYSLOG, "on", "LOG_LOCAL7" },
		{ SETTING_SANDBOX, "off", "strict" },
	};
	CHECK_EQ(ARRAY_LEN(values), SETTING_COUNT);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
		AUTO(buf_release) struct buf text = BUF_INIT(4096);
		const char *name = setting_table[values[i].id].name;
		CHECK(buf_printf(&text,
		    "defaults\n%s %s\naccount a\naccount b\n%s %s\n"
		    "account c : b\naccount d : b\n%s %s\n",
		    name, values[i].first, name, values[i].second, name,
		    values[i].first));
		CHECK(parse(&rc, buf_str(&text)));
		static const unsigned lines[] = { 2, 5, 5, 8 };
		for (size_t k = 0; k < ARRAY_LEN(lines); k++)
			CHECK_EQ(
			    rc.accounts[k].settings.origin[values[i].id].line,
			    lines[k]);
	}
}

TEST(an_account_inherits_what_its_parents_say_the_last_one_first)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc,
	    STR("defaults\ntls off\ndomain d\n"
		"account a\nhost a\nport 1\ntls on\nuser a\n"
		"account b\nhost b\nport 2\n"
		"account c : a , b\nport 3\n"
		"account e : c\n"
		"account d : a, b, c\n")));
	const struct settings *c = &rcfile_find(&rc, "c")->settings;
	CHECK_STR(c->host, "b");
	CHECK_EQ(c->port, 3);
	CHECK_STR(c->user, "a");
	CHECK_EQ(c->tls, TOGGLE_ON); /* b's is but a default */
	CHECK_STR(c->domain, "d");
	const struct settings *e = &rcfile_find(&rc, "e")->settings;
	CHECK_STR(e->host, "b");
	CHECK_EQ(e->port, 3);
	CHECK_EQ(e->tls, TOGGLE_ON);
	CHECK_EQ(rcfile_find(&rc, "d")->settings.port, 3);
}

TEST(the_default_account_can_be_another)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc, STR("account a\nhost h\naccount default : a\n")));
	CHECK_STR(rcfile_find(&rc, "default")->settings.host, "h");
}

TEST(what_an_account_says_itself_makes_the_contrary_default_void)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc,
	    STR("defaults\ntls on\ntls_starttls on\ntls_trust_file /ca\n"
		"passwordeval x\n"
		"account a\npassword p\ntls off\n"
		"account b : a\npassword_file /p\n")));
	const struct settings *a = &rcfile_find(&rc, "a")->settings;
	CHECK(a->passwordeval == NULL);
	CHECK(a->tls_trust_file == NULL);
	CHECK(!settings_is_set(a, SETTING_TLS_STARTTLS));
	CHECK(rcfile_find(&rc, "b")->settings.password == NULL);
}

TEST(the_last_of_two_values_wins)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(&rc, STR("account a\nhost 1\nhost 2\n")));
	CHECK_STR(rcfile_find(&rc, "a")->settings.host, "2");
}

TEST(names_of_accounts_may_hold_blanks)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	CHECK(parse(
	    &rc, STR("account my mail\nhost h\naccount \"b\" : my mail\n")));
	CHECK_STR(rcfile_find(&rc, "my mail")->settings.host, "h");
	CHECK_STR(rcfile_find(&rc, "b")->settings.host, "h");
}

TEST(an_account_defined_twice_is_refused_with_its_first_line)
{
	refuses(STR("account a\nhost h\naccount b\naccount a\n"),
	    "rc:4: account \"a\" is already defined in line 1");
}

TEST(settings_before_any_account_and_a_default_account_are_explained)
{
	refuses(STR("# x\ntls on\naccount a\nhost h\naccount default : a\n"),
	    "rc:5: account \"default\" is already defined by the settings "
	    "from line 2 on, which stand before any account");
}

TEST(an_unknown_parent_is_refused)
{
	refuses(
	    STR("account a : b\n"), "rc:1: account \"b\" is not defined above");
	refuses(
	    STR("account a : a\n"), "rc:1: account \"a\" is not defined above");
	refuses(STR("account x\naccount a : x,\n"),
	    "rc:2: the name of an account to inherit from is missing");
	refuses(STR("account a :\n"),
	    "rc:1: the name of an account to inherit from is missing");
}

TEST(a_wrong_name_of_an_account_is_refused)
{
	refuses(STR("account\n"), "rc:1: the account's name is missing");
	refuses(STR("account : a\n"), "rc:1: the account's name is missing");
	refuses(STR("account a,b\n"),
	    "rc:1: an account's name has no commas or control characters");
	refuses(STR("account a\033b\n"),
	    "rc:1: an account's name has no commas or control characters");
	refuses(STR("defaults x\n"), "rc:1: defaults stands alone");
}

TEST(an_unknown_setting_is_refused_with_the_nearest)
{
	refuses(STR("host h\ntsl on\n"),
	    "rc:2: unknown setting \"tsl\", did you mean \"tls\"?");
	refuses(STR("acount x\n"),
	    "rc:1: unknown setting \"acount\", did you mean \"account\"?");
	refuses(STR("default\n"),
	    "rc:1: unknown setting \"default\", did you mean \"defaults\"?");
	refuses(STR("colour x\n"), "rc:1: unknown setting \"colour\"");
}

TEST(a_wrong_value_is_refused_with_its_place)
{
	refuses(STR("\n\nport abc\n"),
	    "rc:3: port: \"abc\" is not a number from 1 to 65535");
	refuses(
	    STR("tls yes\n"), "rc:1: tls: \"yes\" is not one of auto, on, off");
	refuses(STR("host\n"), "rc:1: host: is empty");
	refuses(STR("host \"\"\n"), "rc:1: host: is empty");
	refuses(STR("from\n"), "rc:1: from: is empty");
	refuses(STR("host a\rb\n"), "rc:1: host: holds a control character");
}

TEST(a_nul_byte_is_refused)
{
	refuses(STR("host a\0b\n"), "rc:1: holds a NUL byte");
	refuses(STR("# a\0b\n"), "rc:1: holds a NUL byte");
}

TEST(a_line_without_a_name_is_refused)
{
	const char *why =
	    "rc:1: a line is a setting's name, a blank and its value";
	refuses(STR("= x\n"), why);
	refuses(STR("\"host\" x\n"), why);
	refuses(STR("host:x\n"), why);
}

TEST(no_error_shows_a_password)
{
	static const struct str texts[] = {
		{ "password hunter2\001\n", 18 },
		{ "password hunter2\r3\n", 19 },
		{ "password:hunter2\n", 17 },
		{ "password\"hunter2\"\n", 18 },
		{ "passwordhunter2\n", 16 },
		{ "passwrod hunter2\n", 17 },
		{ "password hunter2\0\n", 18 },
		{ "password \"hunter2\ntls hunter\n", 29 },
		{ "'hunter2'\n", 10 },
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
		struct err e = ERR_INIT;
		(void)!rcfile_parse(&rc, "rc", texts[i], &e);
		CHECK(strstr(e.text, "hunter2") == NULL);
		CHECK(strstr(e.hint, "hunter2") == NULL);
	}
}

TEST(the_number_of_accounts_has_a_limit)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1000000);
	struct err e = ERR_INIT;
	for (int i = 0; i < 10001; i++)
		CHECK(buf_printf(&text, "account a%d\n", i));
	CHECK(!rcfile_parse(&rc, "rc", buf_str(&text), &e));
	CHECK_STR(e.text, "rc:10001: more than 10000 accounts");
}

/* A file with the text in a directory of its own, removed at the end. */
struct fixture {
	char dir[32];
	char path[64];
};

static void
fixture_release(struct fixture *f)
{
	(void)unlink(f->path);
	(void)rmdir(f->dir);
}

static void
write_file(struct fixture *f, const char *text, mode_t mode)
{
	*f = (struct fixture){ .dir = "/tmp/rcfile.XXXXXX" };
	CHECK(mkdtemp(f->dir) != NULL);
	(void)snprintf(f->path, sizeof(f->path), "%s/rc", f->dir);
	AUTO(fd_release) int fd = open(f->path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1);
	CHECK(fd_write_all(fd, text, strlen(text)));
	CHECK(fchmod(fd, mode) == 0);
}

TEST(a_file_is_read)
{
	AUTO(fixture_release) struct fixture f;
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	write_file(&f, "host h\npassword p\n", 0600);
	CHECK(rcfile_load(&rc, f.path, &e));
	const struct account *a = rcfile_find(&rc, "default");
	CHECK_STR(a->settings.password, "p");
	CHECK_STR(a->settings.origin[SETTING_HOST].file, f.path);
}

TEST(a_pipe_is_read)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	int ends[2];
	char path[32];
	CHECK(pipe(ends) == 0);
	CHECK(fd_write_all(ends[1], "host h\npassword p\n", 18));
	(void)close(ends[1]);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	CHECK(rcfile_load(&rc, path, &e));
	CHECK_EQ(rc.naccounts, 1);
	(void)close(ends[0]);
}

TEST(a_missing_file_is_told_from_a_wrong_one)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	CHECK(!rcfile_load(&rc, "/nonexistent/rc", &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "open /nonexistent/rc: No such file or directory");
	CHECK(!rcfile_load(&rc, "/tmp", &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "/tmp is not a file");
	CHECK(!rcfile_load(&rc, "/dev/null", &e));
	CHECK_EQ(e.exit, EX_CONFIG);
}

TEST(a_password_that_others_can_read_is_refused_and_not_shown)
{
	static const mode_t modes[] = { 0644, 0604, 0620, 0601, 0666 };
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		AUTO(fixture_release) struct fixture f;
		AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
		struct err e = ERR_INIT;
		char want[200];
		write_file(
		    &f, "host h\n\npassword hunter2\npassword p\n", modes[i]);
		CHECK(!rcfile_load(&rc, f.path, &e));
		CHECK_EQ(e.exit, EX_CONFIG);
		(void)snprintf(want, sizeof(want),
		    "%s:3: holds a password and can be read by others", f.path);
		CHECK_STR(e.text, want);
		(void)snprintf(want, sizeof(want), "chmod 600 %s", f.path);
		CHECK_STR(e.hint, want);
	}
}

TEST(a_file_without_a_password_may_be_read_by_others)
{
	AUTO(fixture_release) struct fixture f;
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	write_file(&f, "host h\npasswordeval x\n", 0644);
	CHECK(rcfile_load(&rc, f.path, &e));
}

TEST(a_file_beyond_the_limit_is_refused)
{
	AUTO(fixture_release) struct fixture f;
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	write_file(&f, "# x", 0600);
	CHECK(truncate(f.path, 17 << 20) == 0);
	CHECK(!rcfile_load(&rc, f.path, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(strstr(e.text, "more than 16777216 bytes") != NULL);
}
