// SPDX-License-Identifier: ISC
#include "smtp/prospect.h"

#include "base/buf.h"
#include "smtp/caps.h"
#include "smtp/sasl.h"
#include "unit.h"

#define ALL \
	"SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN CRAM-MD5 X-OWN XOAUTH2 "

/* The server offers ALL. */
static enum prospect
of(const char *name, const char *auth, struct sasl_channel channel)
{
	AUTO(caps_release) struct caps caps = CAPS_INIT;
	const struct sasl_login login = { .mechanisms = auth };
	CHECK(buf_add_str(&caps.mechanisms, STR(ALL)));
	return prospect_of(str_of(name), &login, &channel, &caps);
}

#define IN_CLEAR ((struct sasl_channel){ .is_private = false })
#define PRIVATE ((struct sasl_channel){ .is_private = true })
#define BOUND                   \
	((struct sasl_channel){ \
	    .is_private = true, .tls_exporter = { "0123", 4 } })

TEST(what_is_chosen_would_be_tried)
{
	CHECK_EQ(of("SCRAM-SHA-256-PLUS", NULL, BOUND), PROSPECT_TRIED);
	CHECK_EQ(of("scram-sha-256", NULL, IN_CLEAR), PROSPECT_TRIED);
	CHECK_EQ(of("LOGIN", NULL, PRIVATE), PROSPECT_TRIED);
	CHECK_EQ(of("CRAM-MD5", "PLAIN cram-md5", IN_CLEAR), PROSPECT_TRIED);
}

TEST(a_password_wants_tls_unless_its_mechanism_is_named)
{
	CHECK_EQ(of("PLAIN", NULL, IN_CLEAR), PROSPECT_WANTS_TLS);
	CHECK_EQ(of("PLAIN", "PLAIN", IN_CLEAR), PROSPECT_TRIED);
}

TEST(binding_wants_tls_that_has_it)
{
	CHECK_EQ(of("SCRAM-SHA-256-PLUS", NULL, IN_CLEAR), PROSPECT_WANTS_TLS);
	CHECK_EQ(
	    of("SCRAM-SHA-256-PLUS", NULL, PRIVATE), PROSPECT_WANTS_BINDING);
}

TEST(the_weak_and_the_odd_want_to_be_named)
{
	CHECK_EQ(of("CRAM-MD5", NULL, BOUND), PROSPECT_WANTS_NAMING);
	CHECK_EQ(of("XOAUTH2", NULL, IN_CLEAR), PROSPECT_WANTS_NAMING);
}

TEST(others_are_left_out_where_some_are_named)
{
	CHECK_EQ(of("PLAIN", "LOGIN", BOUND), PROSPECT_NOT_NAMED);
	CHECK_EQ(of("XOAUTH2", "LOGIN", IN_CLEAR), PROSPECT_NOT_NAMED);
}

TEST(strange_names_are_unknown)
{
	CHECK_EQ(of("X-OWN", NULL, BOUND), PROSPECT_UNKNOWN);
	CHECK_EQ(of("X-OWN", "X-OWN", BOUND), PROSPECT_UNKNOWN);
	CHECK_EQ(of("X,Y", NULL, BOUND), PROSPECT_UNKNOWN);
	CHECK_EQ(of("", NULL, BOUND), PROSPECT_UNKNOWN);
}
