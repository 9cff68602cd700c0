// SPDX-License-Identifier: ISC
#include "config/hosts.h"

#include "base/buf.h"
#include "base/err.h"

static const char separators[] = " \t,";

static bool
take_port(struct str text, struct str word, unsigned *port, struct err *e)
{
	uint64_t n;
	if (!parse_uint(text, 1, 65535, &n)) {
		(void)err_set(e, EX_CONFIG, "\"%.*s\": no port", STR_FMT(word));
		return err_hint(e,
		    "a host is NAME, NAME:PORT, ADDRESS, "
		    "[ADDRESS]:PORT or srv:DOMAIN");
	}
	*port = (unsigned)n;
	return true;
}

/* An address in brackets, with or without a port. */
static bool
take_literal(struct str word, struct host *host, struct err *e)
{
	size_t end = str_find(word, ']');
	struct str rest = str_from(word, end + 1);
	host->name = str_from(str_upto(word, end), 1);
	if (end == word.len || host->name.len == 0)
		return err_set(e, EX_CONFIG, "\"%.*s\": no address in brackets",
		    STR_FMT(word));
	if (rest.len == 0)
		return true;
	if (rest.ptr[0] != ':')
		return err_set(e, EX_CONFIG, "\"%.*s\": what is behind \"]\"?",
		    STR_FMT(word));
	return take_port(str_from(rest, 1), word, &host->port, e);
}

static bool
take_name(struct str word, struct host *host, struct err *e)
{
	size_t colon = str_find(word, ':');
	host->name = word;
	/* two of them: an IPv6 address, which needs no brackets here */
	if (colon == word.len || str_rfind(word, ':') != colon)
		return true;
	host->name = str_upto(word, colon);
	if (host->name.len == 0)
		return err_set(
		    e, EX_CONFIG, "\"%.*s\": no name", STR_FMT(word));
	return take_port(str_from(word, colon + 1), word, &host->port, e);
}

/* No domain ends in a number (RFC 3696 2), but an address, or the port of a
 * host that is called srv. */
static bool
ends_in_number(struct str name)
{
	uint64_t n;
	size_t dot = str_rfind(name, '.');
	struct str last = dot < name.len ? str_from(name, dot + 1) : name;
	return parse_uint(last, 0, UINT64_MAX, &n);
}

static bool
take_domain(struct str word, struct host *host, struct err *e)
{
	host->is_srv = true;
	host->name = str_from(word, STR("srv:").len);
	if (host->name.len > 0 && !ends_in_number(host->name) &&
	    str_find(host->name, ':') == host->name.len)
		return true;
	(void)err_set(e, EX_CONFIG, "\"%.*s\": no domain", STR_FMT(word));
	return err_hint(e, "it is srv:DOMAIN; DNS names the ports");
}

bool
hosts_next(struct str *rest, struct host *host, struct err *e)
{
	struct str word;
	*host = (struct host){ .port = 0 };
	if (!str_word(rest, separators, &word))
		return false;
	if (str_starts_nocase(word, STR("srv:")))
		return take_domain(word, host, e);
	if (word.ptr[0] == '[')
		return take_literal(word, host, e);
	return take_name(word, host, e);
}

bool
hosts_are_well(struct str text, struct err *e)
{
	struct host host;
	struct err why = ERR_INIT;
	size_t n = 0;
	while (hosts_next(&text, &host, &why))
		n++;
	if (why.exit != EX_OK) {
		*e = why;
		return false;
	}
	if (n == 0)
		return err_set(e, EX_CONFIG, "names no server");
	return n <= HOSTS_MAX ||
	    err_set(
		e, EX_CONFIG, "names %zu servers; it may be %d", n, HOSTS_MAX);
}

void
hosts_add_first(const char *text, struct buf *name)
{
	struct host host;
	struct err ignored = ERR_INIT;
	struct str rest = text != NULL ? str_of(text) : STR_INIT;
	if (hosts_next(&rest, &host, &ignored))
		(void)!buf_add_str(name, host.name);
}
