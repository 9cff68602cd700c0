// SPDX-License-Identifier: ISC
#include "smtp/exitcode.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>

#include "base/attr.h"

/*
 * The first row that fits decides; EXIT STATUS in posthaste(1) is this table
 * in words.  A refusal that names its reason in an enhanced status goes by
 * that, the bare code by what RFC 5321 4.2.3 says of it at that stage.
 */
#define ANY SMTP_STAGE_COUNT

static const struct {
	enum smtp_stage stage;
	int first, last; /* reply codes */
	int exit;
	const char *enh; /* the enhanced status or its beginning */
} rules[] = {
	{ ANY, 400, 499, EX_TEMPFAIL, "" },
	{ SMTP_AUTH, 500, 599, EX_NOPERM, "" },
	{ ANY, 530, 530, EX_NOPERM, "" },
	{ ANY, 500, 599, EX_NOPERM, "5.7." },
	{ SMTP_RCPT, 500, 599, EX_NOHOST, "5.1.2" },
	{ SMTP_RCPT, 500, 599, EX_NOUSER, "5.1." },
	{ SMTP_RCPT, 550, 551, EX_NOUSER, "" },
	{ SMTP_RCPT, 553, 553, EX_NOUSER, "" },
	{ SMTP_MAIL, 501, 501, EX_DATAERR, "" },
	{ SMTP_MAIL, 553, 553, EX_DATAERR, "" },
	{ ANY, 552, 552, EX_DATAERR, "" },
	{ ANY, 500, 599, EX_DATAERR, "5.6." },
	{ ANY, 500, 599, EX_UNAVAILABLE, "" },
};

/* "5.1." stands for all that begin so, "5.1.2" for itself. */
static bool
is_status(const char *enh, const char *rule)
{
	size_t n = strlen(rule);
	bool is_beginning = n == 0 || rule[n - 1] == '.';
	return strncmp(enh, rule, n) == 0 && (is_beginning || enh[n] == '\0');
}

int
exitcode_of_reply(enum smtp_stage stage, int code, const char *enh)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		bool fits = rules[i].stage == ANY || rules[i].stage == stage;
		if (fits && code >= rules[i].first && code <= rules[i].last &&
		    is_status(enh, rules[i].enh))
			return rules[i].exit;
	}
	return EX_PROTOCOL; /* a reply of no class that refuses */
}
