// SPDX-License-Identifier: ISC
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "given.h"
#include "message/store.h"

/* Writes the text to a pipe in pieces from a child; the end to read. */
static int
piped(struct str text, size_t piece)
{
	int ends[2];
	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		(void)signal(SIGPIPE, SIG_DFL);
		while (text.len > 0) {
			size_t n = text.len < piece ? text.len : piece;
			if (!fd_write_all(ends[1], text.ptr, n))
				_exit(1);
			text = str_from(text, n);
		}
		_exit(0);
	}
	(void)close(ends[1]);
	return ends[0];
}

static void
reap(void)
{
	while (wait(NULL) > 0)
		continue;
}

/* What goes out of a message without edits. */
static void
sent(const struct message *m, struct buf *out)
{
	struct source s;
	struct err e = ERR_INIT;
	source_init(&s, m, NULL);
	CHECK(read_all(&s, 4096, out, &e));
	CHECK_EQ(out->len, source_size(&s));
}

TEST(a_small_message_from_a_pipe_stays_in_memory)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	AUTO(fd_release) int fd = piped(STR("To: a\n\nhi\n"), 3);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK_EQ(m.fd, -1);
	CHECK(message_find(&m, FIELD_TO) == &m.fields[0]);
	CHECK(message_find(&m, FIELD_CC) == NULL);
	sent(&m, &out);
	CHECK_BUF(&out, "To: a\r\n\r\nhi\r\n");
	message_release(&m);
	reap();
}

TEST(a_large_message_from_a_pipe_goes_to_a_file)
{
	static const size_t sizes[] = { STORE_MEMORY_MAX, STORE_MEMORY_MAX + 1,
		3 * STORE_MEMORY_MAX + 12345 };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
		AUTO(buf_release) struct buf want = BUF_INIT(2 << 20);
		AUTO(buf_release) struct buf out = BUF_INIT(2 << 20);
		struct message m = MESSAGE_INIT;
		struct err e = ERR_INIT;
		CHECK(buf_add(&text, "To: a\n\n", 7));
		for (size_t k = text.len; k < sizes[i]; k++)
			CHECK(buf_add(
			    &text, k % 70 == 0 ? "\n" : &"abcdefg"[k % 7], 1));
		AUTO(fd_release) int fd = piped(buf_str(&text), 50000);
		CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
		CHECK_EQ(m.fd != -1, i > 0);
		CHECK_EQ(m.owns_fd, i > 0);
		CHECK_EQ(m.memory.len, i > 0 ? 0 : sizes[i]);
		plain_wire(buf_str(&text), &want);
		sent(&m, &out);
		CHECK(str_eq(buf_str(&out), buf_str(&want)));
		int own = m.fd;
		message_release(&m);
		CHECK(i == 0 || fcntl(own, F_GETFD) == -1);
	}
	reap();
}

TEST(a_regular_file_is_used_from_its_offset_on)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(fd_release) int fd = -1;
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	CHECK(fd_temporary(&fd, &e));
	CHECK(fd_write_all(fd, "head\nTo: a\n\nhi", 14));
	CHECK(lseek(fd, 5, SEEK_SET) == 5);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK_EQ(m.fd, fd);
	CHECK(!m.owns_fd);
	CHECK_EQ(m.facts.size, 9);
	sent(&m, &out);
	CHECK_BUF(&out, "To: a\r\n\r\nhi\r\n");
	message_release(&m);
	/* still the caller's, and read like by any other program */
	CHECK(lseek(fd, 0, SEEK_CUR) == 14);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK_EQ(m.facts.size, 0);
	message_release(&m);
}

TEST(files_that_do_not_know_their_size_are_read)
{
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	AUTO(fd_release) int fd = open("/proc/self/limits", O_RDONLY);
	if (fd == -1)
		return; /* no such system */
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK(m.facts.size > 0);
	message_release(&m);
}

TEST(empty_input_is_a_message)
{
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	AUTO(fd_release) int fd = open("/dev/null", O_RDONLY);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK_EQ(m.facts.size, 0);
	CHECK_EQ(m.facts.wire, 0);
	message_release(&m);
}

static void
check_unreadable(int fd, int line)
{
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	bool ok = message_intake(&m, fd, MESSAGE_END_EOF, &e);
	unit_check(!ok, __FILE__, line, "it was read");
	unit_check(e.exit == EX_NOINPUT, __FILE__, line, "exit %d", e.exit);
	unit_check(
	    strstr(e.text, "read the message from standard input: ") == e.text,
	    __FILE__, line, "%s", e.text);
}

