// SPDX-License-Identifier: ISC
/* Times, dates, identifiers, addresses and hosts of settings. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/xtext.h"
#include "config/hosts.h"
#include "config/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_date(struct str text)
{
	int64_t seconds, again;
	char shown[DATE_SIZE];
	if (!date_parse(text, &seconds))
		return;
	date_format(seconds, shown);
	/* an offset may lead out of the years that have four digits */
	if (date_parse(str_of(shown), &again))
		assert(again == seconds);
}

static void
check_hosts(struct str text)
{
	struct err e = ERR_INIT;
	struct host host;
	if (!hosts_are_well(text, &e))
		return;
	while (hosts_next(&text, &host, &e)) {
		assert(host.name.len > 0);
		assert(host.port <= 65535);
		assert(!host.is_srv || host.port == 0);
	}
	assert(e.exit == EX_OK);
}

static void
check_xtext(struct str text)
{
	struct buf out = BUF_INIT(8 * text.len + 8);
	bool ok = xtext_add(&out, text);
	assert(ok);
	assert(str_is_ascii(buf_str(&out)));
	assert(!str_has_controls(buf_str(&out)));
	assert(str_find(buf_str(&out), '=') == out.len);
	buf_truncate(&out, 0);
	ok = xtext_add_utf8(&out, text);
	assert(ok == str_is_utf8(text));
	assert(str_is_ascii(buf_str(&out)));
	assert(!str_has_controls(buf_str(&out)));
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct value_deliver_by by;
	char *owned = str_dup((struct str){ (const char *)data, size });
	struct str text = { owned, size };
	if (value_parse_deliver_by(text, &by, &e))
		assert(by.seconds > 0 && by.seconds <= VALUE_SECONDS_MAX);
	check_hosts(text);
	check_date(text);
	check_xtext(text);
	(void)!value_is_notify(text, &e);
	(void)!value_is_priority(text, &e);
	if (value_is_envid(text, &e) || value_is_mail_auth(text, &e))
		assert(!str_has_controls(text) && str_is_ascii(text));
	free(owned);
	return 0;
}
