// SPDX-License-Identifier: ISC
#include "outbox/patience.h"

#include "base/crypto.h"
#include "base/err.h"
#include "config/settings.h"
#include "queue/note.h"

struct retry_rules
patience_rules(const struct settings *s)
{
	struct retry_rules rules = {
		.first = s->queue_retry_min,
		.most = s->queue_retry_max,
	};
	/* the one that nobody has set gives way */
	if (rules.first > rules.most &&
	    s->origin[SETTING_QUEUE_RETRY_MAX].source == SETTINGS_DEFAULT)
		rules.most = rules.first;
	return rules;
}

bool
patience_is_due(const struct retry_rules *rules, int64_t next, int64_t now)
{
	return next <= now || next - now > (int64_t)rules->most;
}

void
patience_failed(const struct retry_rules *rules, struct note *note, int64_t now,
    uint32_t chance)
{
	note->ntries++;
	note->next = now + retry_delay(rules, note->ntries, chance);
}

uint32_t
patience_chance(void)
{
	uint32_t chance;
	struct err ignored;
	return crypto_random(&chance, sizeof(chance), &ignored) ? chance : 0;
}
