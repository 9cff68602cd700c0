// SPDX-License-Identifier: ISC
#include "submit/cache.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/log.h"
#include "config/settings.h"

/*
 * Whether what is there of the path belongs to us.  Root may still have the
 * home of another (sudo): what was made there would be of no use to its owner,
 * and in the way.
 */
static bool
is_place_ours(const char *path)
{
	AUTO(buf_release) struct buf place = BUF_INIT(SIZE_MAX);
	struct stat st;
	(void)!buf_add_str(&place, str_of(path));
	while (stat(buf_cstr(&place), &st) == -1) {
		size_t end = str_rfind(buf_str(&place), '/');
		if (end == 0 || end == place.len)
			return false;
		buf_truncate(&place, end);
	}
	return st.st_uid == geteuid();
}

int
cache_open_sessions(const struct settings *s)
{
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	struct err e = ERR_INIT;
	int fd = -1;
	if (!s->tls_session_cache || !settings_dir(SETTINGS_CACHE, &path) ||
	    !buf_add_str(&path, STR("/tls-sessions")))
		return -1;
	if (dir_find_private(buf_cstr(&path), &fd, &e))
		return fd;
	bool can_make = e.exit == EX_NOINPUT && is_place_ours(buf_cstr(&path));
	if (can_make && dir_open_private(buf_cstr(&path), &fd, &e))
		return fd;
	log_debug("no TLS session is kept: %s", e.text);
	return -1;
}
