// SPDX-License-Identifier: ISC
/*
 * Prints the names that the tables hold, for names.sh to compare with what
 * help, manuals and completions say: "setting NAME", "keyword NAME" of the rc
 * file, "flag --NAME", and "letter X", or "taken X" and "refused X" for those
 * that are there for the sake of sendmail's callers; "obsolete NAME" and
 * "old --NAME" for words that are there for the sake of old files of msmtp's.
 */
#include <stdio.h>

#include "base/attr.h"
#include "cli/flags.h"
#include "config/obsolete.h"
#include "config/table.h"

static void
print_flag(const char *kind, const char *name)
{
	(void)printf("%s --", kind);
	for (; *name != '\0'; name++)
		(void)putchar(*name == '_' ? '-' : *name);
	(void)putchar('\n');
}

static void
print_letter(const struct flag *f)
{
	const char *kind = "letter";
	if (f->action == FLAG_REFUSED)
		kind = "refused";
	else if (f->action == FLAG_IGNORED || f->action == FLAG_OPTION ||
	    f->action == FLAG_LONG_OPTION || f->action == FLAG_OPERATION)
		kind = "taken";
	(void)printf("%s %c\n", kind, f->letter);
}

int
main(void)
{
	(void)printf("keyword account\nkeyword defaults\n"
		     "keyword eval\nkeyword include\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_table[i];
		(void)printf("setting %s\n", row->name);
		if (row->has_flag)
			print_flag("flag", row->name);
		if (row->letter != '\0')
			(void)printf("letter %c\n", row->letter);
	}
	for (size_t i = 0; i < flag_count; i++) {
		if (flag_table[i].name != NULL)
			print_flag("flag", flag_table[i].name);
		if (flag_table[i].letter != '\0')
			print_letter(&flag_table[i]);
	}
	for (size_t i = 0; i < obsolete_count; i++) {
		(void)printf("obsolete %s\n", obsolete_table[i].name);
		print_flag("old", obsolete_table[i].name);
	}
	return 0;
}
