// SPDX-License-Identifier: ISC
/*
 * Which rc files there are.  The user's class and the system's are looked
 * into one after the other; in each, our own file and its drop-ins, or, if
 * there are none of these, what msmtp would have read.
 */
#ifndef CONFIG_PLACES_H
#define CONFIG_PLACES_H

#include <stdbool.h>

#include "base/attr.h"

struct account_places;
struct err;
struct findings;
struct rcfile;
struct strvec;

enum places_class {
	PLACES_NAMED, /* by -C, and must be there */
	PLACES_USER,
	PLACES_SYSTEM,
};

/*
 * Reads what there is of a class into *rc, which is empty yet, and notes for
 * each file that it looked for in vain "PATH (why)".  rc->files is empty if
 * nothing was there.  False as from rcfile_read().
 */
bool places_load(const struct account_places *places, enum places_class class,
    struct rcfile *rc, struct strvec *missing, struct findings *findings,
    struct err *e) MUST_CHECK;

/* Whether msmtp would look for its settings in a file of that name. */
bool places_is_msmtp(const char *path);

#endif
