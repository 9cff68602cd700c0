// SPDX-License-Identifier: ISC
/* The netrc file's parser, with any bytes, for a user and for any. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/netrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was found is in the text, but for backslashes. */
static bool
is_in(struct str text, const char *word)
{
	AUTO(buf_release) struct buf plain = BUF_INIT(text.len);
	size_t len = strlen(word);
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\\')
			(void)!buf_add(&plain, &text.ptr[i], 1);
	for (size_t i = 0; i + len <= plain.len; i++)
		if (memcmp(plain.data + i, word, len) == 0)
			return true;
	return len == 0 || strchr(word, '\\') != NULL;
}

static void
find(struct str text, const char *user)
{
	AUTO(netrc_login_release) struct netrc_login login = NETRC_LOGIN_INIT;
	const struct netrc_wish wish = { .host = "h", .user = user };
	struct err e = ERR_INIT;
	if (!netrc_find(&login, text, "netrc", &wish, &e)) {
		assert(e.exit == EX_CONFIG);
		assert(strncmp(e.text, "netrc:", 6) == 0);
		assert(!str_has_controls(str_of(e.text)));
		assert(login.password == NULL && login.user == NULL);
		return;
	}
	if (login.password == NULL)
		return;
	assert(login.line > 0);
	assert(is_in(text, login.password));
	assert(login.user != NULL || user != NULL);
	assert(login.user == NULL || user == NULL ||
	    strcmp(login.user, user) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	find(text, "u");
	find(text, NULL);
	return 0;
}
