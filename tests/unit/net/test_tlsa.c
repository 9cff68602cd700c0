// SPDX-License-Identifier: ISC
#include "net/tlsa.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "nameserver.h"
#include "net/resolver.h"
#include "net/srv.h"
#include "unit.h"

/* "usage selector matching HEX" each, "; " between. */
static void
check_answer(const struct tlsa_answer *a, const char *want)
{
	AUTO(buf_release) struct buf got = BUF_INIT(100000);
	for (size_t i = 0; i < a->n; i++) {
		const struct tlsa_record *r = &a->records[i];
		CHECK(buf_printf(&got, "%s%u %u %u ", i > 0 ? "; " : "",
		    r->usage, r->selector, r->matching));
		for (size_t k = 0; k < r->len; k++)
			CHECK(buf_printf(&got, "%02x", r->data[k]));
	}
	CHECK_BUF(&got, want);
}

#define HEADER(flags, nquestions, nanswers) \
	"\x12\x34" flags "\0" nquestions "\0" nanswers "\0\0\0\0"
#define QUESTION    \
	"\x01s\x07" \
	"example\0\0\x34\0\x01"
#define TLSA(owner) owner "\0\x34\0\x01\0\0\0\x3c"
#define OWN "\xc0\x0c"
#define ANSWER "\x81\x80"
#define DATA "\0\x05\x03\x01\x01\xab\xcd"

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
		ROW(HEADER(ANSWER, "\x01", "\0") QUESTION, true, ""),
		/* a question, a failure, one cut short by the server */
		ROW(HEADER("\x01\0", "\x01", "\0") QUESTION, false, ""),
		ROW(HEADER("\x81\x82", "\x01", "\0") QUESTION, false, ""),
		ROW(HEADER("\x83\x80", "\x01", "\x01") QUESTION TLSA(OWN) DATA,
		    false, ""),
		/* one, and two */
		ROW(HEADER(ANSWER, "\x01", "\x01") QUESTION TLSA(OWN) DATA,
		    true, "3 1 1 abcd"),
		ROW(HEADER(ANSWER, "\x01", "\x02") QUESTION TLSA(OWN)
			DATA TLSA(OWN) "\0\x03\x02\xff\x02",
		    true, "3 1 1 abcd; 2 255 2 "),
		/* too short to be one */
		ROW(HEADER(ANSWER, "\x01", "\x01")
			QUESTION TLSA(OWN) "\0\x02\x03\x01",
		    true, ""),
		/* of another class, type and name */
		ROW(HEADER(ANSWER, "\x01", "\x01") QUESTION OWN
		    "\0\x34\0\x03\0\0\0\x3c" DATA,
		    true, ""),
		ROW(HEADER(ANSWER, "\x01", "\x01") QUESTION OWN
		    "\0\x33\0\x01\0\0\0\x3c" DATA,
		    true, ""),
		ROW(HEADER(ANSWER, "\x01", "\x01")
			QUESTION TLSA("\x01t\xc0\x0e") DATA,
		    true, ""),
		/* letters of either case */
		ROW(HEADER(ANSWER, "\x01", "\x01")
			QUESTION TLSA("\x01S\xc0\x0e") DATA,
		    true, "3 1 1 abcd"),
		/* more than the packet holds */
		ROW(HEADER(ANSWER, "\x01", "\x02") QUESTION TLSA(OWN) DATA,
		    false, "3 1 1 abcd"),
		ROW(HEADER(ANSWER, "\x01", "\x01")
			QUESTION TLSA(OWN) "\0\x06\x03\x01\x01\xab\xcd",
		    false, ""),
		/* an owner that points to itself */
		ROW(HEADER(ANSWER, "\x01", "\x01") QUESTION TLSA("\xc0\x1b")
			DATA,
		    false, ""),
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tlsa_answer a;
		/* exactly as long, so that a sanitizer sees a step too far */
		unsigned char *copy = mem_alloc(rows[i].len + 1);
		memcpy(copy, rows[i].bytes, rows[i].len);
		unit_check(tlsa_parse(copy, rows[i].len, "s.example", &a) ==
			rows[i].ok,
		    __FILE__, __LINE__, "row %zu", i);
		if (rows[i].ok)
			check_answer(&a, rows[i].want);
		free(copy);
	}
}

#define ALIAS(owner) owner "\0\x05\0\x01\0\0\0\x3c"

static void
reads(const char *bytes, size_t len, const char *want)
{
	struct tlsa_answer a;
	CHECK(tlsa_parse((const unsigned char *)bytes, len, "s.example", &a));
	check_answer(&a, want);
}

