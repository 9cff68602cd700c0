// SPDX-License-Identifier: ISC
#include "submit/transcript.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "config/settings.h"
#include "net/certinfo.h"
#include "net/tls.h"
#include "net/tlsinfo.h"

/* The host's name stays out of it. */
void
transcript_begin(const char *version)
{
	struct utsname host;
	if (!log_is_debug())
		return;
	bool is_known = uname(&host) != -1;
	log_debug("posthaste %s, %s %s %s", version,
	    is_known ? host.sysname : "an unknown system",
	    is_known ? host.release : "", is_known ? host.machine : "");
}

void
transcript_settings(const struct settings *s)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	if (!log_is_debug())
		return;
	settings_show_set(s, &text);
	log_trace(buf_str(&text));
}

static void
describe_certificate(const struct certinfo *c)
{
	char until[32] = "?";
	struct tm tm;
	time_t t = (time_t)c->until;
	if (c->has_dates && gmtime_r(&t, &tm) != NULL)
		(void)!strftime(until, sizeof(until), "%Y-%m-%d", &tm);
	log_debug("certificate of %s, by %s, until %s, %s",
	    c->subject != NULL ? c->subject : "?",
	    c->issuer != NULL ? c->issuer : "?", until, c->pin);
}

void
transcript_tls(const struct tls_options *o, const struct err *why)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1000);
	const struct tlsinfo *tls = o->seen;
	if (!log_is_debug())
		return;
	if (tls->version[0] == '\0') {
		log_debug("TLS fails");
		return;
	}
	tlsinfo_describe(tls, &text);
	log_debug("%s", buf_cstr(&text));
	if (tls->nchain > 0)
		describe_certificate(&tls->chain[0]);
	log_debug("certificate %s",
	    why != NULL          ? "refused"
		: o->is_verified ? "verified"
				 : "not verified");
}

void
transcript_end(int exit)
{
	log_debug("exit status %d (%s)", exit, err_exit_name(exit));
}
