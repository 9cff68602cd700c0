// SPDX-License-Identifier: ISC
#include "config/value.h"

#include <arpa/inet.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/xtext.h"

enum { MD5_LEN = 16, SHA1_LEN = 20, SHA256_LEN = 32 };

static bool
refuse(struct str text, const char *wanted, struct err *e)
{
	char shown[80];
	str_printable_to(text, shown, sizeof(shown));
	return err_set(e, EX_CONFIG, "\"%s\" is not %s", shown, wanted);
}

bool
value_is_address(struct str text, struct err *e)
{
	char address[INET6_ADDRSTRLEN] = "";
	unsigned char raw[16];
	size_t len = str_find(text, '%');
	bool has_zone = len < text.len;
	if (len < sizeof(address))
		memcpy(address, text.ptr, len);
	return (!has_zone && inet_pton(AF_INET, address, raw) == 1) ||
	    inet_pton(AF_INET6, address, raw) == 1 ||
	    refuse(text, "an IPv4 or IPv6 address", e);
}

bool
value_is_tunnel(struct str text, struct err *e)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '%')
			continue;
		i++;
		if (i == text.len || strchr("hp%", text.ptr[i]) == NULL)
			return err_set(e, EX_CONFIG,
			    "a percent is followed by h, p or another one");
	}
	return true;
}

static bool
refuse_digest(const char *digest, struct err *e)
{
	(void)err_set(e, EX_CONFIG,
	    "is of the length of %s, which can be forged; SHA-256 is wanted",
	    digest);
	return err_hint(e,
	    "the certificate's: openssl x509 -noout -fingerprint -sha256 "
	    "-in FILE, or what posthaste says if it is wrong");
}

static bool
is_fingerprint(struct str text, bool may_be_old, struct err *e)
{
	struct str rest = text, word;
	size_t nwords = 0;
	for (; str_word(&rest, " \t,", &word); nwords++) {
		unsigned char raw[SHA256_LEN];
		size_t n;
		bool is_hex = hex_parse(word, raw, sizeof(raw), &n);
		bool is_old = is_hex && (n == MD5_LEN || n == SHA1_LEN);
		if (is_old && !may_be_old)
			return refuse_digest(n == MD5_LEN ? "MD5" : "SHA-1", e);
		if (is_old || (is_hex && n == SHA256_LEN))
			continue;
		return refuse(word, "64 hexadecimal digits (SHA-256)", e);
	}
	return nwords > 0 || err_set(e, EX_CONFIG, "names no fingerprint");
}

bool
value_is_fingerprint(struct str text, struct err *e)
{
	return is_fingerprint(text, false, e);
}

bool
value_is_old_fingerprint(struct str text, struct err *e)
{
	return is_fingerprint(text, true, e);
}

static bool
is_pin(struct str word, struct err *e)
{
	static const struct str prefix = { "sha256//", 8 };
	AUTO(buf_release) struct buf raw = BUF_INIT(word.len);
	char shown[80];
	if (!str_starts_nocase(word, prefix))
		return refuse(word,
		    "sha256// and the SHA-256 of a public key in base64", e);
	str_printable_to(word, shown, sizeof(shown));
	if (!base64_decode(str_from(word, prefix.len), &raw))
		return err_set(e, EX_CONFIG,
		    "what follows sha256// in \"%s\" is not base64", shown);
	return raw.len == SHA256_LEN ||
	    err_set(e, EX_CONFIG,
		"what follows sha256// in \"%s\" is of %zu octets, and "
		"SHA-256 of %d",
		shown, raw.len, SHA256_LEN);
}

bool
value_is_pin(struct str text, struct err *e)
{
	struct str rest = text, word;
	size_t npins = 0;
	for (; str_word(&rest, " \t,;", &word); npins++)
		if (!is_pin(word, e))
			return err_hint(e,
			    "a certificate's: openssl x509 -noout -pubkey "
			    "-in FILE | openssl pkey -pubin -outform der | "
			    "openssl dgst -sha256 -binary | base64; a "
			    "server's: posthaste --serverinfo");
	return npins > 0 || err_set(e, EX_CONFIG, "names no key");
}

