// SPDX-License-Identifier: ISC
#include "smtp/gss.h"

#include "base/err.h"
#include "base/late_gsasl.h"
#include "base/str.h"
#include "unit.h"

/*
 * No more than this: the GSSAPI libraries leak, and what they say depends on
 * the machine.  tests/e2e and tests/real have the rest.
 */
TEST(a_host_that_is_too_long_is_not_asked_about)
{
	struct err e = ERR_INIT;
	char host[4000] = "";
	memset(host, 'h', sizeof(host) - 1);
	CHECK(late_load(&late_gsasl, &e));
	CHECK(!gss_explain(late_gsasl.handle, host, &e));
	CHECK_EQ(e.exit, EX_OK);
}