TEST(closed_and_unreadable_input_is_no_input)
{
	AUTO(fd_release) int dir = open("/", O_RDONLY | O_DIRECTORY);
	AUTO(fd_release) int null = open("/dev/null", O_WRONLY);
	AUTO(fd_release) int file = -1;
	char name[] = "/tmp/test_intake.XXXXXX";
	check_unreadable(-1, __LINE__);
	check_unreadable(dir, __LINE__);
	check_unreadable(null, __LINE__);
	file = mkstemp(name);
	CHECK(fd_write_all(file, "hi\n", 3));
	fd_release(&file);
	file = open(name, O_WRONLY);
	check_unreadable(file, __LINE__);
	CHECK(unlink(name) == 0);
}

TEST(input_that_does_not_block_is_waited_for)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	int ends[2];
	CHECK(pipe(ends) == 0);
	CHECK(fd_set_nonblocking(ends[0], &e));
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		(void)usleep(50000);
		_exit(fd_write_all(ends[1], "late\n", 5) ? 0 : 1);
	}
	(void)close(ends[1]);
	CHECK(message_intake(&m, ends[0], MESSAGE_END_EOF, &e));
	sent(&m, &out);
	CHECK_BUF(&out, "late\r\n");
	message_release(&m);
	(void)close(ends[0]);
	reap();
}

TEST(no_room_for_the_temporary_file_is_an_error_of_input_and_output)
{
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	const struct rlimit small = { .rlim_cur = 300000,
		.rlim_max = RLIM_INFINITY };
	const struct rlimit all = { .rlim_cur = RLIM_INFINITY,
		.rlim_max = RLIM_INFINITY };
	for (size_t k = 0; k < 500000; k++)
		CHECK(buf_add(&text, "x", 1));
	AUTO(fd_release) int fd = piped(buf_str(&text), 50000);
	(void)signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	CHECK(!message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK(setrlimit(RLIMIT_FSIZE, &all) == 0);
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK(strstr(e.text, "write the message to a temporary file: ") ==
	    e.text);
	fd_release(&fd);
	reap();
}

static void
check_end(const char *text, enum message_end end, const char *want, int line)
{
	for (size_t piece = 1; piece <= strlen(text); piece++) {
		AUTO(buf_release) struct buf out = BUF_INIT(10000);
		struct message m = MESSAGE_INIT;
		struct err e = ERR_INIT;
		AUTO(fd_release) int fd = piped(str_of(text), piece);
		CHECK(message_intake(&m, fd, end, &e));
		sent(&m, &out);
		unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
		message_release(&m);
	}
	reap();
}

TEST(a_lone_dot_ends_the_input_if_so_asked)
{
	check_end("a\n.\nb\n", MESSAGE_END_DOT, "a\r\n", __LINE__);
	check_end("a\r\n.\r\nb\n", MESSAGE_END_DOT, "a\r\n", __LINE__);
	check_end(".\nb\n", MESSAGE_END_DOT, "", __LINE__);
	check_end("a\n.b\n..\n. \n", MESSAGE_END_DOT, "a\r\n.b\r\n..\r\n. \r\n",
	    __LINE__);
	check_end("a.\n", MESSAGE_END_DOT, "a.\r\n", __LINE__);
	check_end("a\n.\r.\n", MESSAGE_END_DOT, "a\r\n. .\r\n", __LINE__);
	check_end("a\n.", MESSAGE_END_DOT, "a\r\n", __LINE__);
}

TEST(a_lone_dot_is_text_otherwise)
{
	check_end("a\n.\nb\n", MESSAGE_END_EOF, "a\r\n.\r\nb\r\n", __LINE__);
}

TEST(a_lone_dot_ends_a_file_too_if_so_asked)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(fd_release) int fd = -1;
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	CHECK(fd_temporary(&fd, &e));
	CHECK(fd_write_all(fd, "a\n.\nb", 5));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(message_intake(&m, fd, MESSAGE_END_DOT, &e));
	sent(&m, &out);
	CHECK_BUF(&out, "a\r\n");
	message_release(&m);
}

TEST(a_header_that_is_refused_leaves_nothing_open)
{
	struct message m = MESSAGE_INIT;
	struct err e = ERR_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(20 << 20);
	CHECK(buf_add(&text, "To: ", 4));
	for (size_t i = 0; i < 17 << 10; i++) {
		static const char kib[1024] = { 'a' };
		CHECK(buf_add(&text, kib, sizeof(kib)));
	}
	AUTO(fd_release) int fd = piped(buf_str(&text), 65536);
	CHECK(!message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	int before = dup(fd);
	CHECK_EQ(before, fd + 1); /* no descriptor was left between */
	(void)close(before);
	fd_release(&fd);
	reap();
}
