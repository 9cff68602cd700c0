// SPDX-License-Identifier: ISC
/* The domains that mean this host. */
#ifndef MESSAGE_LOCALS_H
#define MESSAGE_LOCALS_H

#include <stdbool.h>

#include "base/str.h"
#include "base/strvec.h"

struct locals {
	struct strvec domains;
};

#define LOCALS_INIT ((struct locals){ .domains = STRVEC_INIT })

/* In either case, with a dot at its end or not. */
bool locals_has(const struct locals *l, struct str domain);

void locals_release(struct locals *l);

#endif
