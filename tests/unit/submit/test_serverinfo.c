// SPDX-License-Identifier: ISC
#include "submit/serverinfo.h"

#include <stdlib.h>

#include "base/err.h"
#include "net/certinfo.h"
#include "net/tls.h"
#include "smtp/session.h"
#include "unit.h"

#define PIN "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* One whose server showed a certificate with that pin. */
static struct serverinfo
shown(void)
{
	struct serverinfo info = SERVERINFO_INIT;
	memcpy(info.tls.version, "TLS1.3", sizeof("TLS1.3"));
	info.tls.chain = calloc(1, sizeof(*info.tls.chain));
	CHECK(info.tls.chain != NULL);
	info.tls.nchain = 1;
	memcpy(info.tls.chain[0].pin, PIN, sizeof(PIN));
	return info;
}

static void
believes(const struct tls_options *o, enum serverinfo_belief want, int line)
{
	struct serverinfo info = shown();
	serverinfo_note_tls(&info, o, NULL);
	CHECK_EQ(info.state, SERVERINFO_VERIFIED);
	unit_check_eq(info.belief, want, __FILE__, line, "belief");
	serverinfo_release(&info);
}

#define BELIEVES(want, ...)                                                 \
	believes(&(struct tls_options){ .is_verified = true, __VA_ARGS__ }, \
	    (want), __LINE__)

TEST(a_certificate_is_believed_for_the_reason_that_counts)
{
	BELIEVES(SERVERINFO_BY_AUTHORITIES, .host = "x");
	BELIEVES(SERVERINFO_BY_TRUST_FILE, .trust_file = "ca.pem");
	BELIEVES(SERVERINFO_BY_FIRST_USE, .belief = TLS_BY_FIRST_USE);
	BELIEVES(SERVERINFO_BY_DANE, .belief = TLS_BY_DANE);
	BELIEVES(SERVERINFO_BY_FINGERPRINT, .fingerprints = "AB:CD",
	    .belief = TLS_BY_DANE);
	BELIEVES(SERVERINFO_BY_PIN, .pins = "sha256//x, " PIN,
	    .fingerprints = "AB:CD");
	BELIEVES(SERVERINFO_BY_FINGERPRINT, .pins = "sha256//x",
	    .fingerprints = "AB:CD");
}

TEST(what_is_not_verified_is_known_as_such)
{
	struct serverinfo info = shown();
	const struct tls_options o = { .is_first = true };
	serverinfo_note_tls(&info, &o, NULL);
	CHECK_EQ(info.state, SERVERINFO_UNVERIFIED);
	CHECK(!info.is_starttls);
	CHECK(serverinfo_has_tls(&info));
	serverinfo_release(&info);
}

TEST(a_refused_certificate_is_not_a_failed_handshake)
{
	struct serverinfo info = shown();
	const struct tls_options o = { .is_verified = true };
	struct err why;
	(void)err_set(&why, EX_UNAVAILABLE, "it is expired");
	serverinfo_note_tls(&info, &o, &why);
	CHECK_EQ(info.state, SERVERINFO_REFUSED);
	CHECK_STR(info.refusal, "it is expired");
	CHECK(!serverinfo_has_tls(&info));
	serverinfo_release(&info);
	serverinfo_note_tls(&info, &o, &why);
	CHECK_EQ(info.state, SERVERINFO_FAILED);
	serverinfo_release(&info);
}

/* Lets the server say that, and notes what came of it. */
static struct serverinfo
heard(struct smtp_job *job, const char *said)
{
	struct serverinfo info = SERVERINFO_INIT;
	struct smtp_session session;
	struct buf in = BUF_INIT(SMTP_IN_MAX), out = BUF_INIT(SMTP_OUT_MAX);
	job->goal = SMTP_GOAL_INFO;
	job->ehlo_name = "me.example";
	smtp_init(&session, job, NULL);
	for (struct str rest = str_of(said); rest.len > 0;) {
		size_t end = str_find(rest, '\n') + 1;
		CHECK(buf_add_str(&in, str_upto(rest, end)));
		rest = str_from(rest, end);
		(void)smtp_step(&session, &in, &out);
	}
	serverinfo_note_session(&info, &session);
	smtp_release(&session);
	buf_release(&in);
	buf_release(&out);
	return info;
}

TEST(mechanisms_are_told_in_the_order_of_trying)
{
	struct smtp_job job = {
		.tls = SMTP_TLS_RUNNING,
		.channel = { .is_private = true },
		.login = { .is_wanted = true, .mechanisms = "LOGIN plain" },
	};
	struct serverinfo info = heard(&job,
	    "220 mx\r\n250-mx\r\n250-AUTH PLAIN X LOGIN x CRAM-MD5\r\n"
	    "250 AUTH=LOGIN CRAM-MD5\r\n");
	CHECK(info.has_caps);
	CHECK(info.login.is_wanted);
	CHECK_EQ(info.login.tried.len, 2);
	if (info.login.tried.len == 2) {
		CHECK_STR(info.login.tried.items[0], "LOGIN");
		CHECK_STR(info.login.tried.items[1], "PLAIN");
	}
	CHECK_EQ(info.login.nothers, 2);
	if (info.login.nothers == 2) {
		CHECK_STR(info.login.others[0].name, "X");
		CHECK_EQ(info.login.others[0].why, PROSPECT_UNKNOWN);
		CHECK_STR(info.login.others[1].name, "CRAM-MD5");
		CHECK_EQ(info.login.others[1].why, PROSPECT_NOT_NAMED);
	}
	CHECK_BUF(&info.greeting, "mx");
	serverinfo_release(&info);
}

TEST(what_a_message_would_do_is_told_by_what_is_offered)
{
	static const struct {
		const char *offers;
		bool is_lmtp, partial_delivery, is_bdat, is_one_trip;
	} rows[] = {
		{ "250-CHUNKING\r\n250-PIPELINING\r\n", false, true, true,
		    true },
		{ "250-CHUNKING\r\n250-PIPELINING\r\n", false, false, true,
		    false },
		{ "250-CHUNKING\r\n250-PIPELINING\r\n", true, true, false,
		    false },
		{ "250-CHUNKING\r\n", false, true, true, false },
		{ "250-PIPELINING\r\n", false, true, false, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf said = BUF_INIT(1000);
		struct smtp_job job = {
			.is_lmtp = rows[i].is_lmtp,
			.partial_delivery = rows[i].partial_delivery,
		};
		CHECK(buf_printf(&said,
		    "220 mx\r\n250-mx\r\n%s250-LIMITS RCPTMAX=7 MAILMAX=2\r\n"
		    "250 SIZE 99\r\n",
		    rows[i].offers));
		struct serverinfo info = heard(&job, buf_cstr(&said));
		CHECK_EQ(info.is_bdat, rows[i].is_bdat);
		CHECK_EQ(info.is_one_trip, rows[i].is_one_trip);
		CHECK_EQ(info.size_limit, 99);
		CHECK_EQ(info.rcpt_limit, 7);
		CHECK_EQ(info.mail_limit, 2);
		serverinfo_release(&info);
	}
}

TEST(nothing_is_promised_by_a_session_that_failed)
{
	struct smtp_job job = { .tls = SMTP_TLS_REQUIRED };
	struct serverinfo info = heard(
	    &job, "220 mx\r\n250-mx\r\n250 SIZE 99\r\n");
	CHECK(!info.has_caps);
	CHECK_BUF(&info.offers, "mx\nSIZE 99");
	serverinfo_release(&info);
}
