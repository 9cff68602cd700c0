// SPDX-License-Identifier: ISC
#include "net/ticket.h"

#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fd.h"
#include "net/tls.h"
#include "unit.h"

enum { NOW = 1800000000, HEAD = 32 };

static const unsigned char key[TICKET_KEY_SIZE] = { 7 };
static const unsigned char other_key[TICKET_KEY_SIZE] = { 8 };

static bool
is_good(const struct buf *file, int64_t now)
{
	int64_t since;
	struct str data;
	return ticket_unpack(key, now, buf_str(file), &since, &data);
}

static void
pack(struct buf *file, int64_t since)
{
	*file = BUF_INIT(TICKET_FILE_MAX);
	CHECK(ticket_pack(key, since, STR("session"), file));
}

TEST(what_was_packed_is_unpacked)
{
	AUTO(buf_release) struct buf file;
	int64_t since = 0;
	struct str data = STR_INIT;
	pack(&file, NOW - 5);
	CHECK(ticket_unpack(key, NOW, buf_str(&file), &since, &data));
	CHECK_EQ(since, NOW - 5);
	CHECK_BYTES(data, STR("session"));
	CHECK_EQ(file.len, HEAD + data.len);
}

TEST(no_bit_of_it_can_change)
{
	AUTO(buf_release) struct buf file;
	pack(&file, NOW);
	for (size_t i = 0; i < file.len * 8; i++) {
		char bit = (char)(1 << i % 8);
		file.data[i / 8] = (char)(file.data[i / 8] ^ bit);
		CHECK(!is_good(&file, NOW));
		file.data[i / 8] = (char)(file.data[i / 8] ^ bit);
	}
	CHECK(is_good(&file, NOW));
}

TEST(nothing_can_be_missing_or_too_much)
{
	AUTO(buf_release) struct buf file;
	pack(&file, NOW);
	CHECK(buf_add(&file, "x", 1));
	CHECK(!is_good(&file, NOW));
	for (size_t n = file.len - 2; n > 0; n--) {
		buf_truncate(&file, n);
		CHECK(!is_good(&file, NOW));
	}
	buf_truncate(&file, 0);
	CHECK(!is_good(&file, NOW));
}

TEST(another_key_does_not_fit)
{
	AUTO(buf_release) struct buf file;
	int64_t since;
	struct str data;
	pack(&file, NOW);
	CHECK(!ticket_unpack(other_key, NOW, buf_str(&file), &since, &data));
}

TEST(it_is_good_for_a_day_and_not_before_it_was_made)
{
	AUTO(buf_release) struct buf file;
	pack(&file, NOW);
	CHECK(is_good(&file, NOW + TICKET_LIFETIME_S - 1));
	CHECK(!is_good(&file, NOW + TICKET_LIFETIME_S));
	CHECK(!is_good(&file, NOW - 1));
	CHECK(!is_good(&file, 0));
}

TEST(times_that_make_no_sense_are_no_use)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN, -1 };
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		AUTO(buf_release) struct buf file;
		pack(&file, times[i]);
		CHECK(!is_good(&file, NOW));
	}
}

TEST(data_that_are_too_long_or_none_are_not_packed)
{
	static char zeros[TICKET_FILE_MAX];
	AUTO(buf_release) struct buf file = BUF_INIT(TICKET_FILE_MAX);
	struct str data = { zeros, TICKET_FILE_MAX - HEAD };
	CHECK(ticket_pack(key, NOW, data, &file));
	CHECK(is_good(&file, NOW));
	data.len++;
	CHECK(!ticket_pack(key, NOW, data, &file));
	CHECK(!ticket_pack(key, NOW, STR_INIT, &file));
}

/* A folder for a test, and options that name it. */
struct place {
	char root[64];
	char file[96]; /* in it */
	int dir;
	struct tls_options options;
};

