// SPDX-License-Identifier: ISC
/*
 * One SMTP client session (RFC 5321) without a socket: bytes that came go
 * in, bytes to send come out, and nothing here waits, prints or looks at a
 * clock.  The caller puts what it received behind in, calls smtp_step(),
 * sends what is in out, and does what the answer says.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "smtp/ask.h"
#include "smtp/body.h"
#include "smtp/caps.h"
#include "smtp/exitcode.h"
#include "smtp/reply.h"
#include "smtp/sasl.h"

struct envelope;
struct smtp_row;
struct source;

enum smtp_want {
	SMTP_WANT_INPUT, /* send what is in out, and receive */
	SMTP_WANT_ROOM,  /* the same; there is more to send */
	SMTP_WANT_TLS,   /* start TLS, then smtp_tls_started() */
	SMTP_DONE, /* it is over; what is in out may be sent, not waited for */
};

enum smtp_tls {
	SMTP_TLS_NEVER,
	SMTP_TLS_IF_OFFERED, /* STARTTLS when the server has it */
	SMTP_TLS_REQUIRED,   /* STARTTLS or nothing */
	SMTP_TLS_RUNNING,    /* it came first; channel is set */
};

enum smtp_goal {
	SMTP_GOAL_SEND, /* a message */
	SMTP_GOAL_INFO, /* what the server says of itself; no login */
	SMTP_GOAL_ETRN, /* that it sends what waits for somebody (RFC 1985) */
};

/* What the session is for; all of it borrowed until it is released. */
struct smtp_job {
	enum smtp_goal goal;
	const char *ehlo_name;
	enum smtp_tls tls;
	struct sasl_channel channel; /* as it is at the start */
	struct sasl_login login;
	const char *etrn; /* with that goal: the queue's name */
	/* with SMTP_GOAL_SEND */
	const struct envelope *envelope;
	struct source *source;
	/* recipients refused: the others get it all the same */
	bool partial_delivery;
	bool is_lmtp; /* RFC 2033 */
	/* another message may follow on this connection: QUIT only by
	 * smtp_quit() */
	bool keeps_line;
	struct smtp_ask asks[SMTP_ASK_COUNT];
};

enum smtp_verdict {
	SMTP_NOT_ASKED,
	SMTP_ACCEPTED, /* the recipient; the message is not yet */
	SMTP_DEFERRED, /* to be asked for again in the next transaction */
	SMTP_REFUSED,
	SMTP_TAKEN, /* the server has the message for it */
};

/* What the server said of a recipient; kept small, there may be many. */
struct smtp_outcome {
	enum smtp_verdict verdict;
	int exit; /* if refused; EX_TEMPFAIL for now, or for good */
	int code; /* of the reply */
	enum smtp_stage stage; /* at which it was refused */
	char enh[12];
	const char *said; /* its words, printable; owned by the session */
	const char *hint; /* what to do about it, or NULL; nobody's to free */
};

/*
 * A step for a recipient; rcpt, a place in the transaction's batch, counts at
 * SMTP_RCPT only.
 */
struct smtp_cursor {
	enum smtp_stage stage;
	size_t rcpt;
};

/*
 * The recipients in the order in which they are asked for.  A transaction
 * has some of them; those that it could not have come first in the next.
 */
struct batch {
	size_t *queue;    /* their indices; those before start are done */
	size_t start;     /* this transaction's first */
	size_t n;         /* and how many it has */
	size_t ndeferred; /* of these, to be asked for again */
	size_t most;      /* that a transaction could have; 0: not known */
	size_t nmails;    /* transactions begun on this connection */
	bool has_moved;   /* one of them was accepted */
};

struct smtp_session {
	const struct smtp_row *rows; /* by stage */
	struct smtp_job job;
	struct smtp_cursor sending; /* what is to be sent next */
	struct smtp_cursor hearing; /* what the next reply is to */
	bool must_hear;             /* send nothing before all is heard */
	bool wants_tls;             /* the caller is to start it */
	bool is_over;
	bool is_broken;     /* out of step, or the line is gone */
	bool can_quit;      /* nothing more is to be heard */
	bool is_open;       /* the server may have a transaction open */
	bool is_text_begun; /* some of the message is in out or sent */
	bool is_text_sent;  /* all of it */
	bool has_unsent;    /* some of out had not gone when in came */
	bool has_verdict;   /* on the message; the transaction is to be ended */
	bool is_draining;   /* it failed; what was sent ahead is still heard */
	bool is_stuck;      /* RSET was refused */
	bool is_accepted;   /* the server has it for some recipient */
	bool wants_again;   /* over, but for others on another connection */
	bool has_begun;     /* MAIL of this message is in out or sent */
	/* err is the server's verdict on this message, or follows from what it
	 * offers: it would be the same on every try */
	bool is_final;
	/* err is about the connection, not the message: it was lost, closed by
	 * the server (421), out of step, or has seen too many messages */
	bool is_line_fault;
	/* all of the message was sent, and its verdict not heard or not clear:
	 * it may have been delivered all the same */
	bool is_uncertain;
	bool has_final_refusal; /* of a recipient */
	uint64_t progress;
	struct buf greeting;     /* the words of it, with SMTP_GOAL_INFO */
	struct buf offers;       /* likewise, of the last reply to EHLO */
	struct buf first_offers; /* of the one before STARTTLS */
	struct caps caps;
	struct reply reply;
	struct body body;
	const struct sasl_mechanism *mechanism;
	struct sasl *sasl;
	struct buf response; /* the last of AUTH, in base64 */
	struct buf told;     /* those before, with blanks between them */
	bool is_kept_back;   /* it was too long for the AUTH command */
	bool has_shown; /* the password, to who then wanted another mechanism */
	struct batch batch;
	size_t naccepted;     /* recipients of this transaction */
	size_t ntaken;        /* recipients that the message was accepted for */
	size_t ntransactions; /* of which it was accepted */
	size_t nverdicts;     /* with LMTP, the place of the next one's */
	char said[512];       /* the last such reply, printable */
	struct smtp_outcome *outcomes; /* one for each recipient */
	struct strvec texts;           /* what outcomes' said points to */
	/* what failed for all recipients not refused; EX_OK if nothing did */
	struct err err;
	struct buf *trace; /* gets the dialogue without secrets, or NULL */
};

