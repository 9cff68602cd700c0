// SPDX-License-Identifier: ISC
#include "base/buf.h"

#include <stdint.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "unit.h"

TEST(what_is_added_is_the_content_in_order)
{
	struct buf b = BUF_INIT(100);
	CHECK(buf_add(&b, "one ", 4));
	CHECK(buf_add_str(&b, STR("two ")));
	CHECK(buf_printf(&b, "%s %d", "three", 4));
	CHECK_BUF(&b, "one two three 4");
	CHECK_EQ(buf_left(&b), 85);
	buf_release(&b);
}

TEST(an_unused_buffer_is_empty_text)
{
	struct buf b = BUF_INIT(0);
	CHECK_BUF(&b, "");
	CHECK_EQ(buf_left(&b), 0);
	buf_consume(&b, 0);
	buf_truncate(&b, 0);
	CHECK(buf_str(&b).ptr != NULL);
	CHECK_STR(buf_cstr(&b), "");
	CHECK(buf_add(&b, "", 0));
	CHECK(buf_printf(&b, "%s", ""));
	CHECK(!buf_add(&b, "x", 1));
	CHECK(buf_room(&b, 0) != NULL);
	buf_release(&b);
	buf_release(&b);
}

TEST(nothing_is_appended_past_the_maximum)
{
	struct buf b = BUF_INIT(5);
	CHECK(buf_add(&b, "abc", 3));
	CHECK(!buf_add(&b, "def", 3));
	CHECK(!buf_add_str(&b, STR("def")));
	CHECK(!buf_add(&b, "def", SIZE_MAX));
	CHECK_BUF(&b, "abc");
	CHECK(buf_add(&b, "de", 2));
	CHECK_BUF(&b, "abcde");
	CHECK_EQ(buf_left(&b), 0);
	CHECK(!buf_add(&b, "f", 1));
	CHECK(buf_add(&b, "", 0));
	buf_release(&b);
}

TEST(what_is_consumed_makes_room_for_more)
{
	struct buf b = BUF_INIT(4);
	CHECK(buf_add(&b, "abcd", 4));
	buf_consume(&b, 3);
	CHECK_EQ(buf_left(&b), 3);
	CHECK(buf_add(&b, "efg", 3));
	CHECK_BUF(&b, "defg");
	CHECK(!buf_add(&b, "h", 1));
	buf_consume(&b, 4);
	CHECK_BUF(&b, "");
	CHECK_EQ(buf_left(&b), 4);
	buf_release(&b);
}

TEST(printf_fits_to_the_last_byte_and_not_past_it)
{
	struct buf b = BUF_INIT(6);
	CHECK(buf_printf(&b, "%03d", 7));
	CHECK(!buf_printf(&b, "%04d", 7));
	CHECK_BUF(&b, "007");
	CHECK(buf_printf(&b, "%03d", 8));
	CHECK_BUF(&b, "007008");
	CHECK(!buf_printf(&b, "%c", 'x'));
	buf_release(&b);
	b = BUF_INIT(64); /* the first allocation is as large */
	CHECK(buf_printf(&b, "%64s", "x"));
	CHECK_EQ(b.len, 64);
	CHECK_EQ(b.data[63], 'x');
	buf_release(&b);
}

TEST(room_is_filled_by_the_caller)
{
	struct buf b = BUF_INIT(10);
	CHECK(buf_add(&b, "abc", 3));
	CHECK(buf_room(&b, 8) == NULL);
	CHECK(buf_room(&b, SIZE_MAX) == NULL);
	char *room = buf_room(&b, 7);
	CHECK(room != NULL && room == b.data + 3);
	memcpy(room, "defghij", 7);
	CHECK_BUF(&b, "abc"); /* not there until it is told */
	buf_filled(&b, 4);
	CHECK_BUF(&b, "abcdefg");
	CHECK_EQ(buf_left(&b), 3);
	buf_release(&b);
}

TEST(truncating_keeps_the_front)
{
	struct buf b = BUF_INIT(10);
	CHECK(buf_add(&b, "abcdef", 6));
	buf_consume(&b, 1);
	buf_truncate(&b, 5);
	CHECK_BUF(&b, "bcdef");
	buf_truncate(&b, 2);
	CHECK_BUF(&b, "bc");
	CHECK(buf_add(&b, "x", 1));
	CHECK_BUF(&b, "bcx");
	buf_truncate(&b, 0);
	CHECK_BUF(&b, "");
	buf_release(&b);
}

TEST(a_full_buffer_still_has_a_nul_behind_it)
{
	for (size_t n = 1; n <= 300; n++) {
		struct buf b = BUF_INIT(n);
		for (size_t i = 0; i < n; i++)
			CHECK(buf_add(&b, "x", 1));
		const char *text = buf_cstr(&b);
		CHECK_EQ(strlen(text), n);
		CHECK_EQ(b.len, n);
		buf_release(&b);
	}
}

TEST(a_released_buffer_can_be_used_again_with_its_maximum)
{
	struct buf b = BUF_INIT(3);
	CHECK(buf_add(&b, "abc", 3));
	buf_release(&b);
	CHECK_BUF(&b, "");
	CHECK_EQ(b.max, 3);
	CHECK(!buf_add(&b, "abcd", 4));
	CHECK(buf_add(&b, "xyz", 3));
	CHECK_BUF(&b, "xyz");
	buf_release(&b);
}

