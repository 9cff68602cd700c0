// SPDX-License-Identifier: ISC
/*
 * What a report gives back of the message that it is about, as a part of it.
 * The message may be anything; on the wire it is what wire.h makes of it.
 */
#ifndef MESSAGE_RETURNED_H
#define MESSAGE_RETURNED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "message/encode.h"

struct buf;

/*
 * The header of a message: its lines before the first empty one, and of these
 * as many whole ones as are not over most octets; borrowed.
 */
struct str returned_header(struct str message, size_t most);

/* Appends the first Message-ID; false if there is none that makes sense. */
bool returned_message_id(struct str header, struct buf *out);

/* How it goes into the report. */
struct returned {
	struct str bytes; /* borrowed */
	const char *type; /* and subtype */
	bool is_file;     /* nothing that a mail program would show */
	bool is_8bit;     /* bytes above 127 go out */
	enum encode_form form;
};

/* For bytes that are a header only, or else a message. */
struct returned returned_plan(struct str bytes, bool is_whole);

/* Appends its fields, an empty line and its text.  False if full. */
bool returned_add(const struct returned *r, struct buf *out) MUST_CHECK;

#endif
