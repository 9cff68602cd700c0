// SPDX-License-Identifier: ISC
#include "cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "cli/flags.h"
#include "config/account.h"
#include "config/table.h"

enum { LEFT_MAX = 79 };

/* A line of --help: "  -f, --from ADDRESS  the sender". */
struct entry {
	const char *name; /* with _ for -; NULL if there is none */
	const char *arg;  /* likewise */
	const char *help;
	const char *initial; /* NULL if none */
	char letter;         /* 0 if none */
	bool is_optional;
};

static void
add(struct buf *out, const char *text)
{
	(void)!buf_add_str(out, str_of(text));
}

static void
add_left_part(struct buf *out, const struct entry *entry)
{
	if (entry->letter != '\0')
		(void)!buf_printf(out, "  -%c", entry->letter);
	else
		add(out, "    ");
	if (entry->name != NULL)
		add(out, entry->letter != '\0' ? ", --" : "  --");
	for (const char *p = entry->name; p != NULL && *p != '\0'; p++)
		(void)!buf_printf(out, "%c", *p == '_' ? '-' : *p);
	if (entry->arg != NULL)
		(void)!buf_printf(out, "%s%s%s%s",
		    entry->is_optional ? "[" : " ",
		    entry->is_optional && entry->name != NULL ? "=" : "",
		    entry->arg, entry->is_optional ? "]" : "");
}

/* The widest left part. */
static size_t
measure(const struct entry *entries, size_t n)
{
	size_t widest = 0;
	for (size_t i = 0; i < n; i++) {
		AUTO(buf_release) struct buf left = BUF_INIT(LEFT_MAX);
		add_left_part(&left, &entries[i]);
		if (left.len > widest)
			widest = left.len;
	}
	return widest;
}

static void
add_entries(struct buf *out, const struct entry *entries, size_t n)
{
	size_t widest = measure(entries, n);
	for (size_t i = 0; i < n; i++) {
		size_t start = out->len;
		add_left_part(out, &entries[i]);
		int pad = (int)(widest - (out->len - start)) + 2;
		(void)!buf_printf(out, "%*s%s", pad, "", entries[i].help);
		if (entries[i].initial != NULL)
			(void)!buf_printf(out, " [%s]", entries[i].initial);
		add(out, "\n");
	}
}

/* Those of sendmail's letters that have the action. */
static void
add_letters(struct buf *out, enum flag_action action, const char *title)
{
	add(out, title);
	for (size_t i = 0; i < flag_count; i++)
		if (flag_table[i].action == action &&
		    flag_table[i].caller != FLAG_BY_POSTHASTE)
			(void)!buf_printf(out, " -%c", flag_table[i].letter);
	add(out, "\n");
}

void
help_print(struct buf *out)
{
	struct entry *entries = mem_zalloc(
	    (flag_count + SETTING_COUNT) * sizeof(*entries));
	size_t n = 0;
	for (size_t i = 0; i < flag_count; i++) {
		const struct flag *f = &flag_table[i];
		if (f->help != NULL && f->action != FLAG_REFUSED)
			entries[n++] = (struct entry){ .letter = f->letter,
				.name = f->name,
				.arg = f->arg_name,
				.is_optional = f->arg == FLAG_ARG_OPTIONAL,
				.help = f->help };
	}
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_table[i];
		if (row->has_flag)
			entries[n++] = (struct entry){ .letter = row->letter,
				.name = row->name,
				.arg = row->arg,
				.is_optional = row->is_optional,
				.help = row->help,
				.initial = row->initial };
	}
	add(out,
	    "usage: posthaste [flag ...] [--] recipient ...\n"
	    "       posthaste [flag ...] -t [--] [recipient ...]\n"
	    "       sendmail [letter ...] [--] [recipient ...]\n"
	    "Hands the message on standard input to a mail server.\n\n");
	add_entries(out, entries, n);
	free(entries);
	add(out,
	    "\nCalled as sendmail, only letters are understood; of these\n");
	add_letters(out, FLAG_IGNORED, "  ignored:");
	add_letters(out, FLAG_REFUSED, "  not in this version:");
	add(out, "See posthaste(1) and posthasterc(5).\n");
}

const char *
help_release(void)
{
	return VERSION;
}

void
help_version(struct buf *out)
{
	(void)!buf_printf(out, "posthaste %s\nsystem rc file: %s\n",
	    help_release(), account_system_file());
}
