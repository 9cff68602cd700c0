// SPDX-License-Identifier: ISC
#include "config/table.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"
#include "config/settings.h"
#include "config/value.h"

#define AT(field) offsetof(struct settings, field)

const char *const setting_toggle_words[] = {
	[TOGGLE_AUTO] = "auto",
	[TOGGLE_ON] = "on",
	[TOGGLE_OFF] = "off",
	NULL,
};

static const char *const log_format_words[] = { "text", "json", NULL };

/* In the order of enum syslog_word. */
static const char *const syslog_words[] = { "off", "on", "LOG_USER", "LOG_MAIL",
	"LOG_LOCAL0", "LOG_LOCAL1", "LOG_LOCAL2", "LOG_LOCAL3", "LOG_LOCAL4",
	"LOG_LOCAL5", "LOG_LOCAL6", "LOG_LOCAL7", NULL };

static const char *const rewrite_words[] = {
	[REWRITE_NEVER] = "never",
	[REWRITE_INVALID] = "invalid",
	[REWRITE_ALWAYS] = "always",
	NULL,
};

static const char *const auto_off_words[] = {
	[SET_HEADER_AUTO] = "auto",
	[SET_HEADER_OFF] = "off",
	NULL,
};

static const char *const to_header_words[] = {
	[TO_HEADER_AUTO] = "auto",
	[TO_HEADER_ON] = "on",
	[TO_HEADER_OFF] = "off",
	[TO_HEADER_UNDISCLOSED] = "undisclosed_recipients",
	NULL,
};

const char *const setting_long_lines_words[] = {
	[LONG_LINES_ENCODE] = "encode",
	[LONG_LINES_PASS] = "pass",
	[LONG_LINES_REFUSE] = "refuse",
	NULL,
};

static const char *const protocol_words[] = {
	[PROTOCOL_SMTP] = "smtp",
	[PROTOCOL_LMTP] = "lmtp",
	NULL,
};

static const char *const notify_words[] = { "never", "failure", "delay",
	"success", NULL };

static const char *const return_words[] = {
	[DSN_RETURN_OFF] = "off",
	[DSN_RETURN_HEADERS] = "headers",
	[DSN_RETURN_FULL] = "full",
	[DSN_RETURN_HDRS] = "hdrs",
	NULL,
};

static const char *const relay_tls_words[] = {
	[RELAY_TLS_AUTO] = "auto",
	[RELAY_TLS_REQUIRE] = "require",
	[RELAY_TLS_OPTIONAL] = "optional",
	NULL,
};

static const char *const trust_words[] = {
	[TLS_TRUST_AUTHORITIES] = "authorities",
	[TLS_TRUST_FIRST_USE] = "first_use",
	[TLS_TRUST_DANE] = "dane",
	NULL,
};

static const char *const version_words[] = {
	[TLS_VERSION_1_2] = "1.2",
	[TLS_VERSION_1_3] = "1.3",
	NULL,
};

static const char *const sandbox_words[] = {
	[SANDBOX_ON] = "on",
	[SANDBOX_OFF] = "off",
	[SANDBOX_STRICT] = "strict",
	NULL,
};

