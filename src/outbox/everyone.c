// SPDX-License-Identifier: ISC
#include "outbox/everyone.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "outbox/owners.h"
#include "outbox/run.h"

/* Theirs are nowhere else, whatever their rc files say. */
#define THERE "--queue-dir=system"

enum { WORD_MAX = 1 << 16 };

/* The flag that chooses the same; NULL: ids of one queue are of no other. */
static const char *
flag_of(enum run_choice choice)
{
	switch (choice) {
	case RUN_DUE: return "-q";
	case RUN_BY_ID: return "-qI";
	case RUN_BY_RCPT: return "-qR";
	case RUN_BY_SENDER: return "-qS";
	case RUN_ALL: return "--queue-retry=all";
	case RUN_THESE: break;
	}
	return NULL;
}

/* Whoever runs it says what there is to say. */
static bool
run_others(const struct run_call *call, struct err *e)
{
	AUTO(buf_release) struct buf shown = BUF_INIT(1 << 20);
	AUTO(buf_release) struct buf flag = BUF_INIT(WORD_MAX);
	const char *name = flag_of(call->choice);
	if (name == NULL)
		return true;
	if (!buf_printf(
		&flag, "%s%s", name, call->text != NULL ? call->text : ""))
		return err_set(e, EX_USAGE, "%s is too long", name);
	const char *const words[] = { "posthaste", buf_cstr(&flag), THERE,
		NULL };
	return owners_call(words, true, &shown, e);
}

bool
everyone_run(const struct run_call *call, struct err *e)
{
	struct err others = ERR_INIT;
	bool ok = run_queue(call, e);
	if (!call->is_for_all || geteuid() != 0 || run_others(call, &others))
		return ok;
	/* what is wrong with our own is the more urgent to us */
	if (ok || (e->exit == EX_TEMPFAIL && others.exit != EX_TEMPFAIL))
		*e = others;
	return false;
}

bool
everyone_list(bool as_json, struct buf *out, struct err *e)
{
	const char *const words[] = { "posthaste", "-bp", THERE,
		as_json ? "--json" : NULL, NULL };
	return geteuid() != 0 || owners_call(words, as_json, out, e);
}
