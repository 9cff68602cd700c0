// SPDX-License-Identifier: ISC
/*
 * The keys of servers as they were first seen, in a file for people to read
 * and change:
 *
 *	# what stands behind # does not count
 *	mail.example.org:465 sha256//BASE64 # 2026-08-01
 *
 * A server may have several, a line each.  A line that is none is an error
 * and not passed over: it may be the one that would have refused the server.
 */
#ifndef NET_KNOWNHOSTS_H
#define NET_KNOWNHOSTS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

enum { KNOWNHOSTS_NAME_MAX = 2048, KNOWNHOSTS_FILE_MAX = 1 << 20 };

/*
 * Appends what a server is called in it: "HOST:PORT" as A-labels in lower
 * case, "[ADDRESS]:PORT" of IPv6, or the socket's path if there is one; "%XX"
 * for what would end a word.  EX_CONFIG if it cannot be one.
 */
bool knownhosts_name(const char *host, unsigned port, const char *socket,
    struct buf *name, struct err *e) MUST_CHECK;

enum knownhosts_verdict {
	KNOWNHOSTS_NEW,     /* nothing is said of the server */
	KNOWNHOSTS_SAME,    /* it has that key */
	KNOWNHOSTS_CHANGED, /* it has another */
	KNOWNHOSTS_DAMAGED, /* that line makes no sense */
};

struct knownhosts_finding {
	enum knownhosts_verdict verdict;
	unsigned line;  /* of CHANGED the first, or of DAMAGED */
	struct str pin; /* of CHANGED: what that line says, within the text */
};

/* What the file's text says of that server and key ("sha256//BASE64"). */
struct knownhosts_finding
knownhosts_find(struct str text, struct str name, struct str pin);

/* Adds it to the text; false if that would be too long. */
bool knownhosts_add(struct buf *text, const char *name, const char *pin,
    const char *date) MUST_CHECK;

/* Makes the file's folder if need be.  EX_CONFIG if it is not the user's
 * alone, EX_CANTCREAT. */
bool knownhosts_prepare(const char *file, struct err *e) MUST_CHECK;

/*
 * Whether the key is the host's (knownhosts_name()) by the file; if nothing is
 * said of it there, it is from now on, on disk, and *is_new.  EX_UNAVAILABLE if
 * it is another one; EX_CONFIG, EX_CANTCREAT, EX_IOERR if the file cannot be
 * used or written, EX_TEMPFAIL if another process is at it for too long.
 */
bool knownhosts_judge(const char *file, const char *host, const char *pin,
    bool *is_new, struct err *e) MUST_CHECK;

#endif