const struct setting setting_table[] = {
	[SETTING_HOST] = {
		.name = "host",
		.type = SETTING_TYPE_STRING,
		.offset = AT(host),
		.has_flag = true,
		.arg = "HOST",
		.help = "the server to hand mail to",
		.since = "0.1",
	},
	[SETTING_PORT] = {
		.name = "port",
		.type = SETTING_TYPE_UINT,
		.offset = AT(port),
		.min = 1,
		.max = 65535,
		.has_flag = true,
		.arg = "PORT",
		.help = "its port, if not to be found out",
		.since = "0.1",
	},
	[SETTING_SOURCE_IP] = {
		.name = "source_ip",
		.type = SETTING_TYPE_STRING,
		.offset = AT(source_ip),
		.none = "off",
		.empty = "off",
		.check = value_is_address,
		.has_flag = true,
		.arg = "ADDRESS",
		.help = "our address to connect from",
		.since = "0.2",
	},
	[SETTING_PROXY_HOST] = {
		.name = "proxy_host",
		.type = SETTING_TYPE_STRING,
		.offset = AT(proxy_host),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "HOST",
		.help = "the SOCKS5 proxy to go through",
		.since = "0.2",
	},
	[SETTING_PROXY_PORT] = {
		.name = "proxy_port",
		.type = SETTING_TYPE_UINT,
		.offset = AT(proxy_port),
		.none = "off",
		.empty = "off",
		.min = 1,
		.max = 65535,
		.has_flag = true,
		.arg = "PORT",
		.help = "the proxy's port, if not 1080",
		.since = "0.2",
	},
	[SETTING_SOCKET] = {
		.name = "socket",
		.type = SETTING_TYPE_PATH,
		.offset = AT(socket),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "PATH",
		.help = "local socket in place of host and port",
		.since = "0.2",
	},
	[SETTING_TIMEOUT] = {
		.name = "timeout",
		.type = SETTING_TYPE_UINT,
		.offset = AT(timeout),
		.none = "off",
		.min = 1,
		.max = 86400,
		.has_flag = true,
		.arg = "SECONDS",
		.help = "how long to wait for the server",
		.since = "0.1",
	},
	[SETTING_DOMAIN] = {
		.name = "domain",
		.type = SETTING_TYPE_STRING,
		.offset = AT(domain),
		.has_flag = true,
		.arg = "NAME",
		.help = "the name to greet the server with",
		.since = "0.1",
	},
	[SETTING_PROTOCOL] = {
		.name = "protocol",
		.type = SETTING_TYPE_WORD,
		.offset = AT(protocol),
		.words = protocol_words,
		.initial = "smtp",
		.has_flag = true,
		.arg = "smtp|lmtp",
		.help = "what the server speaks",
		.since = "0.2",
	},
	[SETTING_TLS] = {
		.name = "tls",
		.type = SETTING_TYPE_WORD,
		.words = setting_toggle_words,
		.offset = AT(tls),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "auto|on|off",
		.help = "whether to require TLS",
		.since = "0.1",
	},
	[SETTING_TLS_STARTTLS] = {
		.name = "tls_starttls",
		.is_tls_detail = true,
		.type = SETTING_TYPE_WORD,
		.words = setting_toggle_words,
		.offset = AT(tls_starttls),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "auto|on|off",
		.help = "TLS by STARTTLS, or at once",
		.since = "0.1",
	},
	[SETTING_TLS_TRUST_FILE] = {
		.name = "tls_trust_file",
		.is_tls_detail = true,
		.type = SETTING_TYPE_PATH,
		.offset = AT(tls_trust_file),
		.none = "system",
		.empty = "off",
		.has_flag = true,
		.arg = "FILE",
		.help = "authorities to trust, system or off",
		.since = "0.1",
	},
	[SETTING_TLS_CRL_FILE] = {
		.name = "tls_crl_file",
		.is_tls_detail = true,
		.type = SETTING_TYPE_PATH,
		.offset = AT(tls_crl_file),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "FILE",
		.help = "certificates that are revoked",
		.since = "0.2",
	},
	[SETTING_TLS_FINGERPRINT] = {
		.name = "tls_fingerprint",
		.is_tls_detail = true,
		.type = SETTING_TYPE_STRING,
		.offset = AT(tls_fingerprint),
		.none = "off",
		.empty = "off",
		.check = value_is_fingerprint,
		.check_msmtp = value_is_old_fingerprint,
		.has_flag = true,
		.arg = "SHA256",
		.help = "the one certificate to accept",
		.since = "0.2",
	},
	[SETTING_TLS_PIN] = {
		.name = "tls_pin",
		.is_tls_detail = true,
		.type = SETTING_TYPE_STRING,
		.offset = AT(tls_pin),
		.none = "off",
		.empty = "off",
		.check = value_is_pin,
		.has_flag = true,
		.arg = "PIN",
		.help = "the keys to accept, sha256//...",
		.since = "0.3",
	},
	[SETTING_TLS_TRUST] = {
		.name = "tls_trust",
		.is_tls_detail = true,
		.type = SETTING_TYPE_WORD,
		.words = trust_words,
		.offset = AT(tls_trust),
		.initial = "authorities",
		.has_flag = true,
		.arg = "WORD",
		.help = "what makes us believe it",
		.since = "0.3",
	},
	[SETTING_TLS_KNOWN_HOSTS] = {
		.name = "tls_known_hosts",
		.is_tls_detail = true,
		.type = SETTING_TYPE_PATH,
		.offset = AT(tls_known_hosts),
		.has_flag = true,
		.arg = "FILE",
		.help = "keys of servers, for first_use",
		.since = "0.3",
	},
	[SETTING_TLS_KEY_FILE] = {
		.name = "tls_key_file",
		.check = value_is_key_place,
		.is_tls_detail = true,
		.type = SETTING_TYPE_PATH,
		.offset = AT(tls_key_file),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "FILE",
		.help = "our own key, to be known by",
		.since = "0.2",
	},
	[SETTING_TLS_CERT_FILE] = {
		.name = "tls_cert_file",
		.check = value_is_key_place,
		.is_tls_detail = true,
		.type = SETTING_TYPE_PATH,
		.offset = AT(tls_cert_file),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "FILE",
		.help = "our own certificate",
		.since = "0.2",
	},
	[SETTING_TLS_KEY_PASSWORDEVAL] = {
		.name = "tls_key_passwordeval",
		.gives = GIVES_PASSPHRASE,
		.is_tls_detail = true,
		.type = SETTING_TYPE_COMMAND,
		.offset = AT(tls_key_passwordeval),
		.has_flag = true,
		.arg = "COMMAND",
		.help = "prints our key's passphrase or PIN",
		.since = "0.3",
	},
	[SETTING_TLS_KEY_PASSWORD_FILE] = {
		.name = "tls_key_password_file",
		.gives = GIVES_PASSPHRASE,
		.is_tls_detail = true,
		.type = SETTING_TYPE_PATH,
		.offset = AT(tls_key_password_file),
		.has_flag = true,
		.arg = "FILE",
		.help = "holds our key's passphrase or PIN",
		.since = "0.3",
	},
	[SETTING_TLS_CERTCHECK] = {
		.name = "tls_certcheck",
		.is_tls_detail = true,
		.type = SETTING_TYPE_BOOL,
		.offset = AT(tls_certcheck),
		.initial = "on",
		.is_optional = true,
		.has_flag = true,
		.arg = "on|off",
		.help = "whether to verify the certificate",
		.since = "0.2",
	},
	[SETTING_TLS_PRIORITIES] = {
		.name = "tls_priorities",
		.is_tls_detail = true,
		.type = SETTING_TYPE_STRING,
		.offset = AT(tls_priorities),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "STRING",
		.help = "versions and ciphers, for GnuTLS",
		.since = "0.2",
	},
	[SETTING_TLS_MIN_VERSION] = {
		.name = "tls_min_version",
		.is_tls_detail = true,
		.type = SETTING_TYPE_WORD,
		.words = version_words,
		.offset = AT(tls_min_version),
		.initial = "1.2",
		.has_flag = true,
		.arg = "1.2|1.3",
		.help = "the oldest TLS to speak",
		.since = "0.3",
	},
	[SETTING_TLS_HOST_OVERRIDE] = {
		.name = "tls_host_override",
		.is_tls_detail = true,
		.type = SETTING_TYPE_STRING,
		.offset = AT(tls_host_override),
		.none = "off",
		.empty = "off",
		.has_flag = true,
		.arg = "NAME",
		.help = "the name in the certificate",
		.since = "0.2",
	},
	[SETTING_TLS_SESSION_CACHE] = {
		.name = "tls_session_cache",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(tls_session_cache),
		.initial = "on",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off",
		.help = "whether to resume TLS sessions",
		.since = "0.3",
	},
	[SETTING_AUTH] = {
		.name = "auth",
		.type = SETTING_TYPE_AUTH,
		.offset = AT(auth),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "auto|on|off|MECH",
		.help = "whether and how to log in",
		.since = "0.1",
	},
	[SETTING_USER] = {
		.name = "user",
		.type = SETTING_TYPE_STRING,
		.offset = AT(user),
		.has_flag = true,
		.arg = "NAME",
		.help = "whom to log in as",
		.since = "0.1",
	},
	[SETTING_NTLMDOMAIN] = {
		.name = "ntlmdomain",
		.type = SETTING_TYPE_STRING,
		.offset = AT(ntlmdomain),
		.has_flag = true,
		.arg = "NAME",
		.help = "the domain for NTLM",
		.since = "0.2",
	},
	[SETTING_PASSWORD] = {
		/* no flag, no variable: others can read argv and environ */
		.name = "password",
		.gives = GIVES_PASSWORD,
		.type = SETTING_TYPE_SECRET,
		.offset = AT(password),
		.help = "the password",
		.since = "0.1",
	},
	[SETTING_PASSWORDEVAL] = {
		.name = "passwordeval",
		.gives = GIVES_PASSWORD,
		.type = SETTING_TYPE_COMMAND,
		.offset = AT(passwordeval),
		.has_flag = true,
		.arg = "COMMAND",
		.help = "command that prints the password",
		.since = "0.1",
	},
	[SETTING_PASSWORDEVAL_TIMEOUT] = {
		.name = "passwordeval_timeout",
		.type = SETTING_TYPE_UINT,
		.offset = AT(passwordeval_timeout),
		.initial = "60",
		.min = 1,
		.max = 86400,
		.has_flag = true,
		.arg = "SECONDS",
		.help = "how long to wait for it",
		.since = "0.1",
	},
	[SETTING_PASSWORD_FILE] = {
		.name = "password_file",
		.gives = GIVES_PASSWORD,
		.type = SETTING_TYPE_PATH,
		.offset = AT(password_file),
		.has_flag = true,
		.arg = "FILE",
		.help = "file that holds the password",
		.since = "0.1",
	},
	[SETTING_PASSWORD_FD] = {
		.name = "password_fd",
		.gives = GIVES_PASSWORD,
		.type = SETTING_TYPE_UINT,
		.offset = AT(password_fd),
		.min = 3,
		.max = 65535,
		.has_flag = true,
		.arg = "NUMBER",
		.help = "descriptor to read the password from",
		.since = "0.3",
	},
	[SETTING_KEYRING] = {
		.name = "keyring",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(keyring),
		.initial = "on",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off",
		.help = "ask the desktop's keyring for it",
		.since = "0.3",
	},
	[SETTING_FROM] = {
		.name = "from",
		.type = SETTING_TYPE_STRING,
		.offset = AT(from),
		.letter = 'f',
		.has_flag = true,
		.arg = "ADDRESS",
		.help = "the sender",
		.since = "0.1",
	},
	[SETTING_ALLOW_FROM_OVERRIDE] = {
		/* no flag: it would be in the hands of whom it is to stop */
		.name = "allow_from_override",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(allow_from_override),
		.initial = "on",
		.is_optional = true,
		.help = "whether --from counts",
		.since = "0.2",
	},
	[SETTING_FROM_FULL_NAME] = {
		.name = "from_full_name",
		.type = SETTING_TYPE_STRING,
		.offset = AT(from_full_name),
		.letter = 'F',
		.has_flag = true,
		.arg = "NAME",
		.help = "the name in a From field to be added",
		.since = "0.1",
	},
	[SETTING_REWRITE_FROM] = {
		.name = "rewrite_from",
		.type = SETTING_TYPE_WORD,
		.words = rewrite_words,
		.offset = AT(rewrite_from),
		.initial = "invalid",
		.has_flag = true,
		.arg = "WHICH",
		.help = "which senders to replace",
		.since = "0.2",
	},
	[SETTING_REWRITE_REPLY_TO] = {
		.name = "rewrite_reply_to",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(rewrite_reply_to),
		.initial = "off",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off",
		.help = "keep a replaced From in Reply-To",
		.since = "0.2",
	},
	[SETTING_SET_FROM_HEADER] = {
		.name = "set_from_header",
		.type = SETTING_TYPE_WORD,
		.words = setting_toggle_words,
		.offset = AT(set_from_header),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "auto|on|off",
		.help = "whether to write a From field",
		.since = "0.2",
	},
	[SETTING_SET_DATE_HEADER] = {
		.name = "set_date_header",
		.type = SETTING_TYPE_WORD,
		.words = auto_off_words,
		.offset = AT(set_date_header),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "auto|off",
		.help = "add a missing Date",
		.since = "0.2",
	},
	[SETTING_SET_MSGID_HEADER] = {
		.name = "set_msgid_header",
		.type = SETTING_TYPE_WORD,
		.words = auto_off_words,
		.offset = AT(set_msgid_header),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "auto|off",
		.help = "add a missing Message-ID",
		.since = "0.2",
	},
	[SETTING_SET_TO_HEADER] = {
		.name = "set_to_header",
		.type = SETTING_TYPE_WORD,
		.words = to_header_words,
		.offset = AT(set_to_header),
		.initial = "auto",
		.has_flag = true,
		.is_optional = true,
		.arg = "HOW",
		.help = "whether to write a To field",
		.since = "0.2",
	},
	[SETTING_REMOVE_BCC_HEADERS] = {
		.name = "remove_bcc_headers",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(remove_bcc_headers),
		.initial = "on",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off",
		.help = "take Bcc and Resent-Bcc out",
		.since = "0.2",
	},
	[SETTING_ALIASES] = {
		.name = "aliases",
		.type = SETTING_TYPE_PATH,
		.offset = AT(aliases),
		.none = "off",
		.has_flag = true,
		.arg = "FILE",
		.help = "whom local names stand for",
		.since = "0.2",
	},
	[SETTING_QUALIFY_DOMAIN] = {
		.name = "qualify_domain",
		.type = SETTING_TYPE_STRING,
		.offset = AT(qualify_domain),
		.none = "off",
		.has_flag = true,
		.arg = "DOMAIN",
		.help = "the domain of names without alias",
		.since = "0.2",
	},
	[SETTING_LOCAL_DOMAINS] = {
		.name = "local_domains",
		.type = SETTING_TYPE_STRING,
		.offset = AT(local_domains),
		.initial = "auto",
		.none = "off",
		.has_flag = true,
		.arg = "auto|DOMAINS",
		.help = "the domains of local names",
		.since = "0.2",
	},
	[SETTING_REWRITE_TO] = {
		.name = "rewrite_to",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(rewrite_to),
		.initial = "off",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off",
		.help = "show in To and Cc whom it goes to",
		.since = "0.2",
	},
	[SETTING_DSN_NOTIFY] = {
		.name = "dsn_notify",
		.type = SETTING_TYPE_WORDS,
		.offset = AT(dsn_notify),
		.words = notify_words,
		.none = "off",
		.check = value_is_notify,
		.letter = 'N',
		.has_flag = true,
		.arg = "WORD[,WORD]",
		.help = "which reports the sender is to get",
		.since = "0.2",
	},
	[SETTING_DSN_RETURN] = {
		.name = "dsn_return",
		.type = SETTING_TYPE_WORD,
		.offset = AT(dsn_return),
		.words = return_words,
		.letter = 'R',
		.has_flag = true,
		.arg = "off|headers|full",
		.help = "what these reports are to hold",
		.since = "0.2",
	},
	[SETTING_DSN_ENVID] = {
		.name = "dsn_envid",
		.type = SETTING_TYPE_STRING,
		.offset = AT(dsn_envid),
		.none = "off",
		.check = value_is_envid,
		.letter = 'V',
		.has_flag = true,
		.arg = "ID",
		.help = "what these reports call the message",
		.since = "0.2",
	},
	[SETTING_DELIVER_BY] = {
		.name = "deliver_by",
		.type = SETTING_TYPE_STRING,
		.offset = AT(deliver_by),
		.none = "off",
		.check = value_is_deliver_by,
		.has_flag = true,
		.arg = "TIME[,WORD]",
		.help = "by when the server is to deliver",
		.since = "0.2",
	},
	[SETTING_HOLD_FOR] = {
		.name = "hold_for",
		.type = SETTING_TYPE_SECONDS,
		.offset = AT(hold_for),
		.none = "off",
		.min = 1,
		.max = VALUE_SECONDS_MAX,
		.has_flag = true,
		.arg = "TIME",
		.help = "how long the server is to hold it",
		.since = "0.2",
	},
	[SETTING_HOLD_UNTIL] = {
		.name = "hold_until",
		.type = SETTING_TYPE_STRING,
		.offset = AT(hold_until),
		.none = "off",
		.check = value_is_date,
		.has_flag = true,
		.arg = "DATE",
		.help = "until when the server is to hold it",
		.since = "0.2",
	},
	[SETTING_PRIORITY] = {
		.name = "priority",
		.type = SETTING_TYPE_STRING,
		.offset = AT(priority),
		.none = "off",
		.check = value_is_priority,
		.has_flag = true,
		.arg = "NUMBER",
		.help = "from -9 to 9, the most urgent",
		.since = "0.2",
	},
	[SETTING_RELAY_TLS] = {
		.name = "relay_tls",
		.type = SETTING_TYPE_WORD,
		.offset = AT(relay_tls),
		.words = relay_tls_words,
		.has_flag = true,
		.arg = "WORD",
		.help = "auto, require or optional on the way on",
		.since = "0.2",
	},
	[SETTING_MAIL_AUTH] = {
		.name = "mail_auth",
		.type = SETTING_TYPE_STRING,
		.offset = AT(mail_auth),
		.none = "off",
		.check = value_is_mail_auth,
		.has_flag = true,
		.arg = "ADDRESS",
		.help = "who submitted it, or <>",
		.since = "0.2",
	},
	[SETTING_PARTIAL_DELIVERY] = {
		.name = "partial_delivery",
		.type = SETTING_TYPE_BOOL,
		.offset = AT(partial_delivery),
		.initial = "on",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off",
		.help = "send though some are refused",
		.since = "0.1",
	},
	[SETTING_LONG_LINES] = {
		.name = "long_lines",
		.type = SETTING_TYPE_WORD,
		.words = setting_long_lines_words,
		.offset = AT(long_lines),
		.initial = "encode",
		.has_flag = true,
		.arg = "encode|pass|refuse",
		.help = "lines of over 998 octets",
		.since = "0.2",
	},
	[SETTING_LOGFILE] = {
		.name = "logfile",
		.type = SETTING_TYPE_PATH,
		.offset = AT(logfile),
		.none = "off",
		.letter = 'X',
		.has_flag = true,
		.arg = "FILE",
		.help = "gets a line on each message",
		.since = "0.2",
	},
	[SETTING_LOGFILE_TIME_FORMAT] = {
		.name = "logfile_time_format",
		.type = SETTING_TYPE_STRING,
		.offset = AT(logfile_time_format),
		.initial = "%b %d %H:%M:%S",
		.none = "none",
		.has_flag = true,
		.arg = "FORMAT",
		.help = "strftime(3)",
		.since = "0.2",
	},
	[SETTING_LOG_FORMAT] = {
		.name = "log_format",
		.type = SETTING_TYPE_WORD,
		.words = log_format_words,
		.offset = AT(log_format),
		.initial = "text",
		.has_flag = true,
		.arg = "text|json",
		.help = "how it is written",
		.since = "0.2",
	},
	[SETTING_SYSLOG] = {
		.name = "syslog",
		.type = SETTING_TYPE_WORD,
		.words = syslog_words,
		.offset = AT(syslog),
		.initial = "off",
		.has_flag = true,
		.is_optional = true,
		.arg = "on|off|FACILITY",
		.help = "give it to syslog, too",
		.since = "0.2",
	},
	[SETTING_SANDBOX] = {
		.name = "sandbox",
		.type = SETTING_TYPE_WORD,
		.words = sandbox_words,
		.offset = AT(sandbox),
		.initial = "on",
		.has_flag = true,
		.arg = "on|off|strict",
		.help = "what this process gives up",
		.since = "0.3",
	},
};

