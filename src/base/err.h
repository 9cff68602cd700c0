// SPDX-License-Identifier: ISC
/*
 * An error is a value: it carries the exit code from the place where the
 * cause is known up to main, which prints it and returns it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>

#include "base/attr.h"

/*
 * Lives on the stack and owns nothing; comes last among the arguments.
 * Only the function that returned false has filled it.
 */
struct err {
	int exit;     /* sysexits(3) code, EX_OK while nothing went wrong */
	int sys;      /* errno at the time, 0 if it was no system call */
	int code;     /* SMTP reply code (RFC 5321 4.2), 0 if none */
	char enh[12]; /* enhanced status code (RFC 3463) such as 5.1.1, or "" */
	char text[512]; /* what we were doing or what is wrong; printable */
	char said[512]; /* the server's own words, printable, or "" */
	char hint[256]; /* what to do about it, or "" */
};

#define ERR_INIT ((struct err){ .exit = EX_OK })

/*
 * Fills *e and returns false, so that "return err_set(...)" is the whole
 * idiom.  Text that does not fit ends in "...".
 */
bool err_set(struct err *e, int exit, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, and adds errno's meaning behind the text. */
bool err_sys(struct err *e, int exit, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts what the caller was doing in front: "context: text".  False. */
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Says what to do about it, if nothing said so yet.  False. */
bool err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "EX_NOUSER"; "EX_SOFTWARE" for what sysexits(3) does not name. */
const char *err_exit_name(int exit);

#endif
