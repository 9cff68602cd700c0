// SPDX-License-Identifier: ISC
/*
 * The mechanisms that libgsasl plays, which is loaded for that.  Of no interest
 * outside this room.
 */
#ifndef SMTP_SASLIB_H
#define SMTP_SASLIB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;
struct sasl_channel;
struct sasl_login;
struct sasl_mechanism;

/* EX_OSERR */
bool saslib_load(struct err *e) MUST_CHECK;

/* As sasl_library_folder(). */
bool saslib_folder(char *folder, size_t size) MUST_CHECK;

/* One exchange. */
struct saslib;

/* As sasl_start(). */
struct saslib *
saslib_start(const struct sasl_mechanism *m, const struct sasl_login *login,
    const struct sasl_channel *channel, struct err *e) MUST_CHECK;

/* As sasl_step(), but neither challenge nor answer is in base64.  Gets whether
 * there is nothing more to be said. */
bool saslib_step(struct saslib *s, struct str challenge, struct buf *answer,
    bool *is_complete, struct err *e) MUST_CHECK;

/* Wipes what it can; NULL is fine. */
void saslib_free(struct saslib *s);

#endif
