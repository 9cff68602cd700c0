// SPDX-License-Identifier: ISC
#include "submit/infotext.h"

#include <inttypes.h>
#include <time.h>

#include "base/attr.h"
#include "base/str.h"
#include "net/certinfo.h"
#include "smtp/caps.h"
#include "submit/serverinfo.h"

enum {
	LABEL = 14, /* the width of what stands in front */
	WIDTH = 79,
	DAY = 24 * 60 * 60,
};

/* Keywords of EHLO that we have words for; others stand as they are. */
static const struct {
	const char *keyword;
	const char *words;
} extensions[] = {
	{ "PIPELINING", "takes commands in groups" },
	{ "CHUNKING", "takes messages in chunks (BDAT)" },
	{ "8BITMIME", "takes 8-bit text" },
	{ "SMTPUTF8", "takes addresses that are not ASCII" },
	{ "DSN", "takes requests for delivery status notifications" },
	{ "STARTTLS", "changes to TLS" },
	{ "ETRN", "sends what waits for a domain, on request (--rmqs)" },
	{ "ENHANCEDSTATUSCODES", "says why it refuses in codes, too" },
	{ "DELIVERBY", "takes a time for delivery" },
	{ "FUTURERELEASE", "takes a time to hold a message until" },
	{ "MT-PRIORITY", "takes a priority" },
	{ "REQUIRETLS", "takes a demand for TLS all the way" },
};

/* "  name:     value" with the value made printable. */
static void
show(struct buf *out, const char *name, struct str value)
{
	(void)!buf_printf(out, "%-*s", LABEL, name);
	str_printable(value, out);
	(void)!buf_add(out, "\n", 1);
}

static void
show_text(struct buf *out, const char *name, const char *value)
{
	show(out, name, value != NULL ? str_of(value) : STR_INIT);
}

/* Words with blanks between them, on as many lines as they take. */
struct wrap {
	struct buf *out;
	size_t start; /* of the line */
	bool is_inside;
};

static struct wrap
wrap_begin(struct buf *out)
{
	size_t start = str_rfind(buf_str(out), '\n');
	return (struct wrap){
		.out = out,
		.start = start < out->len ? start + 1 : 0,
	};
}

static void
wrap_word(struct wrap *w, struct str word, const char *end)
{
	AUTO(buf_release) struct buf text = BUF_INIT(4 * word.len + 8);
	str_printable(word, &text);
	(void)!buf_printf(&text, "%s", end);
	size_t column = w->out->len - w->start + w->is_inside;
	if (w->is_inside && column + text.len > WIDTH) {
		w->start = w->out->len + 1;
		(void)!buf_printf(w->out, "\n%*s", LABEL, "");
	} else if (w->is_inside)
		(void)!buf_add(w->out, " ", 1);
	(void)!buf_add_str(w->out, buf_str(&text));
	w->is_inside = true;
}

static void
wrap_words(struct wrap *w, struct str words)
{
	struct str word;
	while (str_word(&words, " \t", &word))
		wrap_word(w, word, "");
}

static void
wrap_list(struct wrap *w, const struct strvec *list)
{
	for (size_t i = 0; i < list->len; i++)
		wrap_word(
		    w, str_of(list->items[i]), i + 1 < list->len ? "," : "");
}

/* " (9.7 MiB)"; nothing for what is read as easily in octets. */
static void
show_human_size(struct buf *out, uint64_t n)
{
	static const struct {
		const char *name;
		uint64_t octets;
	} units[] = {
		{ "GiB", 1 << 30 },
		{ "MiB", 1 << 20 },
		{ "KiB", 1 << 10 },
	};
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint64_t unit = units[i].octets;
		uint64_t tenth = n % unit * 10 / unit;
		if (n < unit)
			continue;
		(void)!buf_printf(out, " (%" PRIu64, n / unit);
		if (tenth > 0)
			(void)!buf_printf(out, ".%" PRIu64, tenth);
		(void)!buf_printf(out, " %s)", units[i].name);
		return;
	}
}

static void
show_size(struct buf *out, uint64_t limit)
{
	if (limit == 0) {
		(void)!buf_printf(out, ": is told how large a message is");
		return;
	}
	(void)!buf_printf(
	    out, ": takes messages of up to %" PRIu64 " octets", limit);
	show_human_size(out, limit);
}

static void
show_limits(struct buf *out, const struct caps *caps)
{
	const char *mark = ": takes";
	if (caps->rcpt_limit > 0) {
		(void)!buf_printf(out, "%s %" PRIu64 " recipients at once",
		    mark, caps->rcpt_limit);
		mark = ",";
	}
	if (caps->mail_limit > 0)
		(void)!buf_printf(out, "%s %" PRIu64 " messages a connection",
		    mark, caps->mail_limit);
}

