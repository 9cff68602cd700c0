// SPDX-License-Identifier: ISC
/*
 * The scripted test smarthost: what its files share.
 *
 * The parent listens and forks; a child serves one connection (struct session)
 * and ends with it.  The children know that the parent is gone, or wants to
 * end, by a pipe of which only the parent holds the other side.
 */
#ifndef SMARTHOST_H
#define SMARTHOST_H

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gsasl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIKE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define SERVER_NAME "smarthost.test"

/* smarthost_bytes.c */

/* Bytes that grow, a NUL behind them; no memory left ends the program. */
struct bytes {
	char *p;
	size_t len;
	size_t cap;
};

void bytes_add(struct bytes *, const char *, size_t);
void bytes_addf(struct bytes *, const char *fmt, ...) LIKE_PRINTF(2, 3);
void bytes_addv(struct bytes *, const char *fmt, va_list) LIKE_PRINTF(2, 0);
/* As bytes_add(), with \xNN for what is not printable ASCII. */
void bytes_visible(struct bytes *, const char *, size_t);
void bytes_set(struct bytes *, const char *, size_t);
void bytes_room(struct bytes *, size_t n);
void bytes_free(struct bytes *);

/* Reads \r \n \t \0 \\ and \xNN; false if it finds another backslash. */
bool bytes_unescape(struct bytes *, const char *);

/* False, and *n as it was, unless text is a number from min to max. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *n);

/* ASCII only; case is ignored. */
bool same_word(const char *a, const char *b, size_t n);
/* A list's element that is word or starts with word and one of " =". */
const char *list_find(const char *list, char separator, const char *word);

/* One line of the dialogue in one write; fd -1 means nobody listens. */
void dialogue_line(int fd, const char *who, const char *, size_t);
void dialogue_note(int fd, const char *fmt, ...) LIKE_PRINTF(2, 3);

/* smarthost_script.c */

enum stage {
	STAGE_NONE,
	STAGE_CONNECT,
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_HELO,
	STAGE_STARTTLS,
	STAGE_TLS,
	STAGE_AUTH,
	STAGE_AUTH_RESPONSE,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_BODY,
	STAGE_END,
	STAGE_BDAT,
	STAGE_QUIT,
	STAGE_RSET,
	STAGE_NOOP,
	STAGE_ETRN,
};

enum action {
	ACTION_REPLY,
	ACTION_ACCEPT,
	ACTION_DROP,
	ACTION_RESET,
	ACTION_REPLY_DROP,
	ACTION_STALL,
	ACTION_TRICKLE,
	ACTION_ENDLESS,
	ACTION_FLOOD,
	ACTION_INJECT,
	ACTION_SLEEP,
	ACTION_NOREAD,
	ACTION_SLOWREAD,
	ACTION_HALF,
	ACTION_KEY_UPDATE,
	ACTION_WARN,
};

struct rule {
	enum stage stage;
	char *address;    /* of rcpt=ADDRESS, or NULL */
	uint64_t session; /* 0: every session */
	uint64_t nth;     /* 0: every time */
	uint64_t seen;
	enum action action;
	struct bytes text;
	unsigned msec;
	uint64_t rate; /* bytes a second */
	uint64_t most; /* 0: no end to it */
};

struct script {
	struct rule *rules;
	size_t n;
};

/* False, with the reason on stderr, if text is no rule. */
bool script_add(struct script *, const char *text);
/* The first rule for this moment, or NULL; counts the moment. */
const struct rule *
script_find(struct script *, uint64_t session, enum stage, const char *address);
bool script_has(const struct script *, enum action);
void script_free(struct script *);

/* smarthost.c */

enum tls_mode { TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT };

enum sasl_lie {
	LIE_NONE,
	LIE_BAD_SIGNATURE,
	LIE_NO_SIGNATURE,
	LIE_BAD_CB,
	LIE_ITER,
	LIE_BAD_BASE64,
	LIE_ENDLESS,
	LIE_ECHO,
	LIE_REPEAT,
	LIE_FIRST, /* lie_text in the place of SCRAM's first message, */
	LIE_FINAL, /* or of its last, */
	LIE_RAW,   /* or of any challenge, not in base64 */
};

/* What the command line said and what was made of it. */
struct setup {
	const char *listen;
	const char *port;
	const char *port_file;
	enum tls_mode tls;
	const char *cert;
	const char *key;
	const char *client_ca; /* NULL: clients show no certificate */
	const char *socket;    /* NULL: listen to a port */
	const char *tls_priority;
	const char *ticket_key_file; /* NULL: a key of its own */
	const char *tickets;         /* how many with TLS 1.3; NULL: two */
	const char *session_ids;     /* a folder, in place of tickets */
	bool refuse_resuming;
	const char *staple; /* the file, or NULL */
	const char *user;
	const char *password;
	const char *mechs;
	const char *caps;
	const char *store;
	enum sasl_lie lie;
	const char *iterations;
	const char *lie_text;
	bool auth_before_tls;
	bool require_auth;
	bool helo_only;
	bool lmtp;
	uint64_t rcpt_limit; /* 0: none */
	bool discard;
	uint64_t sessions;
	int dialogue_fd;
	int counts_fd;
	struct script script;
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	gnutls_datum_t ticket_key;
	gnutls_datum_t answer; /* what is stapled */
	Gsasl *gsasl;
};

/* smarthost_wire.c */

/*
 * One connection.  What is to be said collects in out and leaves in one write
 * when there is nothing more to read; groups counts how often the client said
 * something new after it had been told everything.
 */
