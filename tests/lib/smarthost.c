// SPDX-License-Identifier: ISC
/* The scripted test smarthost: options, listening, one child a connection. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "smarthost.h"
#include "smarthost_chain.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads here */

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* Only there to end a wait. */
static void
wake(int signal_number)
{
	(void)signal_number;
}

static const char help[] =
    "usage: smarthost [options]\n"
    "Prints \"port N\" when it listens; ends with SIGTERM.\n"
    "  --listen ADDR        127.0.0.1\n"
    "  --port N             0: the kernel picks\n"
    "  --port-file FILE     the port's number, complete once it is there\n"
    "  --tls MODE           none, starttls, implicit\n"
    "  --cert FILE --key FILE\n"
    "  --client-ca FILE     clients must show a certificate of its\n"
    "  --socket PATH        listen there; the port is 0 then\n"
    "  --tls-priority STRING\n"
    "  --ticket-key FILE    of sessions to be resumed; made if missing\n"
    "  --tickets N          so many with TLS 1.3\n"
    "  --session-ids DIR    no tickets; TLS 1.2 by what is stored there\n"
    "  --refuse-resuming    no handshake with who offers that\n"
    "  --staple FILE        an OCSP response (DER), or what else it is\n"
    "  --user NAME --password PW\n"
    "  --mechs LIST         SCRAM-SHA-256-PLUS SCRAM-SHA-256\n"
    "                       SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN\n"
    "                       CRAM-MD5 DIGEST-MD5 EXTERNAL ANONYMOUS GSSAPI\n"
    "                       GS2-KRB5 NTLM OAUTHBEARER XOAUTH2\n"
    "  --auth-before-tls    AUTH in clear too\n"
    "  --caps LIST          of the reply to EHLO, by commas\n"
    "  --require-auth       530 to MAIL\n"
    "  --helo-only          502 to EHLO\n"
    "  --lmtp               LHLO only; a reply for each recipient at the end\n"
    "  --rcpt-limit N       452 4.5.3 to more recipients in a transaction\n"
    "  --store DIR          N.eml and N.env of each message taken\n"
    "  --discard            no N.eml, but its SHA-256 in N.env\n"
    "  --dialogue FILE      what was said; - is standard output\n"
    "  --counts FILE        session= groups= commands= bytes= quit=\n"
    "  --sessions N         ends by itself\n"
    "  --sasl-lie LIE       bad-signature, no-signature, bad-cb, iter=N,\n"
    "                       bad-base64, endless, echo, repeat (each\n"
    "                       response, in all replies); first=TEXT (SCRAM's\n"
    "                       first message, with %r %s %i for what it has),\n"
    "                       final=TEXT (its last), raw=TEXT (a challenge,\n"
    "                       not put into base64)\n"
    "  --on RULE            [SESSION:]STAGE[#n] ACTION; first match wins\n"
    "stages: connect greeting ehlo helo starttls tls auth auth-response mail\n"
    "  rcpt rcpt=ADDRESS data body end bdat quit rset noop etrn\n"
    "actions: reply TEXT, accept TEXT, drop, reset, reply-drop TEXT, stall,\n"
    "  trickle MS, endless TEXT, flood TEXT (no line ends), inject TEXT,\n"
    "  sleep MS, noread MS, half TEXT, key-update, warn (both in TLS),\n"
    "  slowread BYTES-PER-SECOND [BYTES] (after which no more is read)\n";

enum option_code {
	OPTION_HELP = 256,
	OPTION_LISTEN,
	OPTION_PORT,
	OPTION_PORT_FILE,
	OPTION_TLS,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_CLIENT_CA,
	OPTION_SOCKET,
	OPTION_TLS_PRIORITY,
	OPTION_TICKET_KEY,
	OPTION_TICKETS,
	OPTION_SESSION_IDS,
	OPTION_REFUSE_RESUMING,
	OPTION_STAPLE,
	OPTION_USER,
	OPTION_PASSWORD,
	OPTION_MECHS,
	OPTION_AUTH_BEFORE_TLS,
	OPTION_CAPS,
	OPTION_REQUIRE_AUTH,
	OPTION_HELO_ONLY,
	OPTION_LMTP,
	OPTION_RCPT_LIMIT,
	OPTION_STORE,
	OPTION_DISCARD,
	OPTION_DIALOGUE,
	OPTION_COUNTS,
	OPTION_SESSIONS,
	OPTION_SASL_LIE,
	OPTION_ON,
};

