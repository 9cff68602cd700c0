// SPDX-License-Identifier: ISC
#include "submit/servers.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "nameserver.h"
#include "net/srv.h"
#include "unit.h"

static const char *const records[] = {
	"_submissions._tcp.example.org 20 1 466 b.example.org",
	"_submissions._tcp.example.org 10 1 465 a.example.org",
	"_submission._tcp.example.org 5 1 587 c.example.org",
	"_submissions._tcp.own.example 0 1 465 OWN.example",
	"_submissions._tcp.guest.example 0 1 465 mx.provider.example",
	"_submission._tcp.guest.example 0 1 587 notguest.example",
	"_submissions._tcp.signed.example 0 1 465 mx.provider.example",
	"_submissions._tcp.signed.example secure",
	"_submissions._tcp.old.example 0 0 0 .",
	"_submission._tcp.old.example 0 1 587 mx.old.example",
	"_submissions._tcp.closed.example 0 0 0 .",
	"_submission._tcp.closed.example 0 0 0 .",
	"_submissions._tcp.half.example servfail",
	"_submission._tcp.half.example 0 1 587 mx.half.example",
	"_submissions._tcp.down.example servfail",
	"_submissions._tcp.mute.example silence",
	"_submissions._tcp.slow.example 0 1 465 mx.slow.example",
	"_submission._tcp.slow.example silence",
	"_submissions._tcp.both.example waits _submission._tcp.both.example",
	"_submission._tcp.both.example waits _submissions._tcp.both.example",
	"_submissions._tcp.both.example 0 1 465 mx.both.example",
	("_submissions._tcp.xn--bcher-kva.example 0 1 465 "
	 "mx.xn--bcher-kva.example"),
	"_submissions._tcp.alias.example cname _s._tcp.provider.example",
	"_s._tcp.provider.example 0 1 465 mx.provider.example",
	"_submissions._tcp.many.example 1 1 465 a.many.example",
	"_submissions._tcp.many.example 2 1 465 b.many.example",
	"_submissions._tcp.many.example 3 1 465 c.many.example",
	"_submissions._tcp.many.example 4 1 465 d.many.example",
	"_submissions._tcp.many.example 5 1 465 e.many.example",
	"_submissions._tcp.many.example 6 1 465 f.many.example",
	"_submissions._tcp.many.example 7 1 465 g.many.example",
	"_submissions._tcp.many.example 8 1 465 h.many.example",
	"_submissions._tcp.many.example 9 1 465 i.many.example",
	"_submission._tcp.many.example 1 1 587 a.many.example",
};

/* "HOST:PORT first|later[ for REFERENCE]", or "HOST: EXIT TEXT", by lines. */
static void
print(const struct servers *list, struct buf *out)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct server *s = &list->items[i];
		CHECK_EQ(s->is_discovered, s->starttls != TOGGLE_AUTO);
		CHECK_EQ(s->is_srv, s->why != NULL);
		if (s->why != NULL) {
			CHECK(buf_printf(out, "%s: %d %s\n", s->host,
			    s->why->exit, s->why->text));
			continue;
		}
		CHECK(buf_printf(out, "%s:%u", s->host, s->port));
		if (s->starttls != TOGGLE_AUTO)
			CHECK(buf_printf(out, " %s",
			    s->starttls == TOGGLE_ON ? "later" : "first"));
		if (s->reference != NULL)
			CHECK(buf_printf(out, " for %s", s->reference));
		CHECK(buf_printf(out, "\n"));
	}
}

/* Finds them by these settings, so often, in so many seconds. */
static void
find_with(struct settings *s, int ntimes, int seconds, const char *want)
{
	struct srv_nameserver ns = { .address = { 127, 0, 0, 1 },
		.timeout_s = 30 };
	struct servers list;
	struct buf got = BUF_INIT(100000);
	pid_t pid = nameserver_start(records, ARRAY_LEN(records), &ns.port);
	CHECK(pid > 0);
	servers_list(&list, s);
	for (int i = 0; i < ntimes; i++)
		servers_find(
		    &list, s, &ns, clock_msec() + (int64_t)seconds * 1000);
	print(&list, &got);
	CHECK_BUF(&got, want);
	CHECK_EQ(list.at, 0);
	buf_release(&got);
	servers_release(&list);
	nameserver_stop(pid);
}

static void
find(const char *host, const char *want)
{
	union {
		const char *text;
		char *field;
	} name = { .text = host };
	struct settings s = { .host = name.field };
	find_with(&s, 1, 20, want);
}

TEST(tls_at_once_comes_first_and_then_priority)
{
	find("srv:example.org",
	    "a.example.org:465 first\n"
	    "b.example.org:466 first\n"
	    "c.example.org:587 later\n");
}

