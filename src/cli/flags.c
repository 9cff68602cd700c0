// SPDX-License-Identifier: ISC
#include "cli/flags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "cli/queue.h"
#include "config/obsolete.h"

/* sendmail's options that mean something here; the others are ignored. */
static const struct option {
	const char *name; /* of -O, in any case */
	char letter;      /* of -o, 0 if there is none */
	enum {
		OPTION_DOT,
		OPTION_DEBUG,
		OPTION_ALIASES,
		OPTION_TLS,
		OPTION_DELIVERY
	} is;
} options[] = {
	{ "IgnoreDots", 'i', OPTION_DOT }, { "Verbose", 'v', OPTION_DEBUG },
	{ "AliasFile", 'A', OPTION_ALIASES },
	{ "DeliveryMode", 'd', OPTION_DELIVERY },
	{ "RequireTLS", '\0', OPTION_TLS }, /* Postfix's */
};

/* sendmail's operations that are not there; -bm is what we do anyway. */
static const struct {
	char letter;
	const char *why;
} operations[] = {
	{ 's', "SMTP on standard input is not supported in this version" },
	{ 'S', "SMTP on standard input is not supported in this version" },
	{ 'd', "there is no daemon in this version" },
	{ 'D', "there is no daemon in this version" },
	{ 'l', "there is no daemon in this version" },
	{ 'P', "the queue is counted by mailq" },
	{ 'q', "the queue is run by -q" },
	{ 'h', "no status of hosts is kept in this version" },
	{ 'H', "no status of hosts is kept in this version" },
	{ 't', "testing of addresses is not supported in this version" },
};

/* The words of argv, and how far we are. */
struct words {
	char **argv;
	int argc;
	int next;
};

static char *
next_word(struct words *w)
{
	return w->next < w->argc ? w->argv[w->next++] : NULL;
}

/* A setting's row as a flag; name has room for it. */
static struct flag
flag_of_setting(enum setting_id id)
{
	const struct setting *row = &setting_table[id];
	return (struct flag){
		.name = row->name,
		.arg = row->is_optional ? FLAG_ARG_OPTIONAL : FLAG_ARG_REQUIRED,
		.action = FLAG_SETTING,
		.caller = FLAG_BY_POSTHASTE,
		.value = (int)id,
		.letter = row->letter,
	};
}

/* A word of old versions of msmtp, as a flag. */
static struct flag
flag_of_obsolete(size_t row)
{
	const struct obsolete *old = &obsolete_table[row];
	return (struct flag){
		.name = old->name,
		.arg = obsolete_is_optional(old) ? FLAG_ARG_OPTIONAL
						 : FLAG_ARG_REQUIRED,
		.action = FLAG_OBSOLETE,
		.caller = FLAG_BY_POSTHASTE,
		.value = (int)row,
	};
}

static bool
is_for_caller(const struct cli *cli, const struct flag *f)
{
	return f->caller == FLAG_BY_ANY ||
	    (f->caller == FLAG_BY_SENDMAIL) == cli->is_sendmail;
}

static bool
find_letter(const struct cli *cli, char letter, struct flag *found)
{
	for (size_t i = 0; i < flag_count; i++) {
		*found = flag_table[i];
		if (found->letter == letter && is_for_caller(cli, found))
			return true;
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		*found = flag_of_setting(id); /* its letter is sendmail's */
		if (found->letter == letter)
			return true;
	}
	return false;
}

/* Whether a flag is spelt like the row's name, with - for _. */
static bool
is_spelt(struct str flag, const char *name)
{
	if (name == NULL || flag.len != strlen(name))
		return false;
	for (size_t i = 0; i < flag.len; i++)
		if (flag.ptr[i] != (name[i] == '_' ? '-' : name[i]))
			return false;
	return true;
}

static bool
is_open_to_sendmail(const struct flag *f)
{
	return f->action == FLAG_MODE &&
	    (f->value == CLI_HELP || f->value == CLI_VERSION);
}

static bool
find_name(const struct cli *cli, struct str name, struct flag *found)
{
	for (size_t i = 0; i < flag_count; i++) {
		*found = flag_table[i];
		if (is_spelt(name, found->name))
			return !cli->is_sendmail || is_open_to_sendmail(found);
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		*found = flag_of_setting(id);
		if (setting_table[id].has_flag && is_spelt(name, found->name))
			return !cli->is_sendmail;
	}
	for (size_t i = 0; i < obsolete_count; i++) {
		*found = flag_of_obsolete(i);
		if (is_spelt(name, found->name))
			return !cli->is_sendmail;
	}
	return false;
}

