// SPDX-License-Identifier: ISC
/*
 * A unit test program: TEST(sentence_about_behaviour) { CHECK(...); } as
 * often as needed.  Linked with unit.c, it prints TAP.
 */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *t);

/* A failed check is told with its place; the test goes on. */
void unit_check(bool ok, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void unit_check_eq(
    long long is, long long want, const char *file, int line, const char *expr);
void unit_check_str(struct str is, struct str want, const char *file, int line);

/* Removes the folder and all below it. */
void unit_remove_tree(char *path, const char *file, int line);

#define TEST(function)                                                     \
	static void function(void);                                        \
	__attribute__((constructor)) static void register_##function(void) \
	{                                                                  \
		static struct unit_test t = { #function, function, NULL }; \
		unit_register(&t);                                         \
	}                                                                  \
	static void function(void)

#define CHECK(cond) unit_check((cond), __FILE__, __LINE__, "%s", #cond)

/* Two numbers, shown when they differ; each is worked out once. */
#define CHECK_EQ(is, want) \
	unit_check_eq(     \
	    (long long)(is), (long long)(want), __FILE__, __LINE__, #is)

/* Two C strings, two struct str, or a buffer and a C string. */
#define CHECK_STR(is, want) \
	unit_check_str(str_of(is), str_of(want), __FILE__, __LINE__)
#define CHECK_BYTES(is, want) unit_check_str((is), (want), __FILE__, __LINE__)
#define CHECK_BUF(buf, want) \
	unit_check_str(buf_str(buf), str_of(want), __FILE__, __LINE__)

#define REMOVE_TREE(path) unit_remove_tree((path), __FILE__, __LINE__)

#endif
