// SPDX-License-Identifier: ISC
/* Includes, drop-ins, eval, and what is told of many faults at once. */
#include "config/rcfile.h"

#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/findings.h"
#include "config/rcdisk.h"
#include "unit.h"

/* The files there are; a name ending in * is a pattern of them. */
static const struct {
	const char *path, *text;
	unsigned ino;
	bool is_open; /* for others to read; and to change, but 37 */
} files[] = {
	{ "/main", "host m\nport 1\ninclude sub/x\ntimeout 3\n", 1, false },
	{ "/sub/x", "port 2\ndomain x\n", 2, false },
	{ "/all", "account a\ninclude conf*\n", 3, false },
	{ "/conf1", "host h1\n", 4, false },
	{ "/conf2", "host h2\n", 5, false },
	{ "/gone", "\ninclude missing\n", 6, false },
	{ "/wrong", "host h\ninclude bad\n", 7, false },
	{ "/bad", "\n\ntsl on\n", 8, false },
	{ "/loop", "include loop2\n", 9, false },
	{ "/loop2", "include loop\n", 10, false },
	{ "/deep", "include deep\n", 0, false },
	{ "/begins", "account b\nhost b\ninclude more\nport 7\n", 11, false },
	{ "/more", "account c\nhost c\n", 12, false },
	{ "/evals", "eval host e\neval port 5\neval # none\neval\n", 13,
	    false },
	{ "/eval", "eval from e@example.org\n", 14, false },
	{ "/evaleval", "eval eval host\n", 15, false },
	{ "/evalfail", "host h\neval fail\n", 16, false },
	{ "/evalsecret", "eval hunter2\n", 17, false },
	{ "/evalpassword", "eval password hunter2\n", 18, true },
	{ "/openeval", "eval host x\n", 19, true },
	{ "/opencommand", "host h\npasswordeval x\n", 20, true },
	{ "/openpassword", "\npassword x\npassword y\n", 21, true },
	{ "/openharmless", "host h\n", 22, true },
	{ "/d1", "account m\nport 9\npassword_file /p\n", 23, false },
	{ "/d2", "timeout 7\naccount n : m\nhost n\n", 24, false },
	{ "/base",
	    "defaults\ndomain d\naccount m\nhost m\npassword x\n"
	    "account k : m\n",
	    25, false },
	{ "/again", "account m\naccount m\n", 26, false },
	{ "/main2", "host m\ninclude more2\n", 27, false },
	{ "/more2", "account default\n", 28, false },
	{ "/d3", "account o\ntimeout 8\nport 8\naccount m : o\n", 35, false },
	{ "/lost", "account a\nhost a\naccount a\nhost b\n", 36, false },
	{ "/evalsecret2", "host h\neval password x\n", 37, true },
	{ "/many1", "include many*\ninclude many*\n", 29, false },
	{ "/many2", "include many*\ninclude many*\n", 30, false },
	{ "/many3", "include many*\ninclude many*\n", 31, false },
	{ "/many4", "include many*\ninclude many*\n", 32, false },
	{ "/many5", "include many*\ninclude many*\n", 33, false },
	{ "/many6", "include many*\ninclude many*\n", 34, false },
};

static bool
fake_read(const char *path, struct rcdisk_text *file, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strcmp(files[i].path, path) != 0)
			continue;
		file->is_private = !files[i].is_open;
		file->is_guarded = !files[i].is_open || files[i].ino == 37;
		file->dev = 1;
		file->ino = files[i].ino;
		return buf_add_str(&file->text, str_of(files[i].text));
	}
	return err_set(e, EX_CONFIG, "open %s: nothing there", path);
}

