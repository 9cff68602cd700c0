// SPDX-License-Identifier: ISC
#include "queue/entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

static void
fill(struct entry *entry)
{
	entry->arrived_usec = 1766393112000042;
	entry->size = 1234;
	entry->sender = str_dup(STR("me@example.org"));
	entry->account = str_dup(STR("work"));
	entry->rcfile = str_dup(STR("/home/me/rc"));
	entry->not_ascii = str_dup(STR("the recipient j\xc3\xb6@x"));
	strvec_add(&entry->settings, STR("host smtp.example.org"));
	entry_add_rcpt(entry, STR("a@x"), STR_INIT);
	entry_add_rcpt(entry, STR("b@x"), STR("bob"));
}

static const char written[] =
    "posthaste-queue 1\nstate --\narrived 1766393112.000042\nsize 1234\n"
    "sender me@example.org\naccount work\nrcfile /home/me/rc\n"
    "set host smtp.example.org\nutf8 the recipient j\xc3\xb6@x\nrcpt - a@x\nrcpt - b@x\noriginal bob\n\n";

TEST(an_entry_is_written_in_lines)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(buf_release) struct buf lines = BUF_INIT(4096);
	struct err e = ERR_INIT;
	fill(&entry);
	CHECK(entry_write(&entry, &lines, &e));
	CHECK_STR(buf_cstr(&lines), written);
	CHECK_EQ(entry.text, (off_t)strlen(written));
	CHECK_EQ(lines.data[entry.rcpts[1].at], '-');
	CHECK_EQ(lines.data[entry.rcpts[1].at + 2], 'b');
}

TEST(a_report_says_what_it_is_about_and_goes_by_the_same_line)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(entry_release) struct entry read = ENTRY_INIT;
	AUTO(buf_release) struct buf lines = BUF_INIT(4096);
	char before[ENTRY_KEY_SIZE], behind[ENTRY_KEY_SIZE];
	struct err e = ERR_INIT;
	fill(&entry);
	CHECK(entry_key(&entry, before, &e));
	entry.about = str_dup(STR("20261224-170000-123456-89abcdef"));
	CHECK(entry_key(&entry, behind, &e));
	CHECK_STR(behind, before);
	CHECK(entry_write(&entry, &lines, &e));
	CHECK(entry_parse(&read, buf_str(&lines), &e));
	CHECK_STR(read.about, "20261224-170000-123456-89abcdef");
}

TEST(what_was_written_is_read)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	struct err e = ERR_INIT;
	CHECK(entry_parse(&entry, str_of(written), &e));
	CHECK_EQ(entry.arrived_usec, 1766393112000042);
	CHECK_EQ(entry.size, 1234);
	CHECK_STR(entry.sender, "me@example.org");
	CHECK_STR(entry.account, "work");
	CHECK_STR(entry.rcfile, "/home/me/rc");
	CHECK_STR(entry.settings.items[0], "host smtp.example.org");
	CHECK_EQ(entry.nrcpts, 2);
	CHECK_STR(entry.rcpts[0].address, "a@x");
	CHECK(entry.rcpts[0].original == NULL);
	CHECK_STR(entry.rcpts[1].original, "bob");
	CHECK_EQ(written[entry.rcpts[0].at], '-');
	CHECK_EQ(entry.text, (off_t)strlen(written));
	CHECK(strncmp(written + entry.state, "--\n", 3) == 0);
	CHECK_EQ(entry_count(&entry, ENTRY_PENDING), 2);
}

TEST(marks_are_read)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	struct err e = ERR_INIT;
	CHECK(entry_parse(&entry,
	    STR("posthaste-queue 1\nstate hw\narrived 1.000000\nsize 0\n"
		"sender \nrcpt + a@x\nrcpt x b@x\nrcpt - c@x\nrcpt r d@x\n\n"),
	    &e));
	CHECK(entry.is_held);
	CHECK(entry.is_warned);
	CHECK_STR(entry.sender, "");
	CHECK_EQ(entry_count(&entry, ENTRY_TAKEN), 1);
	CHECK_EQ(entry_count(&entry, ENTRY_REFUSED), 1);
	CHECK_EQ(entry_count(&entry, ENTRY_PENDING), 1);
	CHECK_EQ(entry_count(&entry, ENTRY_REPORTED), 1);
}

#define HEAD "posthaste-queue 1\nstate --\narrived 1.000000\nsize 0\n"

