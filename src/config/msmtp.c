// SPDX-License-Identifier: ISC
#include "config/msmtp.h"

#include <assert.h>

#include "base/err.h"
#include "config/settings.h"

static void
fill(struct settings *s, enum setting_id id, struct str text)
{
	const struct settings_origin origin = { .source = SETTINGS_DEFAULT };
	struct err e = ERR_INIT;
	if (settings_is_set(s, id))
		return;
	bool ok = settings_set(s, id, text, origin, &e);
	assert(ok);
	(void)ok;
}

/* Whoever has named authorities or a fingerprint wants them to be looked at. */
static bool
has_tls_details(const struct settings *s)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (str_starts_nocase(
			str_of(setting_table[id].name), STR("tls_")) &&
		    settings_is_set(s, id))
			return true;
	return false;
}

void
msmtp_fill_defaults(struct settings *s)
{
	fill(s, SETTING_AUTH, STR("off"));
	if (!has_tls_details(s))
		fill(s, SETTING_TLS, STR("off"));
	bool is_tls_first = s->tls_starttls == TOGGLE_OFF &&
	    !(settings_is_set(s, SETTING_TLS) && s->tls == TOGGLE_OFF);
	fill(s, SETTING_PORT, is_tls_first ? STR("465") : STR("25"));
}
