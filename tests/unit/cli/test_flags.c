// SPDX-License-Identifier: ISC
#include "cli/flags.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

enum { WORDS_MAX = 40 };

/* A command line, written as one: words are separated by single blanks. */
struct line {
	char text[500];
	char *argv[WORDS_MAX];
	int argc;
	struct cli cli;
	struct err e;
};

static bool
parse(struct line *l, const char *text)
{
	cli_release(&l->cli);
	*l = (struct line){ .cli = CLI_INIT };
	(void)snprintf(l->text, sizeof(l->text), "%s", text);
	l->argv[l->argc++] = l->text;
	for (char *p = l->text; *p != '\0'; p++) {
		if (*p != ' ')
			continue;
		*p = '\0';
		l->argv[l->argc++] = p + 1;
	}
	return cli_parse(&l->cli, l->argc, l->argv, &l->e);
}

static void
line_release(struct line *l)
{
	cli_release(&l->cli);
}

/* What the line asks for, as text: what is not default, and recipients. */
static void
means(const char *text, const char *want)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	AUTO(buf_release) struct buf got = BUF_INIT(4096);
	bool ok = parse(&l, text);
	unit_check(ok, __FILE__, __LINE__, "%s: %s", text, l.e.text);
	const struct cli *c = &l.cli;
	static const char *const modes[] = {
		[CLI_SEND] = "",
		[CLI_PRETEND] = "pretend ",
		[CLI_ROUTE] = "route ",
		[CLI_CHECK_CONFIG] = "check ",
		[CLI_PRINT_CONFIG] = "print ",
		[CLI_SERVERINFO] = "serverinfo ",
		[CLI_RMQS] = "rmqs ",
		[CLI_CONFIGURE] = "configure ",
		[CLI_HELP] = "help ",
		[CLI_VERSION] = "version ",
		[CLI_MAILQ] = "mailq ",
		[CLI_QUEUE_RUN] = "run ",
		[CLI_QUEUE_SHOW] = "show ",
		[CLI_QUEUE_REMOVE] = "remove ",
		[CLI_QUEUE_HOLD] = "hold ",
		[CLI_QUEUE_RELEASE] = "release ",
		[CLI_QUEUE_RETRY] = "retry ",
		[CLI_NEWALIASES] = "newaliases ",
	};
	CHECK(buf_printf(&got, "%s%s%s%s", modes[c->mode],
	    c->from_header ? "t " : "", c->ignores_dot ? "i " : "",
	    c->debug ? "d " : ""));
	if (c->as_json)
		CHECK(buf_printf(&got, "json "));
	if (c->reads_author)
		CHECK(buf_printf(&got, "author "));
	if (c->mode_arg != NULL)
		CHECK(buf_printf(&got, "(%s) ", c->mode_arg));
	if (c->account != NULL)
		CHECK(buf_printf(&got, "a=%s ", c->account));
	if (c->rcfile != NULL)
		CHECK(buf_printf(&got, "C=%s ", c->rcfile));
	if (c->settings.from != NULL)
		CHECK(buf_printf(&got, "f=%s ", c->settings.from));
	if (c->settings.from_full_name != NULL)
		CHECK(buf_printf(&got, "F=%s ", c->settings.from_full_name));
	static const char *const choices[] = {
		[CLI_QUEUE_DUE] = "",
		[CLI_QUEUE_BY_ID] = "I",
		[CLI_QUEUE_BY_RCPT] = "R",
		[CLI_QUEUE_BY_SENDER] = "S",
	};
	if (c->queue_text != NULL)
		CHECK(buf_printf(
		    &got, "%s=%s ", choices[c->queue_by], c->queue_text));
	if (c->queue_every_s > 0)
		CHECK(buf_printf(&got, "every=%u ", c->queue_every_s));
	CHECK(buf_printf(&got, ":"));
	for (size_t i = 0; i < c->nrecipients; i++)
		CHECK(buf_printf(&got, " %s", c->recipients[i]));
	unit_check(str_eq(buf_str(&got), str_of(want)), __FILE__, __LINE__,
	    "%s means \"%s\", not \"%s\"", text, buf_cstr(&got), want);
}

static void
refuses(const char *text, int exit, const char *why)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(!parse(&l, text));
	CHECK_EQ(l.e.exit, exit);
	CHECK_STR(l.e.text, why);
}

