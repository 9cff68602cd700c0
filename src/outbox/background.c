// SPDX-License-Identifier: ISC
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/process.h"
#include "outbox/deliver.h"
#include "outbox/run.h"
#include "queue/entry.h"
#include "queue/spool.h"

/* Of the message, if it is still there. */
static bool
find_lane(const struct spool *sp, const char *id, char key[ENTRY_KEY_SIZE])
{
	struct spooled m;
	struct err ignored;
	bool found = spool_look(sp, SPOOL_NEW, id, &m, &ignored) ==
		SPOOL_TAKEN &&
	    entry_key(&m.entry, key, &ignored);
	spooled_release(&m);
	return found;
}

/* Nobody listens any more: what fails is in the notes and the log. */
static void
work(const char *path, const char *id)
{
	AUTO(spool_release) struct spool sp = SPOOL_INIT;
	struct deliver_result result = { .nleft = 0 };
	struct err ignored;
	char key[ENTRY_KEY_SIZE];
	if (!spool_open_existing(&sp, path, &ignored) ||
	    !find_lane(&sp, id, key))
		return;
	const struct deliver_call call = {
		.spool = &sp,
		.key = key,
		.id = id,
	};
	deliver_heed_signals();
	(void)!deliver(&call, &result, &ignored);
}

bool
run_in_background(const char *path, const char *id, struct err *e)
{
	pid_t pid = fork();
	if (pid == -1)
		return err_sys(e, EX_OSERR, "fork");
	if (pid > 0)
		return true;
	if (process_leave_caller(-1, -1))
		work(path, id);
	_exit(EX_OK);
}
