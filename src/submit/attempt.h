// SPDX-License-Identifier: ISC
/*
 * The line to the server: made, given its TLS, and closed, as the settings
 * have it; a session's bytes go over it.  Behind the first one the process is
 * confined (submit/confine.h).
 */
#ifndef SUBMIT_ATTEMPT_H
#define SUBMIT_ATTEMPT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"
#include "net/dial.h"
#include "net/stream.h"
#include "net/trustfile.h"
#include "submit/failures.h"
#include "submit/servers.h"

struct contact;
struct err;
struct serverinfo;
struct settings;
struct smtp_job;
struct smtp_session;
struct tls_identity;

/*
 * Tries with the servers of the same settings: what they need, and the line
 * that there is.
 */
struct attempt {
	const struct settings *settings;
	/* a folder that stays open to us besides, the queue's; or NULL */
	const char *folder;
	struct dial_result peer;
	struct servers servers;
	struct contact *contacts; /* with each; owned, NULL before the first */
	struct failures failures; /* of this try, before the one at hand */
	size_t nleft;             /* servers to be tried, this one included */
	int budget_msec;          /* left to connect to these */
	bool is_ours;             /* what failed last would do so anywhere */
	bool is_confined;
	char server[320];      /* "host:port", for the user */
	char own_name[256];    /* this host's */
	const char *ehlo_name; /* it, or what the settings say */
	int sessions;          /* the folder of saved ones of TLS; or -1 */
	bool has_login;
	bool is_first;                 /* TLS comes before all else */
	bool is_required;              /* and is verified */
	bool has_tls;                  /* was there on the last line */
	bool may_resume;               /* a saved one */
	bool is_spoilt;                /* TLS failed, perhaps for that */
	bool has_line;                 /* stream is open */
	bool has_trust;                /* authorities may be asked */
	struct trustfile trust;        /* where they are */
	struct tls_identity *identity; /* our own; or NULL */
	struct stream stream;
	struct buf in;
	struct buf out;
	struct buf proxy_password; /* or nothing */
	struct buf trace;          /* of the dialogue, until it is shown */
	unsigned ntrips;           /* groups of commands that were waited for */
	struct serverinfo *info;   /* is to be filled; or NULL */
	/* called when the server has taken the message for some, and before it
	 * is asked to for others; or NULL */
	void (*taken)(void *whose, const struct smtp_session *session);
	void *whose;
};

/* The settings are borrowed. */
struct attempt attempt_of(const struct settings *settings);

/* There is time again for connecting, once to each of so many servers. */
void attempt_allow(struct attempt *a, size_t nservers);

/* So many on, past the last to the first. */
void attempt_turn(struct attempt *a, size_t n);

/* The name of the server that is tried, or that we are connected to. */
const char *attempt_host(const struct attempt *a);

/*
 * A connection, and the session on it to its end, whatever that is, for the
 * caller to release; the job's login and the like are filled in.  False if
 * there was no connection.  With keeps_line the line stays, as long as it is
 * fit for another message.
 *
 * If TLS failed with a saved session, nothing was said behind it, and all
 * begins anew with a handshake that tells the truth.  This is for the first
 * connection; later ones to that server resume none.
 */
bool attempt_begin(struct attempt *a, struct str password, struct smtp_job *job,
    struct smtp_session *session, struct err *e) MUST_CHECK;

/*
 * As many connections as the server wants for the rest; each served somebody,
 * so there is an end to it.
 */
void attempt_serve_rest(struct attempt *a, struct smtp_session *session);

/*
 * Between two messages: what the server has said since, such as good-bye, is
 * heard; has_line then says whether there is a line for the next.
 */
void attempt_look(struct attempt *a, struct smtp_session *session);

/* After smtp_next(), on the line that there is. */
void attempt_go_on(struct attempt *a, struct smtp_session *session);

/* With QUIT, where the server is in a state to hear it. */
void attempt_end(struct attempt *a, struct smtp_session *session);

void attempt_release(struct attempt *a);

#endif
