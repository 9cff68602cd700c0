// SPDX-License-Identifier: ISC
#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "given.h"
#include "message/edit.h"
#include "texts.h"

static const struct edit_wish wish = {
	.author = "me@x",
	.id_domain = "x",
};

/* A message in a file, some way behind its start. */
static struct message
filed_message(struct str text, int *fd)
{
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	CHECK(fd_temporary(fd, &e));
	CHECK(fd_write_all(*fd, "not this", 8));
	CHECK(fd_write_all(*fd, text.ptr, text.len));
	CHECK(lseek(*fd, 8, SEEK_SET) == 8);
	CHECK(message_intake(&m, *fd, MESSAGE_END_EOF, &e));
	return m;
}

/* What must hold of anything that goes out. */
static bool
is_wire_text(struct str s)
{
	bool cr = false;
	for (size_t i = 0; i < s.len; i++) {
		if (cr != (s.ptr[i] == '\n') || s.ptr[i] == '\0')
			return false;
		cr = s.ptr[i] == '\r';
	}
	return !cr;
}

TEST(goes_out_as_the_plain_rules_say_from_memory_and_from_a_file)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		AUTO(buf_release) struct buf want = BUF_INIT(4096);
		AUTO(fd_release) int fd = -1;
		struct message held = given_message(messages[i]);
		struct message filed = filed_message(messages[i], &fd);
		plain_wire(messages[i], &want);
		for (size_t piece = 1; piece < 40; piece++) {
			AUTO(buf_release) struct buf out = BUF_INIT(4096);
			struct source s;
			struct err e = ERR_INIT;
			source_init(&s, &held, NULL);
			CHECK_EQ(source_size(&s), want.len);
			CHECK(read_all(&s, piece, &out, &e));
			CHECK_BYTES(buf_str(&out), buf_str(&want));
			buf_truncate(&out, 0);
			source_init(&s, &filed, NULL);
			CHECK(read_all(&s, piece, &out, &e));
			CHECK_BYTES(buf_str(&out), buf_str(&want));
		}
		message_release(&held);
		message_release(&filed);
	}
}

TEST(any_text_goes_out_as_the_plain_rules_say)
{
	uint32_t seed = 3;
	for (int i = 0; i < 100; i++) {
		AUTO(buf_release) struct buf in = BUF_INIT(1 << 20);
		AUTO(buf_release) struct buf want = BUF_INIT(1 << 21);
		AUTO(buf_release) struct buf out = BUF_INIT(1 << 21);
		AUTO(fd_release) int fd = -1;
		struct source s;
		struct err e = ERR_INIT;
		do
			add_any_text(&in, &seed);
		while (i % 8 == 0 && in.len < 3 * (size_t)SOURCE_WINDOW);
		plain_wire(buf_str(&in), &want);
		struct message m = i % 2 == 0 ? filed_message(buf_str(&in), &fd)
					      : given_message(buf_str(&in));
		source_init(&s, &m, NULL);
		size_t n = 1;
		while (n > 0) {
			size_t room = 1 + next_number(&seed, 40000);
			if (i % 3 == 0)
				room = 1 + next_number(&seed, 100);
			char *some = buf_room(&out, room);
			CHECK(some != NULL);
			CHECK(source_read(&s, some, room, &n, &e));
			CHECK(n <= room);
			buf_filled(&out, n);
		}
		CHECK_BYTES(buf_str(&out), buf_str(&want));
		message_release(&m);
	}
}

TEST(size_is_exact_with_all_edits_and_any_piece)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct message m = given_message(messages[i]);
		struct edit ed = EDIT_INIT;
		struct err e = ERR_INIT;
		CHECK(message_edit(&ed, &m, &wish, &e));
		for (size_t piece = 1; piece < 200; piece += 7) {
			AUTO(buf_release) struct buf out = BUF_INIT(4096);
			struct source s;
			source_init(&s, &m, &ed);
			CHECK(read_all(&s, piece, &out, &e));
			CHECK_EQ(out.len, source_size(&s));
			CHECK(is_wire_text(buf_str(&out)));
		}
		edit_release(&ed);
		message_release(&m);
	}
}

TEST(smuggled_ends_of_data_do_not_get_through)
{
	static const struct str ends[] = { BYTES("a\n.\nb"), BYTES("a\n.\r\nb"),
		BYTES("a\r.\r\nb"), BYTES("a\r\n.\rb"),
		BYTES("a\r\r\n.\r\r\nb"), BYTES("a\r\n\0.\r\nb"),
		BYTES("a\n.\r\r\nb"), BYTES("a\r.\rb"),
		BYTES("a\r\n.\n\r\nb") };
	static const char *const wants[] = { "a\r\n.\r\nb\r\n",
		"a\r\n.\r\nb\r\n", "a .\r\nb\r\n", "a\r\n. b\r\n",
		"a\r\n.\r\nb\r\n", "a\r\n .\r\nb\r\n", "a\r\n.\r\nb\r\n",
		"a . b\r\n", "a\r\n.\r\n\r\nb\r\n" };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT(4096);
		struct message m = given_message(ends[i]);
		struct source s;
		struct err e = ERR_INIT;
		source_init(&s, &m, NULL);
		CHECK(read_all(&s, 3, &out, &e));
		/* every LF has its CR, so dots are seen by who stuffs them */
		CHECK_BUF(&out, wants[i]);
		message_release(&m);
	}
}

