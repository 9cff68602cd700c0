// SPDX-License-Identifier: ISC
/*
 * The rc file's parser, with any bytes; and what it says shown again.  Form
 * feeds cut the input into files by the names 0 to 9, of which 0 is the rc
 * file and 1 its drop-in; a command prints itself.  Nothing is run or read.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/check.h"
#include "config/findings.h"
#include "config/rcdisk.h"
#include "config/rcfile.h"
#include "config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the input at hand. */
static struct str files[10];
static size_t nfiles;

static bool
read_part(const char *path, struct rcdisk_text *file, struct err *e)
{
	size_t n = (size_t)(path[0] - '0');
	if (path[0] < '0' || path[1] != '\0' || n >= nfiles)
		return err_set(e, EX_CONFIG, "no such file");
	file->is_private = n % 2 == 0;
	file->is_guarded = n % 3 == 0;
	file->ino = n + 1;
	return buf_add_str(&file->text, files[n]) ||
	    err_set(e, EX_CONFIG, "too long");
}

static bool
list_parts(
    const char *from, struct str pattern, struct strvec *paths, struct err *e)
{
	(void)from;
	(void)e;
	for (size_t i = 0; i < nfiles && str_eq(pattern, STR("*")); i++)
		strvec_add(paths, (struct str){ &"0123456789"[i], 1 });
	if (paths->len == 0)
		strvec_add(paths, pattern);
	return true;
}

static bool
run_nothing(const char *command, struct buf *line, struct err *e)
{
	return buf_add_str(line, str_of(command)) ||
	    err_set(e, EX_CONFIG, "too long");
}

static const struct rcdisk disk = {
	.read = read_part,
	.list = list_parts,
	.run = run_nothing,
};

static void
use(const struct account *a)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf shown = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	settings_fill(&s, &a->settings);
	assert(settings_fill_defaults(&s, &e));
	settings_show(&s, &shown);
	struct str rest = buf_str(&shown), line;
	while (str_word(&rest, "\n", &line))
		assert(!str_has_controls(line));
	if (!check_settings(&s, &e))
		assert(e.exit == EX_CONFIG && e.text[0] != '\0');
}

static void
use_all(const struct rcfile *rc)
{
	for (size_t i = 0; i < rc->naccounts; i++) {
		const struct account *a = &rc->accounts[i];
		assert(rcfile_find(rc, a->name) == a);
		use(a);
	}
}

/* Alone, with nothing to be included or run. */
static void
parse_alone(struct str text)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	if (rcfile_parse(&rc, "rc", text, &e)) {
		use_all(&rc);
		return;
	}
	assert(e.exit == EX_CONFIG);
	assert(strncmp(e.text, "rc:", 3) == 0);
	assert(!str_has_controls(str_of(e.text)));
}

/* All faults are found where the first one ends it otherwise. */
static void
read_parts(void)
{
	AUTO(rcfile_release) struct rcfile first = RCFILE_INIT;
	AUTO(rcfile_release) struct rcfile all = RCFILE_INIT;
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	struct err e = ERR_INIT, ignored = ERR_INIT;
	strvec_add(&paths, STR("0"));
	if (nfiles > 1)
		strvec_add(&paths, STR("1"));
	bool ok = rcfile_read(&first, &paths, &disk, NULL, &e);
	(void)!rcfile_read(&all, &paths, &disk, &f, &ignored);
	assert(ok == (f.nfaults == 0));
	assert(ok || e.exit == EX_CONFIG);
	use_all(ok ? &first : &all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, rest = text;
	parse_alone(text);
	for (nfiles = 0; nfiles < 10; nfiles++) {
		size_t end = str_find(rest, '\f');
		files[nfiles] = str_upto(rest, end);
		if (end == rest.len) {
			nfiles++;
			break;
		}
		rest = str_from(rest, end + 1);
	}
	read_parts();
	return 0;
}
