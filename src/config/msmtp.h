// SPDX-License-Identifier: ISC
/* What a file that was written for msmtp means where it says nothing. */
#ifndef CONFIG_MSMTP_H
#define CONFIG_MSMTP_H

struct findings;
struct settings;

/*
 * Obeys what msmtp obeys of settings of such a file that contradict each
 * other: what has no effect there is unset, and told to *f, which may be
 * NULL, with other things that are not as they should be.
 */
void msmtp_settle(struct settings *s, struct findings *f);

/*
 * Fills in msmtp's defaults where ours are others: no login, a port that is
 * known, and no TLS, unless a flag or variable says something of TLS.
 * Before msmtp_settle().
 */
void msmtp_fill_defaults(struct settings *s);

#endif
