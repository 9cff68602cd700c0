// SPDX-License-Identifier: ISC
/*
 * Address fields written anew: each mailbox stays byte for byte, becomes
 * another or is left out, as a function says.  Groups and comments stay, and
 * lines are folded where they get long.
 */
#ifndef MESSAGE_MEND_H
#define MESSAGE_MEND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

struct address;
struct err;
struct mend;

/*
 * Says what becomes of a mailbox: calls any of mend_keep(),
 * mend_keep_ascii(), mend_respec() and mend_put(), or none, then it is left
 * out.
 */
typedef bool
mend_fn(void *arg, struct mend *m, const struct address *a, struct err *e);

struct mend {
	struct buf *out; /* the field so far */
	bool has_piece;  /* something stands behind the colon */
	bool needs_comma;
	bool is_changed; /* something else than mend_keep() was called */
	size_t nmailboxes;
	/* the rest is for mend_field() */
	struct str text;
	size_t behind;            /* the text is done up to here */
	const struct address *at; /* the mailbox in question */
	size_t ncalls;
	mend_fn *fn;
	void *arg;
};

/*
 * Appends "Name: " and the value with fn asked about each mailbox, and CRLF.
 * Into *m goes what became of it.  EX_DATAERR for what is no address list
 * ("Name <>" counts as a mailbox without address) or does not fit.
 */
bool mend_field(struct mend *m, struct buf *out, const char *name,
    struct str value, mend_fn *fn, void *arg, struct err *e) MUST_CHECK;

/* The mailbox in question, as it is. */
bool mend_keep(struct mend *m, struct err *e) MUST_CHECK;

/* The same with its domain as A-labels, if it has others that can be changed.
 */
bool mend_keep_ascii(struct mend *m, struct err *e) MUST_CHECK;

/* The same with its address replaced; all around it stays. */
bool mend_respec(struct mend *m, struct str spec, struct err *e) MUST_CHECK;

/* Another, the name quoted or encoded as it must be; it may be empty. */
bool mend_put(
    struct mend *m, struct str name, struct str spec, struct err *e) MUST_CHECK;

/* A field by itself: mend_begin(), mend_add() for each mailbox, mend_end(). */
bool mend_begin(struct mend *m, struct buf *out, const char *name,
    struct err *e) MUST_CHECK;
bool mend_add(struct mend *m, struct str mailbox, struct err *e) MUST_CHECK;
bool mend_end(struct mend *m, struct err *e) MUST_CHECK;

#endif