_Static_assert(
    ARRAY_LEN(setting_table) == SETTING_COUNT, "a row for each setting");

const char *const setting_mechanisms[] = {
	"SCRAM-SHA-256-PLUS",
	"SCRAM-SHA-256",
	"SCRAM-SHA-1-PLUS",
	"SCRAM-SHA-1",
	"PLAIN",
	"LOGIN",
	"CRAM-MD5",
	"DIGEST-MD5",
	"EXTERNAL",
	"GSSAPI",
	"GS2-KRB5",
	"NTLM",
	"OAUTHBEARER",
	"XOAUTH2",
	"ANONYMOUS",
	NULL,
};

const char *const setting_passwordless[] = {
	"EXTERNAL",
	"GSSAPI",
	"GS2-KRB5",
	"ANONYMOUS",
	NULL,
};

struct str
setting_alone(const struct setting *row)
{
	bool has_on = row->type != SETTING_TYPE_WORD;
	for (size_t i = 0; !has_on && row->words[i] != NULL; i++)
		has_on = strcmp(row->words[i], "on") == 0;
	return has_on ? STR("on") : STR("auto");
}

bool
setting_is_named(struct str name, const char *row)
{
	if (name.len != strlen(row))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] != row[i] &&
		    (name.ptr[i] != '-' || row[i] != '_'))
			return false;
	return true;
}

const struct setting *
setting_find(struct str name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (setting_is_named(name, setting_table[i].name))
			return &setting_table[i];
	return NULL;
}

const char *
setting_nearest(struct str name)
{
	const char *nearest = NULL;
	/* two letters the wrong way round are two edits */
	size_t least = name.len < 3 ? name.len : 3;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		struct str row = str_of(setting_table[i].name);
		/* str_distance() costs the product of the lengths */
		size_t distance = name.len < 64 ? str_distance(name, row)
						: name.len;
		if (distance >= least)
			continue;
		least = distance;
		nearest = setting_table[i].name;
	}
	return nearest;
}

enum setting_id
setting_id_of(const struct setting *row)
{
	return (enum setting_id)(row - setting_table);
}
