// SPDX-License-Identifier: ISC
#include "net/der.h"

#include <string.h>

enum {
	HEADER_MOST = 5, /* tag, and a length of up to 16 MB */
};

struct header {
	unsigned char tag;
	size_t len;     /* of the header itself */
	size_t content; /* octets behind it */
};

/* Tags of one octet and definite lengths (X.690 8.1.3) are all there are. */
static enum der_found
read_header(struct str s, struct header *h)
{
	if (s.len < 2)
		return DER_MORE;
	unsigned first = (unsigned char)s.ptr[1];
	h->tag = (unsigned char)s.ptr[0];
	h->len = 2;
	h->content = first;
	if ((h->tag & 0x1f) == 0x1f)
		return DER_WRONG;
	if (first < 0x80)
		return DER_FOUND;
	h->len += first & 0x7f;
	if (first == 0x80 || h->len > HEADER_MOST)
		return DER_WRONG;
	if (s.len < h->len)
		return DER_MORE;
	h->content = 0;
	for (size_t i = 2; i < h->len; i++)
		h->content = h->content << 8 | (unsigned char)s.ptr[i];
	return DER_FOUND;
}

bool
der_next(struct str *rest, struct der_element *element)
{
	struct header h;
	if (read_header(*rest, &h) != DER_FOUND ||
	    h.content > rest->len - h.len)
		return false;
	element->tag = h.tag;
	element->all = str_upto(*rest, h.len + h.content);
	element->content = str_from(element->all, h.len);
	*rest = str_from(*rest, h.len + h.content);
	return true;
}

/* Of a certificate of which only the beginning is there. */
struct walk {
	struct str head;
	size_t at;    /* may be behind what is there */
	size_t limit; /* the end of what we are in */
	size_t need;
};

static enum der_found
see_header(struct walk *w, struct header *h)
{
	size_t seen = w->head.len < w->limit ? w->head.len : w->limit;
	struct str s = STR_INIT;
	if (w->at < seen)
		s = str_from(str_upto(w->head, seen), w->at);
	enum der_found found = read_header(s, h);
	if (found == DER_MORE) {
		w->need = w->at + HEADER_MOST;
		if (w->need > w->limit)
			w->need = w->limit;
		if (w->need <= w->head.len)
			return DER_WRONG;
	}
	if (found == DER_FOUND && h->content > w->limit - w->at - h->len)
		return DER_WRONG;
	return found;
}

/* Into a SEQUENCE, which is then the limit. */
static enum der_found
enter(struct walk *w)
{
	struct header h;
	enum der_found found = see_header(w, &h);
	if (found != DER_FOUND)
		return found;
	w->at += h.len;
	w->limit = w->at + h.content;
	return h.tag == DER_SEQUENCE ? DER_FOUND : DER_WRONG;
}

/* Over one element; *all is it if it is there, and not NULL. */
static enum der_found
pass(struct walk *w, enum der_tag tag, struct str *all)
{
	struct header h;
	enum der_found found = see_header(w, &h);
	if (found != DER_FOUND)
		return found;
	if (h.tag != tag)
		return DER_WRONG;
	size_t stop = w->at + h.len + h.content;
	if (all != NULL && stop > w->head.len) {
		w->need = stop;
		return DER_MORE;
	}
	if (all != NULL)
		*all = str_from(str_upto(w->head, stop), w->at);
	w->at = stop;
	return DER_FOUND;
}

/* RFC 5280 4.1: the version is left out by certificates of version 1 */
static enum der_found
pass_version(struct walk *w)
{
	struct header h;
	enum der_found found = see_header(w, &h);
	if (found != DER_FOUND || h.tag != DER_VERSION)
		return found;
	return pass(w, DER_VERSION, NULL);
}

