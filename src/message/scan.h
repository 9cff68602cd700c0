// SPDX-License-Identifier: ISC
/*
 * One pass over a message as it comes in: where its fields stand, where its
 * body starts, and what it will be on the wire.
 *
 * On the wire a line ends in CRLF and nothing else.  In the input it ends at
 * LF, with any number of CRs before it belonging to the line end; CRs at the
 * very end of the input are a line end too, and a last line without one gets
 * one.  A CR anywhere else and a NUL go out as a blank, so that no server can
 * take them for a line end or cut there (the scanner sees a blank as well).
 */
#ifndef MESSAGE_SCAN_H
#define MESSAGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "message/wire.h"

struct err;

enum field_id {
	FIELD_OTHER,     /* not kept */
	FIELD_FROM_LINE, /* mbox's "From " line before the header */
	FIELD_BCC,
	FIELD_CC,
	FIELD_CONTENT_TRANSFER_ENCODING,
	FIELD_CONTENT_TYPE,
	FIELD_DATE,
	FIELD_FROM,
	FIELD_MESSAGE_ID,
	FIELD_MIME_VERSION,
	FIELD_RECEIVED, /* not kept, but counted */
	FIELD_REPLY_TO,
	FIELD_RESENT_BCC,
	FIELD_RESENT_CC,
	FIELD_RESENT_FROM,
	FIELD_RESENT_SENDER,
	FIELD_RESENT_TO,
	FIELD_SENDER,
	FIELD_TLS_REQUIRED,
	FIELD_TO,
};

/* As written in messages: "Resent-Bcc". */
const char *field_name(enum field_id id);

struct field {
	enum field_id id;
	off_t start;      /* first byte in the input */
	off_t end;        /* behind its last line end */
	uint64_t wire;    /* octets it takes on the wire */
	size_t nreceived; /* Received fields before it */
	char *value;      /* behind the colon, without line ends; owned */
	size_t len;
};

struct scan_facts {
	off_t size;          /* of the input */
	uint64_t wire;       /* of the whole input, on the wire */
	off_t body;          /* where the header ends: behind its last field */
	bool has_blank;      /* an empty line stands there */
	bool is_8bit;        /* bytes above 127 in it */
	bool is_8bit_header; /* and in its header */
	bool is_8bit_body;   /* and in its body */
	bool is_utf8_body;   /* that is UTF-8, unless there is a Content-Type */
	bool has_nul;
	bool has_bare_cr;
	size_t longest_line; /* without line end; or SCAN_LINE_MAX */
};

/* RFC 5322 2.1.1; of shorter lines nobody wants to know the longest. */
enum { SCAN_LINE_MAX = 998 };

/* What the values of the kept fields may take together. */
enum { SCAN_VALUES_MAX = 16 << 20 };

/* What the scanner knows of the line that it is in. */
enum scan_place {
	SCAN_LINE_START,
	SCAN_NAME,
	SCAN_NAME_BLANK, /* behind a name, before a colon */
	SCAN_VALUE,
	SCAN_BODY, /* from here on only the facts are of interest */
};

struct scan {
	struct scan_facts facts; /* complete after scan_end() */
	struct field *fields;    /* in their order; owned */
	size_t nfields;

	/* the rest is the scanner's own */
	size_t fields_cap;
	size_t value_cap; /* of the last field's value */
	size_t held;      /* bytes in all of them */
	size_t nreceived;
	bool is_kept;   /* the last of fields is the one we are in */
	bool has_field; /* a field, not only mbox's line, was seen */
	enum scan_place place;
	struct wire wire;
	off_t fed; /* bytes */
	off_t line_start;
	off_t header_end;    /* behind the last line that belongs to it */
	size_t line;         /* length so far */
	uint64_t field_wire; /* where the field began on the wire */
	char name[32];       /* as much of it as tells it from the others */
	size_t name_len;
	bool has_type;    /* there is a Content-Type */
	char sequence[4]; /* of UTF-8, as far as it came */
	size_t sequence_len;
};

#define SCAN_INIT                                \
	((struct scan){                          \
	    .facts.is_utf8_body = true,          \
	    .facts.longest_line = SCAN_LINE_MAX, \
	    .place = SCAN_LINE_START,            \
	})

/* The next chunk of input, cut anywhere.  EX_DATAERR past the maximum. */
bool scan_feed(
    struct scan *s, const char *chunk, size_t n, struct err *e) MUST_CHECK;

/* The input ends here. */
void scan_end(struct scan *s);

void scan_release(struct scan *s);

#endif
