// SPDX-License-Identifier: ISC
#include "net/priority.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/late_gnutls.h"

/* As the library's makers advise, but for the versions: RFC 8996. */
#define OURS "NORMAL:-VERS-ALL:+VERS-TLS1.3"

/* Those in GnuTLS's keywords, such as NORMAL, that nobody should use; newest
 * first. */
static const char *const old_versions[] = { "VERS-TLS1.1", "VERS-TLS1.0",
	"VERS-SSL3.0" };

enum { STRING_MAX = 64 * 1024 };

/* What GnuTLS says of the string; at is where it gave up. */
static bool
refuse(int rc, const char *wanted, const char *at, struct err *e)
{
	char rest[80];
	str_printable_to(str_of(at), rest, sizeof(rest));
	if (rc == GNUTLS_E_INVALID_REQUEST)
		return err_set(e, EX_CONFIG,
		    "tls_priorities: not understood from character %zu on: "
		    "\"%s\"",
		    strlen(wanted) - strlen(at) + 1, rest);
	return err_set(e, EX_CONFIG, "tls_priorities: %s", gnutls_strerror(rc));
}

static bool
refuse_versions(bool needs_13, struct err *e)
{
	if (needs_13)
		return err_set(e, EX_CONFIG,
		    "tls_priorities leaves out TLS 1.3, which tls_min_version "
		    "demands");
	(void)err_set(
	    e, EX_CONFIG, "tls_priorities leaves out TLS 1.2 and 1.3");
	return err_hint(e,
	    "what is older is broken (RFC 8996); to use it all the same, name "
	    "it there: +VERS-TLS1.1");
}

static bool
is_named(const char *wanted, const char *version)
{
	struct str rest = str_of(wanted), word;
	while (str_word(&rest, ":", &word))
		if (word.len > 1 && word.ptr[0] == '+' &&
		    str_eq_nocase(str_from(word, 1), str_of(version)))
			return true;
	return false;
}

/* How many of the old versions may stay: down to the oldest that is named, as
 * a server cannot be asked for one and not for what lies between. */
static size_t
count_named(const char *wanted)
{
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(old_versions); i++)
		if (is_named(wanted, old_versions[i]))
			n = i + 1;
	return n;
}

/* The user's string, and behind it what takes back versions. */
static bool
complete(const char *wanted, bool needs_13, struct buf *all)
{
	size_t first = needs_13 ? 0 : count_named(wanted);
	bool ok = buf_add_str(all, str_of(wanted));
	for (size_t i = first; i < ARRAY_LEN(old_versions); i++)
		ok = ok && buf_printf(all, ":-%s", old_versions[i]);
	return ok && (!needs_13 || buf_printf(all, ":-VERS-TLS1.2"));
}

/* GnuTLS also counts those of DTLS. */
static bool
has_version(gnutls_priority_t made)
{
	const unsigned *list = NULL;
	int n = gnutls_priority_protocol_list(made, &list);
	for (int i = 0; i < n; i++)
		if (list[i] >= GNUTLS_SSL3 && list[i] <= GNUTLS_TLS_VERSION_MAX)
			return true;
	return false;
}

static bool
prepare(const char *wanted, bool needs_13, struct buf *all, struct err *e)
{
	const char *at = "";
	gnutls_priority_t made;
	int rc = gnutls_priority_init(&made, wanted, &at);
	if (rc < 0)
		return refuse(rc, wanted, at, e);
	gnutls_priority_deinit(made);
	if (!complete(wanted, needs_13, all))
		return err_set(e, EX_CONFIG, "tls_priorities is too long");
	rc = gnutls_priority_init(&made, buf_cstr(all), NULL);
	if (rc == GNUTLS_E_NO_PRIORITIES_WERE_SET)
		return refuse_versions(needs_13, e);
	if (rc < 0)
		return refuse(rc, wanted, "", e);
	bool ok = has_version(made) || refuse_versions(needs_13, e);
	gnutls_priority_deinit(made);
	return ok;
}

bool
priority_check(const char *wanted, bool needs_13, struct err *e)
{
	AUTO(buf_release) struct buf all = BUF_INIT(STRING_MAX);
	return prepare(wanted, needs_13, &all, e);
}

/* Of those for the exchange of keys; 0 if there is none. */
static int
first_group(gnutls_priority_t made)
{
	const unsigned *list = NULL;
	int n = gnutls_priority_group_list(made, &list);
	return n > 0 ? (int)list[0] : 0;
}

bool
priority_set(gnutls_session_t session, const char *wanted, bool needs_13,
    int *group, struct err *e)
{
	gnutls_priority_t made;
	AUTO(buf_release) struct buf all = BUF_INIT(STRING_MAX);
	const char *string = needs_13 ? OURS : OURS ":+VERS-TLS1.2";
	if (wanted != NULL) {
		if (!prepare(wanted, needs_13, &all, e))
			return false;
		string = buf_cstr(&all);
	}
	int rc = gnutls_priority_init(&made, string, NULL);
	if (rc < 0)
		return refuse(rc, string, "", e);
	*group = first_group(made);
	rc = gnutls_priority_set(session, made);
	gnutls_priority_deinit(made); /* the session has its share in it */
	return rc >= 0 || refuse(rc, string, "", e);
}
