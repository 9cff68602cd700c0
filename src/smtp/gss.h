// SPDX-License-Identifier: ISC
/* Why the GSSAPI library, which libgsasl uses, does not do as it is told. */
#ifndef SMTP_GSS_H
#define SMTP_GSS_H

#include <stdbool.h>

struct err;

/*
 * The library is libgsasl, as dlsym(3) takes it.  Fills *e if no context with
 * the service smtp on that host can be begun: EX_TEMPFAIL if no key server
 * answers, else EX_NOPERM.  False if it can, or nothing is known of it.
 */
bool gss_explain(void *library, const char *host, struct err *e);

#endif