TEST(cron_and_other_callers_are_understood)
{
	means("/usr/sbin/sendmail -i -FCronDaemon -B8BITMIME -oem user",
	    "i F=CronDaemon : user");
	means("sendmail -FCronDaemon -i -B8BITMIME -oem a,b",
	    "i F=CronDaemon : a,b");
	means("sendmail -FCronDaemon -odi -oem -or0s user",
	    "F=CronDaemon : user");
	means("sendmail -FCronDaemon -i -odi -oem -oi -t -f root",
	    "t i f=root F=CronDaemon :");
	means("sendmail -FAnacron -odi user", "F=Anacron : user");
	means("sendmail -ti", "t i :");
	means("sendmail -i -B 8BITMIME user", "i : user");
	means("sendmail -i user", "i : user");
	means("sendmail -t", "t :");
	means("sendmail -f s@x d@x", "f=s@x : d@x");
	means("sendmail -oi -t", "t i :");
	means("sendmail -oem -oi -B8BITMIME -f a@x -- b@x -c@x",
	    "i f=a@x : b@x -c@x");
	means("sendmail -i -m -v -F Name -f a@x -- b@x",
	    "i d f=a@x F=Name : b@x");
	means("sendmail -i -t -f a@x -m -v", "t i d f=a@x :");
	means("sendmail -fa@x -i -t", "t i f=a@x :");
	means(
	    "sendmail -oi -f a@x -oA/etc/aliases -oep -odi -t", "t i f=a@x :");
	means("sendmail -oi -oem -odb a b", "i : a b");
	means("sendmail -f a@x -i b@x c@x", "i f=a@x : b@x c@x");
}

