// SPDX-License-Identifier: ISC
/*
 * What a server says of a token that it refuses, and a token of anything:
 * the one is explained within bounds, the other sent or refused.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "smtp/oauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 100000)
		return 0;
	struct str bytes = { (const char *)data, size };
	struct buf words = BUF_INIT(2 * size + 1024);
	oauth_explain(bytes, &words);
	assert(words.len <= 2 * size + 1024);
	buf_truncate(&words, 0);
	/* the message is made of anything, or refused */
	const struct oauth_grant g = { .user = bytes, .token = bytes };
	struct err e = ERR_INIT;
	bool ok = oauth_bearer(&g, &words, &e);
	assert(ok || e.exit == EX_CONFIG);
	buf_release(&words);
	return 0;
}