TEST(an_alias_is_followed_in_whatever_order)
{
	static const char text[] = HEADER(ANSWER, "\x01", "\x04") QUESTION
	    /* u: the record; t: u; s: t; and one that is not asked for */
	    TLSA("\x01u\xc0\x0e")
		DATA ALIAS("\x01t\xc0\x0e") "\0\x04\x01u\xc0\x0e" ALIAS(
		    OWN) "\0\x04\x01T\xc0\x0e" TLSA(OWN) "\0\x04\x03\x01\x01\xff";
	reads(text, sizeof(text) - 1, "3 1 1 abcd");
}

TEST(aliases_in_a_circle_end)
{
	static const char text[] = HEADER(ANSWER, "\x01", "\x02")
	    QUESTION ALIAS(OWN) "\0\x04\x01t\xc0\x0e" ALIAS(
		"\x01t\xc0\x0e") "\0\x02\xc0\x0c";
	reads(text, sizeof(text) - 1, "");
}

TEST(what_is_secure_is_so_by_the_servers_word)
{
	static const char no[] = HEADER(ANSWER, "\x01", "\x01")
	    QUESTION TLSA(OWN) DATA;
	static const char yes[] = HEADER("\x81\xa0", "\x01", "\x01")
	    QUESTION TLSA(OWN) DATA;
	struct tlsa_answer a;
	CHECK(tlsa_parse(
	    (const unsigned char *)no, sizeof(no) - 1, "s.example", &a));
	CHECK(!a.is_secure);
	CHECK(tlsa_parse(
	    (const unsigned char *)yes, sizeof(yes) - 1, "s.example", &a));
	CHECK(a.is_secure);
}

/* What a cut anywhere leaves is read without a fault. */
TEST(every_prefix_of_an_answer_is_harmless)
{
	static const char text[] = HEADER("\x81\xa0", "\x01", "\x02")
	    QUESTION ALIAS(OWN) "\0\x04\x01t\xc0\x0e" TLSA("\x01t\xc0\x0e")
		DATA;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct tlsa_answer a;
		unsigned char *copy = mem_alloc(n + 1);
		memcpy(copy, text, n);
		CHECK(!tlsa_parse(copy, n, "s.example", &a));
		free(copy);
	}
	reads(text, sizeof(text) - 1, "3 1 1 abcd");
}

TEST(too_many_records_are_left_out)
{
	AUTO(buf_release) struct buf packet = BUF_INIT(10000);
	struct tlsa_answer a;
	CHECK(buf_add_str(&packet, STR(HEADER(ANSWER, "\x01", "\x28"))));
	CHECK(buf_add_str(&packet, STR(QUESTION)));
	for (int i = 0; i < 40; i++)
		CHECK(buf_add_str(&packet, STR(TLSA(OWN) DATA)));
	CHECK(tlsa_parse(
	    (const unsigned char *)packet.data, packet.len, "s.example", &a));
	CHECK_EQ(a.n, TLSA_RECORDS_MAX);
}

static const unsigned char bytes[64];

static struct tlsa_record
record(unsigned usage, unsigned selector, unsigned matching, size_t len)
{
	return (struct tlsa_record){ usage, selector, matching, bytes, len };
}

static bool
is_usable(unsigned usage, unsigned selector, unsigned matching, size_t len)
{
	struct tlsa_answer a = { .n = 1,
		.records = { record(usage, selector, matching, len) } };
	tlsa_keep_usable(&a);
	return a.n == 1;
}

TEST(records_that_mean_nothing_are_not_used)
{
	for (unsigned usage = 0; usage <= 3; usage++) {
		CHECK(is_usable(usage, 0, 0, 1));
		CHECK(is_usable(usage, 1, 1, 32));
		CHECK(is_usable(usage, 1, 2, 64));
		CHECK(!is_usable(usage, 1, 0, 0));
		CHECK(!is_usable(usage, 1, 1, 31));
		CHECK(!is_usable(usage, 1, 1, 33));
		CHECK(!is_usable(usage, 1, 2, 32));
		CHECK(!is_usable(usage, 2, 1, 32));
		CHECK(!is_usable(usage, 1, 3, 32));
	}
	CHECK(!is_usable(4, 1, 1, 32));
	CHECK(!is_usable(255, 255, 255, 32));
}

