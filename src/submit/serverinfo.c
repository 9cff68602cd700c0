// SPDX-License-Identifier: ISC
#include "submit/serverinfo.h"

#include <inttypes.h>

#include "base/attr.h"
#include "base/hex.h"
#include "base/str.h"

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

/* "  name: value" with the value made printable. */
static void
show(struct buf *out, const char *name, struct str value)
{
	(void)!buf_printf(out, "%-14s", name);
	str_printable(value, out);
	(void)!buf_add(out, "\n", 1);
}

static void
show_size(struct buf *out, struct str keyword, struct str rest)
{
	struct str word;
	uint64_t limit = 0;
	bool has_limit = str_word(&rest, " \t", &word) &&
	    parse_uint(word, 0, UINT64_MAX, &limit) && limit > 0;
	(void)!buf_printf(out, "  ");
	str_printable(keyword, out);
	if (has_limit)
		(void)!buf_printf(out,
		    ": takes messages of up to %" PRIu64 " octets\n", limit);
	else
		(void)!buf_printf(out, ": is told how large a message is\n");
}

static void
show_extension(struct buf *out, struct str line)
{
	struct str rest = line, keyword;
	if (!str_word(&rest, " \t=", &keyword))
		return;
	if (str_eq_nocase(keyword, STR("SIZE"))) {
		show_size(out, keyword, rest);
		return;
	}
	bool is_auth = str_eq_nocase(keyword, STR("AUTH"));
	const char *words = is_auth ? "logs in by" : NULL;
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
		if (str_eq_nocase(keyword, str_of(extensions[i].keyword)))
			words = extensions[i].words;
	(void)!buf_printf(out, "  ");
	str_printable(is_auth ? keyword : line, out);
	if (words != NULL)
		(void)!buf_printf(out, ": %s", words);
	if (is_auth) {
		if (rest.len > 0) /* a blank, or "=" */
			rest = str_from(rest, 1);
		(void)!buf_printf(out, " ");
		str_printable(str_trim(rest), out);
	}
	(void)!buf_printf(out, "\n");
}

/* The first line is the server's name for itself, and a word for us. */
static void
show_offers(struct buf *out, struct str text)
{
	size_t end = str_find(text, '\n');
	show(out, "EHLO:", str_trim(str_upto(text, end)));
	(void)!buf_printf(out, "%s", end < text.len ? "offers:\n" : "");
	while (end < text.len) {
		text = str_from(text, end + 1);
		end = str_find(text, '\n');
		show_extension(out, str_trim(str_upto(text, end)));
	}
}

static void
show_certificate(struct buf *out, const struct certinfo *c)
{
	char digest[3 * sizeof(c->sha256)];
	(void)!buf_printf(out, "certificate:\n");
	show(out, "  subject:", str_of(c->subject));
	show(out, "  names:", str_of(c->names));
	show(out, "  issuer:", str_of(c->issuer));
	(void)!buf_printf(
	    out, "%-14s%s to %s\n", "  valid:", c->from, c->until);
	hex_print(c->sha256, sizeof(c->sha256), digest, sizeof(digest));
	show(out, "  SHA-256:", str_of(digest));
}

static void
show_tls(struct buf *out, const struct serverinfo *info)
{
	if (info->tls[0] == '\0') {
		/* a certificate alone is one that was refused */
		show(out, "TLS:",
		    info->certificate.is_known ? STR("refused") : STR("none"));
		return;
	}
	(void)!buf_printf(out, "%-14s%s, %s, certificate %s\n",
	    "TLS:", info->tls, info->is_starttls ? "by STARTTLS" : "at once",
	    info->is_verified ? "verified" : "not verified");
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
serverinfo_show(const struct serverinfo *info, struct buf *out)
{
	if (info->server[0] == '\0')
		return;
	(void)!buf_printf(
	    out, "%-14s%s [%s]\n", "server:", info->server, info->address);
	if (info->greeting.len > 0)
		show_greeting(out, buf_str(&info->greeting));
	show_tls(out, info);
	if (info->certificate.is_known)
		show_certificate(out, &info->certificate);
	if (info->offers.len > 0)
		show_offers(out, buf_str(&info->offers));
}

void
serverinfo_release(struct serverinfo *info)
{
	buf_release(&info->greeting);
	buf_release(&info->offers);
}
