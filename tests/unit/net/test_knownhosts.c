// SPDX-License-Identifier: ISC
#include "net/knownhosts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

#define A "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B "sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
#define C "sha256//CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA="

static void
is_named(const char *host, unsigned port, const char *socket, const char *want)
{
	AUTO(buf_release) struct buf name = BUF_INIT(KNOWNHOSTS_NAME_MAX);
	struct err e = ERR_INIT;
	CHECK(knownhosts_name(host, port, socket, &name, &e));
	CHECK_BUF(&name, want);
}

TEST(a_server_has_one_name)
{
	is_named("mail.example.org", 465, NULL, "mail.example.org:465");
	is_named("Mail.Example.ORG.", 25, NULL, "mail.example.org:25");
	is_named("b\xc3\xbc"
		 "cher.example",
	    587, NULL, "xn--bcher-kva.example:587");
	is_named("192.0.2.1", 25, NULL, "192.0.2.1:25");
	is_named("2001:DB8:0::1", 25, NULL, "[2001:db8::1]:25");
	is_named("fe80::1%ETH0", 25, NULL, "[fe80::1%25eth0]:25");
	is_named("x", 0, "/run/Mail box#1", "/run/Mail%20box%231");
	is_named("a b", 25, NULL, "a%20b:25");
}

TEST(a_host_that_cannot_be_one_has_no_name)
{
	AUTO(buf_release) struct buf name = BUF_INIT(KNOWNHOSTS_NAME_MAX);
	AUTO(buf_release) struct buf small = BUF_INIT(5);
	struct err e = ERR_INIT;
	CHECK(!knownhosts_name("\xff", 25, NULL, &name, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(!knownhosts_name("mail.example.org", 25, NULL, &small, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
}

/* Of host h:25 with key A. */
static void
finds(const char *text, enum knownhosts_verdict verdict, unsigned line)
{
	struct knownhosts_finding f = knownhosts_find(
	    str_of(text), STR("h:25"), STR(A));
	unit_check(f.verdict == verdict && f.line == line, __FILE__, __LINE__,
	    "%d, line %u in \"%s\"", (int)f.verdict, f.line, text);
}

TEST(a_key_is_the_same_another_or_new)
{
	finds("", KNOWNHOSTS_NEW, 0);
	finds("\n# h:25 " A "\n  # x\n\n", KNOWNHOSTS_NEW, 0);
	finds("h:26 " A "\nh2:25 " A "\n[h]:25 " A "\n", KNOWNHOSTS_NEW, 0);
	finds("h:25 " A, KNOWNHOSTS_SAME, 0);
	finds(" H:25\t" A " # comment\r\n", KNOWNHOSTS_SAME, 0);
	finds("h:25 " A "#comment", KNOWNHOSTS_SAME, 0);
	finds("\nh:25 " B "\n", KNOWNHOSTS_CHANGED, 2);
	finds("# x\nh:26 " A "\nh:25 " B "\nh:25 " C, KNOWNHOSTS_CHANGED, 3);
}

TEST(a_server_may_have_several_keys)
{
	finds("h:25 " B "\nh:25 " A "\n", KNOWNHOSTS_SAME, 0);
	finds("h:25 " A "\nh:25 " B "\n", KNOWNHOSTS_SAME, 0);
}

TEST(a_damaged_line_is_found_wherever_it_stands)
{
	static const char *const lines[] = { "h:25", "h:25 sha256//",
		"h:25 sha256//AAAA", "h:25 " A " " B, "h " A, ":25 " A,
		"h:0 " A, "h:65536 " A, "h:25x " A, "h:25 sha1//AAAA", A,
		"h:25 A" A, "\x01", "# \x7f", "h:25 # " A };
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char text[300];
		finds(lines[i], KNOWNHOSTS_DAMAGED, 1);
		(void)snprintf(
		    text, sizeof(text), "h:25 " A "\n%s\n", lines[i]);
		finds(text, KNOWNHOSTS_DAMAGED, 2);
		(void)snprintf(
		    text, sizeof(text), "h:25 " B "\n\n%s\n", lines[i]);
		finds(text, KNOWNHOSTS_DAMAGED, 3);
	}
	struct knownhosts_finding f = knownhosts_find(
	    STR("h:25 " A "\n\0\0"), STR("h:25"), STR(A));
	CHECK_EQ(f.verdict, KNOWNHOSTS_DAMAGED);
}

TEST(paths_of_sockets_differ_by_case)
{
	struct str text = STR("/run/a " A "\n");
	CHECK_EQ(knownhosts_find(text, STR("/run/a"), STR(A)).verdict,
	    KNOWNHOSTS_SAME);
	CHECK_EQ(knownhosts_find(text, STR("/run/A"), STR(A)).verdict,
	    KNOWNHOSTS_NEW);
}

TEST(a_line_is_added_behind_what_is_there)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1000);
	CHECK(buf_add_str(&text, STR("# mine\nx:1 " B)));
	CHECK(knownhosts_add(&text, "h:25", A, "2026-08-01"));
	CHECK_BUF(&text, "# mine\nx:1 " B "\nh:25 " A " # 2026-08-01\n");
	finds(buf_cstr(&text), KNOWNHOSTS_SAME, 0);
	AUTO(buf_release) struct buf small = BUF_INIT(20);
	CHECK(buf_add_str(&small, STR("# mine\n")));
	CHECK(!knownhosts_add(&small, "h:25", A, "2026-08-01"));
	CHECK_BUF(&small, "# mine\n");
}

/* A folder for a test. */
struct place {
	char root[64];
	char file[128];
};

static struct place
begin(void)
{
	struct place p = { .root = "/tmp/posthaste-known-XXXXXX" };
	CHECK(mkdtemp(p.root) != NULL);
	(void)snprintf(
	    p.file, sizeof(p.file), "%s/state/posthaste/known_hosts", p.root);
	return p;
}

static void
end(struct place *p)
{
	REMOVE_TREE(p->root);
}

static void
put(const struct place *p, const char *text, mode_t mode)
{
	struct err e = ERR_INIT;
	CHECK(knownhosts_prepare(p->file, &e));
	AUTO(fd_release)
	int fd = open(p->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	CHECK(fd != -1);
	CHECK(fd_write_all(fd, text, strlen(text)));
	CHECK(fchmod(fd, mode) == 0);
}

static void
holds(const struct place *p, const char *want)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1000000);
	struct err e = ERR_INIT;
	AUTO(fd_release) int fd = open(p->file, O_RDONLY | O_CLOEXEC);
	CHECK(fd_read_to_end(fd, &text, &e));
	unit_check(strstr(buf_cstr(&text), want) != NULL, __FILE__, __LINE__,
	    "no \"%s\" in \"%s\"", want, buf_cstr(&text));
}

