// SPDX-License-Identifier: ISC
#include "net/name.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/late_gnutls.h"

/* No name that is worth a look is longer (RFC 1035 2.3.4), and more of them
 * are not looked at. */
enum { NAME_SIZE = 512, NAMES_MAX = 1000 };

/* A name or address to be found, the latter as in an iPAddress. */
struct sought {
	struct str text;
	unsigned char raw[16];
	size_t len; /* 0: it is a name */
};

static struct sought
sought_of(const char *host)
{
	struct sought s = { .text = str_of(host) };
	if (inet_pton(AF_INET, host, s.raw) == 1)
		s.len = 4;
	else if (inet_pton(AF_INET6, host, s.raw) == 1)
		s.len = 16;
	return s;
}

bool
name_is_address(const char *host)
{
	char plain[INET6_ADDRSTRLEN];
	struct str text = str_upto(str_of(host), str_find(str_of(host), '%'));
	if (text.len >= sizeof(plain))
		return false;
	memcpy(plain, text.ptr, text.len);
	plain[text.len] = '\0';
	return sought_of(plain).len > 0;
}

bool
name_stands_for(struct str name, struct str host)
{
	bool is_wild = name.len > 2 && name.ptr[0] == '*' && name.ptr[1] == '.';
	if (host.len == 0)
		return false;
	if (!is_wild)
		return str_eq_nocase(name, host);
	struct str above = str_from(name, 2);
	size_t label = str_find(host, '.');
	return str_find(above, '.') < above.len && label > 0 &&
	    label < host.len && str_eq_nocase(above, str_from(host, label + 1));
}

static bool
is_it(const struct sought *s, int type, struct str name)
{
	if (s->len == 0)
		return type == GNUTLS_SAN_DNSNAME &&
		    name_stands_for(name, s->text);
	return type == GNUTLS_SAN_IPADDRESS && name.len == s->len &&
	    memcmp(name.ptr, s->raw, s->len) == 0;
}

static bool
common_name_fits(gnutls_x509_crt_t crt, const struct sought *s)
{
	char name[NAME_SIZE];
	size_t len = sizeof(name);
	return gnutls_x509_crt_get_dn_by_oid(
		   crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &len) >= 0 &&
	    (name_stands_for((struct str){ name, len }, s->text) ||
		str_eq((struct str){ name, len }, s->text));
}

/* The i-th alternative name, in room; false behind the last. */
static bool
get(gnutls_x509_crt_t crt, unsigned i, char room[NAME_SIZE], int *type,
    struct str *name)
{
	size_t len = NAME_SIZE;
	if (i >= NAMES_MAX)
		return false;
	*type = gnutls_x509_crt_get_subject_alt_name(crt, i, room, &len, NULL);
	*name = (struct str){ room, *type >= 0 ? len : 0 };
	return *type != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

enum name_fit
name_compare(gnutls_x509_crt_t crt, const char *host)
{
	const struct sought s = sought_of(host);
	char room[NAME_SIZE];
	struct str name;
	int type;
	bool has_any = false;
	for (unsigned i = 0; get(crt, i, room, &type, &name); i++) {
		if (is_it(&s, type, name))
			return NAME_FITS;
		has_any = has_any || type == GNUTLS_SAN_DNSNAME ||
		    type == GNUTLS_SAN_IPADDRESS;
	}
	return !has_any && common_name_fits(crt, &s) ? NAME_IS_COMMON
						     : NAME_DIFFERS;
}

static void
add(struct buf *names, struct str name)
{
	(void)!buf_add_str(names, names->len > 0 ? STR(", ") : STR_INIT);
	str_printable(name, names);
}

static void
add_address(struct buf *names, struct str raw)
{
	char text[INET6_ADDRSTRLEN];
	int family = raw.len == 4 ? AF_INET : AF_INET6;
	if ((raw.len == 4 || raw.len == 16) &&
	    inet_ntop(family, raw.ptr, text, sizeof(text)) != NULL)
		add(names, str_of(text));
}

void
name_list(gnutls_x509_crt_t crt, struct buf *names)
{
	char room[NAME_SIZE];
	struct str name;
	int type;
	size_t len = sizeof(room);
	for (unsigned i = 0; get(crt, i, room, &type, &name); i++) {
		if (type == GNUTLS_SAN_DNSNAME)
			add(names, name);
		else if (type == GNUTLS_SAN_IPADDRESS)
			add_address(names, name);
	}
	if (names->len == 0 && gnutls_x509_crt_get_dn(crt, room, &len) >= 0)
		add(names, (struct str){ room, len });
}
