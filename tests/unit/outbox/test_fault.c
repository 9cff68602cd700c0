// SPDX-License-Identifier: ISC
#include "outbox/fault.h"

#include <stdlib.h>

#include "base/err.h"
#include "message/intake.h"
#include "message/source.h"
#include "queue/spool.h"
#include "unit.h"

enum { NOW = 1766393112 };

#define KEY "0123456789abcdef"

struct place {
	char path[64];
	struct spool spool;
	struct err typo;
	struct err other;
};

static struct place
make(void)
{
	struct err e = ERR_INIT;
	struct place p = {
		.path = "/tmp/posthaste-fault-XXXXXX",
		.typo = ERR_INIT,
		.other = ERR_INIT,
	};
	CHECK(mkdtemp(p.path) != NULL);
	CHECK(spool_open(&p.spool, p.path, &e));
	(void)err_set(&p.typo, EX_CONFIG, "rc:4: unknown \"h\x1bts\"");
	(void)err_hint(&p.typo, "look there");
	(void)err_set(&p.other, EX_CONFIG, "rc:5: what is that");
	return p;
}

static void
end(struct place *p)
{
	spool_release(&p->spool);
	REMOVE_TREE(p->path);
}

static void
put(struct place *p)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message text = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	struct err e = ERR_INIT;
	char id[SPOOL_ID_SIZE];
	CHECK(message_from_bytes(&text, STR("Subject: x\n\nx\n"), &e));
	source_init(&source, &text, NULL);
	entry.sender = str_dup(STR("me@here.example"));
	entry_add_rcpt(&entry, STR("a@there.example"), STR_INIT);
	CHECK(spool_put(&p->spool, &entry, &source, id, &e));
}

TEST(the_same_fault_is_news_only_when_its_time_has_come)
{
	struct place p = make();
	int64_t next = 0, now = NOW, before = 0;
	for (int i = 0; i < 5; i++) {
		CHECK(fault_is_news(&p.spool, KEY, &p.typo, now, &next));
		CHECK(!fault_is_news(&p.spool, KEY, &p.typo, now, &next));
		CHECK(next - now > before);
		before = next - now;
		CHECK(!fault_is_news(&p.spool, KEY, &p.typo, next - 1, &next));
		now = next;
	}
	end(&p);
}

TEST(another_fault_is_news_and_so_is_one_that_was_mended)
{
	struct place p = make();
	int64_t next;
	CHECK(fault_is_news(&p.spool, KEY, &p.typo, NOW, &next));
	CHECK(fault_is_news(&p.spool, KEY, &p.other, NOW, &next));
	CHECK(!fault_is_news(&p.spool, KEY, &p.other, NOW, &next));
	fault_clear(&p.spool, KEY);
	CHECK(fault_is_news(&p.spool, KEY, &p.other, NOW, &next));
	end(&p);
}

TEST(what_was_told_by_name_is_no_news_to_a_timer)
{
	struct place p = make();
	int64_t next;
	fault_note(&p.spool, KEY, &p.typo, NOW);
	CHECK(!fault_is_news(&p.spool, KEY, &p.typo, NOW, &next));
	end(&p);
}

TEST(it_is_noted_for_as_long_as_mail_waits)
{
	struct place p = make();
	CHECK(!fault_is_noted(p.path, &p.typo));
	fault_note(&p.spool, KEY, &p.typo, NOW);
	CHECK(!fault_is_noted(p.path, &p.typo));
	put(&p);
	CHECK(fault_is_noted(p.path, &p.typo));
	CHECK(!fault_is_noted(p.path, &p.other));
	fault_clear(&p.spool, KEY);
	CHECK(!fault_is_noted(p.path, &p.typo));
	end(&p);
}
