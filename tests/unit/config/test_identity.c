// SPDX-License-Identifier: ISC
#include "config/identity.h"

#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/settings.h"
#include "unit.h"

static bool
identify(const char *user, struct buf *address)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct settings_origin origin = { .source = SETTINGS_FLAG };
	struct err e = ERR_INIT;
	if (user != NULL)
		CHECK(settings_set(&s, SETTING_USER, str_of(user), origin, &e));
	return identity_address(&s, address);
}

TEST(a_user_that_is_an_address_is_taken)
{
	AUTO(buf_release) struct buf address = BUF_INIT(1000);
	CHECK(!identify("me@example.org", &address));
	CHECK_BUF(&address, "me@example.org");
}

TEST(else_it_is_made_of_login_and_host)
{
	static const char *const users[] = { NULL, "me" };
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		AUTO(buf_release) struct buf address = BUF_INIT(1000);
		CHECK(identify(users[i], &address));
		struct str text = buf_str(&address);
		size_t at = str_find(text, '@');
		CHECK(at > 0 && at + 1 < text.len);
		CHECK(
		    str_find(str_from(text, at + 1), '@') == text.len - at - 1);
	}
}

TEST(the_domain_to_qualify_with_goes_before_the_host)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf address = BUF_INIT(1000);
	struct settings_origin origin = { .source = SETTINGS_FLAG };
	struct err e = ERR_INIT;
	CHECK(settings_set(
	    &s, SETTING_QUALIFY_DOMAIN, STR("example.org"), origin, &e));
	CHECK(identity_address(&s, &address));
	struct str text = buf_str(&address);
	CHECK_BYTES(str_from(text, str_find(text, '@')), STR("@example.org"));
}

TEST(what_is_made_up_needs_no_quotes)
{
	AUTO(buf_release) struct buf address = BUF_INIT(1000);
	CHECK(identify(NULL, &address));
	for (const char *p = buf_cstr(&address); *p != '\0'; p++)
		CHECK(
		    is_alpha(*p) || is_digit(*p) || strchr("@.-_", *p) != NULL);
}

TEST(it_is_appended)
{
	AUTO(buf_release) struct buf address = BUF_INIT(1000);
	CHECK(buf_add_str(&address, STR("From: ")));
	CHECK(!identify("me@example.org", &address));
	CHECK_BUF(&address, "From: me@example.org");
}

TEST(the_login_is_that_of_the_effective_user)
{
	AUTO(buf_release) struct buf address = BUF_INIT(1000);
	const struct passwd *user = getpwuid(geteuid());
	CHECK(identify(NULL, &address));
	if (user == NULL ||
	    strspn(user->pw_name, "abcdefghijklmnopqrstuvwxyz") !=
		strlen(user->pw_name))
		return; /* in another test's words */
	CHECK(str_starts_nocase(buf_str(&address), str_of(user->pw_name)));
	CHECK_EQ(address.data[strlen(user->pw_name)], '@');
}

/* A user whom the database does not know. */
static int
identify_stranger(void)
{
	struct buf address = BUF_INIT(1000);
	if (setuid(987654321) == -1)
		return 0; /* only root can try it */
	if (!identify(NULL, &address))
		return 1;
	return str_starts_nocase(buf_str(&address), STR("uid987654321@")) ? 0
									  : 2;
}

TEST(a_user_without_a_name_goes_by_the_number)
{
	int status = -1;
	pid_t child = fork();
	if (child == 0)
		_exit(identify_stranger());
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
