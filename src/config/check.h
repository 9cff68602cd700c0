// SPDX-License-Identifier: ISC
/* Settings that contradict each other. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct findings;
struct settings;

/*
 * Whether the settings, with all sources filled in, can be meant.  EX_CONFIG
 * naming the places of those that cannot.
 */
bool check_settings(const struct settings *s, struct err *e) MUST_CHECK;

/* The same, with all that cannot be meant going to the findings. */
void check_all(const struct settings *s, struct findings *f);

#endif
