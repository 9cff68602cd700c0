// SPDX-License-Identifier: ISC
#include "outbox/lane.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "queue/entry.h"
#include "submit/origin.h"
#include "unit.h"

static void
set(struct settings *s, enum setting_id id, const char *value,
    struct settings_origin origin)
{
	struct err e = ERR_INIT;
	CHECK(settings_set(s, id, str_of(value), origin, &e));
}

static void
flag(struct settings *s, enum setting_id id, const char *value)
{
	set(s, id, value, (struct settings_origin){ .source = SETTINGS_FLAG });
}

/* One that is told under another name than the setting's. */
static void
variable(
    struct settings *s, enum setting_id id, const char *value, const char *name)
{
	set(s, id, value,
	    (struct settings_origin){
		.source = SETTINGS_ENVIRONMENT,
		.file = name,
	    });
}

static void
describe(const struct settings *s, struct entry *entry)
{
	const struct origin origin = ORIGIN_INIT;
	struct err e = ERR_INIT;
	CHECK(lane_describe(&origin, s, entry, &e));
}

/* The only line; "%s" in it is where we are. */
static void
expect_line(const struct entry *entry, const char *line)
{
	char here[4096], meant[8192];
	const char *place = strstr(line, "%s");
	CHECK(getcwd(here, sizeof(here)) != NULL);
	(void)snprintf(meant, sizeof(meant), "%.*s%s%s",
	    place != NULL ? (int)(place - line) : (int)strlen(line), line,
	    place != NULL ? here : "", place != NULL ? place + 2 : "");
	CHECK_EQ(entry->settings.len, 1);
	if (entry->settings.len > 0)
		CHECK_STR(entry->settings.items[0], meant);
}

static void
expect_flag(enum setting_id id, const char *value, const char *line)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	flag(&s, id, value);
	describe(&s, &entry);
	expect_line(&entry, line);
}

TEST(keeps_a_path_from_the_root_on)
{
	expect_flag(SETTING_TLS_CRL_FILE, "crl.pem", "tls_crl_file %s/crl.pem");
	expect_flag(SETTING_TLS_CRL_FILE, "/crl.pem", "tls_crl_file /crl.pem");
}

TEST(keeps_a_url_and_a_word_as_they_are)
{
	expect_flag(SETTING_TLS_KEY_FILE, "pkcs11:object=k",
	    "tls_key_file pkcs11:object=k");
	expect_flag(SETTING_TLS_TRUST_FILE, "system", "tls_trust_file system");
	expect_flag(SETTING_LOGFILE, "-", "logfile -");
}

TEST(keeps_the_server_that_msmtps_variables_name)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	variable(&s, SETTING_HOST, "relay.example", "SMTPSERVER");
	describe(&s, &entry);
	expect_line(&entry, "host relay.example");
}

TEST(keeps_no_credential)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	variable(&s, SETTING_PASSWORD_FILE, "/run/credentials/x/pw",
	    "CREDENTIALS_DIRECTORY");
	describe(&s, &entry);
	CHECK_EQ(entry.settings.len, 0);
}

/* Whether the server is still asked to hold what says that. */
static bool
holds(const char *line)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(lane_release) struct lane lane = LANE_INIT;
	struct err e = ERR_INIT;
	strvec_add(&entry.settings, STR("host localhost"));
	strvec_add(&entry.settings, str_of(line));
	CHECK(lane_load(&lane, &entry, &e));
	return lane.settings.hold_until != NULL;
}

TEST(holds_nothing_until_a_date_that_has_passed_meanwhile)
{
	CHECK(holds("hold_until 2199-12-24T18:00:00Z"));
	CHECK(!holds("hold_until 2001-12-24T18:00:00Z"));
}