TEST(what_makes_no_sense_is_refused)
{
	static const struct {
		const char *lines;
		int exit;
	} rows[] = {
		{ "", EX_DATAERR },
		{ "\n", EX_DATAERR },
		{ "posthaste-queue\n\n", EX_DATAERR },
		{ "posthaste-queue x\n\n", EX_DATAERR },
		{ "posthaste-queue 2\nnew stuff\n\n", EX_CONFIG },
		{ HEAD "sender a\n\n", EX_DATAERR },
		{ HEAD "rcpt - a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nsender b\nrcpt - a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt ? a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt - \n\n", EX_DATAERR },
		{ HEAD "sender a\rb\nrcpt - a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcfile a\nrcpt - a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\noriginal b\nrcpt - a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt - a@x\nodd x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt - a@x\nodd\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt - a@x\n", EX_DATAERR },
		{ HEAD "sender a> FOO\nrcpt - a@x\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt - a@x> NOTIFY=NEVER\n\n", EX_DATAERR },
		{ HEAD "sender a\nrcpt - a@\001x\n\n", EX_DATAERR },
		{ HEAD "state --\nsender a\nrcpt - a@x\n\n", EX_DATAERR },
		{ "posthaste-queue 1\narrived 1.000000\nsize 1\nsender a\n"
		  "rcpt - a@x\n\n",
		    EX_DATAERR },
		{ HEAD "sender a\nrcpt - a@x", EX_DATAERR },
		{ "posthaste-queue 1\nstate -\n\n", EX_DATAERR },
		{ "posthaste-queue 1\narrived 1\n\n", EX_DATAERR },
		{ "posthaste-queue 1\narrived 1.0000000\n\n", EX_DATAERR },
		{ "posthaste-queue 1\nsize -1\n\n", EX_DATAERR },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(entry_release) struct entry entry = ENTRY_INIT;
		struct err e = ERR_INIT;
		CHECK(!entry_parse(&entry, str_of(rows[i].lines), &e));
		CHECK_EQ(e.exit, rows[i].exit);
	}
}

TEST(the_end_of_the_lines_is_found)
{
	CHECK_EQ(entry_lines_length(STR("a\nb\n\nSubject: x\n\n")), 5);
	CHECK_EQ(entry_lines_length(STR("a\nb\n")), 0);
	CHECK_EQ(entry_lines_length(STR("")), 0);
}

TEST(no_text_forges_a_line)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(buf_release) struct buf lines = BUF_INIT(4096);
	struct err e = ERR_INIT;
	entry.sender = str_dup(STR("a"));
	entry_add_rcpt(&entry, STR("a@x\nrcpt - b@x"), STR_INIT);
	CHECK(!entry_write(&entry, &lines, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
}

TEST(no_address_says_more_than_who_it_is)
{
	static const char *const rows[][2] = { { "a", "b@x> NOTIFY=NEVER" },
		{ "a> BODY=8BITMIME", "b@x" } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(entry_release) struct entry entry = ENTRY_INIT;
		AUTO(buf_release) struct buf lines = BUF_INIT(4096);
		struct err e = ERR_INIT;
		entry.sender = str_dup(str_of(rows[i][0]));
		entry_add_rcpt(&entry, str_of(rows[i][1]), STR_INIT);
		CHECK(!entry_write(&entry, &lines, &e));
		CHECK_EQ(e.exit, EX_DATAERR);
	}
}

static struct str
key_of(const char *account, const char *rcfile, const char *setting,
    char key[ENTRY_KEY_SIZE])
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	struct err e = ERR_INIT;
	fill(&entry);
	free(entry.account);
	free(entry.rcfile);
	entry.account = account != NULL ? str_dup(str_of(account)) : NULL;
	entry.rcfile = rcfile != NULL ? str_dup(str_of(rcfile)) : NULL;
	strvec_add(&entry.settings, str_of(setting));
	CHECK(entry_key(&entry, key, &e));
	CHECK_EQ(strlen(key), ENTRY_KEY_SIZE - 1);
	return str_of(key);
}

TEST(what_goes_the_same_way_has_the_same_key)
{
	static const struct {
		const char *account, *rcfile, *setting;
	} rows[] = {
		{ NULL, NULL, "port 25" },
		{ "a", NULL, "port 25" },
		{ "b", NULL, "port 25" },
		{ NULL, "/a", "port 25" },
		{ "a", "/a", "port 25" },
		{ NULL, NULL, "port 26" },
	};
	char one[ENTRY_KEY_SIZE], other[ENTRY_KEY_SIZE];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
			struct str a = key_of(rows[i].account, rows[i].rcfile,
			    rows[i].setting, one);
			struct str b = key_of(rows[k].account, rows[k].rcfile,
			    rows[k].setting, other);
			CHECK_EQ(str_eq(a, b), i == k);
		}
}

TEST(who_it_is_for_does_not_change_the_key)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	char before[ENTRY_KEY_SIZE], behind[ENTRY_KEY_SIZE];
	struct err e = ERR_INIT;
	fill(&entry);
	CHECK(entry_key(&entry, before, &e));
	entry_add_rcpt(&entry, STR("c@x"), STR_INIT);
	entry.size++;
	CHECK(entry_key(&entry, behind, &e));
	CHECK_STR(behind, before);
}

TEST(it_is_done_when_all_are_taken_or_told_of)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	fill(&entry);
	CHECK(!entry_is_done(&entry));
	entry.rcpts[0].fate = ENTRY_TAKEN;
	entry.rcpts[1].fate = ENTRY_REFUSED;
	CHECK(!entry_is_done(&entry));
	entry.rcpts[1].fate = ENTRY_REPORTED;
	CHECK(entry_is_done(&entry));
}
