// SPDX-License-Identifier: ISC
/*
 * The proxy's side of SOCKS5: whatever it says, however it is cut, it means
 * the same, and nothing behind its reply is taken.  The first byte says how
 * long the pieces are, the second what host is asked for, and from 128 on
 * whether there is a login.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/socks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONG_HOST = 256 };

/* How it ended, what was said to the proxy and what is left, as text. */
static void
play(struct str said, size_t piece, struct socks s, struct buf *meaning)
{
	struct err e = ERR_INIT;
	struct buf in = BUF_INIT(SOCKS_IN_MAX), out = BUF_INIT(SOCKS_OUT_MAX);
	enum socks_want want;
	for (;;) {
		size_t missing;
		want = socks_step(&s, &in, &out, &missing, &e);
		if (want != SOCKS_WANT_INPUT)
			break;
		assert(missing > 0 && missing <= SOCKS_IN_MAX - in.len);
		size_t n = missing < piece ? missing : piece;
		n = n < said.len ? n : said.len;
		if (n == 0)
			break;
		bool ok = buf_add(&in, said.ptr, n);
		assert(ok);
		said = str_from(said, n);
	}
	assert(want != SOCKS_DONE || in.len == 0);
	assert((want == SOCKS_FAILED) == (e.exit != EX_OK));
	assert(s.refusal == 0 || want == SOCKS_FAILED);
	for (const char *c = e.text; *c != '\0'; c++)
		assert((unsigned char)*c >= ' ');
	bool ok = buf_printf(meaning, "%d|%u|%s|%zu|", (int)want, s.refusal,
		      e.text, want == SOCKS_DONE ? said.len : 0) &&
	    buf_add_str(meaning, buf_str(&out));
	assert(ok);
	buf_release(&in);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char long_host[LONG_HOST + 1];
	memset(long_host, 'a', LONG_HOST);
	long_host[LONG_HOST] = '\0';
	const char *const hosts[] = { "mail.example.org", "::1", "127.0.0.1",
		long_host };
	if (size < 2 || size > 5000)
		return 0;
	struct str said = { (const char *)data + 2, size - 2 };
	const struct socks socks = {
		.host = hosts[data[1] % ARRAY_LEN(hosts)],
		.port = 587,
		.user = data[1] < 128 ? NULL : "me",
		.password = STR("se cret"),
	};
	struct buf whole = BUF_INIT(10000), cut = BUF_INIT(10000);
	play(said, SIZE_MAX, socks, &whole);
	play(said, 1u + data[0], socks, &cut);
	assert(str_eq(buf_str(&whole), buf_str(&cut)));
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
