// SPDX-License-Identifier: ISC
/*
 * Owned bytes that cannot grow past the maximum they were born with, and
 * are wiped when given back.  Out of memory ends the program here and
 * nowhere else.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

/* Memory that is never NULL: exits with EX_OSERR instead.  free() it. */
void *mem_alloc(size_t n) MUST_CHECK;
void *mem_zalloc(size_t n) MUST_CHECK;

/*
 * Room for at least need elements of the given size in the array at old,
 * *cap of which are there; grows by doubling.
 */
void *mem_grow(void *old, size_t *cap, size_t need, size_t size) MUST_CHECK;

struct buf {
	char *data; /* the content; moves when the buffer changes */
	size_t len;
	size_t max; /* the content's greatest length */
	char *base; /* the allocation, data - base bytes already consumed */
	size_t cap;
	size_t used; /* of it, from base on, was ever written to */
};

#define BUF_INIT(most) ((struct buf){ .max = (most) })

/* Appends; false, with nothing appended, if it would pass the maximum. */
bool buf_add(struct buf *b, const void *bytes, size_t n) MUST_CHECK;
bool buf_add_str(struct buf *b, struct str s) MUST_CHECK;
bool
buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
bool buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    PRINTF_LIKE(2, 0) MUST_CHECK;

/*
 * Room for n more bytes behind the content, to be filled by the caller and
 * told with buf_filled(), as all that he wrote: no more is wiped.  NULL past
 * the maximum.
 */
char *buf_room(struct buf *b, size_t n) MUST_CHECK;
void buf_filled(struct buf *b, size_t n);

/* How many more bytes the maximum allows. */
size_t buf_left(const struct buf *b);

/* Drops n bytes from the front. */
void buf_consume(struct buf *b, size_t n);

/* Drops all but the first n bytes. */
void buf_truncate(struct buf *b, size_t n);

/* The content, borrowed until the buffer changes. */
struct str buf_str(const struct buf *b);

/* The content with a NUL behind it, borrowed likewise; never NULL. */
const char *buf_cstr(struct buf *b);

/* Wipes and frees what was ever the content; the buffer can be used again. */
void buf_release(struct buf *b);

/* For AUTO: frees what a char pointer owns. */
void cstr_release(char **owned);

#endif