TEST(a_sender_may_be_joined_or_apart_and_called_r)
{
	static const char *const lines[] = {
		"sendmail -fu@x v",
		"sendmail -f u@x v",
		"sendmail -ru@x v",
		"sendmail -r u@x v",
		"sendmail v -f u@x",
		"posthaste --from=u@x v",
		"posthaste --from u@x v",
		"posthaste -f u@x v",
		"sendmail -f first -r u@x v",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		means(lines[i], "f=u@x : v");
	means("sendmail -FA v", "F=A : v");
	means("sendmail -tifu@x", "t i f=u@x :");
}

TEST(a_full_name_may_hold_blanks)
{
	char program[] = "sendmail", flag[] = "-F", name[] = "A B";
	char *argv[] = { program, flag, name, NULL };
	AUTO(cli_release) struct cli cli;
	struct err e = ERR_INIT;
	CHECK(cli_parse(&cli, 3, argv, &e));
	CHECK_STR(cli.settings.from_full_name, "A B");
}

TEST(the_sender_may_be_empty)
{
	means("sendmail -f  v", "f= : v");
	means("sendmail -f <> v", "f=<> : v");
	means("posthaste --from= v", "f= : v");
	means("sendmail -F  v", ": v");
	refuses("posthaste --host= v", EX_USAGE, "--host: is empty");
}

TEST(line_ends_in_the_sender_are_refused)
{
	refuses("sendmail -fa@x>\r\nRCPT", EX_DATAERR,
	    "-f: holds a control character");
	refuses(
	    "sendmail -r a\nb", EX_DATAERR, "-r: holds a control character");
	refuses("posthaste --from-full-name=a\nBcc:b", EX_DATAERR,
	    "--from-full-name: holds a control character");
}

TEST(ignored_letters_take_their_argument_and_no_recipient)
{
	static const char *const lines[] = {
		"sendmail -Ac user",
		"sendmail -B 7BIT user",
		"sendmail -C /x user",
		"sendmail -C/x user",
		"sendmail -X /x user",
		"sendmail -X/var/www/x.php user",
		"sendmail -OQueueDirectory=/x user",
		"sendmail -O QueueDirectory=/x user",
		"sendmail -oQ/x user",
		"sendmail -o Q/x user",
		"sendmail -em user",
		"sendmail -e m user",
		"sendmail -L tag user",
		"sendmail -Ltag user",
		"sendmail -h 5 user",
		"sendmail -h5 user",
		"sendmail -p smtp:host user",
		"sendmail -bm user",
		"sendmail -b m user",
		"sendmail -m -n -G -U -c -x user",
		"sendmail -mnGUcx user",
		"posthaste -O x -L y -h 5 -p z -e m -B x -bm -m -n -G -U user",
	};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		means(lines[i], ": user");
}

TEST(json_is_for_what_has_something_to_show)
{
	means("posthaste --serverinfo --json", "serverinfo json :");
	means("posthaste --json -S", "serverinfo json :");
	means("posthaste --json -bp", "mailq json :");
	means("mailq --json", "mailq json :");
	refuses(
	    "posthaste --json", EX_USAGE, "--json needs --serverinfo or -bp");
	refuses("posthaste --json --pretend u", EX_USAGE,
	    "--json needs --serverinfo or -bp");
	refuses("posthaste -S --json=x", EX_USAGE, "--json takes no argument");
	refuses("sendmail --json", EX_USAGE, "unknown flag \"--json\"");
}

TEST(debugging_takes_a_joined_argument_only)
{
	means("sendmail -d user", "d : user");
	means("sendmail -d0.1 user", "d : user");
	means("posthaste --debug user", "d : user");
	means("posthaste --debug=x user", "d : user");
	means("sendmail -vti user", "t i d : user");
}

TEST(options_that_begin_with_i_ignore_the_dot)
{
	means("sendmail -oi u", "i : u");
	means("sendmail -oitrue u", "i : u");
	means("sendmail -o i u", "i : u");
	means("sendmail -odi u", ": u");
	means("sendmail -om u", ": u");
}

TEST(flags_may_stand_behind_recipients_but_not_behind_two_dashes)
{
	means("sendmail a -i b -- -t c", "i : a b -t c");
	means("posthaste a -t --file x b", "t C=x : a b");
	means("posthaste -- --help", ": --help");
	means("posthaste -", ": -");
}

TEST(as_posthaste_letters_and_names_mean_the_same)
{
	means("posthaste -a x -C f -t -i -d u", "t i d a=x C=f : u");
	means("posthaste -ax -Cf u", "a=x C=f : u");
	means("posthaste --account x --file f --read-recipients --debug u",
	    "t d a=x C=f : u");
	means("posthaste --account=x --file=f u", "a=x C=f : u");
	means("posthaste -P u", "pretend : u");
	means("posthaste --pretend u", "pretend : u");
	means("posthaste --help", "help :");
	means("posthaste --version", "version :");
	means("anything -a x u", "a=x : u");
}

TEST(to_take_the_sender_from_the_message_excludes_naming_it)
{
	means("posthaste --read-envelope-from -t", "t author :");
	refuses("posthaste --read-envelope-from -f a@x v", EX_USAGE,
	    "--read-envelope-from and --from exclude each other");
	refuses("posthaste -f  --read-envelope-from v", EX_USAGE,
	    "--read-envelope-from and --from exclude each other");
	refuses("sendmail --read-envelope-from v", EX_USAGE,
	    "unknown flag \"--read-envelope-from\"");
}

TEST(queries_take_their_argument_and_no_recipients)
{
	means("posthaste -S", "serverinfo :");
	means("posthaste --serverinfo -a x", "serverinfo a=x :");
	means("posthaste --rmqs=@x", "rmqs (@x) :");
	means("posthaste --rmqs x", "rmqs (x) :");
	means("posthaste --configure a@x", "configure (a@x) :");
	refuses("posthaste --rmqs", EX_USAGE, "--rmqs needs an argument");
	refuses("posthaste --rmqs=", EX_USAGE, "--rmqs needs one name");
	refuses("posthaste --rmqs=x u", EX_USAGE,
	    "recipients, but no message to be sent to them");
	refuses("posthaste -S -t", EX_USAGE,
	    "recipients, but no message to be sent to them");
	means("sendmail -S x", ": x"); /* of old, and does nothing */
	refuses("sendmail --rmqs=x", EX_USAGE, "unknown flag \"--rmqs\"");
}

TEST(every_setting_with_a_flag_can_be_set_by_it)
{
	static const char *const values[SETTING_COUNT] = {
		[SETTING_HOST] = "--host=h",
		[SETTING_PORT] = "--port=25",
		[SETTING_SOURCE_IP] = "--source-ip=::1",
		[SETTING_ADDRESS_FAMILY] = "--address-family=ipv6",
		[SETTING_PROXY_HOST] = "--proxy-host=h",
		[SETTING_PROXY_PORT] = "--proxy-port=9050",
		[SETTING_PROXY_USER] = "--proxy-user=u",
		[SETTING_PROXY_PASSWORDEVAL] = "--proxy-passwordeval=c",
		[SETTING_PROXY_PASSWORD_FILE] = "--proxy-password-file=/f",
		[SETTING_SOCKET] = "--socket=/s",
		[SETTING_TUNNEL] = "--tunnel=c",
		[SETTING_TIMEOUT] = "--timeout=off",
		[SETTING_DOMAIN] = "--domain=d",
		[SETTING_PROTOCOL] = "--protocol=lmtp",
		[SETTING_TLS] = "--tls=off",
		[SETTING_TLS_STARTTLS] = "--tls-starttls=off",
		[SETTING_TLS_TRUST_FILE] = "--tls-trust-file=/f",
		[SETTING_TLS_CRL_FILE] = "--tls-crl-file=/f",
		[SETTING_TLS_FINGERPRINT] = "--tls-fingerprint=off",
		[SETTING_TLS_PIN] = "--tls-pin=off",
		[SETTING_TLS_TRUST] = "--tls-trust=dane",
		[SETTING_TLS_KNOWN_HOSTS] = "--tls-known-hosts=/f",
		[SETTING_TLS_KEY_FILE] = "--tls-key-file=/f",
		[SETTING_TLS_CERT_FILE] = "--tls-cert-file=/f",
		[SETTING_TLS_KEY_PASSWORDEVAL] = "--tls-key-passwordeval=c",
		[SETTING_TLS_KEY_PASSWORD_FILE] = "--tls-key-password-file=/f",
		[SETTING_TLS_CERTCHECK] = "--tls-certcheck=off",
		[SETTING_TLS_PRIORITIES] = "--tls-priorities=NORMAL",
		[SETTING_TLS_MIN_VERSION] = "--tls-min-version=1.3",
		[SETTING_TLS_HOST_OVERRIDE] = "--tls-host-override=h",
		[SETTING_TLS_SESSION_CACHE] = "--tls-session-cache=off",
		[SETTING_AUTH] = "--auth=login",
		[SETTING_USER] = "--user=u",
		[SETTING_NTLMDOMAIN] = "--ntlmdomain=d",
		[SETTING_PASSWORDEVAL] = "--passwordeval=c",
		[SETTING_PASSWORDEVAL_TIMEOUT] = "--passwordeval-timeout=5",
		[SETTING_PASSWORD_FILE] = "--password-file=/f",
		[SETTING_PASSWORD_FD] = "--password-fd=3",
		[SETTING_KEYRING] = "--keyring=off",
		[SETTING_FROM] = "--from=a@x",
		[SETTING_FROM_FULL_NAME] = "--from-full-name=n",
		[SETTING_REWRITE_FROM] = "--rewrite-from=always",
		[SETTING_REWRITE_REPLY_TO] = "--rewrite-reply-to=on",
		[SETTING_SET_FROM_HEADER] = "--set-from-header=on",
		[SETTING_SET_DATE_HEADER] = "--set-date-header=off",
		[SETTING_SET_MSGID_HEADER] = "--set-msgid-header=off",
		[SETTING_SET_TO_HEADER] =
		    "--set-to-header=undisclosed_recipients",
		[SETTING_REMOVE_BCC_HEADERS] = "--remove-bcc-headers=off",
		[SETTING_ALIASES] = "--aliases=/f",
		[SETTING_QUALIFY_DOMAIN] = "--qualify-domain=d",
		[SETTING_LOCAL_DOMAINS] = "--local-domains=d",
		[SETTING_REWRITE_TO] = "--rewrite-to=on",
		[SETTING_DSN_NOTIFY] = "--dsn-notify=delay",
		[SETTING_DSN_RETURN] = "--dsn-return=full",
		[SETTING_DSN_ENVID] = "--dsn-envid=x",
		[SETTING_DELIVER_BY] = "--deliver-by=2h",
		[SETTING_HOLD_FOR] = "--hold-for=5m",
		[SETTING_HOLD_UNTIL] = "--hold-until=2999-01-01T00:00:00Z",
		[SETTING_PRIORITY] = "--priority=-1",
		[SETTING_RELAY_TLS] = "--relay-tls=require",
		[SETTING_MAIL_AUTH] = "--mail-auth=<>",
		[SETTING_PARTIAL_DELIVERY] = "--partial-delivery=off",
		[SETTING_LONG_LINES] = "--long-lines=pass",
		[SETTING_QUEUE] = "--queue=always",
		[SETTING_QUEUE_DIR] = "--queue-dir=/f",
		[SETTING_QUEUE_RETRY_MIN] = "--queue-retry-min=5m",
		[SETTING_QUEUE_RETRY_MAX] = "--queue-retry-max=2h",
		[SETTING_QUEUE_LIFETIME] = "--queue-lifetime=3d",
		[SETTING_QUEUE_WARN_AFTER] = "--queue-warn-after=4h",
		[SETTING_QUEUE_PER_CONNECTION] = "--queue-per-connection=10",
		[SETTING_QUEUE_BOUNCES] = "--queue-bounces=off",
		[SETTING_LOGFILE] = "--logfile=/f",
		[SETTING_LOGFILE_TIME_FORMAT] = "--logfile-time-format=%s",
		[SETTING_LOG_FORMAT] = "--log-format=json",
		[SETTING_SYSLOG] = "--syslog=LOG_MAIL",
		[SETTING_SANDBOX] = "--sandbox=off",
	};
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		AUTO(line_release) struct line l = { .argc = 0 };
		char text[100];
		CHECK(setting_table[id].has_flag == (values[id] != NULL));
		if (values[id] == NULL)
			continue;
		(void)snprintf(text, sizeof(text), "posthaste %s", values[id]);
		CHECK(parse(&l, text));
		for (enum setting_id k = 0; k < SETTING_COUNT; k++)
			CHECK(settings_is_set(&l.cli.settings, k) == (k == id));
		CHECK_EQ(l.cli.settings.origin[id].source, SETTINGS_FLAG);
	}
}

