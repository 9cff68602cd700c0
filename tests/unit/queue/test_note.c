// SPDX-License-Identifier: ISC
#include "queue/note.h"

#include "base/buf.h"
#include "unit.h"

TEST(a_note_is_read_as_it_was_written)
{
	AUTO(note_release) struct note n, again;
	AUTO(buf_release) struct buf text = BUF_INIT(NOTE_MAX);
	note_init(&n, 3);
	n.ntries = 2;
	n.next = 1766393112;
	note_say(&n, STR("mx: lost\nforged 1"));
	note_say_rcpt(&n, 1, STR("450 later"));
	note_say_rcpt(&n, 7, STR("nobody"));
	note_write(&n, &text);
	CHECK_STR(buf_cstr(&text),
	    "tries 2\nnext 1766393112\nsaid mx: lost\\x0aforged 1\n"
	    "rcpt 1 450 later\n");
	note_init(&again, 3);
	note_parse(&again, buf_str(&text));
	CHECK_EQ(again.ntries, 2);
	CHECK_EQ(again.next, 1766393112);
	CHECK_STR(again.said, "mx: lost\\x0aforged 1");
	CHECK(again.rcpts[0] == NULL);
	CHECK_STR(again.rcpts[1], "450 later");
}

TEST(what_makes_no_sense_is_left_out)
{
	AUTO(note_release) struct note n;
	note_init(&n, 1);
	note_parse(&n,
	    STR("\n\ntries\ntries x\nnext -1\nnext 99999999999999999999\n"
		"rcpt 0\nrcpt 5 x\nrcpt x y\nodd z\nrcpt 0 a\nrcpt 0 b"));
	CHECK_EQ(n.ntries, 0);
	CHECK_EQ(n.next, 0);
	CHECK(n.said == NULL);
	CHECK_STR(n.rcpts[0], "b");
}
