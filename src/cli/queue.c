// SPDX-License-Identifier: ISC
#include "cli/queue.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "cli/flags.h"
#include "config/value.h"

enum { EVERY_MOST = 30 * 86400 };

/* Interactive, background, queue only, and deferred: that without DNS. */
void
cli_queue_deliver(struct cli *cli, char mode)
{
	switch (mode) {
	case 'i': cli->delivery = CLI_DELIVERY_INTERACTIVE; break;
	case 'b': cli->delivery = CLI_DELIVERY_BACKGROUND; break;
	case 'q':
	case 'd': cli->delivery = CLI_DELIVERY_QUEUE; break;
	default: break;
	}
}

static const struct choice {
	char letter;
	enum cli_queue_by by;
} choices[] = {
	{ 'I', CLI_QUEUE_BY_ID },
	{ 'R', CLI_QUEUE_BY_RCPT },
	{ 'S', CLI_QUEUE_BY_SENDER },
};

/* NULL if it chooses nothing. */
static const struct choice *
find_choice(const char *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(choices); i++)
		if (choices[i].letter == arg[0])
			return &choices[i];
	return NULL;
}

bool
cli_queue_wants_word(const char *arg)
{
	return find_choice(arg) != NULL && arg[1] == '\0';
}

static bool
choose(struct cli *cli, const struct choice *choice, const char *text,
    struct err *e)
{
	if (text == NULL || text[0] == '\0')
		return err_set(e, EX_USAGE, "-q%c needs an argument",
			   choice->letter) ||
		    err_hint(e, "see --help");
	if (cli->queue_text != NULL)
		return err_set(
		    e, EX_USAGE, "only one of -qI, -qR and -qS, and once");
	cli->queue_by = choice->by;
	cli->queue_text = text;
	return true;
}

/* As sendmail has it, a number alone is of minutes. */
static bool
parse_interval(struct str text, struct cli *cli)
{
	uint64_t n;
	if (parse_uint(text, 1, EVERY_MOST / 60, &n))
		n *= 60;
	else if (!value_parse_seconds(text, EVERY_MOST, &n) || n == 0)
		return false;
	cli->queue_every_s = (unsigned)n;
	return true;
}

bool
cli_queue_run(struct cli *cli, const char *arg, const char *word, struct err *e)
{
	char shown[40];
	const struct choice *choice = find_choice(arg);
	str_printable_to(str_of(arg), shown, sizeof(shown));
	cli->mode = CLI_QUEUE_RUN;
	if (choice != NULL)
		return choose(cli, choice, arg[1] != '\0' ? arg + 1 : word, e);
	/* f: in the foreground, as we do anyway */
	if (arg[0] == '\0' || strcmp(arg, "f") == 0)
		return true;
	if (is_digit(arg[0]) && parse_interval(str_of(arg), cli))
		return true;
	return err_set(e, EX_USAGE, "-q%s is nothing that can be run", shown) ||
	    err_hint(e,
		"-q, -qI ID, -qR RECIPIENT, -qS SENDER, or -q15m to run it "
		"every 15 minutes");
}

static bool
names_messages(enum cli_mode mode)
{
	return mode == CLI_QUEUE_SHOW || mode == CLI_QUEUE_REMOVE ||
	    mode == CLI_QUEUE_HOLD || mode == CLI_QUEUE_RELEASE ||
	    mode == CLI_QUEUE_RETRY;
}

bool
cli_queue_go_on(const struct cli *cli, const struct cli_mode_was *was,
    const char *shown, struct err *e)
{
	return !names_messages(was->mode) ||
	    (cli->mode == was->mode && cli->mode_arg == was->arg) ||
	    err_set(e, EX_USAGE, "%s: one thing is done to messages at once",
		shown) ||
	    err_hint(e, "a flag can have several ids");
}

bool
cli_queue_check(const struct cli *cli, struct err *e)
{
	if (!names_messages(cli->mode))
		return true;
	if (cli->from_header)
		return err_set(e, EX_USAGE,
		    "recipients, but no message to be sent to them");
	bool is_empty = cli->mode_arg[0] == '\0';
	for (size_t i = 0; i < cli->nrecipients; i++)
		is_empty |= cli->recipients[i][0] == '\0';
	return !is_empty ||
	    err_set(e, EX_USAGE, "the id of a message is empty") ||
	    err_hint(e, "see mailq");
}