TEST(the_families_of_addresses_have_flags_of_their_own)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l, "posthaste --ipv4 u"));
	CHECK_EQ(l.cli.settings.address_family, ADDRESS_FAMILY_IPV4);
	AUTO(line_release) struct line other = { .argc = 0 };
	CHECK(parse(&other, "posthaste --ipv4 --ipv6 u"));
	CHECK_EQ(other.cli.settings.address_family, ADDRESS_FAMILY_IPV6);
	refuses("posthaste --ipv6=1 u", EX_USAGE, "--ipv6 takes no argument");
	refuses("sendmail --ipv6 u", EX_USAGE, "unknown flag \"--ipv6\"");
}

TEST(what_can_be_on_takes_its_argument_joined_only)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l,
	    "posthaste --tls off --tls-starttls --partial-delivery --auth u"));
	CHECK_EQ(l.cli.settings.tls, TOGGLE_ON);
	CHECK_EQ(l.cli.settings.tls_starttls, TOGGLE_ON);
	CHECK(l.cli.settings.partial_delivery);
	CHECK_STR(l.cli.settings.auth, "on");
	CHECK_EQ(l.cli.nrecipients, 2);
	CHECK_STR(l.cli.recipients[0], "off");
}

TEST(a_flag_that_cannot_be_on_alone_is_auto)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l,
	    "posthaste --set-date-header --set-msgid-header "
	    "--set-from-header --set-to-header u"));
	CHECK_EQ(l.cli.settings.set_date_header, SET_HEADER_AUTO);
	CHECK_EQ(l.cli.settings.set_msgid_header, SET_HEADER_AUTO);
	CHECK_EQ(l.cli.settings.set_from_header, TOGGLE_ON);
	CHECK_EQ(l.cli.settings.set_to_header, TO_HEADER_ON);
}