/* What a buffer should hold: plain bytes that are moved each time. */
enum { MODEL_MAX = 1000 };

struct model {
	char bytes[MODEL_MAX];
	size_t len;
	uint32_t seed; /* Numerical Recipes' generator: the same everywhere */
	unsigned char next;
};

static size_t
below(struct model *m, size_t n)
{
	m->seed = m->seed * 1664525 + 1013904223;
	return (m->seed >> 8) % n;
}

/* New bytes, each another than the last. */
static void
make_bytes(struct model *m, char *dst, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = (char)m->next++;
}

static void
model_add(struct model *m, const char *bytes, size_t n)
{
	memcpy(m->bytes + m->len, bytes, n);
	m->len += n;
}

static void
random_add(struct model *m, struct buf *b)
{
	char bytes[400];
	size_t n = below(m, sizeof(bytes));
	make_bytes(m, bytes, n);
	bool fits = n <= MODEL_MAX - m->len;
	CHECK(buf_add(b, bytes, n) == fits);
	if (fits)
		model_add(m, bytes, n);
}

static void
random_room(struct model *m, struct buf *b)
{
	size_t n = below(m, 400);
	char *room = buf_room(b, n);
	CHECK((room != NULL) == (n <= MODEL_MAX - m->len));
	if (room == NULL)
		return;
	make_bytes(m, room, n);
	size_t filled = below(m, n + 1);
	model_add(m, room, filled);
	buf_filled(b, filled);
}

static void
random_printf(struct model *m, struct buf *b)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%zu", below(m, 1000000));
	bool fits = (size_t)n <= MODEL_MAX - m->len;
	CHECK(buf_printf(b, "%s", text) == fits);
	if (fits)
		model_add(m, text, (size_t)n);
}

static void
random_consume(struct model *m, struct buf *b)
{
	size_t n = below(m, 3) == 0 ? m->len : below(m, m->len + 1);
	buf_consume(b, n);
	m->len -= n;
	memmove(m->bytes, m->bytes + n, m->len);
}

static void
random_step(struct model *m, struct buf *b)
{
	switch (below(m, 8)) {
	case 0:
	case 1: random_add(m, b); break;
	case 2: random_room(m, b); break;
	case 3: random_printf(m, b); break;
	case 4:
	case 5: random_consume(m, b); break;
	case 6:
		m->len = below(m, m->len + 1);
		buf_truncate(b, m->len);
		break;
	default: CHECK_EQ(buf_cstr(b)[m->len], '\0'); break;
	}
	if (below(m, 2000) == 0) {
		buf_release(b);
		m->len = 0;
	}
}

TEST(the_content_survives_any_order_of_changes)
{
	static struct model m;
	struct buf b = BUF_INIT(MODEL_MAX);
	m.seed = 20240229;
	for (size_t i = 0; i < 100000; i++) {
		random_step(&m, &b);
		struct str want = { m.bytes, m.len };
		if (!str_eq(buf_str(&b), want)) {
			CHECK_BYTES(buf_str(&b), want);
			break;
		}
		CHECK_EQ(buf_left(&b), MODEL_MAX - m.len);
	}
	buf_release(&b);
}

TEST(a_buffer_that_is_filled_and_emptied_for_long_stays_small)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);
	for (size_t i = 0; i < 10000; i++) {
		CHECK(buf_add(&b, "0123456789", 10));
		if (i > 0)
			buf_consume(&b, 10);
	}
	CHECK_BUF(&b, "0123456789");
	CHECK(b.cap <= 256);
	buf_release(&b);
}

TEST(memory_is_never_null_and_zeroed_if_asked)
{
	char *none = mem_alloc(0);
	char *zero = mem_zalloc(100);
	CHECK(none != NULL);
	for (size_t i = 0; i < 100; i++)
		CHECK_EQ(zero[i], 0);
	free(none);
	free(zero);
	none = mem_zalloc(0);
	CHECK(none != NULL);
	cstr_release(&none);
	CHECK(none == NULL);
	cstr_release(&none);
}

TEST(an_array_grows_with_what_it_holds)
{
	size_t cap = 0, ngrown = 0;
	int *numbers = NULL;
	for (size_t i = 0; i < 10000; i++) {
		size_t before = cap;
		numbers = mem_grow(numbers, &cap, i + 1, sizeof(*numbers));
		ngrown += cap != before;
		CHECK(cap > i);
		numbers[i] = (int)i;
	}
	for (size_t i = 0; i < 10000; i++)
		CHECK_EQ(numbers[i], i);
	CHECK(ngrown < 20); /* by doubling, not one by one */
	free(numbers);
}

TEST(more_memory_than_there_can_be_ends_the_program)
{
	int ends[2];
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	if (child == 0) {
		size_t cap = 0;
		(void)dup2(ends[1], STDERR_FILENO);
		free(mem_grow(NULL, &cap, SIZE_MAX / 2, 16));
		_exit(0);
	}
	int status = 0;
	char said[100] = "";
	(void)close(ends[1]);
	CHECK(fd_read(ends[0], said, sizeof(said) - 1) > 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EX_OSERR);
	CHECK_STR(said, "posthaste: out of memory\n");
	(void)close(ends[0]);
}