static const struct option options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "port-file", required_argument, NULL, OPTION_PORT_FILE },
	{ "tls", required_argument, NULL, OPTION_TLS },
	{ "cert", required_argument, NULL, OPTION_CERT },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "client-ca", required_argument, NULL, OPTION_CLIENT_CA },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "tls-priority", required_argument, NULL, OPTION_TLS_PRIORITY },
	{ "ticket-key", required_argument, NULL, OPTION_TICKET_KEY },
	{ "tickets", required_argument, NULL, OPTION_TICKETS },
	{ "session-ids", required_argument, NULL, OPTION_SESSION_IDS },
	{ "refuse-resuming", no_argument, NULL, OPTION_REFUSE_RESUMING },
	{ "staple", required_argument, NULL, OPTION_STAPLE },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "password", required_argument, NULL, OPTION_PASSWORD },
	{ "mechs", required_argument, NULL, OPTION_MECHS },
	{ "auth-before-tls", no_argument, NULL, OPTION_AUTH_BEFORE_TLS },
	{ "caps", required_argument, NULL, OPTION_CAPS },
	{ "require-auth", no_argument, NULL, OPTION_REQUIRE_AUTH },
	{ "helo-only", no_argument, NULL, OPTION_HELO_ONLY },
	{ "lmtp", no_argument, NULL, OPTION_LMTP },
	{ "rcpt-limit", required_argument, NULL, OPTION_RCPT_LIMIT },
	{ "store", required_argument, NULL, OPTION_STORE },
	{ "discard", no_argument, NULL, OPTION_DISCARD },
	{ "dialogue", required_argument, NULL, OPTION_DIALOGUE },
	{ "counts", required_argument, NULL, OPTION_COUNTS },
	{ "sessions", required_argument, NULL, OPTION_SESSIONS },
	{ "sasl-lie", required_argument, NULL, OPTION_SASL_LIE },
	{ "on", required_argument, NULL, OPTION_ON },
	{ NULL, 0, NULL, 0 },
};

static bool
parse_tls(struct setup *s, const char *text)
{
	static const char *const modes[] = {
		[TLS_NONE] = "none",
		[TLS_STARTTLS] = "starttls",
		[TLS_IMPLICIT] = "implicit",
	};
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i], text) == 0) {
			s->tls = (enum tls_mode)i;
			return true;
		}
	}
	return false;
}

static bool
parse_lie(struct setup *s, const char *text)
{
	static const char *const lies[] = {
		[LIE_NONE] = "none",
		[LIE_BAD_SIGNATURE] = "bad-signature",
		[LIE_NO_SIGNATURE] = "no-signature",
		[LIE_BAD_CB] = "bad-cb",
		[LIE_BAD_BASE64] = "bad-base64",
		[LIE_ENDLESS] = "endless",
		[LIE_ECHO] = "echo",
		[LIE_REPEAT] = "repeat",
	};
	static const struct {
		const char *name;
		enum sasl_lie lie;
	} told[] = {
		{ "iter", LIE_ITER },
		{ "first", LIE_FIRST },
		{ "final", LIE_FINAL },
		{ "raw", LIE_RAW },
	};
	const char *value = strchr(text, '=');
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (value != NULL &&
		    strncmp(told[i].name, text, (size_t)(value - text)) == 0) {
			s->lie = told[i].lie;
			s->iterations = s->lie == LIE_ITER ? value + 1 : NULL;
			s->lie_text = value + 1;
			return true;
		}
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (lies[i] != NULL && strcmp(lies[i], text) == 0) {
			s->lie = (enum sasl_lie)i;
			return true;
		}
	}
	return false;
}

