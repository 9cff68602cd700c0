// SPDX-License-Identifier: ISC
/*
 * The command line.  Called as posthaste, sendmail's letters and our own
 * flags work; called as sendmail, only sendmail's letters: callers put text
 * of strangers there, so none of them may write a file, read another
 * configuration or run a command.
 */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "config/settings.h"

struct err;

enum cli_mode {
	CLI_SEND,
	CLI_PRETEND,      /* show the settings, send nothing */
	CLI_ROUTE,        /* tell which way it would go, and why */
	CLI_CHECK_CONFIG, /* tell what is wrong with them */
	CLI_PRINT_CONFIG, /* show them without a message */
	CLI_SERVERINFO,   /* show what the server is */
	CLI_RMQS,         /* have it send what waits under mode_arg */
	CLI_CONFIGURE,    /* show settings for the address mode_arg */
	CLI_HELP,
	CLI_VERSION,
	CLI_MAILQ,     /* list the queue; called by that name, too */
	CLI_QUEUE_RUN, /* deliver what waits */
	/* those named: recipients are more of them */
	CLI_QUEUE_SHOW,
	CLI_QUEUE_REMOVE,
	CLI_QUEUE_HOLD,
	CLI_QUEUE_RELEASE,
	CLI_QUEUE_RETRY,
	CLI_NEWALIASES, /* nothing to do */
};

/* What -q chooses. */
enum cli_queue_by {
	CLI_QUEUE_DUE, /* what is to be tried by now */
	CLI_QUEUE_BY_ID,
	CLI_QUEUE_BY_RCPT,
	CLI_QUEUE_BY_SENDER,
};

/* -od: when the message is to be delivered, whatever the settings say. */
enum cli_delivery {
	CLI_DELIVERY_AS_SET,
	CLI_DELIVERY_INTERACTIVE,
	CLI_DELIVERY_BACKGROUND,
	CLI_DELIVERY_QUEUE,
};

/* Strings are borrowed from argv. */
struct cli {
	enum cli_mode mode;
	const char *mode_arg; /* of the mode's flag; NULL if it has none */
	enum cli_queue_by queue_by;
	const char *queue_text; /* what the chosen hold a part of */
	unsigned queue_every_s; /* 0: the queue is run once */
	enum cli_delivery delivery;
	bool is_sendmail;  /* called by that name */
	bool from_header;  /* -t */
	bool reads_author; /* --read-envelope-from */
	bool ignores_dot;  /* -i */
	bool debug;
	bool as_json;        /* --json: what the mode shows */
	const char *account; /* -a; NULL if not given */
	const char *rcfile;  /* -C; likewise */
	const char *tag;     /* -L: our name in syslog */
	char **recipients;   /* the array is owned */
	size_t nrecipients;
	struct settings settings; /* those set by flags */
};

#define CLI_INIT ((struct cli){ .mode = CLI_SEND, .tag = "posthaste" })

/*
 * Flags and recipients may stand in any order; "--" ends the flags.
 * EX_USAGE, EX_DATAERR for a sender that cannot be one, EX_UNAVAILABLE for
 * what sendmail can do and this version cannot.
 */
bool
cli_parse(struct cli *cli, int argc, char **argv, struct err *e) MUST_CHECK;

void cli_release(struct cli *cli);

/* What the tables for --help, completions and manual check consist of. */

enum flag_arg {
	FLAG_ARG_NONE,
	FLAG_ARG_REQUIRED, /* -xARG, -x ARG, --name=ARG, --name ARG */
	FLAG_ARG_OPTIONAL, /* -xARG, --name=ARG */
};

enum flag_action {
	FLAG_SETTING,  /* value is a setting_id */
	FLAG_FAMILY,   /* value is the address_family */
	FLAG_OBSOLETE, /* value is a row of obsolete_table */
	FLAG_MODE,     /* value is a cli_mode, its argument mode_arg */
	FLAG_ACCOUNT,
	FLAG_RCFILE,
	FLAG_FROM_HEADER,
	FLAG_READ_AUTHOR,
	FLAG_IGNORE_DOT,
	FLAG_DEBUG,
	FLAG_JSON,
	FLAG_TAG,
	FLAG_OPTION,      /* -o: sendmail's options, by letter */
	FLAG_LONG_OPTION, /* -O: and by name */
	FLAG_OPERATION,   /* -b: what sendmail is to do */
	FLAG_QUEUE,       /* -q: which of the queue, or how often */
	FLAG_IGNORED,
	FLAG_REFUSED, /* help is the reason */
};

enum flag_caller {
	FLAG_BY_ANY,
	FLAG_BY_SENDMAIL, /* only when called so */
	FLAG_BY_POSTHASTE,
};

struct flag {
	const char *name;     /* of the long flag, NULL if there is none */
	const char *arg_name; /* in --help */
	const char *help;     /* NULL: not to be listed by itself */
	enum flag_arg arg;
	enum flag_action action;
	enum flag_caller caller;
	int value;
	char letter; /* 0 if there is none */
};

/* All flags but those of the settings. */
extern const struct flag flag_table[];
extern const size_t flag_count;

#endif
