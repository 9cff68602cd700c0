// SPDX-License-Identifier: ISC
/* A growing list of owned strings. */
#ifndef BASE_STRVEC_H
#define BASE_STRVEC_H

#include <stddef.h>

#include "base/str.h"

struct strvec {
	char **items; /* NULL behind the last */
	size_t len;
	size_t cap;
};

#define STRVEC_INIT ((struct strvec){ .items = NULL })

/* Appends a copy. */
void strvec_add(struct strvec *v, struct str s);

/* By octets, from that place on. */
void strvec_sort(struct strvec *v, size_t from);

void strvec_release(struct strvec *v);

#endif