static const char *
words_for(struct str keyword)
{
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
		if (str_eq_nocase(keyword, str_of(extensions[i].keyword)))
			return extensions[i].words;
	return NULL;
}

/* What the line says to us is worked out as for a session. */
static void
show_extension(struct buf *out, struct str line)
{
	AUTO(caps_release) struct caps caps = CAPS_INIT;
	AUTO(buf_release) struct buf reply = BUF_INIT(line.len + 1);
	struct str rest = line, keyword;
	if (!str_word(&rest, " \t=", &keyword))
		return;
	(void)!(buf_add(&reply, "\n", 1) && buf_add_str(&reply, line));
	caps_parse(&caps, buf_str(&reply));
	const char *words = words_for(keyword);
	(void)!buf_printf(out, "  ");
	str_printable(caps.auth || caps.size ? keyword : line, out);
	if (caps.size)
		show_size(out, caps.size_limit);
	show_limits(out, &caps);
	if (words != NULL)
		(void)!buf_printf(out, ": %s", words);
	if (caps.auth) {
		(void)!buf_printf(out, ": logs in");
		struct wrap w = wrap_begin(out);
		w.is_inside = true;
		wrap_word(&w, STR("by"), "");
		wrap_words(&w, buf_str(&caps.mechanisms));
	}
	(void)!buf_printf(out, "\n");
}

/* The first line is the server's name for itself, and a word for us. */
static void
show_offers(struct buf *out, const char *title, struct str text)
{
	size_t end = str_find(text, '\n');
	if (text.len == 0)
		return;
	show(out, "EHLO:", str_trim(str_upto(text, end)));
	(void)!buf_printf(out, "%s", end < text.len ? title : "");
	while (end < text.len) {
		text = str_from(text, end + 1);
		end = str_find(text, '\n');
		show_extension(out, str_trim(str_upto(text, end)));
	}
}

static void
show_date(struct buf *out, int64_t when)
{
	char text[32] = "?";
	struct tm tm;
	time_t t = (time_t)when;
	if (gmtime_r(&t, &tm) != NULL)
		(void)!strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	(void)!buf_printf(out, "%s", text);
}

static void
show_validity(struct buf *out, const struct certinfo *c, int64_t now)
{
	(void)!buf_printf(out, "%-*s", LABEL, "  valid:");
	show_date(out, c->from);
	(void)!buf_printf(out, " to ");
	show_date(out, c->until);
	if (now < c->from)
		(void)!buf_printf(out, " (not yet)\n");
	else if (now > c->until)
		(void)!buf_printf(out, " (expired %" PRId64 " days ago)\n",
		    (now - c->until) / DAY);
	else
		(void)!buf_printf(
		    out, " (%" PRId64 " days left)\n", (c->until - now) / DAY);
}

/* What can be set for the server's own certificate is ready to be copied. */
static void
show_certificate(
    struct buf *out, const struct certinfo *c, int64_t now, bool is_first)
{
	(void)!buf_printf(
	    out, "%s\n", is_first ? "certificate:" : "sent with it:");
	show_text(out, "  subject:", c->subject);
	(void)!buf_printf(out, "%-*s", LABEL, "  names:");
	struct wrap w = wrap_begin(out);
	if (c->names.len == 0)
		wrap_word(&w, STR("none"), "");
	wrap_list(&w, &c->names);
	(void)!buf_printf(out, "\n");
	show_text(out, "  issuer:", c->issuer);
	show_text(out, "  serial:", c->serial);
	if (c->has_dates)
		show_validity(out, c, now);
	(void)!buf_printf(out, "%-*s%s, %u bits, signed with %s\n", LABEL,
	    "  key:", c->key, c->key_bits, c->signature);
	if (is_first)
		(void)!buf_printf(out,
		    "  tls_fingerprint %s\n"
		    "  tls_pin %s\n",
		    c->fingerprint, c->pin);
	else {
		show_text(out, "  SHA-256:", c->fingerprint);
		show_text(out, "  pin:", c->pin);
	}
}