TEST(a_wrong_value_is_a_usage_error)
{
	refuses("posthaste --port=x", EX_USAGE,
	    "--port: \"x\" is not a number from 1 to 65535");
	refuses("posthaste --tls=yes", EX_USAGE,
	    "--tls: \"yes\" is not one of auto, on, off");
	refuses("posthaste --tls=", EX_USAGE, "--tls: is empty");
}

TEST(unknown_flags_are_refused_with_the_nearest)
{
	refuses("posthaste --tsl", EX_USAGE,
	    "unknown flag \"--tsl\", did you mean \"--tls\"?");
	refuses("posthaste --tls-startls=on", EX_USAGE,
	    "unknown flag \"--tls-startls\", did you mean "
	    "\"--tls-starttls\"?");
	refuses("posthaste --acount x", EX_USAGE,
	    "unknown flag \"--acount\", did you mean \"--account\"?");
	refuses("posthaste --xyzzy", EX_USAGE, "unknown flag \"--xyzzy\"");
	refuses("posthaste --\033[2J", EX_USAGE, "unknown flag \"--\\x1b[2J\"");
	refuses("posthaste -y", EX_USAGE, "unknown flag \"-y\"");
	refuses("sendmail -iy", EX_USAGE, "unknown flag \"-y\"");
	refuses("sendmail -\377", EX_USAGE, "unknown flag \"-\\xff\"");
}

TEST(a_password_on_the_command_line_is_refused_and_not_shown)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(!parse(&l, "posthaste --password=hunter2 u"));
	CHECK_EQ(l.e.exit, EX_USAGE);
	CHECK(strstr(l.e.text, "hunter2") == NULL);
}

TEST(names_of_flags_cannot_be_cut_short)
{
	refuses("posthaste --hos h", EX_USAGE,
	    "unknown flag \"--hos\", did you mean \"--host\"?");
	refuses("posthaste --password-fil=x", EX_USAGE,
	    "unknown flag \"--password-fil\", did you mean "
	    "\"--password-file\"?");
	refuses("posthaste --tls_starttls", EX_USAGE,
	    "unknown flag \"--tls_starttls\", did you mean "
	    "\"--tls-starttls\"?");
	refuses("posthaste --preten", EX_USAGE,
	    "unknown flag \"--preten\", did you mean \"--pretend\"?");
}

TEST(arguments_must_be_there_or_must_not)
{
	refuses("sendmail -f", EX_USAGE, "-f needs an argument");
	refuses("sendmail -tif", EX_USAGE, "-f needs an argument");
	refuses("posthaste --host", EX_USAGE, "--host needs an argument");
	refuses("posthaste --help=x", EX_USAGE, "--help takes no argument");
	refuses("sendmail -o", EX_USAGE, "-o needs an argument");
}

