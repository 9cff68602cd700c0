// SPDX-License-Identifier: ISC
#include "outbox/where.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/settings.h"
#include "queue/place.h"

/* A home that is named but not there is none: nobody made it. */
static bool
has_home(void)
{
	AUTO(buf_release) struct buf home = BUF_INIT(1 << 16);
	const char *state = settings_variable("XDG_STATE_HOME");
	struct stat st;
	if (state != NULL && state[0] == '/')
		return true;
	return settings_home(&home) && stat(buf_cstr(&home), &st) == 0 &&
	    S_ISDIR(st.st_mode);
}

bool
where_check(const struct settings *s, struct err *e)
{
	char where[SETTINGS_WHERE_SIZE], shown[80];
	const char *dir = s->queue_dir;
	if (!where_is_elsewhere(s) || dir[0] == '/' ||
	    s->origin[SETTING_QUEUE_DIR].source == SETTINGS_FLAG)
		return true;
	settings_where(s, SETTING_QUEUE_DIR, where, sizeof(where));
	str_printable_to(str_of(dir), shown, sizeof(shown));
	return err_set(e, EX_CONFIG,
		   "%s: queue_dir: \"%s\" is no absolute path", where, shown) ||
	    err_hint(e, "each current folder would have a queue of its own");
}

bool
where_is_elsewhere(const struct settings *s)
{
	return s->queue_dir != NULL && strcmp(s->queue_dir, "system") != 0;
}

bool
where_absolute(const char *path, struct buf *out, struct err *e)
{
	if (path[0] != '/') {
		AUTO(cstr_release) char *here = getcwd(NULL, 0);
		if (here == NULL)
			return err_sys(e, EX_CONFIG, "%s", path);
		(void)!buf_printf(out, "%s/", here);
	}
	return buf_add_str(out, str_of(path)) ||
	    err_set(e, EX_CONFIG, "a path is too long");
}

bool
where_is_queue(const struct settings *s, struct buf *path, struct err *e)
{
	const char *dir = s->queue_dir;
	if (!where_check(s, e))
		return false;
	if (where_is_elsewhere(s))
		return where_absolute(dir, path, e) || err_wrap(e, "queue_dir");
	if (dir == NULL && has_home()) {
		AUTO(buf_release) struct buf own = BUF_INIT(1 << 16);
		if (settings_dir(SETTINGS_STATE, &own) &&
		    buf_add_str(&own, STR("/queue")))
			return where_absolute(buf_cstr(&own), path, e);
		return err_set(
			   e, EX_CONFIG, "there is no folder for the queue") ||
		    err_hint(e, "name one with queue_dir");
	}
	AUTO(cstr_release) char *ours = place_of(place_top(), geteuid());
	return place_check(place_top(), e) &&
	    (buf_add_str(path, str_of(ours)) ||
		err_set(e, EX_CONFIG, "the queue's path is too long"));
}
