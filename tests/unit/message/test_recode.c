// SPDX-License-Identifier: ISC
#include "unit.h"

#include <unistd.h>

#include "base/fd.h"
#include "given.h"
#include "message/recode.h"
#include "message/store.h"

#define A_UML "\xc3\xa4"
#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

enum how { TO_7BIT, ENCODE, PASS, REFUSE };

static bool
recode_as(struct source *s, enum how how, struct err *e)
{
	switch (how) {
	case TO_7BIT: return recode_7bit(s, e);
	case ENCODE: return recode_lines(s, RECODE_LINES_ENCODE, e);
	case PASS: return recode_lines(s, RECODE_LINES_PASS, e);
	case REFUSE: break;
	}
	return recode_lines(s, RECODE_LINES_REFUSE, e);
}

/* want begins with "!" for the text of an error. */
static void
check_recode(enum how how, struct str text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	AUTO(buf_release) struct buf meant = BUF_INIT(1 << 20);
	struct message m = given_message(text);
	struct source s;
	struct err e = ERR_INIT;
	source_init(&s, &m, NULL);
	bool ok = recode_as(&s, how, &e);
	if (want[0] == '!') {
		unit_check(!ok, __FILE__, line, "not refused");
		unit_check_str(
		    str_of(e.text), str_of(want + 1), __FILE__, line);
		unit_check_eq(e.exit, EX_DATAERR, __FILE__, line, "exit");
	} else {
		unit_check(ok, __FILE__, line, "%s", e.text);
		plain_wire(str_of(want), &meant);
		CHECK(read_all(&s, 1000, &out, &e));
		unit_check_str(buf_str(&out), buf_str(&meant), __FILE__, line);
		unit_check(
		    out.len == source_size(&s), __FILE__, line, "another size");
		unit_check(how != TO_7BIT || !source_is_8bit(&s), __FILE__,
		    line, "still 8-bit");
	}
	source_release(&s);
	message_release(&m);
}

#define RECODE(how, text, want) check_recode((how), STR(text), (want), __LINE__)
#define CTE "Content-Transfer-Encoding: "
#define MULTI "Content-Type: multipart/mixed; boundary=a\n"
#define V "MIME-Version: 1.0\n"

TEST(ascii_stays_as_it_is)
{
	RECODE(TO_7BIT, "A: b\n\nx\n", "A: b\n\nx\n");
	RECODE(ENCODE, "A: b\n\n" A_UML "\n", "A: b\n\n" A_UML "\n");
	RECODE(TO_7BIT, V CTE "8bit\n\nx\n", V CTE "8bit\n\nx\n");
}

TEST(text_is_encoded_in_the_shorter_way)
{
	RECODE(TO_7BIT, "A: b\n\nThis is " A_UML "\n",
	    "A: b\n" V CTE "quoted-printable\n\nThis is =C3=A4\n");
	RECODE(TO_7BIT, V CTE "8bit\nA: b\n\n" A_UML A_UML "\n",
	    V CTE "base64\nA: b\n\nw6TDpA0K\n");
	RECODE(TO_7BIT, V CTE "7bit\nA: b\n" CTE "8bit\n\nThis is " A_UML "\n",
	    V CTE "quoted-printable\nA: b\n\nThis is =C3=A4\n");
}

TEST(each_part_is_encoded_for_itself)
{
	RECODE(TO_7BIT,
	    V MULTI CTE "8bit\n\npre" A_UML "\n--a\n\nplain\n--a\n" CTE
			"8bit\n\nThis is " A_UML "\n--a\n" CTE
			"8bit\n\nascii\n--a--\nend " A_UML "\n",
	    V MULTI CTE "7bit\n\npre**\n--a\n\nplain\n--a\n" CTE
			"quoted-printable\n\nThis is =C3=A4\n--a\n" CTE
			"7bit\n\nascii\n--a--\nend **\n");
}

TEST(a_message_within_is_no_part_to_encode)
{
	RECODE(TO_7BIT,
	    "Content-Type: message/rfc822\n" CTE "8bit\n\nSubject: " A_UML
	    "\n\nThis is " A_UML "\n",
	    "Content-Type: message/rfc822\n" CTE
	    "7bit\n\nSubject: =?UTF-8?B?w6Q=?=\n" V CTE
	    "quoted-printable\n\nThis is =C3=A4\n");
}

TEST(what_is_encoded_already_is_mended)
{
	RECODE(TO_7BIT, CTE "quoted-printable\n\n=C3=A4" A_UML "=\nx\n",
	    CTE "quoted-printable\n\n=C3=A4=C3=A4=\nx\n");
	RECODE(TO_7BIT, CTE "base64\n\nw6" A_UML "TDpA0K\n",
	    CTE "base64\n\nw6TDpA0K\n");
	RECODE(TO_7BIT, CTE "x-uuencode\n\n" A_UML "\n",
	    "!line 1 of the body has 8-bit characters, the server does not "
	    "offer 8BITMIME, and they cannot be encoded because its transfer "
	    "encoding is not known; the message was not sent");
}

