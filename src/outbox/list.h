// SPDX-License-Identifier: ISC
/* The list of a queue, as text or JSON. */
#ifndef OUTBOX_LIST_H
#define OUTBOX_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/json.h"

struct err;
struct listed;

enum list_section {
	LIST_MESSAGES, /* those that wait */
	LIST_FAILED,
	LIST_DAMAGED,
	LIST_SECTIONS
};

/* What is being written, in one form or the other. */
struct list_page {
	struct buf text; /* what is not yet written out */
	struct json json;
	const char *path; /* the queue's */
	int64_t now;      /* seconds since 1970 */
	enum list_section section;
	size_t counts[LIST_SECTIONS];
	uint64_t size; /* of all that wait, in octets */
};

/*
 * How to write it: all sections in their order, each with what it has.  The
 * counts are right when it is called, with what it is called for.
 */
struct list_form {
	void (*begin)(struct list_page *p);
	void (*begin_section)(struct list_page *p);
	void (*add)(struct list_page *p, const struct listed *m);
	/* in place of it where nothing can be said but why */
	void (*add_damaged)(
	    struct list_page *p, const char *id, const char *why);
	void (*end_section)(struct list_page *p);
	void (*end)(struct list_page *p);
};

extern const struct list_form listtext_form;
extern const struct list_form listjson_form;

/*
 * Writes the list of that queue to the descriptor; one that is not there is
 * empty.  EX_IOERR, or what spool_open_existing() says.
 */
bool
list_queue(const char *path, bool as_json, int fd, struct err *e) MUST_CHECK;

/*
 * For root: the same of all who have a queue under the system's place; as JSON
 * a line each.  See everyone_list().
 */
bool list_others(bool as_json, int fd, struct err *e) MUST_CHECK;

#endif
