// SPDX-License-Identifier: ISC
#include "unit.h"

#include "message/locals.h"

TEST(a_domain_is_local_in_either_case_with_a_dot_or_not)
{
	struct locals l = LOCALS_INIT;
	strvec_add(&l.domains, STR("localhost"));
	strvec_add(&l.domains, STR("Host.example.org."));
	CHECK(locals_has(&l, STR("localhost")));
	CHECK(locals_has(&l, STR("LocalHost.")));
	CHECK(locals_has(&l, STR("host.EXAMPLE.org")));
	CHECK(!locals_has(&l, STR("example.org")));
	CHECK(!locals_has(&l, STR("host")));
	CHECK(!locals_has(&l, STR("localhost..")));
	locals_release(&l);
}

TEST(no_domain_is_no_local_one)
{
	struct locals l = LOCALS_INIT;
	CHECK(!locals_has(&l, STR("localhost")));
	strvec_add(&l.domains, STR("."));
	CHECK(!locals_has(&l, STR("")));
	CHECK(!locals_has(&l, STR(".")));
	locals_release(&l);
}