static bool
open_output(int *fd, const char *name)
{
	if (strcmp(name, "-") == 0)
		*fd = STDOUT_FILENO;
	else
		*fd = open(
		    name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (*fd == -1)
		warn("open %s", name);
	return *fd != -1;
}

/* The field of an option that only keeps its text, or NULL. */
static const char **
text_field(struct setup *s, enum option_code code)
{
	const struct {
		enum option_code code;
		const char **field;
	} rows[] = {
		{ OPTION_LISTEN, &s->listen },
		{ OPTION_PORT, &s->port },
		{ OPTION_PORT_FILE, &s->port_file },
		{ OPTION_CERT, &s->cert },
		{ OPTION_KEY, &s->key },
		{ OPTION_CLIENT_CA, &s->client_ca },
		{ OPTION_SOCKET, &s->socket },
		{ OPTION_TLS_PRIORITY, &s->tls_priority },
		{ OPTION_TICKET_KEY, &s->ticket_key_file },
		{ OPTION_TICKETS, &s->tickets },
		{ OPTION_SESSION_IDS, &s->session_ids },
		{ OPTION_STAPLE, &s->staple },
		{ OPTION_USER, &s->user },
		{ OPTION_PASSWORD, &s->password },
		{ OPTION_MECHS, &s->mechs },
		{ OPTION_CAPS, &s->caps },
		{ OPTION_STORE, &s->store },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return rows[i].field;
	}
	return NULL;
}

static bool *
flag_field(struct setup *s, enum option_code code)
{
	const struct {
		enum option_code code;
		bool *field;
	} rows[] = {
		{ OPTION_REFUSE_RESUMING, &s->refuse_resuming },
		{ OPTION_AUTH_BEFORE_TLS, &s->auth_before_tls },
		{ OPTION_REQUIRE_AUTH, &s->require_auth },
		{ OPTION_HELO_ONLY, &s->helo_only },
		{ OPTION_LMTP, &s->lmtp },
		{ OPTION_DISCARD, &s->discard },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return rows[i].field;
	}
	return NULL;
}

static bool
take_option(struct setup *s, int code, const char *text)
{
	const char **kept = text_field(s, (enum option_code)code);
	bool *flag = flag_field(s, (enum option_code)code);
	if (kept != NULL)
		*kept = text;
	if (flag != NULL)
		*flag = true;
	if (kept != NULL || flag != NULL)
		return true;
	switch (code) {
	case OPTION_TLS: return parse_tls(s, text);
	case OPTION_SASL_LIE: return parse_lie(s, text);
	case OPTION_DIALOGUE: return open_output(&s->dialogue_fd, text);
	case OPTION_COUNTS: return open_output(&s->counts_fd, text);
	case OPTION_ON: return script_add(&s->script, text);
	case OPTION_RCPT_LIMIT:
		return parse_number(text, 1, UINT64_MAX, &s->rcpt_limit);
	case OPTION_SESSIONS:
		return parse_number(text, 1, UINT64_MAX, &s->sessions);
	default: return false;
	}
}

static void
parse_command_line(struct setup *s, int argc, char **argv)
{
	int code;
	while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (code == OPTION_HELP) {
			(void)fputs(help, stdout);
			exit(EX_OK);
		}
		if (code == '?')
			exit(EX_USAGE);
		if (!take_option(s, code, optarg))
			errx(EX_USAGE, "'%s' is not understood",
			    optarg == NULL ? "" : optarg);
	}
	if (optind < argc)
		errx(EX_USAGE, "'%s' is too much", argv[optind]);
	if (s->tls != TLS_NONE && (s->cert == NULL || s->key == NULL))
		errx(EX_USAGE, "--tls needs --cert and --key");
}

static void
check_tls(int code, const char *what)
{
	if (code < 0)
		errx(EX_CONFIG, "%s: %s", what, gnutls_strerror(code));
}

static void
load_tls(struct setup *s)
{
	if (s->tls == TLS_NONE)
		return;
	check_tls(gnutls_certificate_allocate_credentials(&s->credentials),
	    "allocate credentials");
	smarthost_load_chain(s->credentials, s->cert, s->key);
	if (s->client_ca != NULL)
		check_tls(gnutls_certificate_set_x509_trust_file(s->credentials,
			      s->client_ca, GNUTLS_X509_FMT_PEM),
		    s->client_ca);
	if (s->staple != NULL)
		tls_staple(s, s->staple);
	const char *at = NULL;
	check_tls(gnutls_priority_init(&s->priority, s->tls_priority, &at),
	    "--tls-priority");
	resume_load_key(s);
}

static void
setup_release(struct setup *s)
{
	if (s->credentials != NULL)
		gnutls_certificate_free_credentials(s->credentials);
	if (s->priority != NULL)
		gnutls_priority_deinit(s->priority);
	gnutls_free(s->ticket_key.data);
	gnutls_free(s->answer.data);
	if (s->gsasl != NULL)
		gsasl_done(s->gsasl);
	script_free(&s->script);
}

static int
listen_on(const struct setup *s)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info = NULL;
	int code = getaddrinfo(s->listen, s->port, &hints, &info);
	if (code != 0)
		errx(EX_USAGE, "%s port %s: %s", s->listen, s->port,
		    gai_strerror(code));
	int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);
	int on = 1;
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		err(EX_OSERR, "make a socket");
	/* small, so that what nobody reads is soon felt */
	int room = 16384;
	if ((script_has(&s->script, ACTION_NOREAD) ||
		script_has(&s->script, ACTION_SLOWREAD)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) == -1)
		warn("set SO_RCVBUF");
	if (bind(fd, info->ai_addr, info->ai_addrlen) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		err(EX_UNAVAILABLE, "listen on %s port %s", s->listen, s->port);
	freeaddrinfo(info);
	return fd;
}

static int
listen_at_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr.sun_path))
		errx(EX_USAGE, "--socket %s is too long", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	(void)unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		err(EX_UNAVAILABLE, "listen at %s", path);
	return fd;
}

