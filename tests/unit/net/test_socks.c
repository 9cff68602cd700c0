// SPDX-License-Identifier: ISC
#include "net/socks.h"

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

/* A proxy that says its words whole; what came of it. */
struct play {
	struct socks socks;
	struct err e;
	enum socks_want want;
	size_t missing;
	struct buf heard; /* by the proxy */
	struct str rest;  /* of its words */
};

static void
play_release(struct play *p)
{
	buf_release(&p->heard);
}

static void
play_socks(struct play *p, struct socks socks, struct str said)
{
	AUTO(buf_release) struct buf in = BUF_INIT(SOCKS_IN_MAX);
	*p = (struct play){
		.socks = socks, .heard = BUF_INIT(SOCKS_OUT_MAX), .rest = said
	};
	for (;;) {
		p->want = socks_step(
		    &p->socks, &in, &p->heard, &p->missing, &p->e);
		size_t n = p->missing < p->rest.len ? p->missing : p->rest.len;
		if (p->want != SOCKS_WANT_INPUT || n == 0)
			return;
		CHECK(buf_add(&in, p->rest.ptr, n));
		p->rest = str_from(p->rest, n);
	}
}

static void
play(struct play *p, const char *host, struct str said)
{
	play_socks(p, (struct socks){ .host = host, .port = 587 }, said);
}

#define GREETING "\x05\x01\x00"
#define GREETING_LOGIN "\x05\x02\x00\x02"
#define CONNECT "\x05\x01\x00"
#define PORT "\x02\x4b" /* 587 */
#define METHOD "\x05\x00"

static void
asks_for(const char *host, struct str want)
{
	AUTO(play_release) struct play p;
	play(&p, host, STR(METHOD));
	CHECK_EQ(p.want, SOCKS_WANT_INPUT);
	CHECK_BYTES(buf_str(&p.heard), want);
}

TEST(a_name_is_asked_for_as_that_and_left_to_the_proxy)
{
	asks_for("mail.example.org",
	    STR(GREETING CONNECT "\x03\x10"
				 "mail.example.org" PORT));
}

TEST(an_address_is_asked_for_as_that)
{
	asks_for(
	    "192.0.2.1", STR(GREETING CONNECT "\x01\xc0\x00\x02\x01" PORT));
	asks_for("2001:db8::7",
	    STR(GREETING CONNECT "\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
				 "\x07" PORT));
}

static void
ends_well(struct str said)
{
	AUTO(play_release) struct play p;
	play(&p, "h", said);
	CHECK_EQ(p.want, SOCKS_DONE);
	CHECK_EQ(p.e.exit, EX_OK);
	CHECK_BYTES(p.rest, STR("220 hi"));
}

TEST(what_follows_the_reply_is_left_for_the_server)
{
	ends_well(STR(METHOD "\x05\0\0\x01\x7f\0\0\x01\0\x19"
			     "220 hi"));
	ends_well(STR(METHOD "\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
			     "\0\x19"
			     "220 hi"));
	ends_well(STR(METHOD "\x05\0\0\x03\x05"
			     "a.net\0\x19"
			     "220 hi"));
	ends_well(STR(METHOD "\x05\0\0\x03\x00\0\x19"
			     "220 hi"));
}

TEST(the_longest_reply_fits)
{
	AUTO(buf_release) struct buf said = BUF_INIT(1000);
	CHECK(buf_add_str(&said, STR(METHOD "\x05\0\0\x03\xff")));
	for (int i = 0; i < 255 + 2; i++)
		CHECK(buf_add(&said, "a", 1));
	CHECK(buf_add_str(&said, STR("220 hi")));
	ends_well(buf_str(&said));
}

/* With this exit code and text. */
static void
fails(struct str said, int exit, unsigned refusal, const char *why)
{
	AUTO(play_release) struct play p;
	play(&p, "h", said);
	CHECK_EQ(p.want, SOCKS_FAILED);
	CHECK_EQ(p.e.exit, exit);
	CHECK_EQ(p.socks.refusal, refusal);
	CHECK_STR(p.e.text, why);
}

#define WHY "the proxy cannot reach the host: "

static void
refuses(char code, int exit, const char *why)
{
	const char said[] = { 5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0 };
	fails(
	    (struct str){ said, sizeof(said) }, exit, (unsigned char)code, why);
	/* some close the connection behind the code */
	fails((struct str){ said, 4 }, exit, (unsigned char)code, why);
}

TEST(each_refusal_has_its_words_and_exit_code)
{
	refuses(1, EX_TEMPFAIL, WHY "it says general failure");
	refuses(2, EX_UNAVAILABLE, WHY "its rules do not allow it");
	refuses(3, EX_TEMPFAIL, WHY "network unreachable");
	refuses(4, EX_TEMPFAIL, WHY "host unreachable");
	refuses(5, EX_TEMPFAIL, WHY "connection refused");
	refuses(6, EX_TEMPFAIL, WHY "no answer on the way (TTL expired)");
	refuses(7, EX_UNAVAILABLE, WHY "it does not know CONNECT");
	refuses(8, EX_UNAVAILABLE, WHY "it does not take this kind of address");
	refuses(9, EX_TEMPFAIL, WHY "it says code 9");
	refuses((char)0xf0, EX_TEMPFAIL, WHY "it says code 240");
}

TEST(a_proxy_that_wants_a_login_is_told_of)
{
	fails(STR("\x05\xff"), EX_NOPERM, 0, "the proxy wants a login");
}

