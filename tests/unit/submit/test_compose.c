// SPDX-License-Identifier: ISC
#include "submit/compose.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/settings.h"
#include "message/intake.h"
#include "message/message.h"
#include "unit.h"

/* A host called nas, in full nas.lan, whose mail name is mail.example. */
struct world {
	char aliases[40];
	char mailname[40];
	struct settings settings;
	struct thishost_facts facts;
	struct compose compose;
};

static bool
find_full_name(const char *name, struct buf *out)
{
	return strcmp(name, "nas") == 0 && buf_add_str(out, STR("nas.lan"));
}

static void
write_file(char *path, size_t size, const char *text)
{
	(void)snprintf(path, size, "/tmp/test_compose.XXXXXX");
	int fd = mkstemp(path);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
}

static void
set_from(struct world *w, enum setting_id id, const char *text,
    enum settings_source source)
{
	const struct settings_origin origin = {
		.source = source, .file = "rc", .line = (unsigned)id + 1
	};
	struct err e = ERR_INIT;
	CHECK(settings_set(&w->settings, id, str_of(text), origin, &e));
}

static void
set(struct world *w, enum setting_id id, const char *text)
{
	set_from(w, id, text, SETTINGS_RCFILE);
}

static void
world_init(struct world *w, const char *aliases)
{
	*w = (struct world){ .settings = SETTINGS_INIT,
		.compose = COMPOSE_INIT,
		.facts = { .name = "nas", .find_full_name = find_full_name } };
	write_file(w->mailname, sizeof(w->mailname), "mail.example\n");
	w->facts.mailname_file = w->mailname;
	if (aliases == NULL)
		return;
	write_file(w->aliases, sizeof(w->aliases), aliases);
	set(w, SETTING_ALIASES, w->aliases);
}

static void
world_release(struct world *w)
{
	compose_release(&w->compose);
	settings_release(&w->settings);
	(void)unlink(w->mailname);
	if (w->aliases[0] != '\0')
		(void)unlink(w->aliases);
}

static bool
compose(struct world *w, const char *to, struct err *e)
{
	struct message m = MESSAGE_INIT;
	AUTO(cstr_release) char *arg = str_dup(str_of(to));
	const struct settings *set = &w->settings;
	bool is_own = set->origin[SETTING_FROM].source == SETTINGS_RCFILE;
	const struct compose_call call = { .recipients = &arg,
		.nrecipients = 1,
		.identity = is_own ? set->from : NULL,
		.facts = &w->facts };
	CHECK(message_from_bytes(&m, STR("\n"), e));
	compose_release(&w->compose);
	w->compose = COMPOSE_INIT;
	CHECK(settings_fill_defaults(&w->settings, e));
	bool ok = compose_envelope(&w->compose, &w->settings, &call, &m, e);
	message_release(&m);
	return ok;
}