TEST(what_is_signed_is_not_touched)
{
	RECODE(TO_7BIT,
	    "Content-Type: multipart/signed; boundary=a\n\n--a\n\nx\n" A_UML
	    "\n--a--\n",
	    "!line 4 of the body has 8-bit characters, the server does not "
	    "offer 8BITMIME, and they cannot be encoded because the message "
	    "is signed; the message was not sent");
	RECODE(TO_7BIT,
	    "Subject: " A_UML "\nContent-Type: multipart/signed; boundary=a\n"
	    "\n--a\n" CTE "8bit\n\nx\n--a--\n",
	    "Subject: =?UTF-8?B?w6Q=?=\nContent-Type: multipart/signed;"
	    " boundary=a\n\n--a\n" CTE "8bit\n\nx\n--a--\n");
	RECODE(ENCODE,
	    "Content-Type: multipart/encrypted; boundary=a\n\n--a\n\n" X1000
	    "\n--a--\n",
	    "!line 3 of the body is too long and cannot be encoded because the "
	    "message is encrypted; the message was not sent");
}

TEST(containers_in_what_is_signed_keep_their_label)
{
	RECODE(TO_7BIT,
	    "Subject: " A_UML "\nContent-Type: multipart/signed; boundary=a\n"
	    "\n--a\nContent-Type: multipart/mixed; boundary=b\n" CTE
	    "8bit\n\n--b\n\nx\n--b--\n--a--\n",
	    "Subject: =?UTF-8?B?w6Q=?=\nContent-Type: multipart/signed;"
	    " boundary=a\n\n--a\nContent-Type: multipart/mixed;"
	    " boundary=b\n" CTE "8bit\n\n--b\n\nx\n--b--\n--a--\n");
}

TEST(what_stands_before_a_part_is_not_taken_for_the_text)
{
	RECODE(TO_7BIT,
	    MULTI "\npre" A_UML
		  "\n--a\nContent-Type: multipart/x; boundary=b\n\n"
		  "ascii\n--a--\n",
	    MULTI "\npre**\n--a\nContent-Type: multipart/x; boundary=b\n\n"
		  "ascii\n--a--\n");
}

TEST(padding_behind_a_boundary_does_not_make_it_long)
{
	AUTO(buf_release) struct buf text = BUF_INIT(4000);
	AUTO(buf_release) struct buf out = BUF_INIT(4000);
	struct source s;
	struct err e = ERR_INIT;
	CHECK(buf_printf(&text, MULTI "\n--a%1000s\n\nx\n--a--\n", ""));
	struct message m = given_message(buf_str(&text));
	source_init(&s, &m, NULL);
	CHECK(recode_lines(&s, RECODE_LINES_ENCODE, &e));
	CHECK(read_all(&s, 100, &out, &e));
	CHECK_BUF(&out,
	    "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n"
	    "x\r\n--a--\r\n");
	source_release(&s);
	message_release(&m);
}

TEST(a_multipart_that_is_broken_is_not_guessed_at)
{
	static const char why[] = "!line 1 of the body has 8-bit characters, "
				  "the server does not offer 8BITMIME, and "
				  "they cannot be encoded because its "
				  "multipart has no valid boundary; the "
				  "message was not sent";
	RECODE(TO_7BIT, MULTI "\n" A_UML "\n", why);
	RECODE(TO_7BIT, MULTI "\n" A_UML "\n--a--\n", why);
	RECODE(TO_7BIT, "Content-Type: multipart/mixed\n\n" A_UML "\n", why);
	RECODE(TO_7BIT, MULTI "\n--a\n\nThis is " A_UML "\n",
	    MULTI "\n--a\n" CTE "quoted-printable\n\nThis is =C3=A4\n");
	RECODE(TO_7BIT, MULTI "\n--a\n\n" A_UML A_UML "\n",
	    MULTI "\n--a\n" CTE "base64\n\nw6TDpA==\n");
	RECODE(TO_7BIT, MULTI "\n--a\nA: b\nThis is " A_UML "\n--a--\n",
	    MULTI "\n--a\nA: b\n" CTE
		  "quoted-printable\n\nThis is =C3=A4\n--a--\n");
}

TEST(long_lines_are_encoded_passed_or_refused)
{
	RECODE(PASS, "A: b\n\n" X1000 "\n", "A: b\n\n" X1000 "\n");
	RECODE(REFUSE, "A: b\n\nx\n" X1000 "\n",
	    "!line 2 of the body has 1000 octets, more than 998; the message "
	    "was not sent");
	RECODE(REFUSE, "A: b\nLong: " X1000 "\n\n",
	    "!the field Long has a line of 1006 octets, more than 998; the "
	    "message was not sent");
	RECODE(ENCODE, "A: b\nLong: " X1000 "\n\n",
	    "!the field Long: a line of it has 1001 octets, more than 998, "
	    "and no blanks to fold it at");
	RECODE(ENCODE,
	    "A: b\nLong: " X100 " " X100 X100 X100 X100 X100 X100 X100 X100
	    " " X100 "\n\n",
	    "A: b\nLong:\n " X100 "\n " X100 X100 X100 X100 X100 X100 X100 X100
	    "\n " X100 "\n\n");
}

