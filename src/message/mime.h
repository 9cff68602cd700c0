// SPDX-License-Identifier: ISC
/*
 * A walk over the lines of a message that tells what each of them is: of
 * which part's header or text, or a boundary (RFC 2045, 2046).  It holds the
 * boundaries around the current line and two field values, nothing else.
 */
#ifndef MESSAGE_MIME_H
#define MESSAGE_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

enum {
	MIME_DEPTH_MAX = 32, /* multiparts and messages in each other */
	MIME_BOUNDARY_MAX = 900,
	MIME_VALUE_MAX = 64 << 10,
};

enum mime_line {
	MIME_FIELD, /* begins one */
	MIME_FOLD,  /* goes on with it */
	MIME_BLANK, /* ends a header */
	MIME_TEXT,  /* of a part */
	MIME_ASIDE, /* before the first part or behind the last: for nobody */
	MIME_BOUNDARY,
};

/* In the header of the current entity, its text, or what is nobody's. */
enum mime_place { MIME_IN_HEADER, MIME_IN_TEXT, MIME_IN_ASIDE };

enum mime_kind {
	MIME_LEAF,
	MIME_MULTIPART,
	MIME_MESSAGE, /* message/rfc822, not encoded */
};

/* Content-Transfer-Encoding */
enum mime_cte {
	MIME_CTE_NONE,
	MIME_CTE_7BIT,
	MIME_CTE_8BIT,
	MIME_CTE_BINARY,
	MIME_CTE_QP,
	MIME_CTE_BASE64,
	MIME_CTE_FOREIGN, /* "x-uuencode" and the like */
};

/* Why a place must stay as it is. */
enum mime_hold {
	MIME_FREE,
	MIME_SIGNED,
	MIME_ENCRYPTED,
	MIME_PARTIAL, /* message/partial, message/external-body */
	MIME_DEEP,    /* past MIME_DEPTH_MAX */
	MIME_BROKEN,  /* a multipart without a boundary that can be used */
};

/* A part, or the message, whose header is complete. */
struct mime_entity {
	size_t number; /* 0 is the message, then in the order of headers */
	enum mime_kind kind;
	enum mime_cte cte;
	enum mime_hold hold; /* of its text; its header's is its parent's */
};

struct mime_level {
	char *boundary; /* owned */
	size_t len;
	size_t depth;
	enum mime_hold hold;
	bool is_digest; /* its parts are messages unless they say otherwise */
	bool is_seen;   /* a first part has begun */
};

struct mime {
	/* about the line that was given last */
	bool is_header_end; /* entity is complete since this line */
	bool is_orphan;     /* a multipart ended without its boundary */
	enum mime_hold hold;
	struct mime_entity entity;
	size_t nbegun;   /* entities; the current one is the last of them */
	bool is_message; /* it is a message, not a body part */
	enum mime_place place; /* of the next line, unless it is a boundary */

	/* the rest is the walker's own */
	bool has_field;
	bool is_in_digest;
	struct mime_level levels[MIME_DEPTH_MAX];
	size_t nlevels;
	size_t depth;
	struct buf *open; /* the value that goes on, or NULL */
	struct buf type;  /* Content-Type */
	struct buf cte;
};

#define MIME_INIT                             \
	((struct mime){                       \
	    .nbegun = 1,                      \
	    .is_message = true,               \
	    .type = BUF_INIT(MIME_VALUE_MAX), \
	    .cte = BUF_INIT(MIME_VALUE_MAX),  \
	})

/* The next line without its end; of a very long one, its start. */
enum mime_line mime_next(struct mime *m, struct str line);

/* Whether a multipart that goes on has not shown its boundary so far. */
bool mime_has_unseen(const struct mime *m);

/* The field's name if the line begins one, else empty. */
struct str mime_field_name(struct str line);

void mime_release(struct mime *m);

#endif
