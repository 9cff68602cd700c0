// SPDX-License-Identifier: ISC
#include "submit/configure.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "message/address.h"
#include "net/srv.h"
#include "submit/discover.h"

enum { WAIT_MSEC = 30000 };

static bool
domain_of(struct str spec, struct str *domain, struct err *e)
{
	struct str name = str_from(spec, str_rfind(spec, '@'));
	if (name.len < 2 || name.ptr[1] == '[')
		return err_set(e, EX_USAGE, "the address has no domain");
	*domain = str_from(name, 1);
	return true;
}

static void
show_others(const struct srv_answer *a, struct buf *out)
{
	for (size_t i = 1; i < a->n; i++)
		(void)!buf_printf(out, "# or:        %s port %u\n",
		    a->records[i].target, a->records[i].port);
}

static void
show_block(struct str spec, const struct discovery *d,
    enum discover_service service, struct buf *out)
{
	static const char *const starttls[] = {
		[DISCOVER_SUBMISSIONS] = "off",
		[DISCOVER_SUBMISSION] = "on",
	};
	const struct srv_answer *a = discover_answer(d, service);
	const struct srv_record *r = &a->records[0];
	AUTO(buf_release) struct buf address = BUF_INIT(4 * spec.len);
	str_printable(spec, &address);
	(void)!buf_printf(out, "# For posthasterc(5), by %s.%s in DNS.\n",
	    discover_label(service), discover_domain(d));
	if (!a->is_secure && !discover_is_within(d, r->target))
		(void)!buf_printf(out,
		    "# That is no host of %s, and DNS can be forged: see "
		    "that it is right.\n",
		    discover_domain(d));
	(void)!buf_printf(out,
	    "host         %s\nport         %u\ntls          on\n"
	    "tls_starttls %s\n",
	    r->target, r->port, starttls[service]);
	(void)!buf_printf(out,
	    "auth         on\nuser         %s\nfrom         %s\n",
	    buf_cstr(&address), buf_cstr(&address));
	(void)!buf_printf(out,
	    "# a command that prints the password:\n"
	    "#passwordeval pass show %s\n",
	    r->target);
	show_others(a, out);
}

/* Of the best service that the domain has. */
static void
show(struct str spec, const struct discovery *d, struct buf *out)
{
	for (enum discover_service i = 0; i < DISCOVER_SERVICES; i++) {
		const struct srv_answer *a = discover_answer(d, i);
		if (a == NULL || a->n == 0)
			continue;
		show_block(spec, d, i, out);
		return;
	}
}

bool
configure_show(const char *address, const struct srv_nameserver *ns,
    struct buf *out, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	AUTO(discover_release) struct discovery *d = NULL;
	struct str domain = STR_INIT;
	if (!address_parse_one(str_of(address), &spec, e) ||
	    !domain_of(buf_str(&spec), &domain, e) ||
	    (d = discover_begin(domain, NULL, ns, e)) == NULL) {
		if (e->exit != EX_OSERR)
			e->exit = EX_USAGE;
		return err_wrap(e, "--configure");
	}
	if (!discover_await(d, clock_msec() + WAIT_MSEC, e))
		return false;
	show(buf_str(&spec), d, out);
	return true;
}