TEST(x_is_a_log_file_but_for_sendmail)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l, "posthaste -X/tmp/log u"));
	CHECK_STR(l.cli.settings.logfile, "/tmp/log");
	CHECK(parse(&l, "sendmail -X /tmp/log u"));
	CHECK(l.cli.settings.logfile == NULL);
	CHECK_EQ(l.cli.nrecipients, 1);
}

TEST(options_of_sendmail_that_mean_something_do)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	means("sendmail -oi u", "i : u");
	means("sendmail -oitrue u", "i : u");
	means("sendmail -oifalse u", ": u");
	means("sendmail -OIgnoreDots=True u", "i : u");
	means("sendmail -O ignoredots=false u", ": u");
	means("sendmail -ov -OVerbose u", "d : u");
	CHECK(parse(&l, "posthaste -oA/etc/aliases u"));
	CHECK_STR(l.cli.settings.aliases, "/etc/aliases");
	CHECK(parse(&l, "posthaste -O AliasFile=/a u"));
	CHECK_STR(l.cli.settings.aliases, "/a");
	CHECK(parse(&l, "sendmail -O AliasFile=/a -oA/a u"));
	CHECK(l.cli.settings.aliases == NULL);
	CHECK(parse(&l, "sendmail -O requiretls=yes u"));
	CHECK_EQ(l.cli.settings.relay_tls, RELAY_TLS_REQUIRE);
	CHECK(parse(&l, "sendmail -O requiretls=no u"));
	CHECK(!settings_is_set(&l.cli.settings, SETTING_RELAY_TLS));
}

TEST(every_letter_of_other_sendmails_is_taken_with_its_value)
{
	means("sendmail -Ac -B 7BIT -c -d0.1 -D -E -e m -G -h 3 -i -J -L tag "
	      "-m -n -O a=b -oem -p SMTP:h -S -s -T -U -x -z line -4 -6 u",
	    "i d : u");
	means("sendmail -I", "newaliases :");
	means("sendmail -bi", "newaliases :");
	refuses("sendmail -I u", EX_USAGE,
	    "recipients, but no message to be sent to them");
	refuses("sendmail -bi -t", EX_USAGE,
	    "recipients, but no message to be sent to them");
	means("sendmail -bv u", "route : u");
	means("posthaste --route u", "route : u");
	refuses("sendmail --route u", EX_USAGE, "unknown flag \"--route\"");
	means("sendmail -D u", ": u");
	means("sendmail -E u", ": u");
	means("sendmail -J u", ": u");
	means("sendmail -S u", ": u");
}

TEST(what_sendmail_can_and_we_cannot_is_told)
{
	refuses("sendmail -bs", EX_UNAVAILABLE,
	    "-bs: SMTP on standard input is not supported in this version");
	refuses("sendmail -bd", EX_UNAVAILABLE,
	    "-bd: there is no daemon in this version");
	refuses("sendmail -bP", EX_UNAVAILABLE,
	    "-bP: the queue is counted by mailq");
	refuses("sendmail -Mqueueid", EX_UNAVAILABLE,
	    "-M: it is --queue-retry, --queue-remove and the like here");
	refuses("sendmail -bt", EX_UNAVAILABLE,
	    "-bt: testing of addresses is not supported in this version");
	refuses("sendmail -b z", EX_USAGE, "unknown flag \"-bz\"");
	refuses("sendmail -bmx", EX_USAGE, "unknown flag \"-bmx\"");
}

TEST(the_queue_is_listed_by_a_letter_and_by_a_name)
{
	means("sendmail -bp", "mailq :");
	means("posthaste -bp", "mailq :");
	means("mailq", "mailq :");
	means("mailq -Ac -v", "mailq d :");
	means("mailq -C file", "mailq C=file :");
	refuses("mailq u", EX_USAGE,
	    "recipients, but no message to be sent to them");
}

TEST(the_queue_is_run_as_a_whole_in_parts_or_now_and_then)
{
	means("sendmail -q", "run :");
	means("posthaste -q", "run :");
	means("sendmail -qf", "run :");
	means("sendmail -q -v", "run d :");
	means("sendmail -vq", "run d :");
	means("sendmail -qIabc", "run I=abc :");
	means("sendmail -qI abc", "run I=abc :");
	means("sendmail -qRexample.org -v", "run d R=example.org :");
	means("sendmail -qSme@x", "run S=me@x :");
	means("sendmail -qS me@x", "run S=me@x :");
	means("sendmail -q15m", "run every=900 :");
	means("sendmail -q30", "run every=1800 :");
	means("sendmail -q1h", "run every=3600 :");
	means("sendmail -q10s", "run every=10 :");
	means("sendmail -q1h -qRx", "run R=x every=3600 :");
	refuses("sendmail -qI", EX_USAGE, "-qI needs an argument");
	refuses("sendmail -q0", EX_USAGE, "-q0 is nothing that can be run");
	refuses(
	    "sendmail -qp15m", EX_USAGE, "-qp15m is nothing that can be run");
	refuses("sendmail -q!Ix", EX_USAGE, "-q!Ix is nothing that can be run");
	refuses("sendmail -q9999999", EX_USAGE,
	    "-q9999999 is nothing that can be run");
	refuses("sendmail -q u", EX_USAGE,
	    "recipients, but no message to be sent to them");
	refuses("sendmail -qI a -qR b", EX_USAGE,
	    "only one of -qI, -qR and -qS, and once");
	refuses("sendmail -q -t", EX_USAGE,
	    "recipients, but no message to be sent to them");
}