static void
show_agreement(struct buf *out, const struct serverinfo *info)
{
	static const char *const beliefs[] = {
		[SERVERINFO_BY_AUTHORITIES] = "an authority of this system",
		[SERVERINFO_BY_TRUST_FILE] = "an authority of tls_trust_file",
		[SERVERINFO_BY_FINGERPRINT] = "tls_fingerprint",
		[SERVERINFO_BY_PIN] = "tls_pin",
		[SERVERINFO_BY_FIRST_USE] = "the key that was seen first",
		[SERVERINFO_BY_DANE] =
		    "TLSA records, or an authority for want of any",
	};
	const struct tlsinfo *tls = &info->tls;
	if (info->state == SERVERINFO_VERIFIED)
		show_text(out, "  trusted by:", beliefs[info->belief]);
	else if (info->refusal[0] != '\0') {
		(void)!buf_printf(out, "%-*s", LABEL, "  refused:");
		struct wrap w = wrap_begin(out);
		wrap_words(&w, str_of(info->refusal));
		(void)!buf_printf(out, "\n");
	}
	if (tls->version[0] == '\0')
		return;
	show_text(out, "  suite:", tls->suite);
	(void)!buf_printf(out, "%-*s%s, signed with %s\n", LABEL,
	    "  exchange:", tls->group[0] != '\0' ? tls->group : "no group",
	    tls->signature[0] != '\0' ? tls->signature : "nothing");
	(void)!buf_printf(out, "%-*s%s, %s, no ALPN\n", LABEL,
	    "  session:", tls->is_resumed ? "resumed" : "new",
	    tls->is_stapled ? "OCSP response stapled"
			    : "no OCSP response stapled");
}

static void
show_tls(struct buf *out, const struct serverinfo *info)
{
	static const char *const states[] = {
		[SERVERINFO_CLEAR] = "none",
		[SERVERINFO_FAILED] = "failed",
		[SERVERINFO_REFUSED] = "certificate refused",
		[SERVERINFO_UNVERIFIED] = "certificate not verified",
		[SERVERINFO_VERIFIED] = "certificate verified",
	};
	const struct tlsinfo *tls = &info->tls;
	(void)!buf_printf(out, "%-*s", LABEL, "TLS:");
	if (tls->version[0] != '\0')
		(void)!buf_printf(out, "%s %s, %s, ", tls->version, tls->cipher,
		    info->is_starttls ? "by STARTTLS" : "at once");
	(void)!buf_printf(out, "%s\n", states[info->state]);
	show_agreement(out, info);
	for (size_t i = 0; i < tls->nchain; i++)
		show_certificate(out, &tls->chain[i], info->now, i == 0);
}

static void
show_login(struct buf *out, const struct serverinfo_login *login)
{
	static const char *const reasons[] = {
		[PROSPECT_TRIED] = "tried",
		[PROSPECT_NOT_NAMED] = "not used, auth names others",
		[PROSPECT_WANTS_NAMING] = "used only if auth names it",
		[PROSPECT_WANTS_TLS] = "used only over TLS",
		[PROSPECT_WANTS_BINDING] =
		    "not used, this TLS has nothing to bind it to",
		[PROSPECT_UNKNOWN] = "not known",
	};
	(void)!buf_printf(out, "%-*s", LABEL, "login:");
	struct wrap w = wrap_begin(out);
	if (!login->is_wanted)
		wrap_words(&w,
		    login->is_off ? STR("none, auth is off; else by")
				  : STR("none, no user is set; else by"));
	else
		wrap_words(&w, STR("by"));
	wrap_list(&w, &login->tried);
	wrap_words(&w,
	    login->tried.len > 1        ? STR("(in this order)")
		: login->tried.len == 0 ? STR("nothing that is offered")
					: STR_INIT);
	(void)!buf_printf(out, "\n");
	for (size_t i = 0; i < login->nothers; i++) {
		(void)!buf_printf(out, "  ");
		str_printable(str_of(login->others[i].name), out);
		(void)!buf_printf(out, ": %s\n", reasons[login->others[i].why]);
	}
}

/* What the server says in several lines goes on one. */
static void
show_greeting(struct buf *out, struct str text)
{
	AUTO(buf_release) struct buf line = BUF_INIT(text.len + 1);
	(void)!buf_add_str(&line, text);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] == '\n')
			line.data[i] = ' ';
	show(out, "greeting:", str_trim(buf_str(&line)));
}

void
infotext_show(const struct serverinfo *info, struct buf *out)
{
	if (info->server[0] == '\0')
		return;
	(void)!buf_printf(out, "%-*s", LABEL, "server:");
	str_printable(str_of(info->server), out);
	(void)!buf_printf(out, " [%s]\n", info->address);
	if (info->greeting.len > 0)
		show_greeting(out, buf_str(&info->greeting));
	show_offers(out, "offers before TLS:\n", buf_str(&info->first_offers));
	if (!serverinfo_has_tls(info)) /* in the order in which it was heard */
		show_offers(out, "offers:\n", buf_str(&info->offers));
	show_tls(out, info);
	if (serverinfo_has_tls(info))
		show_offers(out, "offers over TLS:\n", buf_str(&info->offers));
	if (!info->has_caps)
		return;
	show_login(out, &info->login);
	(void)!buf_printf(out, "%-*sby %s%s\n", LABEL,
	    "message:", info->is_bdat ? "BDAT" : "DATA",
	    info->is_one_trip ? ", a short one in one round trip" : "");
}
