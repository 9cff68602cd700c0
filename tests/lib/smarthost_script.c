// SPDX-License-Identifier: ISC
/* Rules: [SESSION:]STAGE[#n] ACTION, first match wins. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "smarthost.h"

struct stage_row {
	const char *name;
	enum stage stage;
};

static const struct stage_row stages[] = {
	{ "connect", STAGE_CONNECT },
	{ "greeting", STAGE_GREETING },
	{ "ehlo", STAGE_EHLO },
	{ "helo", STAGE_HELO },
	{ "starttls", STAGE_STARTTLS },
	{ "tls", STAGE_TLS },
	{ "auth", STAGE_AUTH },
	{ "auth-response", STAGE_AUTH_RESPONSE },
	{ "mail", STAGE_MAIL },
	{ "rcpt", STAGE_RCPT },
	{ "data", STAGE_DATA },
	{ "body", STAGE_BODY },
	{ "end", STAGE_END },
	{ "bdat", STAGE_BDAT },
	{ "quit", STAGE_QUIT },
	{ "rset", STAGE_RSET },
	{ "noop", STAGE_NOOP },
	{ "etrn", STAGE_ETRN },
};

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_LINE,
	ARGUMENT_TEXT,
	ARGUMENT_MSEC,
	ARGUMENT_RATE,
};

struct action_row {
	const char *name;
	enum action action;
	enum argument argument;
};

static const struct action_row actions[] = {
	{ "reply", ACTION_REPLY, ARGUMENT_LINE },
	{ "accept", ACTION_ACCEPT, ARGUMENT_LINE },
	{ "drop", ACTION_DROP, ARGUMENT_NONE },
	{ "reset", ACTION_RESET, ARGUMENT_NONE },
	{ "reply-drop", ACTION_REPLY_DROP, ARGUMENT_LINE },
	{ "stall", ACTION_STALL, ARGUMENT_NONE },
	{ "trickle", ACTION_TRICKLE, ARGUMENT_MSEC },
	{ "endless", ACTION_ENDLESS, ARGUMENT_LINE },
	{ "flood", ACTION_FLOOD, ARGUMENT_TEXT },
	{ "inject", ACTION_INJECT, ARGUMENT_LINE },
	{ "sleep", ACTION_SLEEP, ARGUMENT_MSEC },
	{ "noread", ACTION_NOREAD, ARGUMENT_MSEC },
	{ "slowread", ACTION_SLOWREAD, ARGUMENT_RATE },
	{ "half", ACTION_HALF, ARGUMENT_TEXT },
	{ "key-update", ACTION_KEY_UPDATE, ARGUMENT_NONE },
	{ "warn", ACTION_WARN, ARGUMENT_NONE },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool
parse_stage(struct rule *r, char *word)
{
	char *colon = strchr(word, ':');
	if (colon != NULL && word[0] >= '0' && word[0] <= '9') {
		*colon = '\0';
		if (!parse_number(word, 1, UINT64_MAX, &r->session))
			return false;
		word = colon + 1;
	}
	char *mark = strrchr(word, '#');
	if (mark != NULL && parse_number(mark + 1, 1, UINT64_MAX, &r->nth))
		*mark = '\0';
	if (strncmp(word, "rcpt=", 5) == 0) {
		r->stage = STAGE_RCPT;
		r->address = strdup(word + 5);
		return r->address != NULL;
	}
	for (size_t i = 0; i < COUNT(stages); i++) {
		if (strcmp(stages[i].name, word) == 0) {
			r->stage = stages[i].stage;
			return true;
		}
	}
	return false;
}

/* BYTES-PER-SECOND [BYTES] */
static bool
parse_rate(struct rule *r, const char *text)
{
	struct bytes rate = { 0 };
	size_t n = strcspn(text, " ");
	bytes_set(&rate, text, n);
	bool ok = parse_number(rate.p, 100, UINT32_MAX, &r->rate) &&
	    (text[n] == '\0' ||
		parse_number(text + n + 1, 1, UINT64_MAX, &r->most));
	bytes_free(&rate);
	return ok;
}

static bool
parse_argument(struct rule *r, enum argument kind, const char *text)
{
	uint64_t msec = 0;
	switch (kind) {
	case ARGUMENT_NONE: return *text == '\0';
	case ARGUMENT_MSEC:
		if (!parse_number(text, 0, 86400000, &msec))
			return false;
		r->msec = (unsigned)msec;
		return true;
	case ARGUMENT_RATE: return parse_rate(r, text);
	case ARGUMENT_LINE:
		if (!bytes_unescape(&r->text, text) || r->text.len == 0)
			return false;
		if (r->action == ACTION_ENDLESS && r->text.len == 3)
			bytes_add(&r->text, "-and so on", 10);
		if (r->text.p[r->text.len - 1] != '\n')
			bytes_add(&r->text, "\r\n", 2);
		return true;
	case ARGUMENT_TEXT:
		return bytes_unescape(&r->text, text) && r->text.len > 0;
	}
	return false;
}

static bool
parse_action(struct rule *r, const char *text)
{
	size_t n = strcspn(text, " ");
	const char *argument = text + n + (text[n] == ' ' ? 1 : 0);
	for (size_t i = 0; i < COUNT(actions); i++) {
		const struct action_row *row = &actions[i];
		if (strlen(row->name) == n && memcmp(row->name, text, n) == 0) {
			r->action = row->action;
			return parse_argument(r, row->argument, argument);
		}
	}
	return false;
}

static void
rule_release(struct rule *r)
{
	free(r->address);
	bytes_free(&r->text);
}

bool
script_add(struct script *s, const char *text)
{
	char *word = strdup(text);
	struct rule *rules = realloc(s->rules, (s->n + 1) * sizeof(*s->rules));
	if (word == NULL || rules == NULL)
		err(EX_OSERR, "keep a rule");
	s->rules = rules;

	struct rule r = { 0 };
	char *blank = strchr(word, ' ');
	if (blank != NULL)
		*blank = '\0';
	bool ok = blank != NULL && parse_stage(&r, word) &&
	    parse_action(&r, blank + 1);
	free(word);
	if (!ok) {
		warnx("--on '%s': not [SESSION:]STAGE[#n] ACTION", text);
		rule_release(&r);
		return false;
	}
	s->rules[s->n++] = r;
	return true;
}

static bool
rule_is_about(
    const struct rule *r, uint64_t session, enum stage stage, const char *addr)
{
	if (r->stage != stage)
		return false;
	if (r->session != 0 && r->session != session)
		return false;
	return r->address == NULL ||
	    (addr != NULL && same_word(r->address, addr, SIZE_MAX));
}

const struct rule *
script_find(
    struct script *s, uint64_t session, enum stage stage, const char *address)
{
	const struct rule *found = NULL;
	for (size_t i = 0; i < s->n; i++) {
		struct rule *r = &s->rules[i];
		if (!rule_is_about(r, session, stage, address))
			continue;
		r->seen++;
		if (found == NULL && (r->nth == 0 || r->nth == r->seen))
			found = r;
	}
	return found;
}

bool
script_has(const struct script *s, enum action action)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->rules[i].action == action)
			return true;
	}
	return false;
}

void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->n; i++)
		rule_release(&s->rules[i]);
	free(s->rules);
	*s = (struct script){ 0 };
}
