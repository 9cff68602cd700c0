// SPDX-License-Identifier: ISC
#include "net/socks.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	VERSION = 5,
	METHOD_NONE = 0,     /* no login */
	METHOD_PASSWORD = 2, /* RFC 1929 */
	METHOD_REFUSED = 0xff,
	COMMAND_CONNECT = 1,
	ADDRESS_IPV4 = 1,
	ADDRESS_NAME = 3,
	ADDRESS_IPV6 = 4,
	NAME_MAX_LEN = 255, /* its length is one octet */
	METHOD_LEN = 2,     /* version, method */
	LOGIN_VERSION = 1,  /* of the login alone */
	LOGIN_LEN = 2,      /* version, status */
	LOGIN_MAX_LEN = 255,
	HEAD_LEN = 5, /* version, code, 0, kind of address and its 1st octet */
};

/* RFC 1928 6: the reply's code. */
static const struct {
	int exit;
	const char *why;
} refusals[] = {
	[1] = { EX_TEMPFAIL, "it says general failure" },
	[2] = { EX_UNAVAILABLE, "its rules do not allow it" },
	[3] = { EX_TEMPFAIL, "network unreachable" },
	[4] = { EX_TEMPFAIL, "host unreachable" },
	[5] = { EX_TEMPFAIL, "connection refused" },
	[6] = { EX_TEMPFAIL, "no answer on the way (TTL expired)" },
	[7] = { EX_UNAVAILABLE, "it does not know CONNECT" },
	[8] = { EX_UNAVAILABLE, "it does not take this kind of address" },
};

static enum socks_want
refused(struct socks *s, unsigned code, struct err *e)
{
	bool is_known = code < ARRAY_LEN(refusals) && code > 0;
	s->refusal = code;
	if (!is_known)
		(void)err_set(e, EX_TEMPFAIL,
		    "the proxy cannot reach the host: it says code %u", code);
	else
		(void)err_set(e, refusals[code].exit,
		    "the proxy cannot reach the host: %s", refusals[code].why);
	if (code == 4) /* many say it of a name, too */
		(void)err_hint(e, "does the name exist?");
	return SOCKS_FAILED;
}

static enum socks_want
no_socks(struct err *e)
{
	(void)err_set(e, EX_PROTOCOL, "what the proxy says is no SOCKS5");
	(void)err_hint(e, "is proxy_host with proxy_port a SOCKS5 proxy?");
	return SOCKS_FAILED;
}

static unsigned
octet(const struct buf *b, size_t at)
{
	return (unsigned char)b->data[at];
}

static void
add_octets(struct buf *out, const void *octets, size_t n)
{
	bool ok = buf_add(out, octets, n);
	assert(ok); /* the caller's buffer is of SOCKS_OUT_MAX */
}

/* RFC 1928 4, 5. */
static bool
request(const struct socks *s, struct buf *out, struct err *e)
{
	const unsigned char head[] = { VERSION, COMMAND_CONNECT, 0 };
	const unsigned char port[] = { (unsigned char)(s->port >> 8),
		(unsigned char)(s->port & 0xff) };
	unsigned char address[2 + NAME_MAX_LEN];
	struct str name = str_of(s->host);
	size_t len = 1;
	if (inet_pton(AF_INET, s->host, address + 1) == 1) {
		address[0] = ADDRESS_IPV4;
		len += 4;
	} else if (inet_pton(AF_INET6, s->host, address + 1) == 1) {
		address[0] = ADDRESS_IPV6;
		len += 16;
	} else {
		if (name.len > NAME_MAX_LEN)
			return err_set(e, EX_CONFIG,
			    "host is too long for a SOCKS5 proxy");
		address[0] = ADDRESS_NAME;
		address[1] = (unsigned char)name.len;
		memcpy(address + 2, name.ptr, name.len);
		len += 1 + name.len;
	}
	add_octets(out, head, sizeof(head));
	add_octets(out, address, len);
	add_octets(out, port, sizeof(port));
	return true;
}

static enum socks_want
want(size_t n, const struct buf *in, size_t *missing)
{
	*missing = n - in->len;
	return SOCKS_WANT_INPUT;
}

/* RFC 1929 2: of each there is one octet at least. */
static bool
fits(const char *what, size_t len, struct err *e)
{
	if (len >= 1 && len <= LOGIN_MAX_LEN)
		return true;
	return err_set(e, EX_CONFIG, "%s has %zu octets, not 1 to %d", what,
	    len, LOGIN_MAX_LEN);
}

static bool
login_fits(const struct socks *s, struct err *e)
{
	return s->user == NULL ||
	    (fits("proxy_user", str_of(s->user).len, e) &&
		fits("the proxy's password", s->password.len, e));
}

