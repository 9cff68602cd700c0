// SPDX-License-Identifier: ISC
/*
 * Texts that must have a form: what a row of the settings table names as its
 * check.  EX_CONFIG with what is wrong.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct err;

/* RFC 3461 4.4 */
enum { VALUE_ENVID_MAX = 100 };

/* What RFC 2852 and 4865 have digits for. */
enum { VALUE_SECONDS_MAX = 999999999 };

/* "15m", "2h 30m,return", "1d,notify,trace" */
struct value_deliver_by {
	uint64_t seconds;
	bool returns; /* what is late; else the sender is told of it */
	bool traces;  /* and of each relay that does not know of deadlines */
};

/* An IPv4 or IPv6 address; the latter with %ZONE if need be. */
bool value_is_address(struct str text, struct err *e) MUST_CHECK;

/* A command in which a percent is followed by h, p or another one. */
bool value_is_tunnel(struct str text, struct err *e) MUST_CHECK;

/* SHA-256 in hexadecimal digits; several with blanks or commas between. */
bool value_is_fingerprint(struct str text, struct err *e) MUST_CHECK;

/* The same, or SHA-1 or MD5, as old files have it. */
bool value_is_old_fingerprint(struct str text, struct err *e) MUST_CHECK;

/* "sha256//" and SHA-256 of a key in base64; several with blanks, commas or
 * semicolons between. */
bool value_is_pin(struct str text, struct err *e) MUST_CHECK;

/* Whether it is PKCS#11's (RFC 7512), not a file. */
bool value_is_url(struct str text);

/* A file, or such a URL; but not one with the PIN, which is a secret. */
bool value_is_key_place(struct str text, struct err *e) MUST_CHECK;

/* "90", "15m", "2h 30m", "5d"; false past max. */
bool value_parse_seconds(
    struct str text, uint64_t max, uint64_t *seconds) MUST_CHECK;

/* Some of the words of reports, or "never" alone. */
bool value_is_notify(struct str text, struct err *e) MUST_CHECK;

/* Printable ASCII of VALUE_ENVID_MAX as xtext. */
bool value_is_envid(struct str text, struct err *e) MUST_CHECK;

bool value_is_deliver_by(struct str text, struct err *e) MUST_CHECK;
bool value_parse_deliver_by(
    struct str text, struct value_deliver_by *by, struct err *e) MUST_CHECK;

/* A date, time and offset (RFC 3339). */
bool value_is_date(struct str text, struct err *e) MUST_CHECK;

/* From -9 to 9. */
bool value_is_priority(struct str text, struct err *e) MUST_CHECK;

/* An address in ASCII, or "<>". */
bool value_is_mail_auth(struct str text, struct err *e) MUST_CHECK;

#endif
