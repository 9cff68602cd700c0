// SPDX-License-Identifier: ISC
/*
 * Where a message comes from: the account that it goes by, its sender, and
 * all that follows for the settings.
 *
 * The account may depend on who sends, and that on the message.  So the rc
 * files are read first, and what can be said without the message is said
 * before the caller takes it in.
 */
#ifndef SUBMIT_ORIGIN_H
#define SUBMIT_ORIGIN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/account.h"
#include "config/login.h"

struct err;
struct message;
struct settings;

/* What the call says; borrowed. */
struct origin_call {
	const char *account; /* -a; NULL if not given */
	const char *rcfile;  /* -C; likewise */
	bool reads_author;   /* --read-envelope-from */
};

struct origin {
	struct origin_call call;
	struct account_files files;
	struct account_choice choice; /* nothing: no account is wanted */
	struct login login;
	struct buf address; /* the account's, an addr-spec; or nothing */
	bool has_chosen;
	bool needs_message;
};

#define ORIGIN_INIT                       \
	((struct origin){                 \
	    .files = ACCOUNT_FILES_INIT,  \
	    .login = LOGIN_INIT,          \
	    .address = BUF_INIT(1 << 16), \
	})

/*
 * Reads the rc files; s has what flags and environment set.  Then
 * o->needs_message says whether origin_settle() wants it.
 */
bool origin_read(struct origin *o, const struct origin_call *call,
    const struct settings *s, struct err *e) MUST_CHECK;

/*
 * Fills all that is unset in *s, and checks it.  m is NULL if there is none;
 * it is not looked at but where o->needs_message.
 */
bool origin_settle(struct origin *o, struct settings *s,
    const struct message *m, struct err *e) MUST_CHECK;

/* The same in two steps: the settings can be shown between them. */
bool origin_fill(struct origin *o, struct settings *s, const struct message *m,
    struct err *e) MUST_CHECK;
bool origin_judge(struct origin *o, struct settings *s, const struct message *m,
    struct err *e) MUST_CHECK;

/* An address in a file or the environment is a setting that can be wrong. */
bool origin_check_sender(const struct settings *s, struct err *e) MUST_CHECK;

/* The account's name; NULL if there is none. */
const char *origin_account(const struct origin *o);

/* Release it after the settings. */
void origin_release(struct origin *o);

#endif
