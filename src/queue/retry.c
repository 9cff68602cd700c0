// SPDX-License-Identifier: ISC
#include "queue/retry.h"

unsigned
retry_delay(const struct retry_rules *rules, unsigned ntries, uint32_t chance)
{
	uint64_t delay = rules->first;
	for (unsigned i = 1; i < ntries && delay < rules->most; i++)
		delay *= 2;
	if (delay > rules->most)
		delay = rules->most;
	/* three quarters of it, and up to a half more */
	delay = delay - delay / 4 + chance % (delay / 2 + 1);
	if (delay > rules->most)
		delay = rules->most;
	return delay > 0 ? (unsigned)delay : 1;
}