enum der_found
der_names(struct str head, struct der_names *names, size_t *need)
{
	const struct {
		enum der_tag tag;
		struct str *all;
	} fields[] = {
		{ DER_INTEGER, NULL },  /* its number */
		{ DER_SEQUENCE, NULL }, /* how it is signed */
		{ DER_SEQUENCE, &names->issuer },
		{ DER_SEQUENCE, NULL }, /* from when till when */
		{ DER_SEQUENCE, &names->subject },
	};
	struct walk w = { .head = head, .limit = SIZE_MAX };
	enum der_found found = enter(&w); /* Certificate */
	if (found == DER_FOUND)
		found = enter(&w); /* TBSCertificate */
	if (found == DER_FOUND)
		found = pass_version(&w);
	for (size_t i = 0; found == DER_FOUND && i < ARRAY_LEN(fields); i++)
		found = pass(&w, fields[i].tag, fields[i].all);
	*need = w.need;
	return found;
}

/* The first of *rest, which has to be of that kind. */
static bool
take(struct str *rest, enum der_tag tag, struct str *content)
{
	struct der_element element;
	if (!der_next(rest, &element) || element.tag != tag)
		return false;
	*content = element.content;
	return true;
}

/* RFC 5280 4.1.2.5.1: two digits of the year are those of 1950 to 2049 */
static bool
take_date(struct str *rest, char date[DER_DATE_SIZE])
{
	enum { NDIGITS = DER_DATE_SIZE - 1, NSHORT = NDIGITS - 2 };
	struct der_element element;
	if (!der_next(rest, &element) ||
	    (element.tag != DER_UTC_TIME && element.tag != DER_TIME))
		return false;
	struct str text = element.content;
	size_t n = element.tag == DER_TIME ? NDIGITS : NSHORT;
	if (text.len != n + 1 || text.ptr[n] != 'Z')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_digit(text.ptr[i]))
			return false;
	memcpy(date, text.ptr[0] < '5' ? "20" : "19", 2);
	memcpy(date + NDIGITS - n, text.ptr, n);
	date[NDIGITS] = '\0';
	return true;
}

/* Extension: its OID, whether it is critical, and octets that hold more. */
static bool
take_names(struct str extension, struct str *names)
{
	struct str oid, octets;
	struct der_element element;
	if (!take(&extension, DER_OID, &oid))
		return false;
	if (!str_eq(oid, STR("\x55\x1d\x11"))) /* subjectAltName */
		return true;
	do
		if (!der_next(&extension, &element))
			return false;
	while (element.tag != DER_OCTETS);
	octets = element.content;
	return take(&octets, DER_SEQUENCE, names);
}

static bool
take_extensions(struct str rest, struct der_facts *facts)
{
	struct der_element element;
	struct str all, extension;
	do
		if (rest.len == 0)
			return true; /* there are none */
		else if (!der_next(&rest, &element))
			return false;
	while (element.tag != DER_EXTENSIONS);
	rest = element.content;
	if (!take(&rest, DER_SEQUENCE, &all))
		return false;
	while (all.len > 0)
		if (!take(&all, DER_SEQUENCE, &extension) ||
		    !take_names(extension, &facts->names))
			return false;
	return true;
}

bool
der_facts(struct str certificate, struct der_facts *facts)
{
	struct str all, rest, dates, passed;
	struct der_element first;
	facts->names = STR_INIT;
	if (!take(&certificate, DER_SEQUENCE, &all) ||
	    !take(&all, DER_SEQUENCE, &rest)) /* TBSCertificate */
		return false;
	struct str behind = rest;
	if (!der_next(&behind, &first))
		return false;
	if (first.tag == DER_VERSION)
		rest = behind;
	return take(&rest, DER_INTEGER, &passed) && /* its number */
	    take(&rest, DER_SEQUENCE, &passed) &&   /* how it is signed */
	    take(&rest, DER_SEQUENCE, &passed) &&   /* by whom */
	    take(&rest, DER_SEQUENCE, &dates) &&
	    take_date(&dates, facts->from) && take_date(&dates, facts->until) &&
	    take(&rest, DER_SEQUENCE, &passed) && /* whose it is */
	    take(&rest, DER_SEQUENCE, &passed) && /* the key */
	    take_extensions(rest, facts);
}