static void
add_counted(struct buf *out, struct str text)
{
	const unsigned char len = (unsigned char)text.len; /* it fits */
	add_octets(out, &len, 1);
	add_octets(out, text.ptr, text.len);
}

static void
greet(const struct socks *s, struct buf *out)
{
	static const unsigned char alone[] = { VERSION, 1, METHOD_NONE };
	static const unsigned char with_login[] = { VERSION, 2, METHOD_NONE,
		METHOD_PASSWORD };
	if (s->user == NULL)
		add_octets(out, alone, sizeof(alone));
	else
		add_octets(out, with_login, sizeof(with_login));
}

static enum socks_want
log_in(struct socks *s, struct buf *in, struct buf *out, size_t *missing)
{
	static const unsigned char version = LOGIN_VERSION;
	add_octets(out, &version, 1);
	add_counted(out, str_of(s->user));
	add_counted(out, s->password);
	s->stage = SOCKS_LOGIN;
	return want(LOGIN_LEN, in, missing);
}

static enum socks_want
ask_for_host(struct socks *s, struct buf *in, struct buf *out, size_t *missing,
    struct err *e)
{
	if (!request(s, out, e))
		return SOCKS_FAILED;
	s->stage = SOCKS_REPLY;
	return want(HEAD_LEN, in, missing);
}

static enum socks_want
no_method(const struct socks *s, struct err *e)
{
	if (s->user != NULL) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the proxy takes no login by user and password");
		return SOCKS_FAILED;
	}
	(void)err_set(e, EX_NOPERM, "the proxy wants a login");
	(void)err_hint(e, "set proxy_user and proxy_passwordeval");
	return SOCKS_FAILED;
}

static enum socks_want
take_method(struct socks *s, struct buf *in, struct buf *out, size_t *missing,
    struct err *e)
{
	if (in->len > 0 && octet(in, 0) != VERSION)
		return no_socks(e);
	if (in->len < METHOD_LEN)
		return want(METHOD_LEN, in, missing);
	unsigned method = octet(in, 1);
	buf_consume(in, METHOD_LEN);
	if (method == METHOD_REFUSED)
		return no_method(s, e);
	if (method == METHOD_PASSWORD && s->user != NULL)
		return log_in(s, in, out, missing);
	return method == METHOD_NONE ? ask_for_host(s, in, out, missing, e)
				     : no_socks(e);
}

/* RFC 1929 2; some answer with the version of all the rest. */
static enum socks_want
take_login(struct socks *s, struct buf *in, struct buf *out, size_t *missing,
    struct err *e)
{
	if (in->len > 0 && octet(in, 0) != LOGIN_VERSION &&
	    octet(in, 0) != VERSION)
		return no_socks(e);
	if (in->len < LOGIN_LEN)
		return want(LOGIN_LEN, in, missing);
	if (octet(in, 1) != 0) {
		(void)err_set(e, EX_NOPERM,
		    "the proxy refuses proxy_user with this password");
		return SOCKS_FAILED;
	}
	buf_consume(in, LOGIN_LEN);
	return ask_for_host(s, in, out, missing, e);
}

/* The reply's length by its head; 0 if there is no such address. */
static size_t
reply_len(const struct buf *in)
{
	switch (octet(in, 3)) {
	case ADDRESS_IPV4: return 4 + 4 + 2;
	case ADDRESS_IPV6: return 4 + 16 + 2;
	case ADDRESS_NAME: return 4 + 1 + octet(in, 4) + 2;
	default: return 0;
	}
}

static enum socks_want
take_reply(struct socks *s, struct buf *in, size_t *missing, struct err *e)
{
	if (in->len > 0 && octet(in, 0) != VERSION)
		return no_socks(e);
	/* some hang up behind the code; the rest would say no more */
	if (in->len > 1 && octet(in, 1) != 0)
		return refused(s, octet(in, 1), e);
	if (in->len < HEAD_LEN)
		return want(HEAD_LEN, in, missing);
	size_t len = reply_len(in);
	if (len == 0)
		return no_socks(e);
	if (in->len < len)
		return want(len, in, missing);
	buf_consume(in, len);
	return SOCKS_DONE;
}

enum socks_want
socks_step(struct socks *s, struct buf *in, struct buf *out, size_t *missing,
    struct err *e)
{
	*missing = 0;
	switch (s->stage) {
	case SOCKS_BEGIN:
		if (!login_fits(s, e))
			return SOCKS_FAILED;
		greet(s, out);
		s->stage = SOCKS_METHOD;
		return want(METHOD_LEN, in, missing);
	case SOCKS_METHOD: return take_method(s, in, out, missing, e);
	case SOCKS_LOGIN: return take_login(s, in, out, missing, e);
	case SOCKS_REPLY: return take_reply(s, in, missing, e);
	}
	return no_socks(e);
}
