// SPDX-License-Identifier: ISC
/* Points in time as text (RFC 3339). */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

/*
 * "2026-12-24T18:00:00Z", "2026-12-24 18:00:00.5+01:00": a date-time of RFC
 * 3339 with its offset, to seconds since 1970; fractions do not count.
 */
bool date_parse(struct str text, int64_t *seconds) MUST_CHECK;

/* "2026-12-24T17:00:00Z"; of the years that have four digits. */
enum { DATE_SIZE = sizeof("2026-12-24T17:00:00Z") };
void date_format(int64_t seconds, char dst[DATE_SIZE]);

#endif