bool
value_is_notify(struct str text, struct err *e)
{
	struct str rest = text, word;
	bool has_never = false;
	size_t n = 0;
	for (; str_word(&rest, ",", &word); n++)
		has_never |= str_eq(word, STR("never"));
	if (has_never && n > 1) /* RFC 3461 4.1 */
		return err_set(e, EX_CONFIG,
		    "\"never\" stands alone: no report contradicts the others");
	return true;
}

bool
value_is_envid(struct str text, struct err *e)
{
	AUTO(buf_release) struct buf encoded = BUF_INIT(VALUE_ENVID_MAX);
	if (!str_is_ascii(text) || str_has_controls(text))
		return refuse(text, "printable ASCII", e);
	if (!xtext_add(&encoded, text))
		return err_set(e, EX_CONFIG,
		    "is longer than %d characters (those that are encoded "
		    "count as three)",
		    VALUE_ENVID_MAX);
	return true;
}

static bool
refuse_by(struct str text, struct err *e)
{
	return refuse(text,
	    "a time such as 15m or 2h, and maybe notify or return, and trace, "
	    "by commas",
	    e);
}

bool
value_parse_seconds(struct str text, uint64_t max, uint64_t *seconds)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 } };
	struct str rest = text, word;
	*seconds = 0;
	while (str_word(&rest, " \t", &word)) {
		uint64_t n, unit = 1;
		char last = to_lower(word.ptr[word.len - 1]);
		for (size_t i = 0; i < ARRAY_LEN(units); i++) {
			if (last != units[i].letter)
				continue;
			unit = units[i].seconds;
			word.len--;
		}
		if (!parse_uint(word, 0, max / unit, &n) ||
		    n * unit > max - *seconds)
			return false;
		*seconds += n * unit;
	}
	return true;
}

bool
value_parse_deliver_by(
    struct str text, struct value_deliver_by *by, struct err *e)
{
	struct str rest = text, word;
	bool has_mode = false;
	*by = (struct value_deliver_by){ .seconds = 0 };
	if (!str_word(&rest, ",", &word) ||
	    !value_parse_seconds(word, VALUE_SECONDS_MAX, &by->seconds) ||
	    by->seconds == 0)
		return refuse_by(text, e);
	while (str_word(&rest, ",", &word)) {
		word = str_trim(word);
		bool returns = str_eq_nocase(word, STR("return"));
		if (str_eq_nocase(word, STR("trace")) && !by->traces)
			by->traces = true;
		else if ((returns || str_eq_nocase(word, STR("notify"))) &&
		    !has_mode) {
			by->returns = returns;
			has_mode = true;
		} else
			return refuse_by(text, e);
	}
	return true;
}

bool
value_is_deliver_by(struct str text, struct err *e)
{
	struct value_deliver_by by;
	return value_parse_deliver_by(text, &by, e);
}

bool
value_is_date(struct str text, struct err *e)
{
	int64_t seconds;
	return date_parse(text, &seconds) ||
	    refuse(text,
		"a date, time and offset such as 2026-12-24T18:00:00+01:00", e);
}

bool
value_is_priority(struct str text, struct err *e)
{
	bool is_negative = text.len > 0 && text.ptr[0] == '-';
	uint64_t n;
	return parse_uint(str_from(text, is_negative), 0, 9, &n) ||
	    refuse(text, "a number from -9 to 9", e);
}

bool
value_is_mail_auth(struct str text, struct err *e)
{
	size_t at = str_rfind(text, '@');
	bool is_address = at > 0 && at + 1 < text.len && str_is_ascii(text) &&
	    !str_has_controls(text) && str_find(text, ' ') == text.len &&
	    str_find(text, '<') == text.len && str_find(text, '>') == text.len;
	return str_eq(text, STR("<>")) || is_address ||
	    refuse(text, "an address in ASCII without <>, or <> alone", e);
}

bool
value_is_url(struct str text)
{
	return str_starts_nocase(text, STR("pkcs11:"));
}

bool
value_is_key_place(struct str text, struct err *e)
{
	bool has_pin = false;
	for (size_t i = 0; value_is_url(text) && i < text.len; i++)
		has_pin |= str_starts_nocase(
		    str_from(text, i), STR("pin-value="));
	if (!has_pin)
		return true;
	return err_set(e, EX_CONFIG, "a PIN has no place in a URL") ||
	    err_hint(e,
		"leave out pin-value, and set tls_key_passwordeval or "
		"tls_key_password_file");
}