static bool
fake_list(
    const char *from, struct str pattern, struct strvec *paths, struct err *e)
{
	(void)from;
	(void)e;
	char path[100];
	int n = snprintf(path, sizeof(path), "/%.*s", STR_FMT(pattern));
	if (path[n - 1] != '*') {
		strvec_add(paths, str_of(path));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (strncmp(files[i].path, path, (size_t)n - 1) == 0)
			strvec_add(paths, str_of(files[i].path));
	return true;
}

/* Prints itself, or fails. */
static bool
fake_run(const char *command, struct buf *line, struct err *e)
{
	if (strcmp(command, "fail") == 0)
		return err_set(e, EX_CONFIG, "it failed");
	return buf_add_str(line, str_of(command));
}

static const struct rcdisk fake = {
	.read = fake_read,
	.list = fake_list,
	.run = fake_run,
};

/* Paths are separated by blanks. */
static bool
read_with(
    struct rcfile *rc, const char *paths, struct findings *f, struct err *e)
{
	AUTO(strvec_release) struct strvec list = STRVEC_INIT;
	struct str rest = str_of(paths), word;
	while (str_word(&rest, " ", &word))
		strvec_add(&list, word);
	return rcfile_read(rc, &list, &fake, f, e);
}

static void
reads(struct rcfile *rc, const char *paths)
{
	struct err e = ERR_INIT;
	bool ok = read_with(rc, paths, NULL, &e);
	unit_check(ok, __FILE__, __LINE__, "%s: %s", paths, e.text);
}

static void
refuses(const char *paths, const char *why)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	CHECK(!read_with(&rc, paths, NULL, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, why);
}

static const struct settings *
settings_of(const struct rcfile *rc, const char *name)
{
	static const struct settings nothing;
	const struct account *a = rcfile_find(rc, name);
	CHECK(a != NULL);
	return a != NULL ? &a->settings : &nothing;
}

static void
stands(const struct settings *s, enum setting_id id, const char *where)
{
	char is[SETTINGS_WHERE_SIZE];
	settings_where(s, id, is, sizeof(is));
	CHECK_STR(is, where);
}

TEST(an_included_file_stands_for_its_lines_and_names_itself)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/main");
	const struct settings *s = settings_of(&rc, "default");
	CHECK_EQ(s->port, 2);
	CHECK_EQ(s->timeout, 3);
	stands(s, SETTING_HOST, "/main:1");
	stands(s, SETTING_PORT, "/sub/x:1");
	stands(s, SETTING_DOMAIN, "/sub/x:2");
	stands(s, SETTING_TIMEOUT, "/main:4");
}

TEST(a_pattern_includes_all_that_match_in_order)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/all");
	CHECK_STR(settings_of(&rc, "a")->host, "h2");
	stands(settings_of(&rc, "a"), SETTING_HOST, "/conf2:1");
}

TEST(an_account_that_an_included_file_begins_goes_on_behind_it)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/begins");
	CHECK_EQ(settings_of(&rc, "c")->port, 7);
	CHECK_EQ(settings_of(&rc, "b")->port, 0);
	CHECK_STR(rcfile_find(&rc, "c")->file, "/more");
}

TEST(a_missing_or_wrong_included_file_is_told_with_its_place)
{
	refuses("/gone", "/gone:2: include: open /missing: nothing there");
	refuses(
	    "/wrong", "/bad:3: unknown setting \"tsl\", did you mean \"tls\"?");
	refuses("/main2",
	    "/more2:1: account \"default\" is already defined by the "
	    "settings from /main2:1 on, which stand before any account");
}

TEST(files_that_include_each_other_are_refused)
{
	refuses("/loop", "/loop2:1: include: /loop includes itself");
	refuses("/deep", "/deep:1: include: more than 16 files in each other");
}

TEST(so_many_files_that_there_is_no_end_are_given_up)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(!read_with(&rc, "/many1", &f, &e));
	CHECK(strstr(e.text, "more than 1000 files") != NULL);
	CHECK_EQ(rc.files.len, 1000);
}

TEST(eval_stands_for_the_line_that_a_command_prints)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	refuses("/evals", "/evals:4: eval: is empty");
	reads(&rc, "/eval");
	CHECK_STR(settings_of(&rc, "default")->from, "e@example.org");
	stands(settings_of(&rc, "default"), SETTING_FROM, "/eval:1");
}

