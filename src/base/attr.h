// SPDX-License-Identifier: ISC
/* What the compiler can check for us, under short names. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

/* The result says whether it worked: ignoring it is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Argument fmt is a printf format for the arguments from first on. */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* Gives the variable back with fn(&variable) on every way out of its block. */
#define AUTO(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