static bool
set(struct cli *cli, enum setting_id id, const char *shown, const char *arg,
    struct err *e)
{
	struct settings_origin origin = { .source = SETTINGS_FLAG };
	struct str text = arg != NULL ? str_of(arg)
				      : setting_alone(&setting_table[id]);
	if (settings_set(&cli->settings, id, text, origin, e))
		return true;
	if (e->exit == EX_CONFIG)
		e->exit = EX_USAGE; /* it is no file that is wrong */
	return err_wrap(e, "%s", shown);
}

static bool
set_obsolete(struct cli *cli, size_t row, const char *shown, const char *arg,
    struct err *e)
{
	struct settings_origin origin = { .source = SETTINGS_FLAG };
	if (obsolete_set(&cli->settings, &obsolete_table[row],
		str_of(arg != NULL ? arg : ""), origin, e))
		return true;
	e->exit = EX_USAGE;
	return err_wrap(e, "%s", shown);
}

/* As sendmail reads a boolean: nothing is true, so is t, y and the like. */
static bool
is_true(const char *value)
{
	return *value == '\0' || strchr("tTyY1", *value) != NULL;
}

static bool
take_option(
    struct cli *cli, const struct option *o, const char *value, struct err *e)
{
	switch (o->is) {
	case OPTION_DOT: cli->ignores_dot = is_true(value); break;
	case OPTION_DEBUG: cli->debug |= is_true(value); break;
	case OPTION_DELIVERY: cli_queue_deliver(cli, *value); break;
	case OPTION_ALIASES:
		/* no file is read for who calls it sendmail */
		return cli->is_sendmail ||
		    set(cli, SETTING_ALIASES, o->name, value, e);
	case OPTION_TLS:
		return !is_true(value) ||
		    set(cli, SETTING_RELAY_TLS, o->name, "require", e);
	}
	return true;
}

/* -o: a letter and its value. */
static bool
take_letter_option(struct cli *cli, const char *arg, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(options) && *arg != '\0'; i++)
		if (options[i].letter == *arg)
			return take_option(cli, &options[i], arg + 1, e);
	return true;
}

/* -O: "Name=value". */
static bool
take_long_option(struct cli *cli, const char *arg, struct err *e)
{
	struct str name = { arg, strcspn(arg, "=") };
	const char *value = arg[name.len] == '=' ? arg + name.len + 1 : "";
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (str_eq_nocase(name, str_of(options[i].name)))
			return take_option(cli, &options[i], value, e);
	return true;
}

/* -b: delivery, and what needs nothing done. */
static bool
operate(struct cli *cli, const char *arg, struct err *e)
{
	char shown[40];
	str_printable_to(str_of(arg), shown, sizeof(shown));
	static const struct {
		const char *arg;
		enum cli_mode mode;
	} modes[] = {
		{ "m", CLI_SEND },
		{ "i", CLI_NEWALIASES },
		{ "v", CLI_ROUTE },
		{ "p", CLI_MAILQ },
	};
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (strcmp(arg, modes[i].arg) != 0)
			continue;
		cli->mode = modes[i].mode;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		if (operations[i].letter == arg[0])
			return err_set(e, EX_UNAVAILABLE, "-b%s: %s", shown,
			    operations[i].why);
	return err_set(e, EX_USAGE, "unknown flag \"-b%s\"", shown);
}

/* -q; "-qI part" is two words. */
static bool
take_queue(struct cli *cli, struct words *w, const char *arg, struct err *e)
{
	if (cli_queue_wants_word(arg))
		return cli_queue_run(cli, arg, next_word(w), e);
	return cli_queue_run(cli, arg, NULL, e);
}

