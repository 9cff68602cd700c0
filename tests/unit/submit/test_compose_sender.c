// SPDX-License-Identifier: ISC
#include "submit/compose.h"

#include "base/buf.h"
#include "base/err.h"
#include "config/settings.h"
#include "message/intake.h"
#include "message/message.h"
#include "unit.h"

/* What is set, "-f" being the flag. */
struct given {
	const char *flag, *from, *user;
	const char *rewrite; /* or NULL */
};

static void
set(struct settings *s, enum setting_id id, const char *text,
    enum settings_source source)
{
	struct err e = ERR_INIT;
	struct settings_origin origin = { .source = source, .file = "rc" };
	if (text != NULL)
		CHECK(settings_set(s, id, str_of(text), origin, &e));
}

static struct settings
settings_of(const struct given *given)
{
	struct settings s = SETTINGS_INIT;
	AUTO(settings_release) struct settings file = SETTINGS_INIT;
	struct err e = ERR_INIT;
	set(&s, SETTING_FROM, given->flag, SETTINGS_FLAG);
	set(&file, SETTING_FROM, given->from, SETTINGS_RCFILE);
	set(&file, SETTING_USER, given->user, SETTINGS_RCFILE);
	set(&file, SETTING_REWRITE_FROM, given->rewrite, SETTINGS_RCFILE);
	settings_fill(&s, &file);
	CHECK(settings_fill_defaults(&s, &e));
	return s;
}

/* "own sender field-of-ours", of a message from root. */
static void
check(const struct given *given, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(settings_release) struct settings s = settings_of(given);
	AUTO(compose_release) struct compose c = COMPOSE_INIT;
	char *rcpt = (char[]){ "r@x" };
	const struct compose_call call = {
		.recipients = &rcpt, .nrecipients = 1, .identity = given->from
	};
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	CHECK(message_from_bytes(
	    &m, STR("From: A <root>\nDate: x\nMessage-ID: y\n\n"), &e));
	CHECK(compose_envelope(&c, &s, &call, &m, &e));
	CHECK(compose_edit(&c, &s, &m, &e));
	CHECK(
	    buf_printf(&out, "<%s> <%s>", buf_cstr(&c.own), c.envelope.sender));
	for (size_t i = 0; i < c.edit.nsplices; i++)
		CHECK(buf_printf(&out, " %.*s", (int)c.edit.splices[i].text.len,
		    c.edit.splices[i].text.ptr));
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	message_release(&m);
}

#define GIVEN(want, ...) check(&(struct given){ __VA_ARGS__ }, (want), __LINE__)

TEST(the_accounts_address_is_its_from_even_behind_a_flag)
{
	GIVEN(
	    "<me@x.org> <me@x.org> From: A <me@x.org>\r\n", .from = "me@x.org");
	GIVEN("<me@x.org> <me@x.org> From: A <me@x.org>\r\n", .flag = "root",
	    .from = "Me <me@x.org>", .user = "u@x.org");
	GIVEN("<me@x.org> <o@y.org> From: A <me@x.org>\r\n", .flag = "o@y.org",
	    .from = "me@x.org");
	GIVEN("<me@xn--b-eha.org> <> From: A <me@xn--b-eha.org>\r\n",
	    .flag = "", .from = "me@b\xc3\xbc.org");
}

TEST(else_it_is_its_user)
{
	GIVEN("<u@x.org> <u@x.org> From: A <u@x.org>\r\n", .user = "u@x.org");
	GIVEN("<u@x.org> <u@x.org> From: A <u@x.org>\r\n", .user = "u@x.org",
	    .from = "root");
	GIVEN("<u@x.org> <o@x.org> From: A <u@x.org>\r\n", .user = "u@x.org",
	    .flag = "o@x.org", .from = "*@x.org");
}

TEST(else_it_is_a_sender_on_the_command_line_that_can_be_reached)
{
	GIVEN("<o@y.org> <o@y.org> From: A <o@y.org>\r\n", .flag = "o@y.org",
	    .user = "u");
	GIVEN("<> <root@localhost>", .flag = "root@localhost");
	GIVEN("<> <root>", .flag = "root");
	GIVEN("<> <>", .flag = "");
}

TEST(modes_are_those_of_the_setting)
{
	GIVEN("<me@x.org> <o@y.org>", .flag = "o@y.org", .from = "me@x.org",
	    .rewrite = "never");
	GIVEN("<me@x.org> <me@x.org> From: A <me@x.org>\r\n", .flag = "o@y.org",
	    .from = "me@x.org", .rewrite = "always");
}
