// SPDX-License-Identifier: ISC
/*
 * killat: a program that is killed at its Nth system call, or whose Nth fails.
 * See usage() and killat.h.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "killat.h"

static const char usage_text[] =
    "usage: killat [OPTION]... COMMAND [ARGUMENT]...\n"
    "Runs COMMAND and kills it (SIGKILL) at its Nth system call.\n"
    "  -b N      right before the Nth\n"
    "  -a N      right behind the Nth\n"
    "  -e ERROR  does not kill it: the Nth (-b) fails with ENOSPC, EIO, ...\n"
    "  -s NAMES  only these count: openat,write,fsync,...; files: all that\n"
    "            change files or sync them (default: all calls)\n"
    "  -p TEXT   counts from the first call on about a path that has TEXT\n"
    "            in it, so that the start of the program is left out\n"
    "  -f        counts in its children as well, and kills all at once\n"
    "  -w FILE   writes \"CALL N\" to FILE, or, if there is no Nth call (or\n"
    "            neither -a nor -b), \"none COUNT\"\n"
    "Exits as COMMAND does, 137 if that was killed, 77 if nothing can be\n"
    "watched here.  To try them all, count up N until FILE says none:\n"
    "  for ((n = 1; ; n++)); do\n"
    "    killat -s files -p queue -b $n -w at posthaste ... <mail && ok=1\n"
    "    grep -q none at && break\n"
    "    ... what has to be true now ...\n"
    "  done\n";

static void
usage(void)
{
	(void)fputs(usage_text, stderr);
	exit(EX_USAGE);
}

struct options {
	struct killat k;
	bool only[KILLAT_CALLS];
	const char *told; /* -w */
};

static int
error_of(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} rows[] = {
		{ "EACCES", EACCES },
		{ "EAGAIN", EAGAIN },
		{ "ECONNRESET", ECONNRESET },
		{ "EDQUOT", EDQUOT },
		{ "EFBIG", EFBIG },
		{ "EINTR", EINTR },
		{ "EIO", EIO },
		{ "EMFILE", EMFILE },
		{ "ENFILE", ENFILE },
		{ "ENOENT", ENOENT },
		{ "ENOLCK", ENOLCK },
		{ "ENOMEM", ENOMEM },
		{ "ENOSPC", ENOSPC },
		{ "EPERM", EPERM },
		{ "EROFS", EROFS },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].error;
	errx(EX_USAGE, "no such error: %s", name);
}

static void
add_names(struct options *o, char *names)
{
	o->k.only = o->only;
	for (char *end; names != NULL; names = end) {
		end = strchr(names, ',');
		if (end != NULL)
			*end++ = '\0';
		if (!killat_add(o->only, names))
			errx(EX_USAGE, "no such call: %s", names);
	}
}

static void
set_place(struct options *o, enum killat_how how, const char *n)
{
	if (o->k.how != KILLAT_FAIL)
		o->k.how = how;
	o->k.n = (unsigned)strtoul(n, NULL, 10);
	if (o->k.n == 0)
		usage();
}

static void
read_options(struct options *o, int argc, char **argv)
{
	int c;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads here */
	while ((c = getopt(argc, argv, "+a:b:e:fp:s:w:")) != -1) {
		switch (c) {
		case 'a': set_place(o, KILLAT_BEHIND, optarg); break;
		case 'b': set_place(o, KILLAT_BEFORE, optarg); break;
		case 'e':
			o->k.error = error_of(optarg);
			o->k.how = KILLAT_FAIL;
			break;
		case 'f': o->k.follows = true; break;
		case 'p': o->k.from = optarg; break;
		case 's': add_names(o, optarg); break;
		case 'w': o->told = optarg; break;
		default: usage();
		}
	}
	if (optind == argc)
		usage();
}

static void
tell(const char *path, unsigned n, const struct killat_end *end)
{
	FILE *out = path != NULL ? fopen(path, "we") : NULL;
	if (path == NULL)
		return;
	if (out == NULL)
		err(EX_CANTCREAT, "%s", path);
	if (end->is_hit)
		(void)fprintf(out, "%s %u\n", killat_name(end->call), n);
	else
		(void)fprintf(out, "none %u\n", end->ncalls);
	if (fclose(out) != 0)
		err(EX_IOERR, "%s", path);
}

/* LeakSanitizer cannot look at a process that is watched. */
static void
look_for_no_leaks(void)
{
	char options[1024];
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads here */
	const char *old = getenv("ASAN_OPTIONS");
	(void)snprintf(options, sizeof(options), "%s%sdetect_leaks=0",
	    old != NULL ? old : "", old != NULL ? ":" : "");
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads here */
	(void)setenv("ASAN_OPTIONS", options, 1);
}

int
main(int argc, char **argv)
{
	struct options o = { .k = { .how = KILLAT_COUNT } };
	struct killat_end end;
	read_options(&o, argc, argv);
	pid_t child = fork();
	if (child == -1)
		err(EX_OSERR, "fork");
	if (child == 0) {
		look_for_no_leaks();
		if (!killat_begin(&o.k))
			_exit(77);
		(void)execvp(argv[optind], argv + optind);
		warn("%s", argv[optind]);
		_exit(127);
	}
	if (!killat_watch(&o.k, child, &end)) {
		warnx("it cannot be watched");
		return 77;
	}
	tell(o.told, o.k.n, &end);
	return WIFEXITED(end.status) ? WEXITSTATUS(end.status)
				     : 128 + WTERMSIG(end.status);
}