static bool
take_flag(struct cli *cli, struct words *w, const struct flag *f,
    const char *shown, const char *arg, struct err *e)
{
	const char *text = arg != NULL ? arg : "";
	switch (f->action) {
	case FLAG_SETTING:
		return set(cli, (enum setting_id)f->value, shown, arg, e);
	case FLAG_FAMILY:
		return set(cli, SETTING_ADDRESS_FAMILY, shown,
		    setting_table[SETTING_ADDRESS_FAMILY].words[f->value], e);
	case FLAG_OBSOLETE:
		return set_obsolete(cli, (size_t)f->value, shown, arg, e);
	case FLAG_MODE:
		cli->mode = (enum cli_mode)f->value;
		cli->mode_arg = arg;
		break;
	case FLAG_ACCOUNT: cli->account = arg; break;
	case FLAG_RCFILE: cli->rcfile = arg; break;
	case FLAG_FROM_HEADER: cli->from_header = true; break;
	case FLAG_READ_AUTHOR: cli->reads_author = true; break;
	case FLAG_IGNORE_DOT: cli->ignores_dot = true; break;
	case FLAG_DEBUG: cli->debug = true; break;
	case FLAG_JSON: cli->as_json = true; break;
	case FLAG_TAG: cli->tag = arg; break;
	case FLAG_OPTION: return take_letter_option(cli, text, e);
	case FLAG_LONG_OPTION: return take_long_option(cli, text, e);
	case FLAG_OPERATION: return operate(cli, text, e);
	case FLAG_QUEUE: return take_queue(cli, w, text, e);
	case FLAG_IGNORED: break;
	case FLAG_REFUSED:
		return err_set(e, EX_UNAVAILABLE, "%s: %s", shown, f->help);
	}
	return true;
}

static bool
apply(struct cli *cli, struct words *w, const struct flag *f, const char *shown,
    const char *arg, struct err *e)
{
	const struct cli_mode_was was = { cli->mode, cli->mode_arg };
	return take_flag(cli, w, f, shown, arg, e) &&
	    cli_queue_go_on(cli, &was, shown, e);
}

static bool
refuse_letter(char letter, struct err *e)
{
	char shown[8];
	str_printable_to((struct str){ &letter, 1 }, shown, sizeof(shown));
	return err_set(e, EX_USAGE, "unknown flag \"-%s\"", shown) ||
	    err_hint(e, "see --help");
}

/* A word of letters: -ti, -fADDRESS, -f ADDRESS, -tifADDRESS. */
static bool
take_letters(
    struct cli *cli, struct words *w, const char *letters, struct err *e)
{
	struct flag f;
	for (; *letters != '\0'; letters++) {
		if (!find_letter(cli, *letters, &f))
			return refuse_letter(*letters, e);
		const char shown[] = { '-', *letters, '\0' };
		const char *arg = NULL;
		if (f.arg != FLAG_ARG_NONE && letters[1] != '\0')
			arg = letters + 1;
		else if (f.arg == FLAG_ARG_REQUIRED)
			arg = next_word(w);
		if (f.arg == FLAG_ARG_REQUIRED && arg == NULL)
			return err_set(e, EX_USAGE, "%s needs an argument",
				   shown) ||
			    err_hint(e, "see --help");
		if (!apply(cli, w, &f, shown, arg, e))
			return false;
		if (arg != NULL && arg == letters + 1)
			break;
	}
	return true;
}

