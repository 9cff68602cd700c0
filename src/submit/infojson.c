// SPDX-License-Identifier: ISC
#include "submit/infojson.h"

#include <time.h>

#include "base/err.h"
#include "base/json.h"
#include "net/certinfo.h"
#include "submit/serverinfo.h"

enum { DAY = 24 * 60 * 60 };

/* What is empty is not known, and left out. */
static void
add_known(struct json *j, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_text(j, key, str_of(text));
}

/* RFC 3339 */
static void
add_date(struct json *j, const char *key, int64_t when)
{
	char text[32];
	struct tm tm;
	time_t t = (time_t)when;
	if (gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		json_text(j, key, str_of(text));
}

static void
add_strings(struct json *j, const char *key, const struct strvec *list)
{
	json_open(j, key, JSON_LIST);
	for (size_t i = 0; i < list->len; i++)
		json_text(j, NULL, str_of(list->items[i]));
	json_close(j, JSON_LIST);
}

static void
add_certificate(struct json *j, const struct certinfo *c, int64_t now)
{
	json_open(j, NULL, JSON_OBJECT);
	add_known(j, "subject", c->subject);
	add_strings(j, "names", &c->names);
	add_known(j, "issuer", c->issuer);
	add_known(j, "serial", c->serial);
	if (c->has_dates) {
		add_date(j, "not_before", c->from);
		add_date(j, "not_after", c->until);
		json_int(j, "days_left", (c->until - now) / DAY);
	}
	add_known(j, "key_type", c->key);
	if (c->key_bits > 0)
		json_uint(j, "key_bits", c->key_bits);
	add_known(j, "signature", c->signature);
	add_known(j, "fingerprint", c->fingerprint);
	add_known(j, "pin", c->pin);
	json_close(j, JSON_OBJECT);
}

static void
add_tls(struct json *j, const struct serverinfo *info)
{
	static const char *const states[] = {
		[SERVERINFO_CLEAR] = "none",
		[SERVERINFO_FAILED] = "failed",
		[SERVERINFO_REFUSED] = "refused",
		[SERVERINFO_UNVERIFIED] = "unverified",
		[SERVERINFO_VERIFIED] = "verified",
	};
	static const char *const beliefs[] = {
		[SERVERINFO_BY_AUTHORITIES] = "authorities",
		[SERVERINFO_BY_TRUST_FILE] = "tls_trust_file",
		[SERVERINFO_BY_FINGERPRINT] = "tls_fingerprint",
		[SERVERINFO_BY_PIN] = "tls_pin",
		[SERVERINFO_BY_FIRST_USE] = "first_use",
		[SERVERINFO_BY_DANE] = "dane",
	};
	const struct tlsinfo *tls = &info->tls;
	json_open(j, "tls", JSON_OBJECT);
	json_text(j, "state", str_of(states[info->state]));
	if (info->state != SERVERINFO_CLEAR)
		json_bool(j, "starttls", info->is_starttls);
	if (info->state == SERVERINFO_VERIFIED)
		json_text(j, "trusted_by", str_of(beliefs[info->belief]));
	add_known(j, "refusal", info->refusal);
	add_known(j, "version", tls->version);
	add_known(j, "cipher", tls->cipher);
	add_known(j, "cipher_suite", tls->suite);
	add_known(j, "group", tls->group);
	add_known(j, "signature", tls->signature);
	if (tls->version[0] != '\0') {
		json_bool(j, "resumed", tls->is_resumed);
		json_bool(j, "ocsp_stapled", tls->is_stapled);
	}
	json_open(j, "certificates", JSON_LIST);
	for (size_t i = 0; i < tls->nchain; i++)
		add_certificate(j, &tls->chain[i], info->now);
	json_close(j, JSON_LIST);
	json_close(j, JSON_OBJECT);
}

static void
add_capability(struct json *j, struct str line)
{
	struct str keyword, word;
	if (!str_word(&line, " \t", &keyword))
		return;
	json_open(j, NULL, JSON_OBJECT);
	json_text(j, "keyword", keyword);
	json_open(j, "parameters", JSON_LIST);
	while (str_word(&line, " \t", &word))
		json_text(j, NULL, word);
	json_close(j, JSON_LIST);
	json_close(j, JSON_OBJECT);
}

/* A reply to EHLO; its first line is the server's name, and a word for us. */
static void
add_offers(struct json *j, struct str text, bool has_tls)
{
	size_t end = str_find(text, '\n');
	if (text.len == 0)
		return;
	json_open(j, NULL, JSON_OBJECT);
	json_bool(j, "tls", has_tls);
	json_text(j, "text", str_trim(str_upto(text, end)));
	json_open(j, "capabilities", JSON_LIST);
	while (end < text.len) {
		text = str_from(text, end + 1);
		end = str_find(text, '\n');
		add_capability(j, str_trim(str_upto(text, end)));
	}
	json_close(j, JSON_LIST);
	json_close(j, JSON_OBJECT);
}

static void
add_login(struct json *j, const struct serverinfo_login *login)
{
	static const char *const reasons[] = {
		[PROSPECT_TRIED] = "",
		[PROSPECT_NOT_NAMED] = "not_named",
		[PROSPECT_WANTS_NAMING] = "wants_naming",
		[PROSPECT_WANTS_TLS] = "wants_tls",
		[PROSPECT_WANTS_BINDING] = "wants_binding",
		[PROSPECT_UNKNOWN] = "unknown",
	};
	json_open(j, "login", JSON_OBJECT);
	json_bool(j, "wanted", login->is_wanted);
	add_strings(j, "mechanisms", &login->tried);
	json_open(j, "unused", JSON_LIST);
	for (size_t i = 0; i < login->nothers; i++) {
		json_open(j, NULL, JSON_OBJECT);
		json_text(j, "mechanism", str_of(login->others[i].name));
		json_text(j, "reason", str_of(reasons[login->others[i].why]));
		json_close(j, JSON_OBJECT);
	}
	json_close(j, JSON_LIST);
	json_close(j, JSON_OBJECT);
}

static void
add_limits(struct json *j, const struct serverinfo *info)
{
	json_open(j, "limits", JSON_OBJECT);
	if (info->size_limit > 0)
		json_uint(j, "size", info->size_limit);
	if (info->rcpt_limit > 0)
		json_uint(j, "recipients", info->rcpt_limit);
	if (info->mail_limit > 0)
		json_uint(j, "messages", info->mail_limit);
	json_close(j, JSON_OBJECT);
	json_open(j, "message", JSON_OBJECT);
	json_text(j, "command", info->is_bdat ? STR("BDAT") : STR("DATA"));
	json_bool(j, "one_round_trip", info->is_one_trip);
	json_close(j, JSON_OBJECT);
}

static void
add_error(struct json *j, const struct err *e)
{
	json_int(j, "exit_status", e != NULL ? e->exit : EX_OK);
	json_text(
	    j, "exit_name", str_of(err_exit_name(e != NULL ? e->exit : EX_OK)));
	if (e == NULL)
		return;
	json_open(j, "error", JSON_OBJECT);
	json_text(j, "text", str_of(e->text));
	if (e->code > 0)
		json_int(j, "code", e->code);
	add_known(j, "said", e->said);
	add_known(j, "hint", e->hint);
	json_close(j, JSON_OBJECT);
}

void
infojson_show(
    const struct serverinfo *info, const struct err *e, struct buf *out)
{
	struct json j = JSON_INIT(out);
	json_open(&j, NULL, JSON_OBJECT);
	add_error(&j, e);
	if (info->server[0] != '\0') {
		json_text(&j, "server", str_of(info->server));
		add_known(&j, "address", info->address);
		if (info->greeting.len > 0)
			json_text(&j, "greeting", buf_str(&info->greeting));
		add_tls(&j, info);
		json_open(&j, "ehlo", JSON_LIST);
		add_offers(&j, buf_str(&info->first_offers), false);
		add_offers(
		    &j, buf_str(&info->offers), serverinfo_has_tls(info));
		json_close(&j, JSON_LIST);
	}
	if (info->has_caps) {
		add_login(&j, &info->login);
		add_limits(&j, info);
	}
	json_close(&j, JSON_OBJECT);
	(void)!buf_add(out, "\n", 1);
}
