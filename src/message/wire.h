// SPDX-License-Identifier: ISC
/*
 * Cuts input into lines by the rules of scan.h, wherever the chunks it comes
 * in begin and end.  The scanner counts with it, the source writes with it,
 * so that both mean the same octets.
 */
#ifndef MESSAGE_WIRE_H
#define MESSAGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

/* A piece of a line as it goes out: text, then blanks, then CRLF. */
struct piece {
	struct str text;  /* as in the input; borrowed from the chunk */
	uint64_t nblanks; /* stand for NULs or for CRs that end no line */
	bool ends_line;
};

struct wire {
	const char *at; /* what is left of the chunk: at to end */
	const char *end;
	const char *lf; /* the next one of each from at on, or end */
	const char *cr;
	const char *nul;
	uint64_t ncrs; /* CRs at the chunk's end: the next byte tells */
	bool mid_line; /* something of a line was cut, not its end */
	bool has_nul;
	bool has_bare_cr;
	bool is_mixed; /* not all line ends of the chunk are CRLF */
};

#define WIRE_INIT ((struct wire){ .at = NULL })

/* Takes the next chunk, borrowed until wire_next() has returned false. */
void wire_feed(struct wire *w, const char *chunk, size_t n);

/* Cuts the next piece, which may be empty; false: the chunk is used up. */
bool wire_next(struct wire *w, struct piece *p) MUST_CHECK;

/* How many bytes of the chunk have not been cut yet. */
size_t wire_left(const struct wire *w);

/* What is left of the chunk, to be seen to by the caller. */
struct str wire_take_rest(struct wire *w);

/* What plain text has in it. */
struct tally {
	int64_t nbare; /* LFs without a CR */
	bool is_8bit;  /* bytes above 127 */
};

/*
 * How much of text, from its start, is plain as far as one can tell at a
 * glance: no NUL, no CR but in CRLF, and no CR at its end.  What comes behind
 * it need not be odd, but may be; 0 says nothing but that.
 */
size_t wire_plain(struct str text, struct tally *t);

/*
 * As that text was seen to be plain, it need not be cut: only where it left
 * off is to be known.  No CR may be waiting (ncrs).
 */
void wire_pass(struct wire *w, struct str plain);

/*
 * Copies what goes out of the chunk as long as that is quickly done, as it is
 * with whole lines of plain text; the number of octets, perhaps none.
 */
size_t wire_copy(struct wire *w, char *dst, size_t room);

/* At the end of the input: true if the last line's CRLF is still due. */
bool wire_end(struct wire *w) MUST_CHECK;

#endif
