// SPDX-License-Identifier: ISC
#include "net/srv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "nameserver.h"
#include "unit.h"

/* "priority weight port target" each, "; " between. */
static void
check_answer(const struct srv_answer *a, const char *want)
{
	struct buf got = BUF_INIT(100000);
	for (size_t i = 0; i < a->n; i++)
		CHECK(buf_printf(&got, "%s%u %u %u %s", i > 0 ? "; " : "",
		    a->records[i].priority, a->records[i].weight,
		    a->records[i].port, a->records[i].target));
	CHECK_BUF(&got, want);
	buf_release(&got);
}

#define HEADER(flags, nquestions, nanswers) \
	"\x12\x34" flags "\0" nquestions "\0" nanswers "\0\0\0\0"
#define QUESTION    \
	"\x01s\x07" \
	"example\0\0\x21\0\x01"
#define TYPE_AND_TIME "\0\x21\0\x01\0\0\0\x3c"
#define RECORD "\xc0\x0c" TYPE_AND_TIME

struct row {
	const char *bytes;
	size_t len;
	bool ok;
	const char *want;
};

#define ROW(text, is_ok, meant)                      \
	{                                            \
		text, sizeof(text) - 1, is_ok, meant \
	}

TEST(answers_are_read_and_faults_are_seen)
{
	static const struct row rows[] = {
		ROW("", false, ""),
		ROW("\x12\x34\x81\x80\0\0\0\0\0\0", false, ""),
		/* none */
		ROW(HEADER("\x81\x80", "\x01", "\0") QUESTION, true, ""),
		/* a question, a failure */
		ROW(HEADER("\x01\0", "\x01", "\0") QUESTION, false, ""),
		ROW(HEADER("\x81\x82", "\x01", "\0") QUESTION, false, ""),
		/* one, with a compressed target */
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    true, "10 5 465 mx.example"),
		/* port 0, the root, a name with a blank, a dot in a label */
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\0\0\x02mx\xc0\x0e",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x07\0\0\0\0\0\0\0",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02m \xc0\x0e",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02m\n\xc0\x0e",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02-m\xc0\x0e",
		    true, ""),
		/* another type in front */
		ROW(HEADER("\x81\x80", "\x01", "\x02") QUESTION
		    "\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x02\xc0\x0e" RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    true, "10 5 465 mx.example"),
		/* another name's; the right one behind it counts */
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION
		    "\xc0\x0e" TYPE_AND_TIME
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x02") QUESTION
		    "\xc0\x0e" TYPE_AND_TIME
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mz\xc0\x0e" RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    true, "10 5 465 mx.example"),
		/* an alias: the records of the other name, and no more */
		ROW(HEADER("\x81\x80", "\x01", "\x03") QUESTION
		    "\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01t\xc0\x0e"
		    "\x01t\xc0\x0e" TYPE_AND_TIME
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e" RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mz\xc0\x0e",
		    true, "10 5 465 mx.example"),
		/* an alias of itself */
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION
		    "\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c",
		    true, ""),
		/* there would be more */
		ROW(HEADER("\x83\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    false, ""),
		/* a record beside the answer (of authority) */
		ROW("\x12\x34\x81\x80\0\x01\0\0\0\x01\0\0" QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    true, ""),
		/* a target that points to itself, and beyond the end */
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x08\0\0\0\0\0\x19\xc0\x2d",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x08\0\0\0\0\0\x19\xcf\xff",
		    true, ""),
		/* a length shorter, and longer, than the target */
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x09\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    true, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION RECORD
		    "\0\x0c\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    false, ""),
		/* more answers than there are */
		ROW(HEADER("\x81\x80", "\x01", "\x02") QUESTION RECORD
		    "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e",
		    false, ""),
		ROW(HEADER("\x81\x80", "\x01", "\x01") QUESTION
		    "\xc0\x0c\0\x21\0",
		    false, ""),
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct srv_answer a;
		/* exactly as long, so that a sanitizer sees a step too far */
		unsigned char *copy = mem_alloc(rows[i].len + 1);
		memcpy(copy, rows[i].bytes, rows[i].len);
		unit_check(
		    srv_parse(copy, rows[i].len, "S.example", &a) == rows[i].ok,
		    __FILE__, __LINE__, "row %zu", i);
		check_answer(&a, rows[i].want);
		free(copy);
	}
}

TEST(a_service_can_be_denied)
{
	static const char text[] = HEADER("\x81\x80", "\x01", "\x01")
	    QUESTION RECORD "\0\x07\0\0\0\0\0\0\0";
	struct srv_answer a;
	CHECK(srv_parse(
	    (const unsigned char *)text, sizeof(text) - 1, "s.example", &a));
	CHECK(a.is_denied);
	CHECK_EQ(a.n, 0);
}

