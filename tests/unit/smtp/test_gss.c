// SPDX-License-Identifier: ISC
#include "smtp/gss.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/str.h"
#include "unit.h"

/* Whatever Kerberos there is here, it has no ticket for this host. */
TEST(says_why_there_is_no_context)
{
	struct err e = ERR_INIT;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads here */
	CHECK(setenv("KRB5CCNAME", "FILE:/nonexistent/tickets", 1) == 0);
	if (gss_explain("host.invalid", &e)) {
		CHECK(e.exit == EX_NOPERM || e.exit == EX_TEMPFAIL);
		CHECK(str_starts_nocase(str_of(e.text), STR("Kerberos: ")));
		CHECK(!str_has_controls(str_of(e.text)));
	} else
		CHECK_EQ(e.exit, EX_OK);
}

TEST(a_host_of_any_length_is_no_harm)
{
	struct err e = ERR_INIT;
	char host[4000] = "";
	memset(host, 'h', sizeof(host) - 1);
	CHECK(!gss_explain(host, &e));
}
