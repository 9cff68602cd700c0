// SPDX-License-Identifier: ISC
#include "submit/thishost.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"
#include "base/lookup.h"

enum {
	DOMAIN_MAX = 1024,
	LOOKUP_MSEC = 5000, /* the name is in /etc/hosts mostly */
};

enum { LABEL_MAX = 63 }; /* RFC 1035 2.3.4 */

/* Letters, digits and hyphens, no hyphen at an end (RFC 5321 4.1.2). */
static bool
is_label(struct str label)
{
	if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_alpha(label.ptr[i]) && !is_digit(label.ptr[i]) &&
		    label.ptr[i] != '-')
			return false;
	return true;
}

/*
 * What a name ends in that is nobody's: of digits is an address without the
 * brackets, and the others are what installers write for want of a domain.
 */
static bool
is_top(struct str label)
{
	size_t ndigits = 0;
	for (size_t i = 0; i < label.len; i++)
		ndigits += is_digit(label.ptr[i]);
	return ndigits < label.len && !str_eq_nocase(label, STR("localhost")) &&
	    !str_eq_nocase(label, STR("localdomain"));
}

struct str
thishost_full_name(struct str name)
{
	const struct str none = { name.ptr, 0 };
	struct str label = none;
	size_t nlabels = 0;
	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	for (size_t at = 0; at <= name.len; at += label.len + 1) {
		label = str_from(name, at);
		label.len = str_find(label, '.');
		if (!is_label(label))
			return none;
		nlabels++;
	}
	return nlabels > 1 && is_top(label) ? name : none;
}

static bool
look_up(const char *name, struct buf *out)
{
	return lookup_canonical_name(name, clock_msec() + LOOKUP_MSEC, out);
}

struct thishost_facts
thishost_here(char *name, size_t size)
{
	if (gethostname(name, size) == -1)
		name[0] = '\0';
	name[size - 1] = '\0';
	return (struct thishost_facts){
		.name = name,
		.find_full_name = look_up,
		.mailname_file = "/etc/mailname",
	};
}

static bool
is_never_local(const struct thishost *h, struct str domain)
{
	return h->never_local != NULL &&
	    str_eq_nocase(str_of(h->never_local), domain);
}

/* In the form in which domains of addresses are asked for. */
static void
add_domain(struct thishost *h, struct str domain)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(DOMAIN_MAX);
	struct err ignored;
	if (domain.len == 0 || !idn_to_ascii(domain, &ascii, &ignored))
		return;
	if (is_never_local(h, buf_str(&ascii)))
		h->is_never_ours = true;
	else if (!locals_has(&h->locals, buf_str(&ascii)))
		strvec_add(&h->locals.domains, buf_str(&ascii));
}

static void
add_own_names(struct thishost *h, struct str name)
{
	size_t dot = str_find(name, '.');
	add_domain(h, STR("localhost"));
	add_domain(h, STR("localhost.localdomain"));
	add_domain(h, name);
	add_domain(h, str_upto(name, dot));
	if (dot == name.len && name.len > 0)
		h->short_name = str_dup(name);
}

void
thishost_init(struct thishost *h, const char *local_domains,
    const char *never_local, const struct thishost_facts *facts)
{
	struct str rest = STR_INIT, word;
	*h = THISHOST_INIT;
	h->find_full_name = facts->find_full_name;
	h->mailname_file = facts->mailname_file;
	if (never_local != NULL)
		h->never_local = str_dup(str_of(never_local));
	if (local_domains != NULL)
		rest = str_of(local_domains);
	while (str_word(&rest, " \t,", &word)) {
		if (!str_eq_nocase(word, STR("auto")))
			add_domain(h, word);
		else if (h->short_name == NULL)
			add_own_names(h, str_of(facts->name));
	}
}

/* Looks the full name up if the domain could be it, once. */
static void
learn(struct thishost *h, struct str domain)
{
	size_t dot = str_find(domain, '.');
	if (h->short_name == NULL ||
	    !str_eq_nocase(str_upto(domain, dot), str_of(h->short_name)))
		return;
	AUTO(buf_release) struct buf full = BUF_INIT(DOMAIN_MAX);
	if (h->find_full_name(h->short_name, &full))
		add_domain(h, buf_str(&full));
	cstr_release(&h->short_name);
}

bool
thishost_is_local(struct thishost *h, struct str domain)
{
	if (is_never_local(h, domain))
		return false;
	if (!locals_has(&h->locals, domain))
		learn(h, domain);
	return locals_has(&h->locals, domain);
}

/* The first line of the file; "" if there is none. */
static char *
read_mailname(const char *path)
{
	AUTO(buf_release) struct buf text = BUF_INIT(DOMAIN_MAX);
	AUTO(buf_release) struct buf ascii = BUF_INIT(DOMAIN_MAX);
	AUTO(fd_release)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct err ignored;
	if (fd == -1 || !fd_read_to_end(fd, &text, &ignored))
		return str_dup(STR_INIT);
	struct str line = buf_str(&text);
	line = str_trim(str_upto(line, str_find(line, '\n')));
	if (line.len == 0 || !idn_to_ascii(line, &ascii, &ignored))
		return str_dup(STR_INIT);
	return str_dup(buf_str(&ascii));
}

bool
thishost_is_by_name(struct thishost *h, struct str domain)
{
	if (is_never_local(h, domain)) {
		if (!h->is_never_ours)
			learn(h, domain);
		if (h->is_never_ours)
			return true;
	}
	if (h->mailname == NULL)
		h->mailname = read_mailname(h->mailname_file);
	return domain.len > 0 && str_eq_nocase(domain, str_of(h->mailname));
}

void
thishost_release(struct thishost *h)
{
	locals_release(&h->locals);
	free(h->short_name);
	free(h->never_local);
	free(h->mailname);
	*h = THISHOST_INIT;
}
