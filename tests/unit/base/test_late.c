// SPDX-License-Identifier: ISC
#include "base/late.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/late_idn2.h"
#include "base/str.h"
#include "unit.h"

static void *table[2];
static const char *const names[] = { "idn2_free", "idn2_strerror" };
static const char *const no_names[] = { "idn2_free", "no_such_function" };

static struct late
library(const char *soname, const char *const *wanted)
{
	return (struct late){
		.soname = soname,
		.names = wanted,
		.nnames = ARRAY_LEN(names),
		.table = table,
	};
}

/* Where it is linked with there is nothing to load. */
static bool
is_linked(void)
{
	return late_idn2.soname == NULL;
}

TEST(what_is_listed_is_found)
{
	struct err e = ERR_INIT;
	struct late l = library(late_idn2.soname, names);
	CHECK(late_load(&l, &e));
	CHECK(l.handle != NULL);
	if (is_linked())
		return;
	CHECK(table[0] == dlsym(l.handle, "idn2_free"));
	CHECK(table[1] == dlsym(l.handle, "idn2_strerror"));
	CHECK(table[0] != table[1]);
	CHECK_STR(idn2_strerror(IDN2_OK), "success");
}

TEST(a_library_that_is_not_there_is_an_error_each_time)
{
	struct late l = library("libnot-there.so.1", names);
	for (int i = 0; i < 2; i++) {
		struct err e = ERR_INIT;
		CHECK(!late_load(&l, &e));
		CHECK_EQ(e.exit, EX_OSERR);
		CHECK(str_starts_nocase(
		    str_of(e.text), STR("load a library: libnot-there.so.1")));
		CHECK(strstr(e.hint, "libnot-there.so.1") != NULL);
		CHECK(l.handle == NULL);
	}
}

TEST(a_library_without_one_of_the_functions_will_not_do)
{
	struct err e = ERR_INIT;
	struct late l = library("libidn2.so.0", no_names);
	if (is_linked())
		return;
	l.soname = late_idn2.soname;
	CHECK(!late_load(&l, &e));
	CHECK_EQ(e.exit, EX_OSERR);
	CHECK(strstr(e.text, "no_such_function") != NULL);
	CHECK(l.handle == NULL);
}

TEST(a_call_that_cannot_be_made_ends_the_program)
{
	int status = 0;
	pid_t child = fork();
	CHECK(child != -1);
	if (child == 0) {
		struct late l = library("libnot-there.so.1", names);
		(void)!freopen("/dev/null", "w", stderr);
		late_insist(&l);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), EX_OSERR);
}

TEST(the_folder_is_one_that_has_it)
{
	struct late l = library("libc.so.6", names);
	char folder[1024];
	CHECK(unsetenv("LD_LIBRARY_PATH") == 0);
	if (late_folder(&l, folder, sizeof(folder))) /* not with musl */
		CHECK(folder[0] == '/');
	l.soname = "libnot-there.so.1";
	CHECK(!late_folder(&l, folder, sizeof(folder)));
	l.soname = "libc.so.6";
	CHECK(setenv("LD_LIBRARY_PATH", "/nowhere", 1) == 0);
	CHECK(!late_folder(&l, folder, sizeof(folder)));
	CHECK(unsetenv("LD_LIBRARY_PATH") == 0);
}
