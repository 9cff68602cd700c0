// SPDX-License-Identifier: ISC
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t
clock_msec(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for it */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
clock_msec_left(int64_t until_msec)
{
	int64_t left = until_msec - clock_msec();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

double
clock_seconds(unsigned msec)
{
	unsigned tenths = (msec + 50) / 100;
	return tenths / 10.0;
}