TEST(messages_that_wait_are_named_one_or_several)
{
	means("posthaste --queue-show 12", "show (12) :");
	means("posthaste --queue-remove=12 34 56", "remove (12) : 34 56");
	means("posthaste --queue-remove all", "remove (all) :");
	refuses("posthaste --queue-hold 1 --queue-hold=2", EX_USAGE,
	    "--queue-hold: one thing is done to messages at once");
	refuses("posthaste --queue-hold 1 --queue-remove 2", EX_USAGE,
	    "--queue-remove: one thing is done to messages at once");
	refuses("posthaste --queue-hold 1 -q", EX_USAGE,
	    "-q: one thing is done to messages at once");
	refuses("posthaste --queue-hold 1 -bp", EX_USAGE,
	    "-b: one thing is done to messages at once");
	means("posthaste --queue-hold 1 -C x 2", "hold (1) C=x : 2");
	means("posthaste --queue-release 1", "release (1) :");
	means("posthaste --queue-retry 1", "retry (1) :");
	refuses("posthaste --queue-remove", EX_USAGE,
	    "--queue-remove needs an argument");
	refuses("posthaste --queue-remove=", EX_USAGE,
	    "the id of a message is empty");
	refuses("posthaste --queue-remove 1 ", EX_USAGE,
	    "the id of a message is empty");
	refuses("posthaste --queue-remove 1 -t", EX_USAGE,
	    "recipients, but no message to be sent to them");
	refuses("sendmail --queue-remove 1", EX_USAGE,
	    "unknown flag \"--queue-remove\"");
	refuses(
	    "sendmail --queue=only u", EX_USAGE, "unknown flag \"--queue\"");
}

static enum cli_delivery
delivery_of(const char *text)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l, text));
	return l.cli.delivery;
}

TEST(a_call_says_when_its_message_is_to_be_delivered)
{
	CHECK_EQ(delivery_of("sendmail u"), CLI_DELIVERY_AS_SET);
	CHECK_EQ(delivery_of("sendmail -odi u"), CLI_DELIVERY_INTERACTIVE);
	CHECK_EQ(delivery_of("sendmail -odb u"), CLI_DELIVERY_BACKGROUND);
	CHECK_EQ(delivery_of("sendmail -odq u"), CLI_DELIVERY_QUEUE);
	CHECK_EQ(delivery_of("sendmail -odd u"), CLI_DELIVERY_QUEUE);
	CHECK_EQ(delivery_of("posthaste -o dq u"), CLI_DELIVERY_QUEUE);
	CHECK_EQ(delivery_of("sendmail -odx u"), CLI_DELIVERY_AS_SET);
	CHECK_EQ(delivery_of("sendmail -od u"), CLI_DELIVERY_AS_SET);
	CHECK_EQ(delivery_of("sendmail -ODeliveryMode=background u"),
	    CLI_DELIVERY_BACKGROUND);
	CHECK_EQ(delivery_of("sendmail -O deliverymode=i u"),
	    CLI_DELIVERY_INTERACTIVE);
	CHECK_EQ(delivery_of("sendmail -odq -odi u"), CLI_DELIVERY_INTERACTIVE);
}

TEST(what_sendmail_says_of_reports_is_understood)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l, "sendmail -N Failure,DELAY -RHdrs -V id1 u"));
	CHECK_STR(l.cli.settings.dsn_notify, "failure,delay");
	CHECK_EQ(l.cli.settings.dsn_return, DSN_RETURN_HDRS);
	CHECK_STR(l.cli.settings.dsn_envid, "id1");
	CHECK_EQ(l.cli.nrecipients, 1);
	CHECK(parse(&l, "sendmail -Nnever -R full u"));
	CHECK_STR(l.cli.settings.dsn_notify, "never");
	CHECK_EQ(l.cli.settings.dsn_return, DSN_RETURN_FULL);
	CHECK(parse(&l, "posthaste --dsn-notify=success -R headers u"));
	CHECK_STR(l.cli.settings.dsn_notify, "success");
	CHECK_EQ(l.cli.settings.dsn_return, DSN_RETURN_HEADERS);
	refuses("sendmail -N never,delay u", EX_USAGE,
	    "-N: \"never\" stands alone: no report contradicts the others");
	refuses("sendmail -N sometimes u", EX_USAGE,
	    "-N: \"sometimes\" is not some of never, failure, delay, "
	    "success, or off");
	refuses("sendmail -R some u", EX_USAGE,
	    "-R: \"some\" is not one of off, headers, full, hdrs");
	refuses("sendmail -V", EX_USAGE, "-V needs an argument");
	refuses("sendmail --hold-for=60 u", EX_USAGE,
	    "unknown flag \"--hold-for\"");
	refuses("posthaste --priority=10 u", EX_USAGE,
	    "--priority: \"10\" is not a number from -9 to 9");
}