static void
write_port_file(const char *name, const char *port)
{
	struct bytes temporary = { 0 };
	bytes_addf(&temporary, "%s.%ld", name, (long)getpid());
	FILE *f = fopen(temporary.p, "w");
	if (f == NULL)
		err(EX_CANTCREAT, "create %s", temporary.p);
	if (fprintf(f, "%s\n", port) < 0 || fclose(f) != 0)
		err(EX_IOERR, "write %s", temporary.p);
	if (rename(temporary.p, name) == -1)
		err(EX_CANTCREAT, "create %s", name);
	bytes_free(&temporary);
}

static void
say_port(const struct setup *s, int fd)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);
	char port[NI_MAXSERV] = "0";
	if (getsockname(fd, (struct sockaddr *)&addr, &len) == -1)
		err(EX_OSERR, "ask for the port");
	int code = s->socket != NULL
	    ? 0
	    : getnameinfo((struct sockaddr *)&addr, len, NULL, 0, port,
		  sizeof(port), NI_NUMERICSERV);
	if (code != 0)
		errx(EX_OSERR, "ask for the port: %s", gai_strerror(code));
	if (s->port_file != NULL)
		write_port_file(s->port_file, port);
	if (printf("port %s\n", port) < 0 || fflush(stdout) != 0)
		err(EX_IOERR, "say the port");
}

static void catch (int signal_number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };
	if (sigaction(signal_number, &action, NULL) == -1)
		err(EX_OSERR, "catch a signal");
}

/* The signals come only while we wait; the former mask is for that. */
static void
catch_signals(sigset_t *former)
{
	sigset_t held;
	catch (SIGTERM, stop);
	catch (SIGINT, stop);
	catch (SIGCHLD, wake);
	catch (SIGPIPE, SIG_IGN);
	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGTERM);
	(void)sigaddset(&held, SIGINT);
	(void)sigaddset(&held, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &held, former) == -1)
		err(EX_OSERR, "hold signals");
}

static unsigned
reap(void)
{
	unsigned n = 0;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		n++;
	return n;
}

/* The next connection, or -1: look again whether there is more to do. */
static int
wait_for_client(int listener, const sigset_t *mask)
{
	fd_set set;
	FD_ZERO(&set);
	if (listener != -1)
		FD_SET(listener, &set);
	int n = pselect(listener + 1, &set, NULL, NULL, NULL, mask);
	if (n == -1 && errno != EINTR)
		err(EX_OSERR, "wait");
	return n > 0 ? accept(listener, NULL, NULL) : -1;
}

/* Serves; a child comes back from here too, when its connection is over. */
static void
serve(struct setup *s, int listener, const sigset_t *mask)
{
	int lifeline[2];
	uint64_t started = 0;
	uint64_t running = 0;
	if (pipe(lifeline) == -1)
		err(EX_OSERR, "make a pipe");
	for (;;) {
		running -= reap();
		bool full = s->sessions != 0 && started == s->sessions;
		if ((stopping || full) && listener != -1) {
			(void)close(listener);
			listener = -1;
		}
		if (stopping && lifeline[1] != -1) {
			(void)close(lifeline[1]);
			lifeline[1] = -1;
		}
		if (listener == -1 && running == 0)
			break;
		int fd = wait_for_client(listener, mask);
		if (fd == -1)
			continue;
		started++;
		pid_t pid = fork();
		if (pid == -1)
			err(EX_OSERR, "fork");
		if (pid == 0) {
			(void)close(listener);
			(void)close(lifeline[1]);
			catch (SIGTERM, SIG_IGN);
			catch (SIGINT, SIG_IGN);
			session_run(s, started, fd, lifeline[0]);
			break;
		}
		running++;
		(void)close(fd);
	}
	(void)close(lifeline[0]);
}

int
main(int argc, char **argv)
{
	struct setup s = {
		.listen = "127.0.0.1",
		.port = "0",
		.mechs = "",
		.caps = "PIPELINING,8BITMIME,SIZE 10240000,CHUNKING,"
			"ENHANCEDSTATUSCODES,SMTPUTF8",
		.dialogue_fd = -1,
		.counts_fd = -1,
	};
	sigset_t mask;
	parse_command_line(&s, argc, argv);
	load_tls(&s);
	if (gsasl_init(&s.gsasl) != GSASL_OK)
		errx(EX_SOFTWARE, "start libgsasl");
	catch_signals(&mask);
	int listener = s.socket != NULL ? listen_at_socket(s.socket)
					: listen_on(&s);
	say_port(&s, listener);
	serve(&s, listener, &mask);
	setup_release(&s);
	return EX_OK;
}

/* NOLINTEND(concurrency-mt-unsafe) */