/* With the login me, se cret. */
static void
play_login(struct play *p, struct str said)
{
	const struct socks socks = {
		.host = "h",
		.port = 587,
		.user = "me",
		.password = STR("se cret"),
	};
	play_socks(p, socks, said);
}

#define LOGIN "\x01\x02me\x07se cret"
#define LET_IN "\x05\x02\x01\x00"

TEST(the_login_is_shown_only_if_the_proxy_wants_it)
{
	AUTO(play_release) struct play p;
	play_login(&p, STR("\x05\x02"));
	CHECK_EQ(p.want, SOCKS_WANT_INPUT);
	CHECK_BYTES(buf_str(&p.heard), STR(GREETING_LOGIN LOGIN));
	play_release(&p);
	play_login(&p, STR(METHOD));
	CHECK_EQ(p.want, SOCKS_WANT_INPUT);
	CHECK_BYTES(
	    buf_str(&p.heard), STR(GREETING_LOGIN CONNECT "\x03\x01h" PORT));
}

TEST(behind_the_login_the_host_is_asked_for)
{
	AUTO(play_release) struct play p;
	play_login(&p,
	    STR(LET_IN "\x05\0\0\x01\x7f\0\0\x01\0\x19"
		       "220 hi"));
	CHECK_EQ(p.want, SOCKS_DONE);
	CHECK_BYTES(buf_str(&p.heard),
	    STR(GREETING_LOGIN LOGIN CONNECT "\x03\x01h" PORT));
	CHECK_BYTES(p.rest, STR("220 hi"));
	play_release(&p);
	/* some give the wrong version */
	play_login(&p, STR("\x05\x02\x05\x00"));
	CHECK_EQ(p.want, SOCKS_WANT_INPUT);
}

static void
login_fails(struct str said, int exit, const char *why)
{
	AUTO(play_release) struct play p;
	play_login(&p, said);
	CHECK_EQ(p.want, SOCKS_FAILED);
	CHECK_EQ(p.e.exit, exit);
	CHECK_EQ(p.socks.refusal, 0);
	CHECK_STR(p.e.text, why);
}

TEST(a_login_that_fails_is_told_of)
{
	login_fails(STR("\x05\x02\x01\x01"), EX_NOPERM,
	    "the proxy refuses proxy_user with this password");
	login_fails(STR("\x05\x02\x01\xff"), EX_NOPERM,
	    "the proxy refuses proxy_user with this password");
	login_fails(STR("\x05\xff"), EX_UNAVAILABLE,
	    "the proxy takes no login by user and password");
	login_fails(STR("\x05\x01"), EX_PROTOCOL, /* GSSAPI */
	    "what the proxy says is no SOCKS5");
	login_fails(STR("\x05\x02\x04\x00"), EX_PROTOCOL,
	    "what the proxy says is no SOCKS5");
}

/* Of that many octets. */
static void
fits(size_t nuser, size_t npassword, enum socks_want want, const char *why)
{
	AUTO(play_release) struct play p;
	char user[257], password[257];
	memset(user, 'u', sizeof(user));
	memset(password, 'p', sizeof(password));
	user[nuser] = '\0';
	const struct socks socks = {
		.host = "h",
		.port = 587,
		.user = user,
		.password = { password, npassword },
	};
	play_socks(&p, socks, STR(LET_IN));
	CHECK_EQ(p.want, want);
	CHECK_STR(p.e.text, why);
	CHECK_EQ(p.e.exit, want == SOCKS_FAILED ? EX_CONFIG : EX_OK);
	if (want == SOCKS_FAILED)
		CHECK_EQ(p.heard.len, 0);
}

TEST(user_and_password_have_1_to_255_octets)
{
	fits(1, 1, SOCKS_WANT_INPUT, "");
	fits(255, 255, SOCKS_WANT_INPUT, "");
	fits(256, 1, SOCKS_FAILED, "proxy_user has 256 octets, not 1 to 255");
	fits(0, 1, SOCKS_FAILED, "proxy_user has 0 octets, not 1 to 255");
	fits(1, 256, SOCKS_FAILED,
	    "the proxy's password has 256 octets, not 1 to 255");
	fits(1, 0, SOCKS_FAILED,
	    "the proxy's password has 0 octets, not 1 to 255");
}

TEST(other_protocols_are_no_socks)
{
	const char *why = "what the proxy says is no SOCKS5";
	fails(STR("HTTP/1.1 400"), EX_PROTOCOL, 0, why);
	fails(STR("220 smtp"), EX_PROTOCOL, 0, why);
	fails(STR("\x04\x5a"), EX_PROTOCOL, 0, why);
	fails(STR("\x05\x02"), EX_PROTOCOL, 0, why); /* never offered */
	fails(STR(METHOD "\x04\0"), EX_PROTOCOL, 0, why);
	fails(STR(METHOD "\x05\0\0\x02\0"), EX_PROTOCOL, 0, why);
}

TEST(a_host_that_is_too_long_is_a_wrong_setting)
{
	AUTO(play_release) struct play p;
	char host[257];
	memset(host, 'a', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	play(&p, host, STR(METHOD));
	CHECK_EQ(p.want, SOCKS_FAILED);
	CHECK_EQ(p.e.exit, EX_CONFIG);
	host[255] = '\0';
	play_release(&p);
	play(&p, host, STR(METHOD));
	CHECK_EQ(p.want, SOCKS_WANT_INPUT);
}
