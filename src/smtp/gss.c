// SPDX-License-Identifier: ISC
#include "smtp/gss.h"

#include <dlfcn.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * libgsasl says that gss_init_sec_context() failed and keeps to itself why:
 * whether there is no ticket, or an old one, or nobody knows the server.  So
 * the call is made again.  Which of the GSSAPI libraries is used was decided
 * when libgsasl was built, and another one would not do; the one that is here
 * is found by the names of its functions, which are those of RFC 2744, as are
 * the types.  Where libgsasl has none, none is found.
 */
struct gss_text {
	size_t length;
	void *value;
};

struct gss_oid {
	uint32_t length;
	const void *elements;
};

enum {
	GSS_CODE = 1,  /* GSS_C_GSS_CODE */
	MECH_CODE = 2, /* GSS_C_MECH_CODE */
	MUTUAL = 2,    /* GSS_C_MUTUAL_FLAG */
};

struct gss {
	uint32_t (*import_name)(uint32_t *minor, struct gss_text *text,
	    const struct gss_oid *type, void **name);
	uint32_t (*init_sec_context)(uint32_t *minor, void *credentials,
	    void **context, void *target, const struct gss_oid *mechanism,
	    uint32_t flags, uint32_t time, void *bindings,
	    struct gss_text *input, struct gss_oid **actual,
	    struct gss_text *output, uint32_t *ret_flags, uint32_t *ret_time);
	uint32_t (*display_status)(uint32_t *minor, uint32_t status, int type,
	    const struct gss_oid *mechanism, uint32_t *more,
	    struct gss_text *text);
	uint32_t (*release_buffer)(uint32_t *minor, struct gss_text *text);
	uint32_t (*release_name)(uint32_t *minor, void **name);
	uint32_t (*delete_sec_context)(
	    uint32_t *minor, void **context, struct gss_text *output);
};

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	{ "gss_import_name", offsetof(struct gss, import_name) },
	{ "gss_init_sec_context", offsetof(struct gss, init_sec_context) },
	{ "gss_display_status", offsetof(struct gss, display_status) },
	{ "gss_release_buffer", offsetof(struct gss, release_buffer) },
	{ "gss_release_name", offsetof(struct gss, release_name) },
	{ "gss_delete_sec_context", offsetof(struct gss, delete_sec_context) },
};

/* RFC 4121, and host-based services of RFC 2744 4.1 */
static const struct gss_oid krb5 = { 9,
	"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" };
static const struct gss_oid service = { 10,
	"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04" };

/* Parts of what the library says, and what helps. */
static const struct {
	const char *text;
	int exit;
	const char *hint;
} rows[] = {
	{ "expired", EX_NOPERM, "get a new ticket with kinit" },
	{ "No Kerberos credentials", EX_NOPERM,
	    "get a ticket with kinit; klist shows those there are" },
	{ "No credentials", EX_NOPERM,
	    "get a ticket with kinit; klist shows those there are" },
	{ "not found in Kerberos database", EX_NOPERM,
	    "is host the server's full name, as in the service smtp/NAME that "
	    "its realm knows?" },
	{ "Clock skew", EX_NOPERM, "set the clock: it differs from theirs" },
	{ "Cannot contact any KDC", EX_TEMPFAIL, "" },
	{ "Cannot find KDC", EX_NOPERM, "see krb5.conf" },
	{ "unsupported mechanism", EX_NOPERM,
	    "is the Kerberos library installed (libgssapi_krb5)?" },
};

/* libgsasl brought it. */
static bool
gss_find(struct gss *g, void *library)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		void *function = dlsym(library, functions[i].name);
		if (function == NULL)
			return false;
		/* ISO C has no cast for this, POSIX promises that it works */
		memcpy((char *)g + functions[i].offset, &function,
		    sizeof(function));
	}
	return true;
}

/* All that is said of a status, behind what is there. */
static void
gss_say(const struct gss *g, uint32_t status, int type, struct buf *text)
{
	uint32_t more = 0, minor;
	do {
		struct gss_text piece = { .length = 0 };
		if (g->display_status(
			&minor, status, type, &krb5, &more, &piece) != 0)
			return;
		(void)!(
		    buf_add_str(text, text->len > 0 ? STR(", ") : STR_INIT) &&
		    buf_add(text, piece.value, piece.length));
		(void)g->release_buffer(&minor, &piece);
	} while (more != 0 && text->len < 256);
}

/* True, and why in text, if there is something to say. */
static bool
gss_try(const struct gss *g, const char *host, struct buf *text)
{
	AUTO(buf_release) struct buf name = BUF_INIT(1024);
	void *target = NULL, *context = NULL;
	uint32_t minor = 0, ignored;
	if (!buf_printf(&name, "smtp@%s", host))
		return false;
	struct gss_text given = { name.len, name.data }, output = { 0, NULL };
	uint32_t major = g->import_name(&minor, &given, &service, &target);
	if (major == 0)
		major = g->init_sec_context(&minor, NULL, &context, target,
		    &krb5, MUTUAL, 0, NULL, NULL, NULL, &output, NULL, NULL);
	bool is_error = (major & 0xffff0000) != 0; /* GSS_ERROR() */
	if (is_error && minor != 0)
		gss_say(g, minor, MECH_CODE, text);
	if (is_error && text->len == 0)
		gss_say(g, major, GSS_CODE, text);
	(void)g->release_buffer(&ignored, &output);
	if (context != NULL)
		(void)g->delete_sec_context(&ignored, &context, NULL);
	if (target != NULL)
		(void)g->release_name(&ignored, &target);
	return text->len > 0;
}

bool
gss_explain(void *library, const char *host, struct err *e)
{
	struct gss g;
	AUTO(buf_release) struct buf text = BUF_INIT(1024);
	char shown[256];
	if (!gss_find(&g, library) || !gss_try(&g, host, &text))
		return false;
	str_printable_to(buf_str(&text), shown, sizeof(shown));
	(void)err_set(e, EX_NOPERM, "Kerberos: %s", shown);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(buf_cstr(&text), rows[i].text) != NULL) {
			e->exit = rows[i].exit;
			(void)err_hint(e, "%s", rows[i].hint);
			break;
		}
	return true;
}
