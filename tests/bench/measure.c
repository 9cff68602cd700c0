// SPDX-License-Identifier: ISC
/*
 * measure [-p] RUNS FILE COMMAND... [-- COMMAND...]...
 *
 * Runs the commands in turn, RUNS times each, with FILE as standard input, or
 * with -p what a pipe brings of it.  The first words of a command may be
 * NAME=VALUE for its environment.  A line a run, when it has ended:
 *
 *   COMMAND STATUS WALL CPU PEAK     (number, status, usec, usec, KiB)
 *
 * This program must stay small: what it holds when it starts another is the
 * least that wait4(2) can tell of that one's peak memory.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads here */

extern char **environ;

enum { USEC_PER_SEC = 1000000, COMMANDS_MOST = 8, BLOCK = 65536 };

struct command {
	char **argv; /* behind the words for the environment */
	char **env;  /* ours to free, the strings are not */
};

static int64_t
now_usec(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		err(EX_OSERR, "read the clock");
	return (int64_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

static int64_t
usec_of(struct timeval t)
{
	return (int64_t)t.tv_sec * USEC_PER_SEC + t.tv_usec;
}

static bool
is_same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=") + 1;
	return strncmp(a, b, n) == 0;
}

/* Ours, where the command's words say nothing else, and then those. */
static struct command
command_of(char **words)
{
	size_t nwords = 0, nours = 0, n = 0;
	while (words[nwords] != NULL && strchr(words[nwords], '=') != NULL)
		nwords++;
	while (environ[nours] != NULL)
		nours++;
	char **env = calloc(nwords + nours + 1, sizeof(*env));
	if (env == NULL)
		err(EX_OSERR, "keep the environment");
	for (size_t i = 0; i < nours; i++) {
		size_t k = 0;
		while (k < nwords && !is_same_name(words[k], environ[i]))
			k++;
		if (k == nwords)
			env[n++] = environ[i];
	}
	for (size_t i = 0; i < nwords; i++)
		env[n++] = words[i];
	if (words[nwords] == NULL)
		errx(EX_USAGE, "a command is missing");
	return (struct command){ .argv = words + nwords, .env = env };
}

static int
open_input(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		err(EX_NOINPUT, "open %s", file);
	return fd;
}

/* Until the reader has gone or has all. */
static void
copy(int from, int to)
{
	static char block[BLOCK];
	ssize_t n;
	while ((n = read(from, block, sizeof(block))) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t put = write(
			    to, block + done, (size_t)(n - done));
			if (put == -1)
				return;
			done += put;
		}
	}
}

/* A child that writes the file into the pipe whose reading end *fd becomes. */
static pid_t
feed(int *fd)
{
	int ends[2];
	if (pipe(ends) == -1 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) == -1)
		err(EX_OSERR, "make a pipe");
	pid_t pid = fork();
	if (pid == -1)
		err(EX_OSERR, "fork");
	if (pid == 0) {
		(void)close(ends[0]);
		copy(*fd, ends[1]);
		_exit(EX_OK);
	}
	(void)close(ends[1]);
	(void)close(*fd);
	*fd = ends[0];
	return pid;
}

static pid_t
start(const struct command *c, int input)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int rc = posix_spawn_file_actions_init(&actions);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(
		    &actions, input, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(
		    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawnp(
		    &pid, c->argv[0], &actions, NULL, c->argv, c->env);
	if (rc != 0) {
		errno = rc;
		err(EX_UNAVAILABLE, "run %s", c->argv[0]);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static int
status_of(int raw)
{
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

static void
run(size_t number, const struct command *c, const char *file, bool is_piped)
{
	struct rusage usage;
	int raw;
	int input = open_input(file);
	pid_t feeder = is_piped ? feed(&input) : -1;
	int64_t began = now_usec();
	pid_t pid = start(c, input);
	(void)close(input);
	if (wait4(pid, &raw, 0, &usage) == -1)
		err(EX_OSERR, "wait");
	int64_t wall = now_usec() - began;
	int64_t cpu = usec_of(usage.ru_utime) + usec_of(usage.ru_stime);
	if (feeder != -1 && waitpid(feeder, NULL, 0) == -1)
		err(EX_OSERR, "wait");
	if (printf("%zu %d %lld %lld %ld\n", number, status_of(raw),
		(long long)wall, (long long)cpu, usage.ru_maxrss) < 0 ||
	    fflush(stdout) != 0)
		err(EX_IOERR, "print");
}

static int
parse_runs(const char *text)
{
	char *end = NULL;
	errno = 0;
	long n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1 || n > 100000)
		errx(EX_USAGE, "'%s' is no number of runs", text);
	return (int)n;
}

int
main(int argc, char **argv)
{
	struct command commands[COMMANDS_MOST];
	size_t ncommands = 0;
	bool is_piped = argc > 1 && strcmp(argv[1], "-p") == 0;
	int at = is_piped ? 2 : 1;
	if (argc < at + 3)
		errx(EX_USAGE, "[-p] RUNS FILE COMMAND... [-- COMMAND...]...");
	int nruns = parse_runs(argv[at]);
	const char *file = argv[at + 1];
	for (int first = at += 2; at <= argc; at++) {
		if (at < argc && strcmp(argv[at], "--") != 0)
			continue;
		argv[at] = NULL;
		if (ncommands == COMMANDS_MOST)
			errx(EX_USAGE, "too many commands");
		commands[ncommands++] = command_of(argv + first);
		first = at + 1;
	}
	for (int i = 0; i < nruns; i++)
		for (size_t k = 0; k < ncommands; k++)
			run(k + 1, &commands[k], file, is_piped);
	for (size_t k = 0; k < ncommands; k++)
		free(commands[k].env);
	return EX_OK;
}

/* NOLINTEND(concurrency-mt-unsafe) */
