// SPDX-License-Identifier: ISC
/* Internationalised domain names (RFC 5890) by libidn2. */
#ifndef BASE_IDN_H
#define BASE_IDN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/*
 * Appends the domain with A-labels: an ASCII domain as it stands, any other
 * as IDNA2008 says.  EX_DATAERR if it cannot be one; EX_OSERR if there is no
 * libidn2.
 */
bool idn_to_ascii(struct str domain, struct buf *out, struct err *e) MUST_CHECK;

/* The same of a host that the settings name: EX_CONFIG "host: ..." */
bool
idn_host_to_ascii(struct str host, struct buf *out, struct err *e) MUST_CHECK;

#endif
