// SPDX-License-Identifier: ISC
#include "net/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

#define PEM(x) "-----BEGIN CERTIFICATE-----\n" x "\n-----END CERTIFICATE-----\n"
/* Hardly more than their names, a and b. */
#define A                                                              \
	PEM("MDMwLKADAgECAgEHMAIFADAMMQowCAYDVQQDEwFpMAAwDDEKMAgGA1UE" \
	    "AxMB\nYTAAMAADAQA=")
#define B                                                              \
	PEM("MDMwLKADAgECAgEHMAIFADAMMQowCAYDVQQDEwFpMAAwDDEKMAgGA1UE" \
	    "AxMBYjAAMAADAQA=")
#define NAME(letter) \
	STR("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01" letter)

/* A search in a text, and what it took. */
struct hunt {
	struct buf text;
	struct buf taken;
	struct bundle_search search;
	size_t most; /* to be taken */
	size_t ntaken;
};

static bool
take(void *arg, struct str pem)
{
	struct hunt *h = arg;
	CHECK(buf_add_str(&h->taken, pem) && buf_add(&h->taken, "\n", 1));
	return ++h->ntaken < h->most;
}

static void
hunt_open(struct hunt *h)
{
	*h = (struct hunt){ .text = BUF_INIT(1 << 20),
		.taken = BUF_INIT(1 << 20),
		.most = SIZE_MAX };
	h->search = (struct bundle_search){ .take = take, .arg = h };
}

static void
hunt_release(struct hunt *h)
{
	buf_release(&h->text);
	buf_release(&h->taken);
}

static void
add(struct hunt *h, struct str s, size_t times)
{
	while (times-- > 0)
		CHECK(buf_add_str(&h->text, s));
}

static enum bundle_result
hunt(struct hunt *h)
{
	struct err e;
	AUTO(fd_release) int fd = -1;
	CHECK(fd_temporary(&fd, &e));
	CHECK(fd_write_all(fd, h->text.data, h->text.len));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return bundle_search(fd, &h->search);
}

TEST(takes_those_with_a_wanted_subject)
{
	AUTO(hunt_release) struct hunt h;
	const struct str wanted[] = { NAME("x"), NAME("b") };
	hunt_open(&h);
	h.search.subjects = wanted;
	h.search.nsubjects = 2;
	add(&h, STR(A B A "# again\r\n" B A), 1);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.search.nseen, 5);
	CHECK_BUF(&h.taken, B B);
}

TEST(an_issuer_is_no_subject)
{
	AUTO(hunt_release) struct hunt h;
	const struct str wanted[] = { NAME("i") };
	hunt_open(&h);
	h.search.subjects = wanted;
	h.search.nsubjects = 1;
	add(&h, STR(A B), 1);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.ntaken, 0);
}

TEST(without_wishes_takes_all_but_with_none_nothing)
{
	AUTO(hunt_release) struct hunt h;
	const struct str wanted[] = { NAME("a") };
	hunt_open(&h);
	add(&h, STR(A B), 1);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.ntaken, 2);
	h.search.subjects = wanted;
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.ntaken, 2);
	CHECK_EQ(h.search.nseen, 2);
}

TEST(finds_each_wherever_the_windows_begin)
{
	AUTO(hunt_release) struct hunt h;
	const struct str wanted[] = { NAME("b") };
	hunt_open(&h);
	h.search.subjects = wanted;
	h.search.nsubjects = 1;
	for (size_t i = 0; i < 300; i++) {
		add(&h, STR(A), 3);
		add(&h, STR("-----"), i % 7);
		add(&h, STR("#"), i);
		add(&h, STR(B), 1);
	}
	CHECK(h.text.len > (size_t)4 * BUNDLE_WINDOW);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.search.nseen, 1200);
	CHECK_EQ(h.ntaken, 300);
}

TEST(a_line_without_end_is_passed_over)
{
	AUTO(hunt_release) struct hunt h;
	hunt_open(&h);
	add(&h, STR("x"), BUNDLE_WINDOW + 10);
	add(&h, STR("-"), BUNDLE_WINDOW + 10);
	add(&h, STR(A), 1);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.ntaken, 1);
}

TEST(ends_when_it_is_told_to)
{
	AUTO(hunt_release) struct hunt h;
	hunt_open(&h);
	h.most = 2;
	add(&h, STR(A B), 2);
	CHECK_EQ(hunt(&h), BUNDLE_REFUSED);
	CHECK_EQ(h.ntaken, 2);
}

TEST(a_file_of_something_else_holds_none)
{
	AUTO(hunt_release) struct hunt h;
	hunt_open(&h);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	add(&h, STR("Subject: hello\n\nHello.\n"), 1000);
	CHECK_EQ(hunt(&h), BUNDLE_DONE);
	CHECK_EQ(h.search.nseen, 0);
}

static void
is_odd(struct str text, size_t times)
{
	AUTO(hunt_release) struct hunt h;
	hunt_open(&h);
	add(&h, STR(A), 1);
	add(&h, text, times);
	CHECK_EQ(hunt(&h), BUNDLE_ODD);
	CHECK_EQ(h.search.nseen, 1);
}

TEST(what_cannot_be_told_ends_the_search)
{
	is_odd(STR(PEM("")), 1);
	is_odd(STR(PEM("aGVsbG8gd29ybGQh")), 1); /* hello world! */
	is_odd(STR(PEM("MDMwLKAD")), 1);         /* cut */
	is_odd(STR(PEM("MDMw LKAD?")), 1);
	is_odd(STR("-----BEGIN CERTIFICATE-----\n" A), 1);
	is_odd(STR("-----BEGIN CERTIFICATE-----\nMDMw\n"), 1);
	is_odd(STR("-----BEGIN CERTIFICATE-----\n"), 1);
}

TEST(a_certificate_longer_than_the_window_ends_the_search)
{
	AUTO(hunt_release) struct hunt h;
	hunt_open(&h);
	add(&h, STR(A "-----BEGIN CERTIFICATE-----\n"), 1);
	add(&h, STR("AAAA\n"), BUNDLE_WINDOW);
	add(&h, STR("-----END CERTIFICATE-----\n"), 1);
	CHECK_EQ(hunt(&h), BUNDLE_ODD);
}

TEST(a_read_that_fails_is_told_with_its_reason)
{
	AUTO(hunt_release) struct hunt h;
	hunt_open(&h);
	errno = 0;
	CHECK_EQ(bundle_search(-1, &h.search), BUNDLE_FAILED);
	CHECK_EQ(errno, EBADF);
}
