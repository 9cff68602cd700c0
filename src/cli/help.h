// SPDX-License-Identifier: ISC
/* What --help and --version print, made from the tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

struct buf;

/* Appended to *out, of which 16 KiB must be left. */
void help_print(struct buf *out);
void help_version(struct buf *out);

/* "0.1.0" */
const char *help_release(void);

#endif
