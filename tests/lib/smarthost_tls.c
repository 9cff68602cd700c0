// SPDX-License-Identifier: ISC
/* What a server may do in TLS, and seldom does. */
#include <err.h>
#include <string.h>
#include <sysexits.h>

#include "smarthost.h"

static int
give_answer(gnutls_session_t session, void *setup, gnutls_datum_t *answer)
{
	const struct setup *s = setup;
	(void)session;
	answer->data = gnutls_malloc(s->answer.size);
	if (answer->data == NULL)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(answer->data, s->answer.data, s->answer.size);
	answer->size = s->answer.size;
	return GNUTLS_E_SUCCESS;
}

void
tls_staple(struct setup *s, const char *file)
{
	int code = gnutls_load_file(file, &s->answer);
	if (code < 0)
		errx(EX_NOINPUT, "%s: %s", file, gnutls_strerror(code));
	gnutls_certificate_set_ocsp_status_request_function(
	    s->credentials, give_answer, s);
}

static void
note(const struct wire *w, const char *what, int code)
{
	dialogue_note(w->dialogue_fd, "%s: %s", what, gnutls_strerror(code));
}

void
tls_update_key(struct wire *w)
{
	if (w->tls != NULL)
		note(w, "key update",
		    gnutls_session_key_update(w->tls, GNUTLS_KU_PEER));
}

void
tls_warn(struct wire *w)
{
	if (w->tls != NULL)
		note(w, "warning alert",
		    gnutls_alert_send(
			w->tls, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED));
}
