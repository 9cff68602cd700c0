// SPDX-License-Identifier: ISC
/*
 * What is changed in a message before it is sent, as a list of splices on
 * its bytes; the message itself is not touched.
 */
#ifndef MESSAGE_EDIT_H
#define MESSAGE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

struct err;
struct field;
struct message;
struct strvec;

/* Text goes out in the place of the bytes from start to end. */
struct splice {
	off_t start; /* at the start of a line, or at the end of the input */
	off_t end;
	struct str text; /* whole lines as on the wire; borrowed */
};

struct edit {
	struct splice *splices; /* in their order, not overlapping */
	size_t nsplices;
	size_t cap;
	struct buf front; /* the fields that are added */
	uint64_t size;    /* of the message on the wire with all this done */
};

#define EDIT_INIT ((struct edit){ .splices = NULL })

/* A field that goes out otherwise than it came. */
struct edit_change {
	size_t field;    /* its index in the message's fields */
	struct str text; /* whole lines as on the wire; "": it is left out */
};

/* Whether one of our own is put in the place of a field. */
enum edit_set {
	EDIT_SET_MISSING, /* if it is missing or empty */
	EDIT_SET_ALWAYS,
	EDIT_SET_NEVER,
};

/* The same of the recipients' fields. */
enum edit_to {
	EDIT_TO_HEADERLESS, /* To for input without any header */
	EDIT_TO_ALL,        /* To with all recipients is all that there is */
	EDIT_TO_LEAVE,
	EDIT_TO_UNDISCLOSED, /* To without a recipient */
};

/* What is to be changed, and what fields are made of that are missing. */
struct edit_wish {
	const char *author;    /* addr-spec, never empty */
	const char *full_name; /* or NULL */
	const char *id_domain;
	time_t now;
	bool tls_optional; /* TLS-Required: No (RFC 8689 5) */
	enum edit_set set_from;
	enum edit_set set_date;
	enum edit_set set_id;
	enum edit_to set_to;
	const struct strvec *recipients; /* for To; NULL: without it */
	bool keeps_bcc;
	const char *reply_to; /* whole lines, added if there is none; NULL */
	const struct edit_change *changes; /* borrowed as long as the edit */
	size_t nchanges;
};

/* Whether the field is none of those that go out. */
bool edit_leaves_out(const struct edit_wish *wish, const struct field *f);

/*
 * Puts our fields in front as the wish has it, and with 8-bit text what MIME
 * wants, takes out mbox's "From " line, Bcc and Resent-Bcc, and sees to the
 * empty line before the body.  All else stays byte for byte.
 */
bool message_edit(struct edit *ed, const struct message *m,
    const struct edit_wish *wish, struct err *e) MUST_CHECK;

void edit_release(struct edit *ed);

#endif
