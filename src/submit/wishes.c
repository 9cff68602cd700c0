// SPDX-License-Identifier: ISC
#include "submit/wishes.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "config/value.h"

static const struct {
	enum setting_id id;
	const char *hint;
} rows[] = {
	[SMTP_ASK_NOTIFY] = { SETTING_DSN_NOTIFY,
	    "\"dsn_notify off\" or failure sends it without" },
	[SMTP_ASK_RET] = { SETTING_DSN_RETURN, "" },
	[SMTP_ASK_ENVID] = { SETTING_DSN_ENVID, "" },
	[SMTP_ASK_BY] = { SETTING_DELIVER_BY,
	    "\"deliver_by off\" sends it without" },
	[SMTP_ASK_HOLDFOR] = { SETTING_HOLD_FOR,
	    "\"hold_for off\" sends it now" },
	[SMTP_ASK_HOLDUNTIL] = { SETTING_HOLD_UNTIL,
	    "\"hold_until off\" sends it now" },
	[SMTP_ASK_PRIORITY] = { SETTING_PRIORITY, "" },
	[SMTP_ASK_REQUIRETLS] = { SETTING_RELAY_TLS,
	    "\"relay_tls auto\" leaves it to the relays" },
	[SMTP_ASK_AUTH] = { SETTING_MAIL_AUTH, "" },
};

_Static_assert(ARRAY_LEN(rows) == SMTP_ASK_COUNT, "a row for each kind");

static void
ask(struct wishes *w, const struct settings *s, enum smtp_ask_kind kind,
    const char *value, bool is_needed)
{
	char where[SETTINGS_WHERE_SIZE];
	settings_where(s, rows[kind].id, where, sizeof(where));
	(void)snprintf(w->who[kind], sizeof(w->who[kind]), "%s (%s)",
	    setting_table[rows[kind].id].name, where);
	w->asks[kind] = (struct smtp_ask){
		.value = value,
		.who = w->who[kind],
		.hint = rows[kind].hint,
		.is_needed = is_needed,
	};
}

static void
write_notify(struct wishes *w, const char *words)
{
	static const char *const params[] = { "NEVER", "SUCCESS", "FAILURE",
		"DELAY" };
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_LEN(params); i++)
		if (str_has_word(str_of(words), ",", str_of(params[i])))
			n += (size_t)snprintf(w->notify + n,
			    sizeof(w->notify) - n, "%s%s", n > 0 ? "," : "",
			    params[i]); /* it has room for all */
}

/*
 * Reports of success, and none at all, are not what a server does by itself,
 * so they matter; and then what they are to hold and to be known by, too.
 */
static void
ask_for_reports(struct wishes *w, const struct settings *s)
{
	bool is_needed = s->dsn_notify != NULL &&
	    (str_has_word(str_of(s->dsn_notify), ",", STR("never")) ||
		str_has_word(str_of(s->dsn_notify), ",", STR("success")));
	if (s->dsn_notify != NULL) {
		write_notify(w, s->dsn_notify);
		ask(w, s, SMTP_ASK_NOTIFY, w->notify, is_needed);
	}
	if (s->dsn_return != DSN_RETURN_OFF)
		ask(w, s, SMTP_ASK_RET,
		    s->dsn_return == DSN_RETURN_FULL ? "FULL" : "HDRS",
		    is_needed);
	if (s->dsn_envid != NULL)
		ask(w, s, SMTP_ASK_ENVID, s->dsn_envid, is_needed);
}

static void
ask_for_times(struct wishes *w, const struct settings *s)
{
	struct value_deliver_by by;
	struct err ignored;
	if (s->deliver_by != NULL &&
	    value_parse_deliver_by(str_of(s->deliver_by), &by, &ignored)) {
		(void)snprintf(w->by, sizeof(w->by), "%" PRIu64 ";%s%s",
		    by.seconds, by.returns ? "R" : "N", by.traces ? "T" : "");
		ask(w, s, SMTP_ASK_BY, w->by, true);
		w->asks[SMTP_ASK_BY].number = (int64_t)by.seconds;
	}
	if (s->hold_for > 0) {
		(void)snprintf(
		    w->hold_for, sizeof(w->hold_for), "%u", s->hold_for);
		ask(w, s, SMTP_ASK_HOLDFOR, w->hold_for, true);
		w->asks[SMTP_ASK_HOLDFOR].number = s->hold_for;
	}
	int64_t until;
	if (s->hold_until != NULL &&
	    date_parse(str_of(s->hold_until), &until)) {
		date_format(until, w->hold_until); /* RFC 4865: in UTC */
		ask(w, s, SMTP_ASK_HOLDUNTIL, w->hold_until, true);
		w->asks[SMTP_ASK_HOLDUNTIL].number = until;
	}
}

void
wishes_init(struct wishes *w, const struct settings *s)
{
	*w = (struct wishes){ .notify = "" };
	ask_for_reports(w, s);
	ask_for_times(w, s);
	if (s->priority != NULL)
		ask(w, s, SMTP_ASK_PRIORITY, s->priority, false);
	if (s->relay_tls == RELAY_TLS_REQUIRE)
		ask(w, s, SMTP_ASK_REQUIRETLS, "", true);
	if (s->mail_auth != NULL)
		ask(w, s, SMTP_ASK_AUTH, s->mail_auth, false);
}

/* RFC 6710 4.1 for the priority, RFC 8689 5 for TLS. */
void
wishes_of_report(const struct wishes *w, struct smtp_ask asks[SMTP_ASK_COUNT])
{
	static const enum smtp_ask_kind kept[] = {
		SMTP_ASK_PRIORITY,
		SMTP_ASK_REQUIRETLS,
	};
	for (enum smtp_ask_kind k = 0; k < SMTP_ASK_COUNT; k++)
		asks[k] = (struct smtp_ask){ .value = NULL };
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		asks[kept[i]] = w->asks[kept[i]];
		asks[kept[i]].is_needed = false;
	}
}