static struct place
begin(void)
{
	struct place p = { .root = "/tmp/posthaste-ticket-XXXXXX" };
	CHECK(mkdtemp(p.root) != NULL);
	p.dir = open(p.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(p.dir > 0);
	(void)snprintf(p.file, sizeof(p.file), "%s/trust.pem", p.root);
	p.options = (struct tls_options){
		.host = "mail.example",
		.port = 465,
		.sessions = p.dir,
		.is_verified = true,
		.is_first = true,
	};
	return p;
}

static void
end(struct place *p)
{
	fd_release(&p->dir);
	REMOVE_TREE(p->root);
}

static struct ticket
ticket_of(const struct place *p)
{
	struct ticket t;
	ticket_init(&t, &p->options, "mail.example");
	return t;
}

/* Whether other options would find another file, and go back to these. */
static bool
differs(struct place *p, struct tls_options before)
{
	struct ticket now = ticket_of(p);
	p->options = before;
	struct ticket then = ticket_of(p);
	CHECK(now.dir != 0 && then.dir != 0);
	return strcmp(now.name, then.name) != 0;
}

TEST(a_name_is_64_digits_and_always_the_same)
{
	struct place p = begin();
	struct ticket a = ticket_of(&p), b = ticket_of(&p);
	CHECK_STR(a.name, b.name);
	CHECK_EQ(strlen(a.name), 64);
	CHECK_EQ(strspn(a.name, "0123456789abcdef"), 64);
	end(&p);
}

TEST(each_option_that_counts_has_sessions_of_its_own)
{
	struct place p = begin();
	const struct tls_options o = p.options;
	p.options.port = 587;
	CHECK(differs(&p, o));
	p.options.trust_file = "/nonexistent/a";
	CHECK(differs(&p, o));
	p.options.crl_file = "/nonexistent/a";
	CHECK(differs(&p, o));
	p.options.fingerprints = "AB";
	CHECK(differs(&p, o));
	p.options.pins = "AB";
	CHECK(differs(&p, o));
	p.options.proxy = "proxy.example";
	CHECK(differs(&p, o));
	p.options.priorities = "NORMAL";
	CHECK(differs(&p, o));
	p.options.user = "me";
	CHECK(differs(&p, o));
	p.options.needs_13 = true;
	CHECK(differs(&p, o));
	p.options.is_first = false;
	CHECK(differs(&p, o));
	p.options.timeout_s = 7; /* does not count */
	CHECK(!differs(&p, o));
	struct ticket other;
	ticket_init(&other, &p.options, "other.example");
	CHECK(strcmp(ticket_of(&p).name, other.name) != 0);
	end(&p);
}

TEST(what_ends_one_word_does_not_begin_the_next)
{
	struct place p = begin();
	p.options.fingerprints = "A";
	p.options.pins = "B";
	struct ticket a = ticket_of(&p);
	p.options.fingerprints = "AB";
	p.options.pins = "";
	CHECK(strcmp(ticket_of(&p).name, a.name) != 0);
	p.options.pins = NULL;
	struct ticket b = ticket_of(&p);
	p.options.pins = "AB";
	p.options.fingerprints = NULL;
	CHECK(strcmp(ticket_of(&p).name, b.name) != 0);
	end(&p);
}

TEST(another_state_of_a_file_is_another_session)
{
	struct place p = begin();
	struct err e = ERR_INIT;
	p.options.trust_file = p.file;
	struct ticket missing = ticket_of(&p);
	CHECK(dir_write_file(p.dir, "trust.pem", STR("one"), false, &e));
	struct ticket one = ticket_of(&p);
	CHECK_STR(ticket_of(&p).name, one.name);
	CHECK(strcmp(missing.name, one.name) != 0);
	CHECK(dir_write_file(p.dir, "trust.pem", STR("one"), false, &e));
	CHECK(strcmp(ticket_of(&p).name, one.name) != 0);
	end(&p);
}

TEST(another_state_of_what_is_in_a_folder_is_another_session)
{
	struct place p = begin();
	struct err e = ERR_INIT;
	char elsewhere[96];
	CHECK(mkdirat(p.dir, "elsewhere", S_IRWXU) == 0);
	CHECK(mkdirat(p.dir, "hashed", S_IRWXU) == 0);
	CHECK(symlinkat("../elsewhere/ca", p.dir, "hashed/0a1b2c3d.0") == 0);
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/hashed", p.root);
	p.options.trust_file = elsewhere;
	struct ticket missing = ticket_of(&p);
	CHECK(dir_write_file(p.dir, "elsewhere/ca", STR("one"), false, &e));
	struct ticket one = ticket_of(&p);
	CHECK_STR(ticket_of(&p).name, one.name);
	CHECK(strcmp(missing.name, one.name) != 0);
	CHECK(dir_write_file(p.dir, "elsewhere/ca", STR("one"), false, &e));
	CHECK(strcmp(ticket_of(&p).name, one.name) != 0);
	end(&p);
}

TEST(authorities_in_a_token_cannot_be_told_so_there_is_no_session)
{
	struct place p = begin();
	p.options.trust_file = "pkcs11:token=x";
	CHECK_EQ(ticket_of(&p).dir, 0);
	p.options.pins = "AB"; /* which decides alone */
	CHECK(ticket_of(&p).dir != 0);
	end(&p);
}

TEST(what_must_be_asked_anew_has_no_session)
{
	struct place p = begin();
	const struct tls_options o = p.options;
	p.options.is_verified = false;
	CHECK_EQ(ticket_of(&p).dir, 0);
	p.options = o;
	p.options.port = 0;
	CHECK_EQ(ticket_of(&p).dir, 0);
	p.options = o;
	p.options.sessions = 0;
	CHECK_EQ(ticket_of(&p).dir, 0);
	p.options.sessions = -1;
	CHECK_EQ(ticket_of(&p).dir, 0);
	p.options = o;
	p.options.belief = TLS_BY_FIRST_USE;
	CHECK_EQ(ticket_of(&p).dir, 0);
	p.options.belief = TLS_BY_DANE;
	CHECK_EQ(ticket_of(&p).dir, 0);
	end(&p);
}

static bool
take(struct ticket *t, int64_t now, const char *want)
{
	AUTO(buf_release) struct buf data = BUF_INIT(TICKET_FILE_MAX);
	if (!ticket_take(t, now, &data))
		return false;
	CHECK_BUF(&data, want);
	return true;
}

TEST(what_is_kept_can_be_taken_once)
{
	struct place p = begin();
	int64_t now = time(NULL);
	struct ticket mine = ticket_of(&p), next = ticket_of(&p);
	CHECK(!take(&mine, now, ""));
	CHECK(!mine.is_old);
	mine.since = now - 100;
	ticket_keep(&mine, now, STR("secret"));
	CHECK(take(&next, now + 1, "secret"));
	CHECK_EQ(next.since, now - 100);
	CHECK(next.is_old);
	CHECK(!take(&next, now + 1, ""));
	end(&p);
}

TEST(what_is_forgotten_is_gone)
{
	struct place p = begin();
	int64_t now = time(NULL);
	struct ticket t = ticket_of(&p);
	t.since = now;
	ticket_keep(&t, now, STR("secret"));
	ticket_forget(&t);
	CHECK(!take(&t, now, ""));
	CHECK(!t.is_old);
	end(&p);
}

TEST(without_a_folder_nothing_happens)
{
	struct ticket t = { .dir = 0, .name = "a" };
	ticket_keep(&t, NOW, STR("secret"));
	ticket_forget(&t);
	CHECK(!take(&t, NOW, ""));
	CHECK(access("a", F_OK) == -1);
}

static size_t
count(struct place *p)
{
	size_t n = 0;
	char *const roots[] = { p->root, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL, NULL);
	CHECK(tree != NULL);
	for (FTSENT *f; (f = fts_read(tree)) != NULL;)
		n += f->fts_info == FTS_F;
	CHECK(fts_close(tree) == 0);
	return n;
}

/* 64 digits with the eight behind it */
#define DIGITS "abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefab"
#define FRESH "01cdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefab"

/* Files of names that begin so, that old. */
static void
litter(const struct place *p, unsigned n, const char *prefix, int64_t now,
    int64_t age)
{
	const struct timespec times[2] = {
		{ .tv_sec = (time_t)(now - age) },
		{ .tv_sec = (time_t)(now - age) },
	};
	for (unsigned i = 0; i < n; i++) {
		struct err e = ERR_INIT;
		char name[80];
		(void)snprintf(name, sizeof(name), "%s%08x", prefix, i);
		CHECK(dir_write_file(p->dir, name, STR("x"), false, &e));
		CHECK(utimensat(p->dir, name, times, 0) == 0);
	}
}

TEST(the_old_ones_go_a_few_at_a_time_and_nothing_else)
{
	struct place p = begin();
	int64_t now = time(NULL);
	struct ticket t = ticket_of(&p);
	litter(&p, 5, DIGITS, now, TICKET_LIFETIME_S + 10);
	litter(&p, 5, ".new-", now, TICKET_LIFETIME_S + 10);
	litter(&p, 3, DIGITS "0", now, TICKET_LIFETIME_S + 10);
	litter(&p, 3, FRESH, now, TICKET_LIFETIME_S - 100);
	ticket_keep(&t, now, STR("secret"));
	CHECK_EQ(count(&p), 17 - 8);
	ticket_forget(&t);
	ticket_keep(&t, now, STR("secret"));
	CHECK_EQ(count(&p), 17 - 10);
	CHECK(take(&t, now, "secret") || t.since == 0);
	end(&p);
}

TEST(there_are_never_many)
{
	struct place p = begin();
	int64_t now = time(NULL);
	litter(&p, TICKET_FILES_MAX + 6, DIGITS, now, 10);
	for (unsigned port = 1; port < 5; port++) {
		p.options.port = port;
		struct ticket t = ticket_of(&p);
		ticket_keep(&t, now, STR("secret"));
	}
	CHECK_EQ(count(&p), TICKET_FILES_MAX);
	end(&p);
}

TEST(a_folder_that_has_not_grown_is_not_looked_through)
{
	struct place p = begin();
	int64_t now = time(NULL);
	struct ticket t = ticket_of(&p);
	ticket_keep(&t, now, STR("secret"));
	(void)take(&t, now, "secret");
	litter(&p, 2, DIGITS, now, TICKET_LIFETIME_S + 10);
	ticket_keep(&t, now, STR("secret"));
	CHECK_EQ(count(&p), 3);
	end(&p);
}
