// SPDX-License-Identifier: ISC
#include "outbox/hostnote.h"

#include <stdlib.h>

#include "base/err.h"
#include "queue/retry.h"
#include "queue/spool.h"
#include "unit.h"

static const struct retry_rules rules = { .first = 60, .most = 3600 };

enum { NOW = 1766393112 };

struct place {
	char path[64];
	struct spool spool;
	struct err down;
};

static struct place
make(void)
{
	struct err e = ERR_INIT;
	struct place p = {
		.path = "/tmp/posthaste-hostnote-XXXXXX",
		.down = ERR_INIT,
	};
	CHECK(mkdtemp(p.path) != NULL);
	CHECK(spool_open(&p.spool, p.path, &e));
	(void)err_set(&p.down, EX_TEMPFAIL, "mx:25: connection refused");
	(void)err_hint(&p.down, "look there");
	return p;
}

static void
end(struct place *p)
{
	spool_release(&p->spool);
	REMOVE_TREE(p->path);
}

TEST(a_server_that_fails_rests_longer_each_time)
{
	struct place p = make();
	int64_t before = 0;
	for (unsigned i = 1; i <= 5; i++) {
		struct hostnote h = HOSTNOTE_INIT;
		hostnote_read(&h, &p.spool, "host-1");
		CHECK_EQ(h.note.ntries, i - 1);
		hostnote_fail(&h, &p.spool, &rules, NULL, &p.down, NOW);
		CHECK(h.note.next - NOW > before);
		before = h.note.next - NOW;
		hostnote_release(&h);
	}
	struct hostnote h = HOSTNOTE_INIT;
	hostnote_read(&h, &p.spool, "host-1");
	CHECK(h.is_there);
	CHECK_EQ(h.note.ntries, 5);
	CHECK_STR(h.note.said, "mx:25: connection refused; look there");
	hostnote_read(&h, &p.spool, "host-2");
	CHECK(!h.is_there);
	CHECK_EQ(h.note.next, 0);
	hostnote_release(&h);
	end(&p);
}

TEST(two_who_find_it_down_at_once_count_once)
{
	struct place p = make();
	struct hostnote one = HOSTNOTE_INIT, other = HOSTNOTE_INIT;
	hostnote_read(&one, &p.spool, "host-1");
	hostnote_read(&other, &p.spool, "host-1");
	hostnote_fail(&one, &p.spool, &rules, NULL, &p.down, NOW);
	hostnote_fail(&other, &p.spool, &rules, NULL, &p.down, NOW);
	CHECK_EQ(other.note.ntries, 1);
	CHECK_EQ(other.note.next, one.note.next);
	hostnote_release(&one);
	hostnote_release(&other);
	end(&p);
}

TEST(one_that_serves_us_again_has_no_note)
{
	struct place p = make();
	struct hostnote h = HOSTNOTE_INIT;
	hostnote_read(&h, &p.spool, "host-1");
	hostnote_fail(&h, &p.spool, &rules, NULL, &p.down, NOW);
	hostnote_clear(&h, &p.spool);
	CHECK_EQ(h.note.next, 0);
	hostnote_read(&h, &p.spool, "host-1");
	CHECK(!h.is_there);
	hostnote_release(&h);
	end(&p);
}
