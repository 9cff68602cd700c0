// SPDX-License-Identifier: ISC
#include "config/inspect.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/account.h"
#include "config/findings.h"
#include "config/settings.h"
#include "unit.h"

/* A home and an /etc with a file each. */
struct world {
	char root[32], user[64], sysfile[64];
	struct account_places places;
	struct settings flags;
	struct findings findings;
};

static void
world_init(struct world *w)
{
	*w = (struct world){ .root = "/tmp/inspect.XXXXXX" };
	CHECK(mkdtemp(w->root) != NULL);
	(void)snprintf(w->user, sizeof(w->user), "%s/.posthasterc", w->root);
	(void)snprintf(
	    w->sysfile, sizeof(w->sysfile), "%s/posthasterc", w->root);
	w->places = (struct account_places){ .home = w->root,
		.sysconfdir = w->root };
}

static void
world_release(struct world *w)
{
	findings_release(&w->findings);
	settings_release(&w->flags);
	(void)unlink(w->user);
	(void)unlink(w->sysfile);
	CHECK(rmdir(w->root) == 0);
}

static void
put(const char *path, const char *text)
{
	AUTO(fd_release) int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1 && fd_write_all(fd, text, strlen(text)));
}

static bool
refuse_tree(const struct settings *s, struct err *e)
{
	return strcmp(s->host, "tree") != 0 ||
	    err_set(e, EX_CONFIG, "a tree is no host");
}

/* What is found, every "@" in want standing for the world's root. */
static void
finds(struct world *w, const char *account, const char *want)
{
	AUTO(buf_release) struct buf is = BUF_INIT(10000);
	AUTO(buf_release) struct buf meant = BUF_INIT(10000);
	const struct inspect_call call = {
		.places = &w->places,
		.flags = &w->flags,
		.account = account,
		.checks = { refuse_tree },
	};
	findings_release(&w->findings);
	inspect_config(&call, &w->findings);
	for (size_t i = 0; i < w->findings.lines.len; i++)
		CHECK(buf_printf(&is, "%s\n", w->findings.lines.items[i]));
	for (const char *p = want; *p != '\0'; p++)
		CHECK(*p == '@' ? buf_printf(&meant, "%s", w->root)
				: buf_printf(&meant, "%c", *p));
	CHECK_STR(buf_cstr(&is), buf_cstr(&meant));
}

TEST(both_classes_are_looked_into)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(w.user, "host h\ntsl on\n");
	put(w.sysfile, "\ntsl on\naccount a\nhost tree\n");
	finds(&w, NULL,
	    "@/.posthasterc:2: unknown setting \"tsl\", did you mean "
	    "\"tls\"?\n"
	    "@/posthasterc:2: unknown setting \"tsl\", did you mean "
	    "\"tls\"?\n"
	    "a tree is no host\n");
	CHECK_EQ(w.findings.nfaults, 3);
}

TEST(an_account_of_the_systems_that_the_users_replaces_is_left_out)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(w.user, "host h\n");
	put(w.sysfile, "host tree\n");
	finds(&w, NULL, "");
}

TEST(with_a_host_given_no_file_is_looked_into)
{
	AUTO(world_release) struct world w;
	struct settings_origin flag = { .source = SETTINGS_FLAG };
	struct err e;
	world_init(&w);
	put(w.user, "nonsense\n");
	CHECK(settings_set(&w.flags, SETTING_HOST, STR("h"), flag, &e));
	finds(&w, NULL, "");
	CHECK(settings_set(&w.flags, SETTING_HOST, STR("tree"), flag, &e));
	finds(&w, NULL, "a tree is no host\n");
	CHECK(settings_set(&w.flags, SETTING_HOST, STR("h"), flag, &e));
	finds(
	    &w, "default", "@/.posthasterc:1: unknown setting \"nonsense\"\n");
}

TEST(no_file_at_all_is_a_fault_and_no_default_account_is_none)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	finds(&w, NULL,
	    "no rc file: @/.config/posthaste/posthasterc (missing), "
	    "@/.posthasterc (missing), @/posthasterc (missing); write one, "
	    "or use --host or POSTHASTE_HOST\n");
	CHECK_EQ(w.findings.nfaults, 1);
	put(w.user, "account a\nhost h\n");
	finds(&w, NULL, "no account \"default\": -a has to name one\n");
	CHECK_EQ(w.findings.nfaults, 0);
	finds(&w, "a", "");
}
