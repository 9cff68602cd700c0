// SPDX-License-Identifier: ISC
/* What may be kept from one run to the next. */
#ifndef SUBMIT_CACHE_H
#define SUBMIT_CACHE_H

#include "base/attr.h"

struct settings;

/*
 * The folder for TLS sessions, made if it is missing, for the caller to close;
 * -1 if the settings want none, or none can be had, which --debug tells.
 */
int cache_open_sessions(const struct settings *s) MUST_CHECK;

#endif