TEST(what_is_found_stands_in_the_domains_place)
{
	find("one.example:25 srv:own.example two.example srv:old.example",
	    "one.example:25\n"
	    "OWN.example:465 first\n"
	    "two.example:0\n"
	    "mx.old.example:587 later\n");
}

TEST(a_target_elsewhere_must_be_good_for_the_domain)
{
	find("srv:guest.example",
	    "mx.provider.example:465 first for guest.example\n"
	    "notguest.example:587 later for guest.example\n");
}

TEST(a_secure_answer_is_believed)
{
	find("srv:signed.example", "mx.provider.example:465 first\n");
}

TEST(an_alias_of_the_service_leads_elsewhere_too)
{
	find("srv:alias.example",
	    "mx.provider.example:465 first for alias.example\n");
}

TEST(a_domain_in_another_script_is_known_by_its_label)
{
	find("srv:b\xc3\xbc"
	     "cher.example",
	    "mx.xn--bcher-kva.example:465 first\n");
}

TEST(starttls_chooses_the_service)
{
	char host[] = "srv:example.org";
	struct settings s = { .host = host, .tls_starttls = TOGGLE_ON };
	find_with(&s, 1, 20, "c.example.org:587 later\n");
	s.tls_starttls = TOGGLE_OFF;
	find_with(&s, 1, 20,
	    "a.example.org:465 first\n"
	    "b.example.org:466 first\n");
	s.tls_starttls = TOGGLE_AUTO;
	s.tls = TOGGLE_OFF;
	find_with(&s, 1, 20, "c.example.org:587 later\n");
}

/* Its name server would be in trouble. */
TEST(a_service_that_is_not_wanted_is_not_asked_for)
{
	char host[] = "srv:down.example";
	struct settings s = { .host = host, .tls_starttls = TOGGLE_ON };
	find_with(&s, 1, 20,
	    "down.example: 68 DNS names no server for mail of down.example "
	    "(_submission._tcp)\n");
}

/* Each is answered only when the other one is asked, too. */
TEST(services_are_asked_for_at_once)
{
	find("srv:both.example", "mx.both.example:465 first\n");
}

TEST(a_domain_may_have_no_server)
{
	find("srv:none.example",
	    "none.example: 68 DNS names no server for mail of none.example "
	    "(_submissions._tcp, _submission._tcp)\n");
	find("srv:closed.example",
	    "closed.example: 68 DNS says that there is no server for mail of "
	    "closed.example (_submissions._tcp, _submission._tcp)\n");
}

TEST(trouble_counts_only_if_there_is_no_server)
{
	find("srv:half.example", "mx.half.example:587 later\n");
	find("srv:down.example srv:own.example",
	    "down.example: 75 look up _submissions._tcp.down.example: Host "
	    "name lookup failure\n"
	    "OWN.example:465 first\n");
}

TEST(silence_has_an_end)
{
	char host[] = "srv:mute.example", other[] = "srv:slow.example";
	struct settings s = { .host = host };
	find_with(&s, 1, 1,
	    "mute.example: 75 look up _submissions._tcp.mute.example: no "
	    "answer in time\n");
	s.host = other; /* that of the second best is not waited for */
	int64_t begin = clock_msec();
	find_with(&s, 1, 60, "mx.slow.example:465 first\n");
	CHECK(clock_msec() - begin < 25000);
}

/* As when the first time all servers are out of reach. */
TEST(what_was_not_found_is_asked_for_again)
{
	char host[] = "srv:down.example srv:many.example";
	struct settings s = { .host = host };
	find_with(&s, 3, 20,
	    "down.example: 75 look up _submissions._tcp.down.example: Host "
	    "name lookup failure\n"
	    "a.many.example:465 first\n"
	    "b.many.example:465 first\n"
	    "c.many.example:465 first\n"
	    "d.many.example:465 first\n"
	    "e.many.example:465 first\n"
	    "f.many.example:465 first\n"
	    "g.many.example:465 first\n"
	    "h.many.example:465 first\n"
	    "a.many.example:587 later\n");
}

TEST(a_domain_that_is_too_long_is_none)
{
	struct buf host = BUF_INIT(1000);
	CHECK(buf_printf(&host, "srv:"));
	for (int i = 0; i < 24; i++)
		CHECK(buf_printf(&host, "123456789."));
	CHECK(buf_printf(&host, "example"));
	struct servers list;
	char *text = str_dup(buf_str(&host));
	struct settings s = { .host = text };
	servers_list(&list, &s);
	servers_find(&list, &s, NULL, clock_msec() + 1000);
	CHECK_EQ(list.len, 1);
	CHECK_EQ(list.items[0].why->exit, EX_CONFIG);
	servers_release(&list);
	free(text);
	buf_release(&host);
}
