// SPDX-License-Identifier: ISC
#include "submit/configure.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/idn.h"
#include "message/address.h"
#include "net/srv.h"

/* In order of preference. */
static const struct {
	const char *label;
	const char *starttls;
} services[] = {
	{ "_submissions._tcp", "off" },
	{ "_submission._tcp", "on" },
};

/* The domain as a name server is asked for it. */
static bool
domain_of(struct str spec, struct buf *domain, struct err *e)
{
	struct str name = str_from(spec, str_rfind(spec, '@'));
	if (name.len < 2 || name.ptr[1] == '[')
		return err_set(e, EX_USAGE, "the address has no domain");
	name = str_from(name, 1);
	if (!idn_to_ascii(name, domain, e)) {
		e->exit = EX_USAGE;
		return false;
	}
	return true;
}

/* Nobody vouches for the records: a name of others is to be looked at. */
static bool
is_within(const char *target, struct str domain)
{
	size_t len = strlen(target);
	if (len < domain.len)
		return false;
	size_t start = len - domain.len;
	return str_eq_nocase(str_of(target + start), domain) &&
	    (start == 0 || target[start - 1] == '.');
}

static void
show_others(const struct srv_answer *a, struct buf *out)
{
	for (size_t i = 1; i < a->n; i++)
		(void)!buf_printf(out, "# or:        %s port %u\n",
		    a->records[i].target, a->records[i].port);
}

static void
show_block(struct str spec, struct str domain, size_t service,
    const struct srv_answer *a, struct buf *out)
{
	const struct srv_record *r = &a->records[0];
	AUTO(buf_release) struct buf address = BUF_INIT(4 * spec.len);
	str_printable(spec, &address);
	(void)!buf_printf(out, "# For posthasterc(5), by %s.%.*s in DNS.\n",
	    services[service].label, STR_FMT(domain));
	if (!is_within(r->target, domain))
		(void)!buf_printf(out,
		    "# That is no host of %.*s, and DNS can be forged: see "
		    "that it is right.\n",
		    STR_FMT(domain));
	(void)!buf_printf(out,
	    "host         %s\nport         %u\ntls          on\n"
	    "tls_starttls %s\n",
	    r->target, r->port, services[service].starttls);
	(void)!buf_printf(out,
	    "auth         on\nuser         %s\nfrom         %s\n",
	    buf_cstr(&address), buf_cstr(&address));
	(void)!buf_printf(out,
	    "# a command that prints the password:\n"
	    "#passwordeval pass show %s\n",
	    r->target);
	show_others(a, out);
}

bool
configure_show(const char *address, const struct srv_nameserver *ns,
    struct buf *out, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	AUTO(buf_release) struct buf domain = BUF_INIT(1024);
	if (!address_parse_one(str_of(address), &spec, e) ||
	    !domain_of(buf_str(&spec), &domain, e)) {
		e->exit = EX_USAGE;
		return err_wrap(e, "--configure");
	}
	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		AUTO(buf_release) struct buf name = BUF_INIT(2048);
		struct srv_answer a;
		(void)!(buf_printf(&name, "%s.", services[i].label) &&
		    buf_add_str(&name, buf_str(&domain)));
		if (!srv_lookup(buf_cstr(&name), ns, &a, e))
			return false;
		if (a.n == 0)
			continue;
		show_block(buf_str(&spec), buf_str(&domain), i, &a, out);
		return true;
	}
	(void)err_set(e, EX_NOHOST, "%s: DNS names no server for submission",
	    buf_cstr(&domain));
	return err_hint(
	    e, "ask whoever runs the mail of that domain, and set host");
}
