// SPDX-License-Identifier: ISC
#include "smtp/ask.h"

#include <inttypes.h>

#include "base/date.h"
#include "base/xtext.h"
#include "message/envelope.h"
#include "smtp/session.h"

/* RFC 3461 4.2 */
enum { ORCPT_MAX = 500 };

static const struct {
	const char *name; /* of the parameter */
	const char *keyword;
	size_t offered; /* where in struct caps */
	bool is_xtext;
} rows[] = {
	[SMTP_ASK_NOTIFY] = { "NOTIFY", "DSN", offsetof(struct caps, dsn),
	    false },
	[SMTP_ASK_RET] = { "RET", "DSN", offsetof(struct caps, dsn), false },
	[SMTP_ASK_ENVID] = { "ENVID", "DSN", offsetof(struct caps, dsn), true },
	[SMTP_ASK_BY] = { "BY", "DELIVERBY", offsetof(struct caps, deliverby),
	    false },
	[SMTP_ASK_HOLDFOR] = { "HOLDFOR", "FUTURERELEASE",
	    offsetof(struct caps, futurerelease), false },
	[SMTP_ASK_HOLDUNTIL] = { "HOLDUNTIL", "FUTURERELEASE",
	    offsetof(struct caps, futurerelease), false },
	[SMTP_ASK_PRIORITY] = { "MT-PRIORITY", "MT-PRIORITY",
	    offsetof(struct caps, priority), false },
	[SMTP_ASK_REQUIRETLS] = { "REQUIRETLS", "REQUIRETLS",
	    offsetof(struct caps, requiretls), false },
	[SMTP_ASK_AUTH] = { "AUTH", "AUTH", offsetof(struct caps, auth), true },
};

_Static_assert(ARRAY_LEN(rows) == SMTP_ASK_COUNT, "a row for each kind");

static bool
is_offered(const struct smtp_session *s, enum smtp_ask_kind kind)
{
	return *(const bool *)((const char *)&s->caps + rows[kind].offered);
}

static bool
refuse_missing(struct smtp_session *s, enum smtp_ask_kind kind)
{
	const struct smtp_ask *ask = &s->job.asks[kind];
	(void)err_set(&s->err, EX_UNAVAILABLE,
	    "the server does not offer %s, which %s asks for; the message was "
	    "not sent",
	    rows[kind].keyword, ask->who);
	return err_hint(&s->err, "%s", ask->hint);
}

static bool
check_deliver_by(struct smtp_session *s)
{
	const struct smtp_ask *ask = &s->job.asks[SMTP_ASK_BY];
	int64_t least = s->caps.deliverby_min;
	bool returns = ask->value != NULL && strchr(ask->value, 'R') != NULL;
	if (!returns || ask->number >= least) /* RFC 2852 2 */
		return true;
	(void)err_set(&s->err, EX_UNAVAILABLE,
	    "the server takes no less than %" PRId64 " seconds to deliver, and "
	    "%s asks for %" PRId64 "; the message was not sent",
	    least, ask->who, ask->number);
	return err_hint(&s->err, "%s", ask->hint);
}

static bool
check_hold_for(struct smtp_session *s)
{
	const struct smtp_ask *ask = &s->job.asks[SMTP_ASK_HOLDFOR];
	int64_t most = s->caps.hold_max;
	if (ask->value == NULL || most == 0 || ask->number <= most)
		return true;
	(void)err_set(&s->err, EX_UNAVAILABLE,
	    "the server holds mail for %" PRId64 " seconds at most, and %s "
	    "asks for %" PRId64 "; the message was not sent",
	    most, ask->who, ask->number);
	return err_hint(&s->err, "%s", ask->hint);
}

static bool
check_hold_until(struct smtp_session *s)
{
	const struct smtp_ask *ask = &s->job.asks[SMTP_ASK_HOLDUNTIL];
	char last[DATE_SIZE];
	if (ask->value == NULL || s->caps.hold_last == 0 ||
	    ask->number <= s->caps.hold_last)
		return true;
	date_format(s->caps.hold_last, last);
	(void)err_set(&s->err, EX_UNAVAILABLE,
	    "the server holds mail until %s at most, and %s asks for %s; the "
	    "message was not sent",
	    last, ask->who, ask->value);
	return err_hint(&s->err, "%s", ask->hint);
}

bool
ask_check(struct smtp_session *s)
{
	for (enum smtp_ask_kind k = 0; k < SMTP_ASK_COUNT; k++)
		if (s->job.asks[k].value != NULL && s->job.asks[k].is_needed &&
		    !is_offered(s, k))
			return refuse_missing(s, k);
	return check_deliver_by(s) && check_hold_for(s) && check_hold_until(s);
}

void
ask_trace(struct smtp_session *s)
{
	for (enum smtp_ask_kind k = 0; s->trace != NULL && k < SMTP_ASK_COUNT;
	     k++)
		if (s->job.asks[k].value != NULL && !is_offered(s, k))
			(void)!buf_printf(s->trace,
			    "-- %s is not offered: %s is left out\n",
			    rows[k].keyword, rows[k].name);
}

static bool
add(const struct smtp_session *s, enum smtp_ask_kind kind, struct buf *out)
{
	const char *value = s->job.asks[kind].value;
	if (value == NULL || !is_offered(s, kind))
		return true;
	if (!buf_printf(out, " %s%s", rows[kind].name, *value ? "=" : ""))
		return false;
	bool is_null = strcmp(value, "<>") == 0; /* RFC 4954 5 */
	return rows[kind].is_xtext && !is_null ? xtext_add(out, str_of(value))
					       : buf_printf(out, "%s", value);
}

bool
ask_mail(const struct smtp_session *s, struct buf *out)
{
	for (enum smtp_ask_kind k = 0; k < SMTP_ASK_COUNT; k++)
		if (k != SMTP_ASK_NOTIFY && !add(s, k, out))
			return false;
	return true;
}

/* What is too long or no text at all is left out: it is for the report. */
static void
add_original(struct str address, struct buf *out)
{
	AUTO(buf_release) struct buf orcpt = BUF_INIT(ORCPT_MAX);
	bool is_ascii = str_is_ascii(address);
	if (buf_printf(&orcpt, "%s;", is_ascii ? "rfc822" : "utf-8") &&
	    (is_ascii ? xtext_add(&orcpt, address)
		      : xtext_add_utf8(&orcpt, address)))
		(void)!buf_printf(out, " ORCPT=%s", buf_cstr(&orcpt));
}

bool
ask_rcpt(const struct smtp_session *s, size_t index, struct buf *out)
{
	const struct envelope *env = s->job.envelope;
	bool has_notify = s->job.asks[SMTP_ASK_NOTIFY].value != NULL;
	const char *original = index < env->originals.len
	    ? env->originals.items[index]
	    : "";
	if (!s->caps.dsn || (!has_notify && original[0] == '\0'))
		return true;
	if (original[0] == '\0')
		original = env->rcpts.items[index];
	if (!add(s, SMTP_ASK_NOTIFY, out))
		return false;
	add_original(str_of(original), out);
	return true;
}