struct wire {
	int fd;
	int lifeline;
	int dialogue_fd;
	gnutls_session_t tls; /* NULL while in clear */
	struct bytes in;
	size_t at; /* in.p[at] is the first byte not used yet */
	struct bytes out;
	unsigned trickle_msec;
	uint64_t slow;      /* bytes a second to be read; 0: what comes */
	uint64_t slow_most; /* after so many no more; 0: go on */
	bool pipelining;    /* look for more commands before answering */
	bool busy;          /* in the middle of what needs one reply */
	bool answered;
	bool ending; /* the parent wants us to end */
	uint64_t groups;
	uint64_t bytes;
};

enum wire_close { CLOSE_POLITE, CLOSE_ABRUPT, CLOSE_LINGER, CLOSE_RESET };

/* Takes the descriptor. */
void wire_open(struct wire *, int fd, int lifeline, int dialogue_fd);
void wire_close(struct wire *, enum wire_close);
void wire_release(struct wire *);
bool wire_is_open(const struct wire *);
size_t wire_unread(const struct wire *);
/* Forgets what was read and not used; says how much that was. */
size_t wire_discard(struct wire *);
/* Reads once, waits if need be; false when the connection is over. */
bool wire_fill(struct wire *);
/* A line with its LF; false when the connection is over. */
bool wire_line(struct wire *, struct bytes *line);
void wire_say(struct wire *, const char *, size_t);
bool wire_flush(struct wire *);
void wire_sleep(struct wire *, unsigned msec);
/* Reads so many bytes a second from here on, and after most no more. */
void wire_read_slowly(struct wire *, uint64_t rate, uint64_t most);
/* Reads and forgets until the client goes. */
void wire_stall(struct wire *);
void wire_endless(struct wire *, const struct bytes *);
/* Until the client has said something, or for some seconds. */
void wire_await(struct wire *);
bool wire_handshake(struct wire *, const struct setup *);

/* smarthost_resume.c */

void resume_load_key(struct setup *);
/* For gnutls_init(), before the handshake, and behind it. */
unsigned resume_flags(const struct setup *);
bool resume_prepare(gnutls_session_t, const struct setup *);
void resume_send_tickets(gnutls_session_t, const struct setup *);
/* smarthost_tls.c: what a server may do in TLS, and seldom does. */

/* The file goes with the certificate, whatever it holds (RFC 6066 8). */
void tls_staple(struct setup *, const char *file);
/* TLS 1.3's new keys, which the client is to follow with its own. */
void tls_update_key(struct wire *);
/* An alert that is no reason to end. */
void tls_warn(struct wire *);

/* smarthost_store.c */

enum flaw { FLAW_BARE_CR = 1, FLAW_BARE_LF = 2, FLAW_NUL = 4 };

/* A message that is on its way in. */
struct message {
	int dir_fd; /* -1: not stored */
	int fd;     /* -1: the text is not stored */
	char name[32];
	bool begun;
	bool hashing;
	gnutls_hash_hd_t hash;
	struct bytes block;
	char last; /* of the blocks before */
	unsigned flaws;
	uint64_t size;
};

/* dir NULL: only counts. */
void message_begin(struct message *, const char *dir, bool discard);
void message_add(struct message *, const char *, size_t);
/* No more text comes: size and flaws are final. */
void message_end(struct message *);
/* Stores it with its envelope; gives its number, or 0 if not stored. */
unsigned message_keep(struct message *, struct bytes *envelope);
void message_release(struct message *);

/* smarthost_smtp.c */

struct session {
	struct setup *setup;
	uint64_t number;
	struct wire wire;
	struct bytes line;           /* the command, without its CRLF */
	const struct bytes *instead; /* reply to give, of the script */
	const struct bytes *behind;  /* what to say behind the reply */
	char scripted;               /* first byte of the script's last reply */
	struct bytes helo;           /* empty: nobody said hello */
	bool esmtp;
	struct bytes tls;  /* version and cipher; empty: none */
	struct bytes auth; /* mechanism and user; empty: none */
	struct bytes told; /* with LIE_REPEAT, the responses to AUTH */
	struct bytes mail; /* the MAIL command; empty: no transaction */
	struct bytes rcpts;
	size_t nrcpts;
	bool utf8;
	bool spoiled; /* a chunk was refused: only RSET helps */
	struct message message;
	uint64_t commands;
	bool quit;
};

enum verdict { GO_ON, ANSWERED, OVER };

/* Serves the connection to its end; takes the descriptor. */
void session_run(struct setup *, uint64_t number, int fd, int lifeline);

/* What the script wants done at this moment is done. */
enum verdict session_event(struct session *, enum stage);
/* A reply to what was done, which the script may replace, or not done. */
void session_answer(struct session *, const char *fmt, ...) LIKE_PRINTF(2, 3);
void session_refuse(struct session *, const char *fmt, ...) LIKE_PRINTF(2, 3);
/* Next line without its CRLF; false: the session is over or was refused. */
bool session_line(struct session *);
/* True, and the client is told and hung up on, if it said too much at once. */
bool session_overrun(struct session *, bool ends_group);

/* smarthost_auth.c */

/* Adds the AUTH line's mechanisms; nothing if there are none to offer. */
void auth_offer(const struct session *, struct bytes *);
void auth_command(struct session *, const char *arg);

/* smarthost_hand.c */

enum hand { HAND_YES, HAND_NO, HAND_ASK };

/* Whether the mechanism is one of those that libgsasl does not serve. */
bool hand_plays(const char *mech);
/* The client's first message, in base64; with ASK the challenge to it. */
enum hand hand_begin(const struct session *, const char *mech,
    const char *response, struct bytes *challenge);
enum hand hand_go_on(const char *mech, const char *response);

#endif