/* trace, if not NULL, must outlive the session. */
void smtp_init(
    struct smtp_session *s, const struct smtp_job *job, struct buf *trace);

/*
 * As far as it goes with what is in in; appends to out, which is born with
 * at least SMTP_OUT_MAX.  After DONE see err and outcomes.
 */
enum smtp_want
smtp_step(struct smtp_session *s, struct buf *in, struct buf *out);

/* Seconds for the caller's handshake. */
enum { SMTP_TLS_TIMEOUT = 60 };

enum { SMTP_IN_MAX = 65536, SMTP_OUT_MAX = 262144 };

/* After WANT_TLS, when the handshake is done; the channel is borrowed. */
void
smtp_tls_started(struct smtp_session *s, const struct sasl_channel *channel);

/*
 * DONE with wants_again: the server took the message for some recipients and
 * wants another connection for the rest.  The caller makes one, and goes on
 * with smtp_step(); what is known of the recipients stays.
 */
void smtp_again(struct smtp_session *s, enum smtp_tls tls,
    const struct sasl_channel *channel);

/* There is no other connection, for the reason given. */
void smtp_give_up(struct smtp_session *s, const struct err *why);

/* What becomes of a recipient of a message that is over. */
enum smtp_fate {
	SMTP_FATE_LATER, /* nothing is decided */
	SMTP_FATE_TAKEN,
	SMTP_FATE_REFUSED, /* every other try would end so, too */
};

/*
 * By its index in the envelope.  Why it was not taken is in its outcome if
 * the verdict there is SMTP_REFUSED, else in err; if that is empty, another
 * recipient was refused and partial_delivery is off.
 */
enum smtp_fate smtp_fate(const struct smtp_session *s, size_t rcpt);

/*
 * Whether MAIL of this message is in out or sent: what failed before was the
 * server's or the login's, unless is_final.
 */
bool smtp_has_begun(const struct smtp_session *s);

/*
 * Whether another server may be asked with all of it, from its beginning: this
 * one has taken the message for nobody, and refused neither it, nor a recipient
 * or the login, for good.  It was out of order, had no TLS or login to offer,
 * or said "later".  No, if nothing failed, or by what is wrong on our side.
 */
bool smtp_may_go_elsewhere(const struct smtp_session *s);

/*
 * DONE with keeps_line: whether the connection is fit for another message,
 * whatever became of this one.  No where the server hung up or is out of
 * step, or takes no more messages on one connection (RFC 9422 MAILMAX).
 *
 * If time has passed since, receive what has come meanwhile, and call
 * smtp_step() or, if the line is lost, smtp_lost() before asking: they change
 * nothing but this.  A message sent into a line that is lost already may end
 * as is_uncertain for nothing.
 */
bool smtp_can_go_on(const struct smtp_session *s);

/*
 * There is one, and what was known of the last, which need no longer exist, is
 * forgotten: go on with smtp_step().  All of it is borrowed as in smtp_job.
 */
void smtp_next(struct smtp_session *s, const struct envelope *envelope,
    struct source *source, const struct smtp_ask asks[SMTP_ASK_COUNT]);

/* There is none: the last words, if the server is in a state to hear them.
 * Without keeps_line, and with wants_again, smtp_step() has said them. */
void smtp_quit(struct smtp_session *s, struct buf *out);

/*
 * The line is lost, or the deadline past, or TLS refused, for the reason
 * given: what that means depends on where the session stands.  It is over.
 */
void smtp_lost(struct smtp_session *s, const struct err *why);

/*
 * Seconds allowed for what is being waited for (RFC 5321 4.5.3.2), to be
 * counted anew whenever smtp_progress() changes: a whole reply came, or
 * another piece of the message could be sent.
 */
int smtp_timeout(const struct smtp_session *s);
uint64_t smtp_progress(const struct smtp_session *s);

void smtp_release(struct smtp_session *s);

#endif
