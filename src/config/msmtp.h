// SPDX-License-Identifier: ISC
/* What a file that was written for msmtp means where it says nothing. */
#ifndef CONFIG_MSMTP_H
#define CONFIG_MSMTP_H

struct settings;

/*
 * Fills in msmtp's defaults where ours are others: no login, a port that is
 * known, and no TLS, unless something else is said of TLS.
 */
void msmtp_fill_defaults(struct settings *s);

#endif
