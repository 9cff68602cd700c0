// SPDX-License-Identifier: ISC
#include "config/netrc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

/* "user:password:line", "-" if there is none, or the error. */
static void
show(struct str text, const char *host, const char *user, struct buf *out)
{
	AUTO(netrc_login_release) struct netrc_login login = NETRC_LOGIN_INIT;
	const struct netrc_wish wish = { .host = host, .user = user };
	struct err e = ERR_INIT;
	if (!netrc_find(&login, text, "netrc", &wish, &e)) {
		CHECK_EQ(e.exit, EX_CONFIG);
		CHECK(login.user == NULL && login.password == NULL);
		CHECK(buf_printf(out, "%s", e.text));
	} else if (login.password == NULL) {
		CHECK(buf_printf(out, "-%s", login.has_host ? "host" : ""));
	} else {
		CHECK(buf_printf(out, "%s:%s:%u",
		    login.user != NULL ? login.user : "", login.password,
		    login.line));
	}
}

static void
check_login(struct str text, const char *host, const char *user,
    const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(200000);
	show(text, host, user, &out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define FINDS(text, user, want) \
	check_login(STR(text), "smtp.example", (user), (want), __LINE__)

#define TWO                                                 \
	"machine other.example login me password o\n"       \
	"machine smtp.example\n\tlogin you\n\tpassword y\n" \
	"machine smtp.example login me password m\n"        \
	"default login me password d\n"

TEST(the_entry_is_the_one_for_host_and_user)
{
	FINDS(TWO, "me", "me:m:5");
	FINDS(TWO, "you", "you:y:4");
	check_login(STR(TWO), "other.example", "me", "me:o:1", __LINE__);
}

TEST(the_hosts_name_may_be_written_in_either_case)
{
	check_login(STR(TWO), "SMTP.Example", "me", "me:m:5", __LINE__);
}

TEST(the_user_must_be_the_same)
{
	FINDS("machine smtp.example login you password y\n", "me", "-host");
	FINDS("machine smtp.example login ME password y\n", "me", "-host");
}

TEST(without_a_user_the_first_entry_names_one)
{
	FINDS(TWO, NULL, "you:y:4");
	FINDS("machine smtp.example password p\n", NULL, "-host");
}

TEST(an_entry_without_a_login_is_for_all_users)
{
	FINDS("machine smtp.example password p\n", "me", ":p:1");
}

TEST(the_default_entry_stands_for_hosts_that_have_none)
{
	check_login(STR(TWO), "third.example", "me", "me:d:6", __LINE__);
	FINDS("default login me password d machine smtp.example login me "
	      "password m",
	    "me", "me:m:1");
	FINDS("default login you password d", "me", "-");
	FINDS(TWO, "she", "-host");
}

TEST(the_first_of_two_entries_counts)
{
	FINDS("machine smtp.example login me password 1\n"
	      "machine smtp.example login me password 2\n",
	    "me", "me:1:1");
}

TEST(an_entry_without_a_password_is_passed_over)
{
	FINDS("machine smtp.example login me\n"
	      "machine smtp.example login me password 2\n",
	    "me", "me:2:2");
	FINDS("machine smtp.example login me\n", "me", "-host");
}

TEST(an_empty_file_has_nothing)
{
	FINDS("", "me", "-");
	FINDS(" \n\n", "me", "-");
	FINDS("login me password p\n", "me", "-");
}

TEST(other_words_for_the_same)
{
	FINDS("machine smtp.example user me password p", "me", "me:p:1");
	FINDS("machine smtp.example login me account password password p "
	      "port 465 protocol smtp",
	    "me", "me:p:1");
}

TEST(words_that_nobody_knows_are_passed_over)
{
	FINDS("machine smtp.example force yes login me password p", "me",
	    "me:p:1");
}

TEST(blanks_and_line_ends_are_alike)
{
	FINDS("machine\nsmtp.example\r\n\tlogin\r\nme\n\npassword\n\n p\r\n",
	    "me", "me:p:8");
}

TEST(a_word_may_be_quoted)
{
	FINDS("machine \"smtp.example\" login \"me\" password \"a b # \\\" c\"",
	    "me", "me:a b # \" c:1");
	FINDS("machine smtp.example login me password \"\"", "me", "me::1");
	FINDS("machine smtp.example login me password \"a\"b", "me", "me:a:1");
	FINDS("machine smtp.example login me password a\"b", "me", "me:a\"b:1");
}

TEST(a_backslash_takes_the_meaning_from_any_character)
{
	FINDS("machine smtp.example login me password a\\ b\\\\\\n\\\"", "me",
	    "me:a b\\n\":1");
	FINDS("machine smtp.example login me password a\\\nlogin x", "me",
	    "-host");
	FINDS("machine smtp.example login x password a\\\nlogin me", "me",
	    "me:a\\:1");
	FINDS("machine smtp.example login me password a\\", "me", "me:a\\:1");
}

TEST(comments_are_skipped_and_passwords_are_none)
{
	FINDS("# machine smtp.example login me password x\n"
	      "machine smtp.example # it is ours\n"
	      "#login you\nlogin me password #p\n",
	    "me", "me:#p:4");
}

TEST(a_macro_ends_at_an_empty_line)
{
	FINDS("machine smtp.example login me\nmacdef init\n"
	      "machine smtp.example\npassword wrong\n \t\npassword p\n",
	    "me", "me:p:6");
	FINDS("macdef x\nmachine smtp.example login me password p", "me", "-");
}

TEST(what_is_not_complete_is_told_without_its_words)
{
	FINDS("machine smtp.example\nlogin me\npassword \"hunter2\n", "me",
	    "netrc:3: a quote is not closed");
	FINDS("machine smtp.example login me password\n", "me",
	    "netrc:2: ends where a value should stand");
	FINDS("machine", "me", "netrc:1: ends where a value should stand");
	FINDS("machine smtp.example\npassword a\0b", "me",
	    "netrc:2: holds a NUL byte");
}

TEST(a_password_may_be_long_but_not_endless)
{
	AUTO(buf_release) struct buf text = BUF_INIT(200000);
	AUTO(buf_release) struct buf want = BUF_INIT(200000);
	CHECK(buf_printf(&text, "machine h login me password %0*d", 60000, 7));
	CHECK(buf_printf(&want, "me:%0*d:1", 60000, 7));
	check_login(buf_str(&text), "h", "me", buf_cstr(&want), __LINE__);
	buf_truncate(&text, 0);
	CHECK(buf_printf(&text, "machine h login me password %0*d", 70000, 7));
	check_login(
	    buf_str(&text), "h", "me", "netrc:1: a word is too long", __LINE__);
}

/* What a file of that text and mode leads to. */
static bool
load(const char *text, mode_t mode, const char *user, struct netrc_login *login,
    struct err *e)
{
	char path[] = "/tmp/netrc.XXXXXX";
	const struct netrc_wish wish = { .host = "h", .user = user };
	AUTO(fd_release) int fd = mkstemp(path);
	CHECK(fd != -1 && fd_write_all(fd, text, strlen(text)));
	CHECK(fchmod(fd, mode) == 0);
	*e = ERR_INIT;
	bool ok = netrc_load(login, path, &wish, e);
	CHECK(unlink(path) == 0);
	return ok;
}

TEST(a_file_with_the_password_must_be_private)
{
	struct netrc_login login;
	struct err e;
	const char *text = "machine h login me password hunter2\n";
	CHECK(load(text, 0600, "me", &login, &e));
	CHECK_STR(login.password, "hunter2");
	netrc_login_release(&login);
	CHECK(!load(text, 0644, "me", &login, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(strstr(e.text,
		  ":1: holds the password and can be read by "
		  "others") != NULL);
	CHECK(str_starts_nocase(str_of(e.hint), STR("chmod 600 /tmp/netrc.")));
	CHECK(strstr(e.text, "hunter2") == NULL);
	CHECK(login.password == NULL && login.user == NULL);
}

TEST(a_file_with_others_passwords_is_not_our_business)
{
	struct netrc_login login;
	struct err e;
	CHECK(load("machine h login me password p\n", 0644, "you", &login, &e));
	CHECK(login.password == NULL);
	netrc_login_release(&login);
}

TEST(a_missing_file_is_told_as_such)
{
	struct netrc_login login;
	struct err e = ERR_INIT;
	const struct netrc_wish wish = { .host = "h" };
	CHECK(!netrc_load(&login, "/nonexistent/netrc", &wish, &e));
	CHECK_EQ(e.sys, ENOENT);
}
