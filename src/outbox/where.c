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
where_is_queue(const struct settings *s, struct buf *path, struct err *e)
{
	const char *dir = s->queue_dir;
	if (dir != NULL && strcmp(dir, "system") != 0)
		return buf_add_str(path, str_of(dir)) ||
		    err_set(e, EX_CONFIG, "queue_dir is too long");
	if (dir == NULL && has_home())
		return (settings_dir(SETTINGS_STATE, path) &&
			   buf_add_str(path, STR("/queue"))) ||
		    err_set(e, EX_CONFIG, "there is no folder for the queue") ||
		    err_hint(e, "name one with queue_dir");
	AUTO(cstr_release) char *ours = place_of(place_top(), geteuid());
	return place_check(place_top(), e) &&
	    (buf_add_str(path, str_of(ours)) ||
		err_set(e, EX_CONFIG, "the queue's path is too long"));
}