/* The long flag most like it, "" if there is none near. */
static void
find_nearest(struct str name, char *dst, size_t size)
{
	const char *nearest = setting_nearest(name);
	if (nearest != NULL && !setting_find(str_of(nearest))->has_flag)
		nearest = NULL;
	for (size_t i = 0; nearest == NULL && i < flag_count; i++)
		if (flag_table[i].name != NULL && name.len < 64 &&
		    str_distance(name, str_of(flag_table[i].name)) <= 2)
			nearest = flag_table[i].name;
	(void)snprintf(dst, size, "%s", nearest != NULL ? nearest : "");
	for (char *p = dst; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
}

static bool
refuse_name(const struct cli *cli, struct str name, struct err *e)
{
	char shown[80], nearest[64];
	str_printable_to(name, shown, sizeof(shown));
	find_nearest(name, nearest, sizeof(nearest));
	if (cli->is_sendmail)
		return err_set(e, EX_USAGE, "unknown flag \"--%s\"", shown) ||
		    err_hint(e, "as sendmail it takes sendmail's letters");
	if (nearest[0] != '\0')
		return err_set(e, EX_USAGE,
		    "unknown flag \"--%s\", did you mean \"--%s\"?", shown,
		    nearest);
	return err_set(e, EX_USAGE, "unknown flag \"--%s\"", shown) ||
	    err_hint(e, "see --help");
}

/* --name, --name=ARG or --name ARG; text is behind the dashes. */
static bool
take_name(struct cli *cli, struct words *w, const char *text, struct err *e)
{
	size_t len = strcspn(text, "=");
	struct str name = { text, len };
	const char *arg = text[len] == '=' ? text + len + 1 : NULL;
	struct flag f;
	if (!find_name(cli, name, &f))
		return refuse_name(cli, name, e);
	char shown[80];
	(void)snprintf(shown, sizeof(shown), "--%.*s", STR_FMT(name));
	if (f.arg == FLAG_ARG_REQUIRED && arg == NULL)
		arg = next_word(w);
	if (f.arg == FLAG_ARG_REQUIRED && arg == NULL)
		return err_set(e, EX_USAGE, "%s needs an argument", shown) ||
		    err_hint(e, "see --help");
	if (f.arg == FLAG_ARG_NONE && arg != NULL)
		return err_set(e, EX_USAGE, "%s takes no argument", shown);
	return apply(cli, w, &f, shown, arg, e);
}

static bool
take_words(struct cli *cli, struct words *w, struct err *e)
{
	char *word;
	bool flags = true;
	while ((word = next_word(w)) != NULL) {
		bool ok = true;
		if (!flags || word[0] != '-' || word[1] == '\0')
			cli->recipients[cli->nrecipients++] = word;
		else if (strcmp(word, "--") == 0)
			flags = false;
		else if (word[1] == '-')
			ok = take_name(cli, w, word + 2, e);
		else
			ok = take_letters(cli, w, word + 1, e);
		if (!ok)
			return false;
	}
	return true;
}

/* The modes that have something to show as JSON. */
static const struct {
	const char *flag;
	enum cli_mode mode;
} json_modes[] = {
	{ "--serverinfo", CLI_SERVERINFO },
	{ "-bp", CLI_MAILQ },
};

static bool
check_json(const struct cli *cli, struct err *e)
{
	AUTO(buf_release) struct buf names = BUF_INIT(200);
	for (size_t i = 0; i < ARRAY_LEN(json_modes); i++) {
		if (!cli->as_json || json_modes[i].mode == cli->mode)
			return true;
		(void)!buf_printf(
		    &names, "%s%s", i > 0 ? " or " : "", json_modes[i].flag);
	}
	return err_set(e, EX_USAGE, "--json needs %s", buf_cstr(&names));
}

/* Flags that say different things; what asks the server sends no message. */
static bool
check_mode(const struct cli *cli, struct err *e)
{
	/* and whoever meant mail to be sent is not to hear that all is well */
	bool is_query = cli->mode == CLI_SERVERINFO || cli->mode == CLI_RMQS ||
	    cli->mode == CLI_CONFIGURE || cli->mode == CLI_NEWALIASES ||
	    cli->mode == CLI_MAILQ || cli->mode == CLI_QUEUE_RUN;
	const char *arg = cli->mode_arg;
	if (is_query && (cli->nrecipients > 0 || cli->from_header))
		return err_set(e, EX_USAGE,
			   "recipients, but no message to be sent to them") ||
		    (cli->mode == CLI_QUEUE_RUN &&
			err_hint(e,
			    "-qI ID, -qR RECIPIENT and -qS SENDER choose what "
			    "waits"));
	if (cli->mode == CLI_RMQS &&
	    (arg[0] == '\0' || strpbrk(arg, " \t\r\n") != NULL))
		return err_set(e, EX_USAGE, "--rmqs needs one name");
	if (cli->reads_author && settings_is_set(&cli->settings, SETTING_FROM))
		return err_set(e, EX_USAGE,
		    "--read-envelope-from and --from exclude each other");
	return cli_queue_check(cli, e) && check_json(cli, e);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

bool
cli_parse(struct cli *cli, int argc, char **argv, struct err *e)
{
	*cli = CLI_INIT;
	struct words w = { .argv = argv, .argc = argc };
	const char *program = next_word(&w);
	const char *name = program != NULL ? base_name(program) : "";
	if (strcmp(name, "newaliases") == 0) {
		cli->mode = CLI_NEWALIASES;
		return true;
	}
	if (strcmp(name, "mailq") == 0)
		cli->mode = CLI_MAILQ;
	cli->is_sendmail = strcmp(name, "sendmail") == 0 ||
	    strcmp(name, "send-mail") == 0;
	/* no more recipients than words */
	cli->recipients = mem_zalloc(
	    ((size_t)(argc > 0 ? argc : 0) + 1) * sizeof(*cli->recipients));
	return take_words(cli, &w, e) && check_mode(cli, e);
}

void
cli_release(struct cli *cli)
{
	free(cli->recipients);
	settings_release(&cli->settings);
	*cli = CLI_INIT;
}