TEST(eval_of_an_eval_or_a_failing_command_is_refused)
{
	refuses("/evaleval", "/evaleval:1: eval: the command printed an eval");
	refuses("/evalfail", "/evalfail:2: eval: it failed");
}

TEST(what_eval_prints_is_not_shown)
{
	refuses("/evalsecret",
	    "/evalsecret:1: eval: the command did not print a setting");
}

TEST(commands_want_a_file_that_others_cannot_change)
{
	const char *why = "holds a command and can be changed by others";
	char want[100];
	(void)snprintf(want, sizeof(want), "/openeval:1: %s", why);
	refuses("/openeval", want);
	(void)snprintf(want, sizeof(want), "/evalpassword:1: %s", why);
	refuses("/evalpassword", want);
	(void)snprintf(want, sizeof(want), "/opencommand:2: %s", why);
	refuses("/opencommand", want);
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/openharmless");
}

TEST(a_drop_in_goes_on_with_an_account_and_its_word_counts)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/base /d1 /d2");
	const struct settings *m = settings_of(&rc, "m");
	CHECK_STR(m->host, "m");
	CHECK_EQ(m->port, 9);
	stands(m, SETTING_PORT, "/d1:2");
	CHECK_STR(m->password_file, "/p");
	CHECK(m->password == NULL); /* the password has one source */
	CHECK_STR(m->domain, "d");
	/* who inherited before keeps what it took, who does later has all */
	CHECK_EQ(settings_of(&rc, "k")->port, 0);
	CHECK_EQ(settings_of(&rc, "n")->port, 9);
	CHECK_STR(settings_of(&rc, "n")->host, "n");
	CHECK_STR(rcfile_find(&rc, "m")->file, "/base");
}

TEST(what_a_drop_in_inherits_goes_before_what_was_said_earlier)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/base /d1 /d3");
	const struct settings *m = settings_of(&rc, "m");
	CHECK_EQ(m->port, 8);
	CHECK_EQ(m->timeout, 8);
	CHECK_STR(m->host, "m");
	CHECK_STR(m->password_file, "/p");
}

TEST(settings_of_an_account_that_cannot_be_do_not_reach_another)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(read_with(&rc, "/lost", &f, &e));
	CHECK_EQ(f.nfaults, 1);
	CHECK_STR(settings_of(&rc, "a")->host, "a");
}

TEST(a_password_that_eval_gives_may_come_from_a_file_that_others_read)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/evalsecret2");
	CHECK_STR(settings_of(&rc, "default")->password, "x");
}

TEST(a_drop_in_begins_with_the_account_default)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/main /d1 /d2");
	const struct settings *s = settings_of(&rc, "default");
	CHECK_STR(s->host, "m");
	CHECK_EQ(s->timeout, 7);
	stands(s, SETTING_TIMEOUT, "/d2:1");
	CHECK_EQ(settings_of(&rc, "m")->timeout, 0);
}

TEST(drop_ins_alone_are_enough)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	reads(&rc, "/conf1");
	CHECK_STR(settings_of(&rc, "default")->host, "h1");
}

TEST(an_account_twice_in_one_drop_in_is_refused)
{
	refuses("/base /again",
	    "/again:2: account \"m\" is already defined in /base:3");
}

static void
finds(const char *paths, const char *want)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	AUTO(buf_release) struct buf is = BUF_INIT(10000);
	struct err e = ERR_INIT;
	CHECK(read_with(&rc, paths, &f, &e));
	for (size_t i = 0; i < f.lines.len; i++)
		CHECK(buf_printf(&is, "%s\n", f.lines.items[i]));
	CHECK_BUF(&is, want);
}

TEST(all_faults_of_all_files_are_found)
{
	finds("/bad /gone /evalfail",
	    "/bad:3: unknown setting \"tsl\", did you mean \"tls\"?\n"
	    "/gone:2: include: open /missing: nothing there\n"
	    "/evalfail:2: eval: it failed\n");
	finds("/openpassword",
	    "/openpassword:2: holds a password and can be read by others; "
	    "chmod 600 /openpassword\n");
	finds("/main /all", "");
}
