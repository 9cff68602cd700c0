// SPDX-License-Identifier: ISC
#include "net/priority.h"

#include "base/err.h"
#include "unit.h"

static const char *
fault(const char *wanted, bool needs_13)
{
	static struct err e;
	e = ERR_INIT;
	if (priority_check(wanted, needs_13, &e))
		return "";
	CHECK_EQ(e.exit, EX_CONFIG);
	return e.text;
}

TEST(a_string_that_leaves_a_version_is_taken)
{
	CHECK_STR(fault("NORMAL", false), "");
	CHECK_STR(fault("NORMAL", true), "");
	CHECK_STR(fault("NORMAL:-VERS-TLS1.3", false), "");
	CHECK_STR(fault("normal:-vers-all:+vers-tls1.3", true), "");
	CHECK_STR(fault("NORMAL:-VERS-ALL:+VERS-TLS1.0", false), "");
	CHECK_STR(fault("NORMAL:-VERS-ALL:+vers-tls1.1", false), "");
}

TEST(a_string_that_leaves_none_is_refused)
{
	static const char both[] = "tls_priorities leaves out TLS 1.2 and 1.3";
	static const char one[] = "tls_priorities leaves out TLS 1.3, which "
				  "tls_min_version demands";
	CHECK_STR(fault("NORMAL:-VERS-TLS1.2:-VERS-TLS1.3", false), both);
	CHECK_STR(fault("NORMAL:-VERS-TLS-ALL", false), both);
	CHECK_STR(fault("NORMAL:-VERS-TLS1.3", true), one);
	CHECK_STR(fault("NORMAL:-VERS-ALL:+VERS-TLS1.0", true), one);
}

TEST(a_mistake_is_told_with_its_place)
{
	CHECK_STR(fault("NORMAL:+NONSENSE:%COMPAT", false),
	    "tls_priorities: not understood from character 8 on: "
	    "\"+NONSENSE:%COMPAT\"");
	CHECK_STR(fault("NORMAL:-VERS-TLS1.4", true),
	    "tls_priorities: not understood from character 8 on: "
	    "\"-VERS-TLS1.4\"");
}
