// SPDX-License-Identifier: ISC
#include "unit.h"

#include <fts.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

static struct unit_test *first, **last = &first;
static unsigned nfailed_checks;

void
unit_register(struct unit_test *t)
{
	*last = t;
	last = &t->next;
}

void
unit_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	if (ok)
		return;
	nfailed_checks++;
	va_list ap;
	va_start(ap, fmt);
	char text[8192];
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)printf("# %s:%d: ", file, line);
	for (const char *p = text; *p != '\0'; p++) /* TAP's comments */
		(void)printf(*p == '\n' ? "\n# " : "%c", *p);
	(void)printf("\n");
}

void
unit_check_eq(
    long long is, long long want, const char *file, int line, const char *expr)
{
	unit_check(
	    is == want, file, line, "%s is %lld, not %lld", expr, is, want);
}

void
unit_check_str(struct str is, struct str want, const char *file, int line)
{
	if (str_eq(is, want))
		return;
	struct buf shown = BUF_INIT(4 * (is.len + want.len) + 64);
	str_printable(is, &shown);
	(void)!buf_printf(&shown, "\" is not \"");
	str_printable(want, &shown);
	unit_check(false, file, line, "\"%s\"", buf_cstr(&shown));
	buf_release(&shown);
}

void
unit_remove_tree(char *path, const char *file, int line)
{
	char *const roots[] = { path, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL, NULL);
	bool ok = tree != NULL;
	for (FTSENT *f; ok && (f = fts_read(tree)) != NULL;)
		if (f->fts_info != FTS_D)
			ok = remove(f->fts_accpath) == 0;
	ok = tree != NULL && fts_close(tree) == 0 && ok;
	unit_check(ok, file, line, "remove %s", path);
}

int
main(void)
{
	unsigned n = 0, nfailed = 0;
	/* a child must not find lines of ours in its buffer */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (const struct unit_test *t = first; t != NULL; t = t->next)
		n++;
	(void)printf("1..%u\n", n);
	n = 0;
	for (const struct unit_test *t = first; t != NULL; t = t->next) {
		nfailed_checks = 0;
		t->run();
		nfailed += nfailed_checks > 0;
		(void)printf("%sok %u - %s\n", nfailed_checks > 0 ? "not " : "",
		    ++n, t->name);
	}
	return nfailed > 0;
}