TEST(called_as_sendmail_no_flag_names_a_file_or_command)
{
	refuses("sendmail --passwordeval=id u", EX_USAGE,
	    "unknown flag \"--passwordeval\"");
	refuses("sendmail --file x u", EX_USAGE, "unknown flag \"--file\"");
	refuses("sendmail --host=x u", EX_USAGE, "unknown flag \"--host\"");
	refuses("sendmail --debug u", EX_USAGE, "unknown flag \"--debug\"");
	refuses("sendmail -a x u", EX_USAGE, "unknown flag \"-a\"");
	refuses("sendmail -P u", EX_USAGE, "unknown flag \"-P\"");
	means("sendmail --help", "help :");
	means("sendmail --version", "version :");
	means("sendmail -C/some/file -X/var/www/x.php -OQueueDirectory=/tmp u",
	    ": u");
}

TEST(the_name_is_that_without_the_directories)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l, "/usr/lib/sendmail u"));
	CHECK(l.cli.is_sendmail);
	CHECK(parse(&l, "../x/send-mail u"));
	CHECK(l.cli.is_sendmail);
	CHECK(parse(&l, "/sendmail/posthaste u"));
	CHECK(!l.cli.is_sendmail);
	means("/usr/bin/newaliases", "newaliases :");
	means("newaliases -v x", "newaliases :");
	means("./mailq", "mailq :");
	means("/usr/bin/mailq -v", "mailq d :");
}

TEST(without_any_words_nothing_is_asked_for)
{
	char *argv[] = { NULL };
	AUTO(cli_release) struct cli cli;
	struct err e = ERR_INIT;
	CHECK(cli_parse(&cli, 0, argv, &e));
	CHECK_EQ(cli.mode, CLI_SEND);
	CHECK_EQ(cli.nrecipients, 0);
}

TEST(no_two_flags_share_a_name_or_letter)
{
	for (size_t i = 0; i < flag_count; i++) {
		const struct flag *a = &flag_table[i];
		CHECK(a->name == NULL || setting_find(str_of(a->name)) == NULL);
		for (size_t k = 0; k < SETTING_COUNT; k++)
			CHECK(a->letter == '\0' ||
			    a->caller == FLAG_BY_SENDMAIL ||
			    a->letter != setting_table[k].letter);
		for (size_t k = 0; k < i; k++) {
			const struct flag *b = &flag_table[k];
			CHECK(a->name == NULL || b->name == NULL ||
			    strcmp(a->name, b->name) != 0);
			CHECK(a->letter == '\0' || a->letter != b->letter ||
			    (a->caller != b->caller &&
				a->caller != FLAG_BY_ANY &&
				b->caller != FLAG_BY_ANY));
		}
	}
}

TEST(the_configuration_can_be_checked_and_shown)
{
	means("posthaste --check-config -C x", "check C=x :");
	means("posthaste --print-config -a b", "print a=b :");
	refuses("sendmail --check-config", EX_USAGE,
	    "unknown flag \"--check-config\"");
}

TEST(flags_of_old_versions_of_msmtp_set_what_they_mean_today)
{
	AUTO(line_release) struct line l = { .argc = 0 };
	CHECK(parse(&l,
	    "posthaste --connect-timeout=30 --tls-nostarttls "
	    "--tls-min-dh-prime-bits 512 --auto-from --maildomain x.org v"));
	CHECK_EQ(l.cli.settings.timeout, 30);
	CHECK_EQ(l.cli.settings.tls_starttls, TOGGLE_OFF);
	CHECK(l.cli.settings.auto_from.is_on);
	CHECK_STR(l.cli.settings.auto_from.domain, "x.org");
	CHECK_EQ(l.cli.nrecipients, 1);
	refuses("posthaste --auto-from=maybe v", EX_USAGE,
	    "--auto-from: \"maybe\" is not one of on, off");
	refuses("posthaste --maildomain", EX_USAGE,
	    "--maildomain needs an argument");
	refuses(
	    "sendmail --auto-from v", EX_USAGE, "unknown flag \"--auto-from\"");
}
