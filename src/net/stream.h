// SPDX-License-Identifier: ISC
/* Bytes both ways over a connection, plain or TLS, under a deadline. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

struct buf;
struct err;
struct stream;

/* What a transport says when it moved nothing. */
enum {
	TRANSPORT_END = 0,    /* receiving: there is no more */
	TRANSPORT_WAIT = -1,  /* not now: poll for *events */
	TRANSPORT_ERROR = -2, /* *e is set */
};

/* How bytes get through: as they are, or TLS (net/tls.h). */
struct transport {
	size_t record; /* octets; less of them cost as much */
	ssize_t (*send)(struct stream *st, const char *src, size_t n,
	    short *events, struct err *e);
	ssize_t (*recv)(struct stream *st, char *dst, size_t room,
	    short *events, struct err *e);
	/* whether received bytes wait in memory, unseen by poll */
	bool (*is_pending)(const struct stream *st);
	/* says good-bye as far as it goes without waiting, and frees */
	void (*finish)(struct stream *st);
};

struct tls;

struct stream {
	int fd; /* non-blocking; owned */
	const struct transport *transport;
	struct tls *tls;       /* owned, NULL without TLS */
	int64_t deadline_msec; /* clock_msec() time */
	unsigned allowed_s;    /* the seconds behind it, for the message */
	size_t nsent;          /* octets, since it was set */
	size_t backlog; /* octets underway that were many; see stream.c */
	bool is_deaf;   /* the peer takes no more; what it said may be read */
	bool is_ending; /* what is sent are the last words */
};

/* Takes the descriptor. */
void stream_init(struct stream *st, int fd);

/*
 * What is waited for from here on must come within that many seconds; as long
 * as the peer takes what was sent before, again that many.
 */
void stream_allow(struct stream *st, unsigned seconds);

enum stream_goal {
	/*
	 * Of out less than a record is left, which waits for what will be
	 * added; received is what was there.
	 */
	STREAM_ROOM,
	STREAM_INPUT, /* all of out is sent and something is received */
};

/*
 * Moves bytes both ways, from out and behind in's content, until the goal is
 * reached or anything was received.  It never only writes: a peer that
 * answers while we send cannot block us.  EX_TEMPFAIL when the line is lost,
 * ended or the deadline past; EX_PROTOCOL when in is full, so that the reader
 * of it can do nothing with all that was said.
 */
bool stream_pump(struct stream *st, enum stream_goal goal, struct buf *in,
    struct buf *out, struct err *e) MUST_CHECK;

/* Waits for the events of poll(2), under the deadline. */
bool stream_wait(struct stream *st, short events, struct err *e) MUST_CHECK;

/* Sends what goes at once of the last words, and closes. */
void stream_finish(struct stream *st, struct buf *last_words);

#endif