static void
check_goes(struct world *w, const char *to, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	bool ok = compose(w, to, &e);
	unit_check(ok, __FILE__, line, "%s", e.text);
	for (size_t i = 0; i < w->compose.envelope.rcpts.len; i++)
		CHECK(buf_printf(&out, "%s%s", i > 0 ? "," : "",
		    w->compose.envelope.rcpts.items[i]));
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define GOES(w, to, want) check_goes((w), (to), (want), __LINE__)

static void
check_sender(struct world *w, const char *want, int line)
{
	struct err e = ERR_INIT;
	unit_check(compose(w, "a@x", &e), __FILE__, line, "%s", e.text);
	unit_check_str(
	    str_of(w->compose.envelope.sender), str_of(want), __FILE__, line);
}

#define SENDER(w, want) check_sender((w), (want), __LINE__)

TEST(root_is_aliased_under_all_names_of_this_host)
{
	AUTO(world_release) struct world w;
	world_init(&w, "root: me@example.org\n");
	GOES(&w,
	    "root, root@localhost, root@localhost.localdomain, root@nas, "
	    "ROOT@NAS.LAN, root@nas.lan, root@mail.example",
	    "me@example.org");
	GOES(&w, "root@example.org", "root@example.org");
}

TEST(whom_nobody_knows_is_qualified_at_this_host_only)
{
	AUTO(world_release) struct world w;
	world_init(&w, "root: me@example.org\n");
	set(&w, SETTING_QUALIFY_DOMAIN, "q.org");
	GOES(&w, "root, joe, joe@nas.lan, joe@mail.example, joe@x",
	    "me@example.org,joe@q.org,joe@mail.example,joe@x");
}

TEST(the_catch_all_leaves_the_accounts_domain_alone)
{
	AUTO(world_release) struct world w;
	world_init(&w, "root: me@example.org\n*: all@example.org\n");
	set(&w, SETTING_FROM, "root@nas.lan");
	GOES(&w, "root@nas.lan", "me@example.org");
	GOES(&w, "joe@nas.lan", "joe@nas.lan");
	GOES(&w, "joe@nas", "all@example.org");
}

TEST(the_user_is_the_accounts_address_if_from_is_none)
{
	AUTO(world_release) struct world w;
	world_init(&w, "*: all@example.org\n");
	set(&w, SETTING_USER, "me@nas.lan");
	GOES(&w, "joe@nas.lan", "joe@nas.lan");
	set_from(&w, SETTING_FROM, "x@localhost", SETTINGS_FLAG);
	GOES(&w, "joe@nas.lan", "joe@nas.lan");
	GOES(&w, "joe@localhost", "all@example.org");
	set(&w, SETTING_FROM, "*@example.org");
	GOES(&w, "joe@nas.lan", "joe@nas.lan");
	set(&w, SETTING_USER, "me");
	GOES(&w, "joe@nas.lan", "all@example.org");
}

TEST(without_settings_names_go_out_as_they_are)
{
	AUTO(world_release) struct world w;
	world_init(&w, NULL);
	GOES(&w, "root, root@localhost, root@nas.lan",
	    "root,root@localhost,root@nas.lan");
}

TEST(errors_of_the_file_name_it_and_its_setting)
{
	AUTO(world_release) struct world w;
	struct err e = ERR_INIT;
	AUTO(buf_release) struct buf want = BUF_INIT(1000);
	world_init(&w, "a: b\nwrong\n");
	CHECK(!compose(&w, "x@y", &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(buf_printf(&want, "%s:2: no \":\"", w.aliases));
	CHECK(strstr(e.text, buf_cstr(&want)) == e.text);
	set(&w, SETTING_ALIASES, "/nonexistent/aliases");
	CHECK(!compose(&w, "x@y", &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	buf_truncate(&want, 0);
	CHECK(buf_printf(&want, "rc:%d: aliases: open /nonexistent/aliases: ",
	    SETTING_ALIASES + 1));
	CHECK(strstr(e.text, buf_cstr(&want)) == e.text);
}

TEST(a_sender_is_qualified_if_the_account_has_no_address)
{
	AUTO(world_release) struct world w;
	world_init(&w, NULL);
	set(&w, SETTING_QUALIFY_DOMAIN, "q.org");
	set_from(&w, SETTING_FROM, "root", SETTINGS_FLAG);
	SENDER(&w, "root@q.org");
	set_from(&w, SETTING_FROM, "root@nas.lan", SETTINGS_FLAG);
	SENDER(&w, "root@q.org");
	set_from(&w, SETTING_FROM, "", SETTINGS_FLAG);
	SENDER(&w, "");
	set(&w, SETTING_USER, "me@example.org");
	set_from(&w, SETTING_FROM, "root", SETTINGS_FLAG);
	SENDER(&w, "me@example.org");
}

TEST(a_sender_that_is_made_up_has_the_domain_to_qualify_with)
{
	AUTO(world_release) struct world w;
	struct err e = ERR_INIT;
	world_init(&w, NULL);
	set(&w, SETTING_QUALIFY_DOMAIN, "q.org");
	CHECK(compose(&w, "a@x", &e));
	const char *at = strchr(w.compose.envelope.sender, '@');
	CHECK_STR(at != NULL ? at : "", "@q.org");
	CHECK(w.compose.is_made_up);
}
