// SPDX-License-Identifier: ISC
/* Finding the rc files, and the account in them that a message goes by. */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/rcfile.h"
#include "config/settings.h"

/* Where rc files are looked for, and what stands in for them; borrowed. */
struct account_places {
	const char *file;        /* this one alone (-C); NULL for the others */
	const char *config_home; /* NULL: .config in home */
	const char *home;        /* NULL: there is none */
	const char *sysconfdir;
	const char *smtpserver; /* $SMTPSERVER and */
	const char *email;      /* $EMAIL: msmtp's, if there is no account */
};

/* The places that the environment names; the home goes to *home. */
struct account_places account_places_here(const char *file, struct buf *home);

/* What was read. */
struct account_files {
	struct rcfile own;    /* the user's, or those of -C */
	struct rcfile shared; /* the system's */
	bool has_read;        /* one of them, whatever was in it */
	struct err fault;     /* the system's file's: for who needs that file */
	struct buf tried;     /* the files, and what was found there */
	struct settings environment; /* $SMTPSERVER and $EMAIL, both or none */
};

#define ACCOUNT_FILES_INIT                \
	((struct account_files){          \
	    .own = RCFILE_INIT,           \
	    .shared = RCFILE_INIT,        \
	    .fault = ERR_INIT,            \
	    .tried = BUF_INIT(2000),      \
	    .environment = SETTINGS_INIT, \
	})

/* SYSCONFDIR/posthasterc, as --version tells it. */
const char *account_system_file(void);

/*
 * Reads the file alone if there is one, else the user's rc files, and the
 * system's unless the user's has the account of that name (NULL: any may be
 * wanted).  EX_CONFIG if the file of -C is missing, or if the user's is
 * wrong; EX_NOPERM if one is there and may not be read.
 */
bool account_read(struct account_files *f, const char *name,
    const struct account_places *places, struct err *e) MUST_CHECK;

/* The same with account_places_here(). */
bool account_load(struct account_files *f, const char *name, const char *file,
    struct err *e) MUST_CHECK;

/* Settings that were taken from an account have origins that dangle now. */
void account_files_release(struct account_files *f);

/* What is known of the account wanted; borrowed. */
struct account_wish {
	const char *name;   /* -a; NULL if not given */
	const char *sender; /* addr-spec in A-labels; NULL if not known */
	const char *whose;  /* sender's name in the reason: "--from" */
};

struct account_choice {
	const struct account *account; /* NULL: it is of the environment */
	bool is_msmtp;                 /* of a file written for msmtp */
	const struct settings *settings;
	char why[512]; /* one line, to be made printable */
};

/* Whether it can make a difference to know the sender. */
bool account_depends_on_sender(const struct account_files *f);

/*
 * The account of that name; else the one whose "from" matches the sender
 * best (an address before patterns, of these the one with the most
 * characters; an address's "+detail" counts unless nothing matches it); else
 * "default"; else the environment's.  The user's accounts hide the system's
 * of the same names.  *choice points into *f.  EX_CONFIG if there is none.
 */
bool
account_choose(const struct account_files *f, const struct account_wish *wish,
    struct account_choice *choice, struct err *e) MUST_CHECK;

/* Fills what is unset in *s.  EX_CONFIG if there is no host even then. */
bool account_apply(const struct account_choice *choice, struct settings *s,
    struct err *e) MUST_CHECK;

#endif
