// SPDX-License-Identifier: ISC
/* What the settings want of the server besides delivery, as smtp asks it. */
#ifndef SUBMIT_WISHES_H
#define SUBMIT_WISHES_H

#include "base/date.h"
#include "config/settings.h"
#include "smtp/ask.h"

/* Not to be copied: asks point into it, and into the settings. */
struct wishes {
	struct smtp_ask asks[SMTP_ASK_COUNT];
	char who[SMTP_ASK_COUNT][SETTINGS_WHERE_SIZE + 32];
	char notify[sizeof("SUCCESS,FAILURE,DELAY")];
	char by[32];
	char hold_for[16];
	char hold_until[DATE_SIZE];
};

/* The settings are checked and outlive it. */
void wishes_init(struct wishes *w, const struct settings *s);

/*
 * Of these, what a report of ours on such a message asks for: nothing that
 * would bring about another report, put it off or keep it from being sent.
 */
void
wishes_of_report(const struct wishes *w, struct smtp_ask asks[SMTP_ASK_COUNT]);

#endif
