// SPDX-License-Identifier: ISC
#include "config/identity.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/lookup.h"
#include "config/settings.h"

enum {
	HOST_MAX = 256,
	CANONICAL_MSEC = 5000, /* to wait for the name server */
};

void
identity_plain(struct str text, struct buf *b)
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

void
identity_login(struct buf *b)
{
	struct passwd entry, *found = NULL;
	char text[4096];
	if (getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) == 0 &&
	    found != NULL && found->pw_name[0] != '\0')
		identity_plain(str_of(found->pw_name), b);
	else
		(void)!buf_printf(b, "uid%lu", (unsigned long)geteuid());
}

/* "" if the system does not say. */
static void
get_host(char *host, size_t size)
{
	if (gethostname(host, size - 1) != 0)
		host[0] = '\0';
	host[size - 1] = '\0';
}

void
identity_host(struct buf *b)
{
	char host[HOST_MAX];
	get_host(host, sizeof(host));
	identity_plain(host[0] != '\0' ? str_of(host) : STR("localhost"), b);
}

void
identity_canonical_host(struct buf *b)
{
	char host[HOST_MAX];
	AUTO(buf_release) struct buf name = BUF_INIT(1024);
	get_host(host, sizeof(host));
	if (lookup_canonical_name(host, clock_msec() + CANONICAL_MSEC, &name))
		identity_plain(buf_str(&name), b);
	else
		identity_host(b);
}

bool
identity_address(const struct settings *s, struct buf *address)
{
	if (s->user != NULL && strchr(s->user, '@') != NULL &&
	    buf_add_str(address, str_of(s->user)))
		return false;
	identity_login(address);
	(void)!buf_add(address, "@", 1);
	if (s->qualify_domain != NULL)
		(void)!buf_add_str(address, str_of(s->qualify_domain));
	else
		identity_host(address);
	return true;
}
