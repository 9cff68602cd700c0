// SPDX-License-Identifier: ISC
#include "net/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"
#include "base/log.h"
#include "base/lookup.h"
#include "net/race.h"

enum { SOON_MSEC = 5 };

/* The address that all attempts are to come from; whether it is ours. */
static bool
set_source(struct race *r, const char *text, struct err *e)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(text, NULL, &hints, &list);
	if (rc != 0)
		return err_set(
		    e, EX_CONFIG, "source_ip %s: %s", text, gai_strerror(rc));
	memcpy(&r->source, list->ai_addr, list->ai_addrlen);
	r->source_len = list->ai_addrlen;
	freeaddrinfo(list);
	AUTO(fd_release)
	int fd = socket(r->source.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && race_bind_source(r, fd) == 0)
		return true;
	(void)err_sys(e, EX_TEMPFAIL, "source_ip %s", text);
	return err_hint(e, "is it an address of this machine, and up?");
}

static void
describe(const struct runner *a, struct dial_result *result)
{
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(local);
	char text[INET6_ADDRSTRLEN] = "";
	race_address_text(&a->addr, result->remote, sizeof(result->remote));
	result->port = a->port;
	if (getsockname(a->fd, (struct sockaddr *)&local, &len) == 0)
		race_address_text(&local, text, sizeof(text));
	(void)snprintf(result->local, sizeof(result->local), "[%s%s]",
	    local.ss_family == AF_INET6 ? "IPv6:" : "", text);
}

/*
 * Waits for the first addresses.  An answer that does not come at once comes
 * from afar; else the time of the connection is the better one.
 */
static void
wait_for_addresses(struct race *r, int64_t until_msec)
{
	int64_t soon = clock_msec() + SOON_MSEC;
	race_take_addresses(r, soon < until_msec ? soon : until_msec);
	if (r->nlists > 0 || lookup_is_over(r->lookup))
		return;
	race_use_time(r);
	race_take_addresses(r, until_msec);
}

/* Begins to look the host up, unless its addresses are known. */
static bool
find_addresses(
    struct race *r, const char *host, int64_t until_msec, struct err *e)
{
	const struct dial_target *target = r->target;
	if (target->known != NULL && *target->known != NULL) {
		r->lists[r->nlists++] = *target->known;
		race_line_up(r);
		return true;
	}
	r->lookup = lookup_begin(host, target->family, e);
	if (r->lookup == NULL)
		return false;
	wait_for_addresses(r, until_msec);
	if (r->nlists > 0)
		return true;
	(void)lookup_failed(r->lookup, e);
	if (target->family != AF_UNSPEC && e->exit != EX_TEMPFAIL)
		(void)err_hint(e, "address_family is ipv%c",
		    target->family == AF_INET6 ? '6' : '4');
	return false;
}

/* The list that served is the one for the next time. */
static void
keep_addresses(struct race *r, const struct runner *winner)
{
	struct addrinfo **known = r->target->known;
	if (known != NULL && *known == NULL && r->nlists > 0)
		*known = lookup_take(
		    r->lookup, winner != NULL ? winner->list : r->lists[0]);
	lookup_release(&r->lookup);
}

/* Why nobody answered. */
static bool
race_failed(const struct race *r, struct err *e)
{
	const struct dial_target *target = r->target;
	if (r->nrunners > 0)
		return race_lost(r, e);
	if (race_awaits_addresses(r))
		return lookup_failed(r->lookup, e);
	return err_set(e, EX_CONFIG,
	    "connect to %s: it has no address of the family of source_ip %s",
	    target->host, target->source_ip);
}

bool
dial_host(const struct dial_target *target, int64_t until_msec,
    struct dial_result *result, struct err *e)
{
	AUTO(buf_release) struct buf host = BUF_INIT(1024);
	struct race race = { .target = target };
	struct runner *winner = NULL;
	if (target->host[0] == '\0')
		return err_set(e, EX_CONFIG, "host is empty");
	if (!idn_host_to_ascii(str_of(target->host), &host, e))
		return false;
	if (target->source_ip != NULL &&
	    !set_source(&race, target->source_ip, e))
		return false;
	bool ok = find_addresses(&race, buf_cstr(&host), until_msec, e);
	if (ok) {
		winner = race_run(&race, until_msec);
		ok = winner != NULL || race_failed(&race, e);
	}
	if (winner != NULL) {
		describe(winner, result);
		result->fd = fd_keep(&winner->fd);
	}
	race_end(&race);
	keep_addresses(&race, winner);
	return ok;
}
