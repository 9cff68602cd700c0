// SPDX-License-Identifier: ISC
/* Forced into every file with -include: using one of these does not build. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* with _FORTIFY_SOURCE, clang sees these two as macros */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf
#pragma GCC poison strtok strtok_r gets atoi atol atoll atof rand srand
#pragma GCC poison gmtime localtime ctime asctime mktemp tmpnam tempnam
#pragma GCC poison system popen setjmp longjmp sigsetjmp siglongjmp

#endif
