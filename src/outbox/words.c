// SPDX-License-Identifier: ISC
#include "outbox/words.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/buf.h"

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	TWO_DAYS = 2 * DAY,
	TEXT_SIZE = 1024, /* a server's reply may have many lines */
};

/* In the largest unit that says enough; round_up: to the next one. */
static void
measure(
    int64_t seconds, bool round_up, const char *before, char dst[WORDS_SIZE])
{
	static const struct {
		const char *name;
		int64_t below;
		int64_t seconds;
	} units[] = {
		{ "s", MINUTE, 1 },
		{ "min", HOUR, MINUTE },
		{ "h", TWO_DAYS, HOUR },
		{ "d", INT64_MAX, DAY },
	};
	size_t i = 0;
	while (i + 1 < ARRAY_LEN(units) && seconds >= units[i].below)
		i++;
	int64_t unit = units[i].seconds;
	int64_t n = seconds / unit + (round_up && seconds % unit > 0);
	(void)snprintf(
	    dst, WORDS_SIZE, "%s%" PRId64 " %s", before, n, units[i].name);
}

void
words_age(int64_t seconds, char dst[WORDS_SIZE])
{
	/* a clock that was put back makes nothing younger than new */
	measure(seconds > 0 ? seconds : 0, false, "", dst);
}

void
words_until(int64_t seconds, char dst[WORDS_SIZE])
{
	if (seconds > 0)
		measure(seconds, true, "in ", dst);
	else
		(void)snprintf(dst, WORDS_SIZE, "now");
}

void
words_size(uint64_t octets, char dst[WORDS_SIZE])
{
	static const char *const names[] = { "KiB", "MiB", "GiB", "TiB" };
	uint64_t unit = 1024;
	size_t i = 0;
	if (octets < unit) {
		(void)snprintf(dst, WORDS_SIZE, "%" PRIu64 " B", octets);
		return;
	}
	for (; i + 1 < ARRAY_LEN(names) && octets / 1024 >= unit; i++)
		unit *= 1024;
	if (octets / unit < 10 && octets % unit * 10 / unit > 0)
		(void)snprintf(dst, WORDS_SIZE, "%" PRIu64 ".%" PRIu64 " %s",
		    octets / unit, octets % unit * 10 / unit, names[i]);
	else
		(void)snprintf(
		    dst, WORDS_SIZE, "%" PRIu64 " %s", octets / unit, names[i]);
}

/* As many words from the front as fit into that room, but one at least. */
static size_t
fit(struct str text, size_t room)
{
	size_t column = 0, end = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == ' ')
			end = i;
		column += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
		if (column > room && end > 0)
			return end;
	}
	return text.len;
}

void
words_wrap(struct str text, size_t indent, struct buf *out)
{
	char shown[TEXT_SIZE];
	str_printable_to(text, shown, sizeof(shown));
	struct str rest = str_trim(str_of(shown));
	size_t end = str_rfind(buf_str(out), '\n');
	size_t start = end < out->len ? end + 1 : 0;
	size_t column = str_columns(str_from(buf_str(out), start));
	while (rest.len > 0) {
		size_t room = column < WORDS_WIDTH ? WORDS_WIDTH - column : 0;
		size_t n = fit(rest, room);
		(void)!buf_add_str(out, str_upto(rest, n));
		rest = str_trim(str_from(rest, n));
		if (rest.len > 0)
			(void)!buf_printf(out, "\n%*s", (int)indent, "");
		column = indent;
	}
	(void)!buf_add(out, "\n", 1);
}
