// SPDX-License-Identifier: ISC
/*
 * What --debug tells besides the dialogue, so that a transcript is a bug
 * report: nothing in it is a secret, and without --debug nothing is done.
 */
#ifndef SUBMIT_TRANSCRIPT_H
#define SUBMIT_TRANSCRIPT_H

struct err;
struct settings;
struct tls_options;

/* Ours and the libraries' versions, and the system's. */
void transcript_begin(const char *version);

/* What was set, and where; not the defaults. */
void transcript_settings(const struct settings *s);

/*
 * How TLS went, by what o->seen got, which is not NULL with --debug; why is
 * NULL if it stands.
 */
void transcript_tls(const struct tls_options *o, const struct err *why);

void transcript_end(int exit);

#endif
