// SPDX-License-Identifier: ISC
#include "config/login.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "config/command.h"
#include "config/hosts.h"
#include "config/keyring.h"
#include "config/netrc.h"
#include "config/prompt.h"
#include "config/secret.h"
#include "config/settings.h"

static void
note(struct login *login, const char *place, const char *what)
{
	(void)!buf_printf(&login->tried, "%s%s (%s)",
	    login->tried.len > 0 ? ", " : "", place, what);
}

static bool
is_wanted(const struct settings *s)
{
	return secret_source(s, GIVES_PASSWORD) == SETTING_COUNT &&
	    settings_needs_password(s);
}

/* True if there is such a file, which is password_file then. */
static bool
take_credential(
    struct settings *s, const char *dir, const char *account, struct err *e)
{
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	const struct settings_origin origin = { .source = SETTINGS_ENVIRONMENT,
		.file = "CREDENTIALS_DIRECTORY" };
	(void)!buf_printf(&path, "%s/posthaste%s%s.password", dir,
	    account != NULL ? "." : "", account != NULL ? account : "");
	return access(buf_cstr(&path), F_OK) == 0 &&
	    settings_set(s, SETTING_PASSWORD_FILE, buf_str(&path), origin, e);
}

/* A password alone is of no use: without a user there is netrc. */
static bool
find_credential(struct login *login, struct settings *s, const char *account,
    const char *dir, struct err *e)
{
	if (dir == NULL || s->user == NULL)
		return false;
	if (dir[0] != '/') {
		note(login, "CREDENTIALS_DIRECTORY", "is no absolute path");
		return false;
	}
	bool is_file_name = account != NULL && strchr(account, '/') == NULL;
	if ((is_file_name && take_credential(s, dir, account, e)) ||
	    take_credential(s, dir, NULL, e))
		return true;
	note(login, dir, "has no posthaste.password");
	return false;
}

/* False with *e set if it cannot be set; the entry is used in any case. */
static bool
take_entry(struct login *login, struct settings *s,
    const struct netrc_login *entry, const char *path, struct err *e)
{
	login->netrc = str_dup(str_of(path));
	const struct settings_origin origin = { .source = SETTINGS_RCFILE,
		.line = entry->line,
		.file = login->netrc };
	if (entry->password[0] == '\0')
		return err_set(e, EX_CONFIG, "%s:%u: the password is empty",
		    path, entry->line);
	bool ok = (s->user != NULL ||
		      settings_set(
			  s, SETTING_USER, str_of(entry->user), origin, e)) &&
	    settings_set(
		s, SETTING_PASSWORD, str_of(entry->password), origin, e);
	return ok || err_wrap(e, "%s:%u", path, entry->line);
}

/* Notes why there is nothing; false if that is an error. */
static bool
pass_over(struct login *login, const char *path, const struct err *e)
{
	if (e->sys == ENOENT || e->sys == ENOTDIR)
		note(login, path, "missing");
	else if (e->exit == EX_NOPERM)
		note(login, path, "may not be read");
	else
		return false;
	return true;
}

static bool
look_into(struct login *login, struct settings *s, const char *dir,
    const char *name, struct err *e)
{
	AUTO(netrc_login_release) struct netrc_login entry = NETRC_LOGIN_INIT;
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	AUTO(buf_release) struct buf host = BUF_INIT(SIZE_MAX);
	if (dir == NULL)
		return true;
	hosts_add_first(s->host, &host);
	const struct netrc_wish wish = {
		.host = buf_cstr(&host),
		.user = s->user,
	};
	(void)!buf_printf(&path, "%s/%s", dir, name);
	if (!netrc_load(&entry, buf_cstr(&path), &wish, e))
		return pass_over(login, buf_cstr(&path), e);
	if (entry.password != NULL)
		return take_entry(login, s, &entry, buf_cstr(&path), e);
	note(login, buf_cstr(&path),
	    entry.has_host ? "has the host, but not with this user"
			   : "has not the host");
	return true;
}

bool
login_find(struct login *login, struct settings *s, const char *account,
    const struct login_places *places, struct err *e)
{
	*login = LOGIN_INIT;
	if (!is_wanted(s) ||
	    find_credential(login, s, account, places->credentials, e))
		return true;
	if (s->host == NULL) /* at a local socket */
		return true;
	return look_into(login, s, places->home, ".netrc", e) &&
	    (login->netrc != NULL ||
		look_into(login, s, places->sysconfdir, "netrc", e));
}

bool
login_load(
    struct login *login, struct settings *s, const char *account, struct err *e)
{
	AUTO(buf_release) struct buf home = BUF_INIT(SIZE_MAX);
	const struct login_places places = {
		.credentials = settings_variable("CREDENTIALS_DIRECTORY"),
		.home = settings_home(&home) ? buf_cstr(&home) : NULL,
		.sysconfdir = SYSCONFDIR,
	};
	return login_find(login, s, account, &places, e);
}

static bool
ask_keyring(struct login *login, const struct settings *s, struct buf *secret,
    struct err *e)
{
	AUTO(buf_release) struct buf line = BUF_INIT(COMMAND_LINE_MAX);
	const struct keyring_places places = keyring_places_here();
	const char *why;
	if (s->host == NULL)
		return true;
	if (!keyring_find(s, &places, &line, &why, e))
		return false;
	if (line.len > 0)
		return secret_keep(buf_str(&line), secret, e) ||
		    err_wrap(e, "keyring");
	note(login, "the keyring", why);
	return true;
}

static bool
ask_user(struct login *login, const struct settings *s, struct buf *secret,
    struct err *e)
{
	AUTO(prompt_release) struct prompt prompt = PROMPT_INIT;
	AUTO(buf_release) struct buf question = BUF_INIT(4096);
	const char *why;
	if (!prompt_open(&prompt, &why)) {
		note(login, "the terminal", why);
		return true;
	}
	(void)!buf_printf(&question, "password of %.300s at ", s->user);
	if (s->host != NULL)
		hosts_add_first(s->host, &question);
	else
		(void)!buf_printf(&question, "%.300s", s->socket);
	return prompt_ask(&prompt, buf_cstr(&question), s->passwordeval_timeout,
		   secret, e) ||
	    err_wrap(e, "%s", buf_cstr(&question));
}

bool
login_get(struct login *login, const struct settings *s, struct buf *secret,
    struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	if (secret_source(s, GIVES_PASSWORD) != SETTING_COUNT)
		return secret_get(s, secret, e);
	if (!ask_keyring(login, s, secret, e) ||
	    (secret->len == 0 && !ask_user(login, s, secret, e)))
		return false;
	if (secret->len > 0)
		return true;
	settings_where(s, SETTING_USER, where, sizeof(where));
	return err_set(e, EX_CONFIG,
	    "%s: user is set, but none of password, passwordeval, "
	    "password_file and password_fd; looked into %s, too",
	    where, buf_cstr(&login->tried));
}

void
login_release(struct login *login)
{
	free(login->netrc);
	buf_release(&login->tried);
	*login = LOGIN_INIT;
}