/* *is_new; the exit code. */
static int
judges(const struct place *p, const char *host, const char *pin, bool *is_new,
    struct err *e)
{
	*e = ERR_INIT;
	return knownhosts_judge(p->file, host, pin, is_new, e) ? EX_OK
							       : e->exit;
}

TEST(the_first_key_is_remembered_and_no_other_taken)
{
	struct place p = begin();
	struct stat st;
	struct err e;
	bool is_new = false;
	CHECK_EQ(judges(&p, "h:25", A, &is_new, &e), EX_OK);
	CHECK(is_new);
	CHECK_EQ(judges(&p, "h:25", A, &is_new, &e), EX_OK);
	CHECK(!is_new);
	CHECK_EQ(judges(&p, "h:25", B, &is_new, &e), EX_UNAVAILABLE);
	CHECK(strstr(e.text, "it is " B ", and not " A " as ") != NULL);
	CHECK(strstr(e.text, "known_hosts:2 says") != NULL);
	CHECK(strstr(e.hint, "delete that line") != NULL);
	CHECK_EQ(judges(&p, "h:26", B, &is_new, &e), EX_OK);
	CHECK(is_new);
	holds(&p, "\nh:25 " A " # 20");
	holds(&p, "\nh:26 " B " # 20");
	CHECK(stat(p.file, &st) == 0);
	CHECK_EQ(st.st_mode & 07777, 0600);
	end(&p);
}

TEST(a_file_that_cannot_be_believed_ends_it)
{
	struct place p = begin();
	struct err e;
	bool is_new;
	put(&p, "h:25 " A "\nx\n", 0600);
	CHECK_EQ(judges(&p, "h:25", A, &is_new, &e), EX_CONFIG);
	CHECK(strstr(e.text, "known_hosts:2: is not \"HOST:PORT") != NULL);
	put(&p, "h:25 " A "\n", 0622);
	CHECK_EQ(judges(&p, "h:25", A, &is_new, &e), EX_CONFIG);
	CHECK(strstr(e.text, "no file that is this user's alone") != NULL);
	end(&p);
}

TEST(a_folder_for_others_ends_it)
{
	struct place p = begin();
	struct err e = ERR_INIT;
	bool is_new;
	char dir[128];
	(void)snprintf(dir, sizeof(dir), "%s/state/posthaste", p.root);
	CHECK(knownhosts_prepare(p.file, &e));
	CHECK(chmod(dir, 0770) == 0);
	CHECK(!knownhosts_prepare(p.file, &e));
	CHECK_EQ(judges(&p, "h:25", A, &is_new, &e), EX_CONFIG);
	CHECK(access(p.file, F_OK) == -1);
	end(&p);
}

TEST(a_file_that_cannot_be_written_ends_it)
{
	struct place p = begin();
	struct err e;
	bool is_new;
	/* where a folder is to be, there is a file */
	(void)snprintf(p.file, sizeof(p.file), "%s/f/known_hosts", p.root);
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/f", p.root);
	AUTO(fd_release)
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd != -1);
	CHECK_EQ(judges(&p, "h:25", A, &is_new, &e), EX_CANTCREAT);
	CHECK(strstr(e.hint, "tls_pin") != NULL);
	end(&p);
}

enum { PROCESSES = 12 };

/* Each remembers servers of its own and one of all. */
static void
remember_some(const struct place *p, int which)
{
	struct err e;
	bool is_new, ok = true;
	for (int i = 0; i < 5; i++) {
		char host[32];
		(void)snprintf(host, sizeof(host), "h%d-%d:25", which, i);
		ok = judges(p, host, A, &is_new, &e) == EX_OK && is_new && ok;
		ok = judges(p, "all:25", B, &is_new, &e) == EX_OK && ok;
	}
	_exit(ok ? 0 : 1);
}

TEST(processes_at_once_lose_nothing)
{
	struct place p = begin();
	pid_t pids[PROCESSES];
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		CHECK(pids[i] != -1);
		if (pids[i] == 0)
			remember_some(&p, i);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;
		CHECK(waitpid(pids[i], &status, 0) == pids[i]);
		CHECK_EQ(status, 0);
	}
	AUTO(buf_release) struct buf text = BUF_INIT(1000000);
	struct err e = ERR_INIT;
	AUTO(fd_release) int fd = open(p.file, O_RDONLY | O_CLOEXEC);
	CHECK(fd_read_to_end(fd, &text, &e));
	size_t nlines = 0;
	for (size_t i = 0; i < text.len; i++)
		nlines += text.data[i] == '\n';
	CHECK_EQ(nlines, 1 + 1 + PROCESSES * 5);
	end(&p);
}
