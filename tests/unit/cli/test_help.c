// SPDX-License-Identifier: ISC
#include "cli/help.h"

#include <string.h>

#include "base/buf.h"
#include "cli/flags.h"
#include "unit.h"

TEST(no_line_of_the_help_is_wider_than_a_terminal)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 14);
	help_print(&out);
	CHECK(out.len > 0);
	struct str rest = buf_str(&out), line;
	while (str_word(&rest, "\n", &line))
		unit_check(
		    line.len < 80, __FILE__, __LINE__, "%.*s", STR_FMT(line));
}

TEST(the_help_shows_arguments_and_defaults)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 14);
	help_print(&out);
	const char *text = buf_cstr(&out);
	CHECK(strstr(text, "\n  -f, --from ADDRESS  ") != NULL);
	CHECK(strstr(text, "\n      --tls[=auto|on|off]  ") != NULL);
	CHECK(strstr(text, "\n  -i  ") != NULL);
	CHECK(strstr(text, "\n  -t, --read-recipients  ") != NULL);
	CHECK(strstr(text, " [60]\n") != NULL);
	CHECK(strstr(text, "--password ") == NULL);
}

TEST(the_version_names_program_number_and_system_file)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	help_version(&out);
	CHECK(str_starts_nocase(buf_str(&out), STR("posthaste ")));
	CHECK(strstr(buf_cstr(&out), "/posthasterc\n") != NULL);
}