TEST(a_line_of_998_is_not_long)
{
	for (size_t n = 996; n <= 1000; n++) {
		AUTO(buf_release) struct buf text = BUF_INIT(4000);
		AUTO(buf_release) struct buf out = BUF_INIT(4000);
		struct source s;
		struct err e = ERR_INIT;
		CHECK(buf_printf(&text, "A: b\r\n\r\n%0*d\r\n", (int)n, 0));
		struct message m = given_message(buf_str(&text));
		source_init(&s, &m, NULL);
		CHECK(recode_lines(&s, RECODE_LINES_ENCODE, &e));
		CHECK(read_all(&s, 100, &out, &e));
		CHECK_EQ(str_eq(buf_str(&out), buf_str(&text)), n <= 998);
		CHECK_EQ(recode_lines(&s, RECODE_LINES_REFUSE, &e), true);
		source_release(&s);
		message_release(&m);
	}
}

TEST(binary_is_called_what_it_is)
{
	RECODE(ENCODE, V CTE "binary\n\nx\n", V CTE "7bit\n\nx\n");
	RECODE(
	    PASS, V CTE " Binary\n\n" A_UML "\n", V CTE "8bit\n\n" A_UML "\n");
	RECODE(
	    PASS, V CTE "binary\n\n" X1000 "\n", V CTE "binary\n\n" X1000 "\n");
	RECODE(ENCODE,
	    MULTI CTE "binary\n\n--a\n" CTE "binary\n\n" A_UML "\n--a\n" CTE
		      "binary\n\nx\n--a--\n",
	    MULTI CTE "8bit\n\n--a\n" CTE "8bit\n\n" A_UML "\n--a\n" CTE
		      "7bit\n\nx\n--a--\n");
}

/* Long enough for lines and stores to be in pieces. */
static void
write_lines(int fd, size_t nlines, size_t len)
{
	AUTO(buf_release) struct buf line = BUF_INIT(1 << 20);
	while (line.len < len)
		CHECK(buf_printf(&line, A_UML "-= "));
	CHECK(buf_printf(&line, "\n"));
	CHECK(fd_write_all(fd, "A: b\n\n", 6));
	for (size_t i = 0; i < nlines; i++)
		CHECK(fd_write_all(fd, line.data, line.len));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
}

TEST(large_messages_go_through_a_file)
{
	AUTO(fd_release) int fd = -1;
	struct message m = MESSAGE_INIT;
	struct source s;
	struct err e = ERR_INIT;
	CHECK(fd_temporary(&fd, &e));
	write_lines(fd, 20, 200000);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	source_init(&s, &m, NULL);
	CHECK(recode_lines(&s, RECODE_LINES_ENCODE, &e));
	CHECK(recode_7bit(&s, &e));
	CHECK(source_size(&s) > STORE_MEMORY_MAX);
	AUTO(buf_release) struct buf out = BUF_INIT(64 << 20);
	CHECK(read_all(&s, 50000, &out, &e));
	CHECK_EQ(out.len, source_size(&s));
	CHECK(str_is_ascii(buf_str(&out)));
	CHECK(m.facts.is_8bit && !source_is_8bit(&s));
	source_release(&s);
	message_release(&m);
}

/* Whether there is a file for later; it is used up by the encoding. */
static bool
reserves(const char *line, size_t nlines)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	struct message m = MESSAGE_INIT;
	struct source s;
	struct err e = ERR_INIT;
	CHECK(buf_add_str(&text, STR("Subject: x\n\n")));
	for (size_t i = 0; i < nlines; i++)
		CHECK(buf_add_str(&text, str_of(line)));
	CHECK(message_from_bytes(&m, buf_str(&text), &e));
	source_init(&s, &m, NULL);
	recode_reserve(&s);
	int fd = s.spare_fd;
	CHECK(recode_7bit(&s, &e));
	CHECK(fd == -1 || s.spare_fd == -1);
	CHECK(!source_is_8bit(&s));
	source_release(&s);
	message_release(&m);
	return fd != -1;
}

TEST(a_file_is_reserved_for_large_text_that_may_be_encoded)
{
	CHECK(reserves(A_UML X10 "\n", 10000));
	CHECK(!reserves(A_UML X10 "\n", 100));
	CHECK(!reserves(X10 "\n", 10000));
}

TEST(a_message_that_changes_meanwhile_is_an_error)
{
	AUTO(fd_release) int fd = -1;
	struct message m = MESSAGE_INIT;
	struct source s;
	struct err e = ERR_INIT;
	CHECK(fd_temporary(&fd, &e));
	write_lines(fd, 2, 2000);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK(ftruncate(fd, 100) == 0);
	source_init(&s, &m, NULL);
	CHECK(!recode_7bit(&s, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	source_release(&s);
	message_release(&m);
}
