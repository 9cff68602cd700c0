// SPDX-License-Identifier: ISC
/* Lists of revoked certificates. */
#ifndef NET_CRL_H
#define NET_CRL_H

/* With --debug: tells which lists of the file (PEM) are out of date; they
 * count all the same.  A file that is none was refused before. */
void crl_tell_age(const char *file);

#endif
