// SPDX-License-Identifier: ISC
#include "submit/confine.h"

#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/idn.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/strvec.h"
#include "config/settings.h"
#include "message/recode.h"
#include "net/trustfile.h"
#include "smtp/sasl.h"
#include "submit/line.h"

enum { PATH_MOST = 1 << 16 };

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void
allow_authorities(struct sandbox_rules *r, const struct settings *s,
    const struct confine_need *need)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	trustfile_paths(need->trust, &paths);
	if (is_set(s->tls_crl_file))
		sandbox_allow(r, s->tls_crl_file, SANDBOX_READ);
	for (size_t i = 0; i < paths.len; i++)
		sandbox_allow(r, paths.items[i], SANDBOX_READ);
	if (trustfile_needs_code(need->trust))
		sandbox_allow_code(r);
}

/* The folder of the file, as the file is put in place anew. */
static void
allow_known_hosts(struct sandbox_rules *r, struct str file)
{
	AUTO(buf_release) struct buf path = BUF_INIT(PATH_MOST);
	size_t slash = str_rfind(file, '/');
	if (slash == file.len)
		file = STR(".");
	else
		file.len = slash > 0 ? slash : 1;
	if (buf_add_str(&path, file))
		sandbox_allow(r, buf_cstr(&path), SANDBOX_KEEP);
}

/* libidn2 is loaded if it is not ASCII; others have been seen by net_dial(). */
static void
prepare_name(const char *host)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(PATH_MOST);
	struct err later;
	if (host != NULL)
		(void)!idn_to_ascii(str_of(host), &ascii, &later);
}

static void
allow_tls(struct sandbox_rules *r, const struct settings *s,
    const struct confine_need *need)
{
	struct err later;
	if (line_tls(s) == TOGGLE_OFF)
		return;
	/* tls_start() tells what cannot be had */
	(void)!crypto_prepare(&later);
	prepare_name(s->tls_host_override);
	if (need->trust != NULL)
		allow_authorities(r, s, need);
	if (need->known_hosts.len > 0)
		allow_known_hosts(r, need->known_hosts);
	if (need->sessions > 0)
		sandbox_allow_open(r, need->sessions, SANDBOX_KEEP);
}

/*
 * Whether libgsasl is needed is known when the server has said how it lets us
 * log in: so it can be loaded then, or is now.  What cannot be done is told
 * when the login begins.
 */
static void
allow_login(struct sandbox_rules *r, const struct settings *s,
    const struct confine_need *need)
{
	char folder[1024];
	struct err later;
	bool is_strict = s->sandbox == SANDBOX_STRICT;
	if (!need->may_need_sasl || (!is_strict && !sandbox_has_landlock(r)))
		return;
	if (is_strict || !sasl_library_folder(folder, sizeof(folder))) {
		(void)!sasl_prepare(&later);
		return;
	}
	(void)!crypto_prepare(&later);
	sandbox_allow(r, folder, SANDBOX_READ);
	sandbox_allow(r, "/etc/ld.so.cache", SANDBOX_READ);
}

/* The log file itself and not its folder; the journal has made it. */
static void
allow_journal(struct sandbox_rules *r, const struct settings *s)
{
	if (s->logfile != NULL && strcmp(s->logfile, "-") != 0)
		sandbox_allow(r, s->logfile, SANDBOX_WRITE);
	if (s->syslog != SYSLOG_OFF)
		sandbox_allow_unix(r);
}

static void
allow_log(struct sandbox_rules *r, const struct settings *s,
    const struct confine_need *need)
{
	bool has_journal = need->text != NULL;
	if (has_journal)
		allow_journal(r, s);
	/* who tells a time reads the file of the time zone, but once only */
	if (s->logfile != NULL || s->syslog != SYSLOG_OFF || log_is_debug() ||
	    !has_journal)
		tzset();
}

static void
allow_connection(struct sandbox_rules *r, const struct settings *s,
    const struct confine_need *need)
{
	if (!need->may_reconnect)
		return;
	if (s->socket != NULL) {
		sandbox_allow_unix(r);
		return;
	}
	for (size_t i = 0; i < need->nports; i++)
		sandbox_allow_connect(r, need->ports[i]);
	if (s->source_ip != NULL)
		sandbox_allow_source(r);
}

/* A module opens what it likes: no list of that has an end. */
static void
confine_loosely(enum setting_id module)
{
	if (landlock_no_new_privs())
		log_debug("no Landlock, for what %s names opens what it likes",
		    setting_table[module].name);
}

static bool
confine_tightly(
    const struct settings *s, const struct confine_need *need, struct err *e)
{
	AUTO(sandbox_release) struct sandbox_rules rules;
	if (s->tunnel != NULL)
		sandbox_begin_as_parent(&rules);
	else
		sandbox_begin(&rules);
	if (need->text != NULL && sandbox_has_landlock(&rules))
		recode_reserve(need->text);
	allow_tls(&rules, s, need);
	allow_login(&rules, s, need);
	allow_log(&rules, s, need);
	allow_connection(&rules, s, need);
	if (need->folder != NULL)
		sandbox_allow(&rules, need->folder, SANDBOX_TREE);
	return sandbox_enter(&rules, s->sandbox == SANDBOX_STRICT, e);
}

bool
confine_closes_files(const struct settings *s)
{
	return s->sandbox != SANDBOX_OFF &&
	    settings_find_module(s) == SETTING_COUNT;
}

bool
confine(
    const struct settings *s, const struct confine_need *need, struct err *e)
{
	enum setting_id module = settings_find_module(s);
	if (s->sandbox == SANDBOX_OFF)
		return true;
	if (s->tunnel != NULL && need->may_reconnect) {
		/* it may be sudo: not even its privileges are given up */
		log_debug(
		    "no sandbox, for the tunnel command may be run again");
		return true;
	}
	if (module == SETTING_COUNT)
		return confine_tightly(s, need, e);
	confine_loosely(module);
	return true;
}
