// SPDX-License-Identifier: ISC
#include "base/hex.h"

#include "unit.h"

/* The octets printed again; "-" if the text is refused. */
static void
parses(const char *text, const char *want)
{
	unsigned char raw[4];
	char shown[20] = "-";
	size_t n;
	if (hex_parse(str_of(text), raw, sizeof(raw), &n))
		hex_print(raw, n, shown, sizeof(shown));
	CHECK_STR(shown, want);
}

TEST(pairs_of_digits_are_octets)
{
	parses("00", "00");
	parses("00ffA5", "00:FF:A5");
	parses("01234567", "01:23:45:67");
}

TEST(colons_stand_between_all_or_none)
{
	parses("00:ff:A5", "00:FF:A5");
	parses("00ff:a5", "-");
	parses("00:ffa5", "-");
	parses("00:ff:", "-");
	parses(":00", "-");
	parses("00::ff", "-");
	parses("0:0", "-");
}

TEST(anything_else_is_none)
{
	parses("", "-");
	parses("0", "-");
	parses("000", "-");
	parses("0g", "-");
	parses("00 ff", "-");
	parses("00ff\xc3\xa4", "-");
}

TEST(more_than_there_is_room_for_is_refused)
{
	parses("0123456789", "-");
	parses("01:23:45:67:89", "-");
}

TEST(what_is_printed_fits)
{
	const unsigned char raw[] = { 1, 2, 3 };
	char shown[7];
	hex_print(raw, sizeof(raw), shown, sizeof(shown));
	CHECK_STR(shown, "01:02");
}
