// SPDX-License-Identifier: ISC
#include "config/identity.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/settings.h"

/* Of what the system says, only what an address may hold unquoted. */
static void
add_plain(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool is_plain = is_alpha(c) || is_digit(c) || c == '-' ||
		    c == '_' ||
		    (c == '.' && i > 0 && i + 1 < text.len &&
			text.ptr[i - 1] != '.');
		(void)!buf_add(b, is_plain ? &c : "_", 1);
	}
}

static void
add_login(struct buf *b)
{
	struct passwd entry, *found = NULL;
	char text[4096];
	if (getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) == 0 &&
	    found != NULL && found->pw_name[0] != '\0')
		add_plain(b, str_of(found->pw_name));
	else
		(void)!buf_printf(b, "uid%lu", (unsigned long)geteuid());
}

bool
identity_address(const struct settings *s, struct buf *address)
{
	if (s->user != NULL && strchr(s->user, '@') != NULL &&
	    buf_add_str(address, str_of(s->user)))
		return false;
	char host[256] = "";
	bool is_named = gethostname(host, sizeof(host) - 1) == 0 &&
	    host[0] != '\0';
	add_login(address);
	(void)!buf_add(address, "@", 1);
	if (s->qualify_domain != NULL)
		(void)!buf_add_str(address, str_of(s->qualify_domain));
	else
		add_plain(address, is_named ? str_of(host) : STR("localhost"));
	return true;
}
