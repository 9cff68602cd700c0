// SPDX-License-Identifier: ISC
/*
 * Texts that must have a form: what a row of the settings table names as its
 * check.  EX_CONFIG with what is wrong.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct err;

/* An IPv4 or IPv6 address; the latter with %ZONE if need be. */
bool value_is_address(struct str text, struct err *e) MUST_CHECK;

/* SHA-256 in hexadecimal digits; several with blanks or commas between. */
bool value_is_fingerprint(struct str text, struct err *e) MUST_CHECK;

#endif
