// SPDX-License-Identifier: ISC
#include "config/sender.h"

#include "base/buf.h"
#include "base/err.h"
#include "config/pattern.h"
#include "config/settings.h"

/* $EMAIL comes to the same, as it is an account without patterns. */
static bool
is_given(const struct settings *s)
{
	enum settings_source source = s->origin[SETTING_FROM].source;
	return source == SETTINGS_FLAG || source == SETTINGS_ENVIRONMENT;
}

/* Appends nothing if the account leaves it to the message. */
static bool
expand(const struct settings *account, const struct sender_facts *facts,
    struct buf *out, struct err *e)
{
	const struct pattern_names names = { .author = facts->author };
	if (account == NULL || account->from == NULL)
		return true;
	struct str from = str_of(account->from);
	if (account->origin[SETTING_FROM].source != SETTINGS_RCFILE)
		return buf_add_str(out, from);
	if (pattern_has_wildcards(from) ||
	    (pattern_wants_author(from) && facts->has_message &&
		facts->author == NULL))
		return true;
	if (pattern_expand(from, &names, out, e))
		return true;
	char where[SETTINGS_WHERE_SIZE];
	settings_where(account, SETTING_FROM, where, sizeof(where));
	return err_wrap(e, "%s: from", where);
}

bool
sender_settle(struct settings *s, const struct settings *account,
    const struct sender_facts *facts, struct buf *address, struct err *e)
{
	size_t start = address->len;
	/* where nothing goes before it, the account's own word is in *s */
	const struct settings *own = is_given(s) ? account : s;
	struct settings_origin origin = { .source = SETTINGS_UNSET };
	if (own != NULL)
		origin = own->origin[SETTING_FROM];
	if (!expand(own, facts, address, e))
		return false;
	if (s->allow_from_override && facts->reads_author) {
		struct settings_origin flag = { .source = SETTINGS_FLAG,
			.file = "--read-envelope-from" };
		settings_unset(s, SETTING_FROM);
		return facts->author == NULL ||
		    settings_set(
			s, SETTING_FROM, str_of(facts->author), flag, e);
	}
	if (s->allow_from_override && is_given(s))
		return true;
	settings_unset(s, SETTING_FROM);
	return address->len == start ||
	    settings_set(
		s, SETTING_FROM, str_from(buf_str(address), start), origin, e);
}
