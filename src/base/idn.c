// SPDX-License-Identifier: ISC
#include "base/idn.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/late_idn2.h"

static void
idn2_release(char **owned)
{
	idn2_free(*owned);
}

/*
 * libidn2 maps some symbols to ASCII punctuation (U+2100 to "a/c"), and with
 * IDN2_USE_STD3_ASCII_RULES it deletes what is forbidden, which is another
 * domain.  So that flag is not used and the output is checked here: letters,
 * digits, hyphens; labels of 1 to 63, 253 together (RFC 1035 2.3.4).
 */
static bool
is_hostname(struct str domain)
{
	size_t label = 0;
	if (domain.len > 253)
		return false;
	for (size_t i = 0; i < domain.len; i++) {
		char c = domain.ptr[i];
		if (c == '.' && label == 0)
			return false;
		if (c != '.' && !is_alpha(c) && !is_digit(c) && c != '-')
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

bool
idn_to_ascii(struct str domain, struct buf *out, struct err *e)
{
	if (str_is_ascii(domain)) /* libidn2 refuses names that exist: a--b */
		return buf_add_str(out, domain) ||
		    err_set(e, EX_DATAERR, "domain too long");
	if (str_has_controls(domain)) /* of which NUL would hide the rest */
		return err_set(
		    e, EX_DATAERR, "control characters in a domain name");
	if (!late_load(&late_idn2, e))
		return false;
	AUTO(cstr_release) char *name = str_dup(domain);
	AUTO(idn2_release) char *ascii = NULL;
	int rc = idn2_to_ascii_8z(
	    name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return err_set(e, EX_DATAERR, "\"%s\" is not a domain name: %s",
		    name, idn2_strerror(rc));
	if (!is_hostname(str_of(ascii)))
		return err_set(e, EX_DATAERR,
		    "\"%s\" is not a domain name: in ASCII it is \"%s\", "
		    "which no host can have",
		    name, ascii);
	return buf_add_str(out, str_of(ascii)) ||
	    err_set(e, EX_DATAERR, "domain too long");
}

bool
idn_host_to_ascii(struct str host, struct buf *out, struct err *e)
{
	if (idn_to_ascii(host, out, e))
		return true;
	if (e->exit == EX_DATAERR)
		e->exit = EX_CONFIG;
	return err_wrap(e, "host");
}