/* What a cut anywhere leaves is read without a fault. */
TEST(every_prefix_of_an_answer_is_harmless)
{
	static const char text[] = HEADER("\x81\x80", "\x01", "\x01")
	    QUESTION RECORD "\0\x0b\0\x0a\0\x05\x01\xd1\x02mx\xc0\x0e";
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct srv_answer a;
		unsigned char *copy = mem_alloc(n + 1);
		memcpy(copy, text, n);
		CHECK(!srv_parse(copy, n, "s.example", &a));
		free(copy);
	}
}

static uint32_t
least(void *arg, uint32_t most)
{
	(void)arg;
	(void)most;
	return 0;
}

static uint32_t
greatest(void *arg, uint32_t most)
{
	(void)arg;
	return most;
}

static struct srv_answer
some_records(void)
{
	return (struct srv_answer){
		.n = 5,
		.records = { { 20, 0, 1, "e" }, { 10, 5, 1, "b" },
		    { 10, 0, 1, "a" }, { 10, 7, 1, "c" }, { 5, 9, 1, "z" } },
	};
}

TEST(lower_priorities_come_first_and_chance_decides_among_equals)
{
	struct srv_answer a = some_records();
	srv_order(&a, least, NULL);
	check_answer(&a, "5 9 1 z; 10 0 1 a; 10 5 1 b; 10 7 1 c; 20 0 1 e");
	a = some_records();
	srv_order(&a, greatest, NULL);
	check_answer(&a, "5 9 1 z; 10 7 1 c; 10 5 1 b; 10 0 1 a; 20 0 1 e");
}

static uint32_t
counted(void *arg, uint32_t most)
{
	uint32_t *next = arg;
	return (*next)++ % (most + 1);
}

TEST(weights_are_shares)
{
	uint32_t next = 0;
	size_t nheavy = 0;
	for (size_t i = 0; i < 101; i++) {
		struct srv_answer a = {
			.n = 2,
			.records = { { 1, 25, 1, "l" }, { 1, 75, 1, "h" } },
		};
		uint32_t once = next++;
		srv_order(&a, counted, &once);
		nheavy += a.records[0].target[0] == 'h';
	}
	CHECK_EQ(nheavy, 75);
}

TEST(an_empty_answer_has_an_order)
{
	struct srv_answer a = { .n = 0 };
	srv_order(&a, greatest, NULL);
	CHECK_EQ(a.n, 0);
}

/* A name server of these records; its process. */
static pid_t
serve(const char *const *records, size_t n, struct srv_nameserver *ns)
{
	*ns = (struct srv_nameserver){ .address = { 127, 0, 0, 1 },
		.timeout_s = 1 };
	pid_t pid = nameserver_start(records, n, &ns->port);
	CHECK(pid > 0);
	return pid;
}

TEST(a_name_server_is_asked)
{
	static const char *const records[] = {
		"_s._tcp.example 20 0 587 second.example",
		"_s._tcp.example 10 0 465 first.example",
		"_none._tcp.example nxdomain",
		"_denied._tcp.example 0 0 0 .",
	};
	struct srv_nameserver ns;
	struct srv_answer a;
	struct err e = ERR_INIT;
	pid_t pid = serve(records, ARRAY_LEN(records), &ns);
	CHECK(srv_lookup("_s._tcp.example", &ns, &a, &e));
	check_answer(&a, "10 0 465 first.example; 20 0 587 second.example");
	CHECK(srv_lookup("_none._tcp.example", &ns, &a, &e));
	CHECK_EQ(a.n, 0);
	CHECK(srv_lookup("_nodata._tcp.example", &ns, &a, &e));
	CHECK_EQ(a.n, 0);
	CHECK(srv_lookup("_denied._tcp.example", &ns, &a, &e));
	CHECK_EQ(a.n, 0);
	nameserver_stop(pid);
}

TEST(security_is_what_a_name_server_of_this_host_says)
{
	static const char *const records[] = {
		"_s._tcp.example 10 0 465 first.example",
		"_s._tcp.example secure",
		"_t._tcp.example 10 0 465 first.example",
	};
	struct srv_nameserver ns;
	struct srv_answer a;
	struct err e = ERR_INIT;
	pid_t pid = serve(records, ARRAY_LEN(records), &ns);
	CHECK(srv_lookup("_s._tcp.example", &ns, &a, &e));
	CHECK(a.is_secure);
	CHECK(srv_lookup("_t._tcp.example", &ns, &a, &e));
	CHECK(!a.is_secure);
	nameserver_stop(pid);
}

TEST(a_name_server_in_trouble_means_later)
{
	static const char *const records[] = {
		"_fail._tcp.example servfail",
		"_garbage._tcp.example garbage",
		"_silent._tcp.example silence",
	};
	static const char *const names[] = { "_fail._tcp.example",
		"_garbage._tcp.example", "_silent._tcp.example" };
	struct srv_nameserver ns;
	pid_t pid = serve(records, ARRAY_LEN(records), &ns);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct srv_answer a;
		struct err e = ERR_INIT;
		CHECK(!srv_lookup(names[i], &ns, &a, &e));
		CHECK_EQ(e.exit, EX_TEMPFAIL);
		CHECK(strstr(e.text, names[i]) != NULL);
	}
	nameserver_stop(pid);
}
