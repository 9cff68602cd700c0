// SPDX-License-Identifier: ISC
/*
 * Libraries that are loaded by the run that needs them, and by no other.
 *
 * What is called of one is listed in base/NAME.txt; late.py makes
 * base/late_NAME.h of it, which stands for the library's own headers: each of
 * these names is then a call through a table, which late_load() fills.  Nothing
 * is linked with the library, so a name that the list lacks is found by the
 * linker.
 *
 * Where the build links with it ("-Dlate_loading=false"), the same header
 * includes the library's and no more, and late_load() has nothing to do.
 */
#ifndef BASE_LATE_H
#define BASE_LATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct err;

/* late.py writes one for each library. */
struct late {
	const char *soname;       /* NULL: it is linked with */
	const char *const *names; /* what is called of it */
	size_t nnames;
	void *table;   /* gets where each of these is */
	void *handle;  /* for dlsym(3); NULL: not loaded yet */
	char why[256]; /* it could not be, "": not tried yet */
};

/*
 * Loads it, once and for good, in whichever thread asks first.  EX_OSERR if
 * that cannot be done; then it is said so each time, and not tried again.
 */
bool late_load(struct late *library, struct err *e) MUST_CHECK;

/*
 * The same for a call that nobody has prepared: if the library cannot be
 * loaded, the program ends, as with no memory.
 */
void late_insist(struct late *library);

/*
 * The folder that it will be loaded from, with what it brings: where the C
 * library is, as on most systems, if it is there and nothing makes the loader
 * look elsewhere first.  False if that is not so.
 */
bool
late_folder(const struct late *library, char *folder, size_t size) MUST_CHECK;

#endif
