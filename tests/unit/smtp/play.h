// SPDX-License-Identifier: ISC
/*
 * Plays a whole SMTP session without a socket.  The server is a script of
 * text, or a function that answers what the client sent.
 */
#ifndef TESTS_UNIT_SMTP_PLAY_H
#define TESTS_UNIT_SMTP_PLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/source.h"
#include "smtp/session.h"

/* How the server's bytes reach the client; nothing may depend on it. */
enum split { SPLIT_NOT, SPLIT_LINES, SPLIT_BYTES, SPLIT_COUNT };

struct scene {
	/* what the session is for; NULL and 0 stand for something simple */
	enum smtp_goal goal;
	const char *etrn;
	enum smtp_tls tls;
	struct sasl_channel channel; /* once there is TLS */
	const char *user, *password, *mechanisms;
	bool without_user; /* but with a login */
	const char *domain;
	unsigned port;
	const char *sender; /* a@example */
	const char *rcpts;  /* separated by blanks; b@example */
	const char *message;
	bool all_or_none;
	bool needs_utf8;
	bool is_lmtp;
	bool keeps_line;
	const struct scene *next;    /* the next message; NULL: the same */
	const struct smtp_ask *asks; /* all of them, or NULL */
	const char *originals;       /* as rcpts; "-" for none */
	/*
	 * Lines of a letter, a blank and text; those with the same letter that
	 * stand together are one write:
	 * S  the server says this, with CRLF
	 * C  the client has sent this, with CRLF, and nothing else
	 * T  the client wants TLS, and gets it
	 * N  the client wants TLS, and the handshake fails
	 * X  the line is lost
	 * G  the client wants another connection, and gets it
	 * F  the same, but there is none
	 * M  the message is over, and the next one follows
	 * V  the message is over; its state and fates are these ("-": none)
	 * Q  it is over, and none follows
	 * Behind the script the session is over and nothing more was sent.
	 */
	const char *script;
	/* what comes of it: of the session's error or the worst recipient */
	bool is_accepted;
	int exit;
	int code;
	const char *enh;
	/* of: f is final, l the line's fault, u uncertain, b has begun, g can
	 * go on; NULL: any */
	const char *state;
	const char *elsewhere; /* may go there: "yes" or "no"; NULL: either */
	/* of each recipient T taken, R refused, L later; NULL: any */
	const char *fates;
	/* parts of what the user gets to read; NULL: any, "": none */
	const char *text, *said, *hint;
};

#define PLAY(...) scene_play(&(struct scene){ __VA_ARGS__ }, __FILE__, __LINE__)

/* Plays the script with each way of splitting. */
void scene_play(const struct scene *sc, const char *file, int line);

/* A session as it is played. */
struct play {
	struct scene scene;
	enum split split;
	struct message message;
	struct envelope envelope;
	struct source source;
	struct smtp_session session;
	enum smtp_want want;
	size_t nsteps;
	struct buf in, out, trace;
	struct buf sent;  /* by the client, not yet looked at */
	const char *file; /* of the test */
	int line;
};

/* On the heap: play_close() gives it back, and looks for secrets first. */
struct play *
play_open(const struct scene *sc, enum split split, const char *file, int line);
void play_close(struct play *p);

/* Other bytes than the scene's message; before the first step. */
void play_set_fd(struct play *p, int fd);

/* Takes the session as far as it goes. */
void play_step(struct play *p);

/* The server says so. */
void play_give(struct play *p, struct str bytes);

void play_tls(struct play *p);
/* Another connection, if it is wanted. */
void play_again(struct play *p);

void play_lose(struct play *p, int exit, const char *text);

/*
 * A server: takes what it understands from the front of sent, and appends
 * its answers to reply.  False: it hangs up, the answers being said.
 */
typedef bool serve_fn(void *arg, struct buf *sent, struct buf *reply);

/* Plays against it until the session is over. */
void play_against(struct play *p, serve_fn *serve, void *arg);

/* Takes a line, without its end, from the front; false if there is none. */
bool play_take_line(struct buf *sent, struct buf *line);

/* The session's error or its worst recipient's exit code. */
int play_exit(const struct play *p);

/* Whether it stands in what is written down or shown to the user. */
bool play_has_told(const struct play *p, struct str text);

/* Told with the place of the test and the way of splitting. */
void play_check(const struct play *p, bool ok, const char *what);

#define PLAY_CHECK(p, cond) play_check((p), (cond), #cond)

#endif
