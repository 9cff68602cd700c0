// SPDX-License-Identifier: ISC
/* Settings for a mail address, by what DNS says of its domain. */
#ifndef SUBMIT_CONFIGURE_H
#define SUBMIT_CONFIGURE_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct srv_nameserver;

/*
 * Appends lines for an rc file: RFC 6186's records, with TLS at once before
 * STARTTLS (RFC 8314 5.1).  EX_USAGE for what is no address, EX_NOHOST if
 * the domain names no server, EX_TEMPFAIL if nobody can tell.  The name
 * server is NULL for the system's.
 */
bool configure_show(const char *address, const struct srv_nameserver *ns,
    struct buf *out, struct err *e) MUST_CHECK;

#endif