TEST(of_two_digests_the_stronger_counts)
{
	struct tlsa_answer a = { .n = 6,
		.records = { record(3, 1, 1, 32), record(3, 1, 2, 64),
		    record(3, 1, 0, 5), record(3, 0, 1, 32),
		    record(2, 1, 1, 32), record(2, 1, 2, 7) } };
	tlsa_keep_usable(&a);
	CHECK_EQ(a.n, 4);
	CHECK_EQ(a.records[0].matching, TLSA_SHA512);
	CHECK_EQ(a.records[1].matching, TLSA_FULL);
	CHECK_EQ(a.records[2].selector, TLSA_CERT); /* of something else */
	CHECK_EQ(a.records[3].usage, 2); /* the stronger one is none */
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

/* Looks up; the exit code. */
static int
look_up(const char *name, const struct srv_nameserver *ns,
    struct tlsa_lookup **l, struct err *e)
{
	*e = ERR_INIT;
	*l = mem_zalloc(sizeof(**l));
	return tlsa_look_up(name, ns, *l, e) ? EX_OK : e->exit;
}

TEST(a_name_server_is_asked)
{
	static const char *const records[] = {
		"_465._tcp.a.example tlsa 3 1 1 abcd",
		"_465._tcp.a.example tlsa 2 0 2 ef",
		"_465._tcp.b.example tlsa 3 1 1 abcd",
		"_465._tcp.a.example secure",
		"_465._tcp.c.example secure",
		"_465._tcp.c.example cname _dane.a.example",
		"_dane.a.example tlsa 3 0 0 01020304",
		"_465._tcp.d.example nxdomain",
	};
	static const struct {
		const char *name;
		bool is_secure;
		const char *want;
	} rows[] = {
		{ "_465._tcp.a.example", true, "3 1 1 abcd; 2 0 2 ef" },
		{ "_465._tcp.b.example", false, "3 1 1 abcd" },
		{ "_465._tcp.c.example", true, "3 0 0 01020304" },
		{ "_465._tcp.d.example", false, "" },
		{ "_465._tcp.e.example", false, "" },
	};
	struct srv_nameserver ns;
	pid_t pid = serve(records, ARRAY_LEN(records), &ns);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tlsa_lookup *l;
		struct err e;
		CHECK_EQ(look_up(rows[i].name, &ns, &l, &e), EX_OK);
		CHECK(l->is_local);
		CHECK_EQ(l->answer.is_secure, rows[i].is_secure);
		check_answer(&l->answer, rows[i].want);
		free(l);
	}
	nameserver_stop(pid);
}

TEST(a_name_server_in_trouble_means_later)
{
	static const char *const records[] = { "_1._tcp.fail servfail",
		"_1._tcp.garbage garbage", "_1._tcp.silent silence" };
	static const char *const names[] = { "_1._tcp.fail", "_1._tcp.garbage",
		"_1._tcp.silent" };
	struct srv_nameserver ns;
	pid_t pid = serve(records, ARRAY_LEN(records), &ns);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct tlsa_lookup *l;
		struct err e;
		CHECK_EQ(look_up(names[i], &ns, &l, &e), EX_TEMPFAIL);
		CHECK(strstr(e.text, names[i]) != NULL);
		free(l);
	}
	nameserver_stop(pid);
}

TEST(a_name_server_elsewhere_is_not_asked)
{
	/* which would take a second, and fail */
	const struct srv_nameserver ns = {
		.address = { 192, 0, 2, 1 }, .port = 53, .timeout_s = 1
	};
	struct tlsa_lookup *l;
	struct err e;
	CHECK_EQ(look_up("_465._tcp.a.example", &ns, &l, &e), EX_OK);
	CHECK(!l->is_local);
	CHECK_EQ(l->answer.n, 0);
	free(l);
}

static void
add_nameserver(struct __res_state *state, const char *address)
{
	static struct sockaddr_in6 v6[3];
	int i = state->nscount++;
	struct sockaddr_in *v4 = &state->nsaddr_list[i];
	*v4 = (struct sockaddr_in){ .sin_family = AF_UNSPEC };
	state->_u._ext.nsaddrs[i] = NULL;
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		return;
	}
	v6[i] = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	CHECK(inet_pton(AF_INET6, address, &v6[i].sin6_addr) == 1);
	state->_u._ext.nsaddrs[i] = &v6[i];
}

static bool
is_local(const char *first, const char *second)
{
	struct __res_state state = { .nscount = 0 };
	add_nameserver(&state, first);
	if (second != NULL)
		add_nameserver(&state, second);
	return resolver_is_local(&state);
}

TEST(a_name_server_is_local_if_all_are)
{
	const struct __res_state none = { .nscount = 0 };
	CHECK(is_local("127.0.0.1", NULL));
	CHECK(is_local("127.0.0.53", NULL));
	CHECK(is_local("::1", NULL));
	CHECK(is_local("127.0.0.1", "::1"));
	CHECK(!is_local("128.0.0.1", NULL));
	CHECK(!is_local("192.168.1.1", NULL));
	CHECK(!is_local("2001:db8::1", NULL));
	CHECK(!is_local("::", NULL));
	CHECK(!is_local("127.0.0.1", "192.0.2.1"));
	CHECK(!is_local("2001:db8::1", "::1"));
	CHECK(!resolver_is_local(&none));
}
