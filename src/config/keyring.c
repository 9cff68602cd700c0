// SPDX-License-Identifier: ISC
#include "config/keyring.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/command.h"
#include "config/hosts.h"
#include "config/secret.h"
#include "config/settings.h"

static const char tool[] = "secret-tool";

struct keyring_places
keyring_places_here(void)
{
	return (struct keyring_places){
		.bus = settings_variable("DBUS_SESSION_BUS_ADDRESS"),
		.runtime_dir = settings_variable("XDG_RUNTIME_DIR"),
		.path = settings_variable("PATH"),
	};
}

/* Without one secret-tool would start a bus of its own to ask nobody. */
static bool
has_bus(const struct keyring_places *places)
{
	AUTO(buf_release) struct buf path = BUF_INIT(PATH_MAX);
	struct stat st;
	if (places->bus != NULL && places->bus[0] != '\0')
		return true;
	return places->runtime_dir != NULL && places->runtime_dir[0] == '/' &&
	    buf_printf(&path, "%s/bus", places->runtime_dir) &&
	    stat(buf_cstr(&path), &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool
is_guarded(struct buf *path, mode_t kind)
{
	struct stat st;
	return stat(buf_cstr(path), &st) == 0 &&
	    (st.st_mode & S_IFMT) == kind && secret_file_is_guarded(&st);
}

/* Where nobody but root and the user can have put it. */
static bool
find_tool(const char *search, struct buf *path)
{
	struct str rest = str_of(search != NULL ? search : ""), dir;
	while (str_word(&rest, ":", &dir)) {
		buf_truncate(path, 0);
		if (dir.ptr[0] == '/' && buf_add_str(path, dir) &&
		    is_guarded(path, S_IFDIR) &&
		    buf_printf(path, "/%s", tool) &&
		    is_guarded(path, S_IFREG) &&
		    access(buf_cstr(path), X_OK) == 0)
			return true;
	}
	return false;
}

bool
keyring_find(const struct settings *s, const struct keyring_places *places,
    struct buf *secret, const char **why, struct err *e)
{
	AUTO(buf_release) struct buf path = BUF_INIT(PATH_MAX);
	AUTO(buf_release) struct buf host = BUF_INIT(SIZE_MAX);
	struct command_outcome outcome;
	*why = NULL;
	if (!s->keyring)
		*why = "is off";
	else if (!has_bus(places))
		*why = "no session bus";
	else if (!find_tool(places->path, &path))
		*why = "no secret-tool";
	if (*why != NULL)
		return true;
	hosts_add_first(s->host, &host);
	const char *const argv[] = { tool, "lookup", "host", buf_cstr(&host),
		"service", "smtp", "user", s->user, NULL };
	if (!command_run(buf_cstr(&path), argv, s->passwordeval_timeout,
		&outcome, secret, e))
		return err_wrap(e, "%s", tool);
	/* what went wrong it has said itself */
	bool is_well = outcome.status == 0 && outcome.signal == 0;
	if (!is_well)
		buf_truncate(secret, 0);
	if (secret->len == 0)
		*why = "has none for host and user";
	return !is_well || command_judge(&outcome, e) ||
	    err_wrap(e, "%s", tool);
}