TEST(rewound_it_gives_the_same_again)
{
	AUTO(buf_release) struct buf once = BUF_INIT(4096);
	AUTO(buf_release) struct buf again = BUF_INIT(4096);
	struct message m = given_message(
	    STR("To: a\nBcc: b\n\nx\ry\nlonger line\n"));
	struct edit ed = EDIT_INIT;
	struct source s;
	struct err e = ERR_INIT;
	size_t n;
	CHECK(message_edit(&ed, &m, &wish, &e));
	source_init(&s, &m, &ed);
	CHECK(read_all(&s, 10, &once, &e));
	for (size_t part = 1; part < once.len; part++) {
		char some[4096];
		source_rewind(&s);
		CHECK(source_read(&s, some, part, &n, &e));
		source_rewind(&s);
		buf_truncate(&again, 0);
		CHECK(read_all(&s, 10, &again, &e));
		CHECK_BYTES(buf_str(&again), buf_str(&once));
	}
	edit_release(&ed);
	message_release(&m);
}

TEST(lines_of_any_length_go_out_whole)
{
	static const size_t lengths[] = { 996, 997, 998, 4998, 65535, 65536,
		65537, 300000 };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT(400000);
		AUTO(buf_release) struct buf want = BUF_INIT(400000);
		AUTO(buf_release) struct buf out = BUF_INIT(800000);
		AUTO(fd_release) int fd = -1;
		struct source s;
		struct err e = ERR_INIT;
		CHECK(buf_add(&text, "\n", 1));
		for (size_t k = 0; k < lengths[i]; k++)
			CHECK(buf_add(&text, "x", 1));
		CHECK(buf_add(&text, "\r\n.\r\n", 5));
		plain_wire(buf_str(&text), &want);
		struct message m = filed_message(buf_str(&text), &fd);
		source_init(&s, &m, NULL);
		CHECK(read_all(&s, 16384, &out, &e));
		CHECK(str_eq(buf_str(&out), buf_str(&want)));
		message_release(&m);
	}
}

TEST(line_ends_at_the_windows_edge_are_whole)
{
	for (size_t lead = SOURCE_WINDOW - 4; lead <= SOURCE_WINDOW; lead++) {
		AUTO(buf_release) struct buf text = BUF_INIT(100000);
		AUTO(buf_release) struct buf want = BUF_INIT(100000);
		AUTO(buf_release) struct buf out = BUF_INIT(200000);
		AUTO(fd_release) int fd = -1;
		struct source s;
		struct err e = ERR_INIT;
		for (size_t k = 0; k < lead; k++)
			CHECK(buf_add(&text, "x", 1));
		CHECK(buf_add(&text, "\r\r\n\r.\r\n.\r\n", 10));
		plain_wire(buf_str(&text), &want);
		struct message m = filed_message(buf_str(&text), &fd);
		source_init(&s, &m, NULL);
		CHECK(read_all(&s, 50000, &out, &e));
		CHECK(str_eq(buf_str(&out), buf_str(&want)));
		message_release(&m);
	}
}

/* What comes out of a file that is changed after it was taken in. */
static bool
read_changed(struct str before, struct str after, off_t size, struct buf *out)
{
	AUTO(fd_release) int fd = -1;
	struct source s;
	struct err e = ERR_INIT;
	struct message m = filed_message(before, &fd);
	CHECK(pwrite(fd, after.ptr, after.len, 8) == (ssize_t)after.len);
	CHECK(ftruncate(fd, 8 + size) == 0);
	source_init(&s, &m, NULL);
	bool ok = read_all(&s, 4, out, &e);
	CHECK(out->len <= source_size(&s));
	if (!ok) {
		CHECK_EQ(e.exit, EX_IOERR);
		CHECK_STR(
		    e.text, "the message changed while it was being sent");
	}
	message_release(&m);
	return ok;
}

TEST(a_message_that_changes_on_its_way_is_an_error)
{
	static const struct {
		struct str before, after;
		off_t size;
	} rows[] = {
		{ BYTES("\nabc\ndef\n"), BYTES(""), 5 },
		{ BYTES("\nabc\ndef\n"), BYTES(""), 0 },
		{ BYTES("\nabc\ndef\n"), BYTES("\na\nb\nc\nd"), 9 },
		{ BYTES("\na\nb\nc\nd"), BYTES("\nabc\ndef\n"), 9 },
		{ BYTES("\nabc\ndef\n"), BYTES("\nxyz\nuvw\n"), 9 },
		{ BYTES("\nabc\ndef\n"), BYTES("\nabc\ndefg"), 9 },
		{ BYTES("\nabc\r\nde\n"), BYTES("\nabc\n\nde\n"), 9 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT(100);
		bool ok = read_changed(
		    rows[i].before, rows[i].after, rows[i].size, &out);
		CHECK_EQ(ok, i == 4); /* octet for octet: cannot be seen */
	}
}

TEST(what_is_added_to_a_file_meanwhile_is_left_out)
{
	AUTO(buf_release) struct buf out = BUF_INIT(100);
	CHECK(
	    read_changed(STR("\nlog 1\n"), STR("\nlog 1\nlog 2\n"), 13, &out));
	CHECK_BUF(&out, "\r\nlog 1\r\n");
}

TEST(a_file_that_cannot_be_read_any_more_is_an_error)
{
	int fd = -1;
	struct source s;
	struct err e = ERR_INIT;
	char some[10];
	size_t n;
	struct message m = filed_message(STR("hi\n"), &fd);
	source_init(&s, &m, NULL);
	fd_release(&fd);
	CHECK(!source_read(&s, some, sizeof(some), &n, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	message_release(&m);
}

TEST(bytes_above_127_are_told)
{
	static const struct {
		const char *text;
		bool is_8bit;
	} rows[] = { { "hi\n", false }, { "\n\xe4", true },
		{ "X: \xe4\n\n", true } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct source s;
		struct message m = given_message(str_of(rows[i].text));
		source_init(&s, &m, NULL);
		CHECK_EQ(source_is_8bit(&s), rows[i].is_8bit);
		message_release(&m);
	}
}
