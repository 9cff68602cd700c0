// SPDX-License-Identifier: ISC
/* The rc file's parser, with any bytes; and what it says shown again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/check.h"
#include "config/rcfile.h"
#include "config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	struct err e = ERR_INIT;
	struct str text = { (const char *)data, size };
	if (!rcfile_parse(&rc, "rc", text, &e)) {
		assert(e.exit == EX_CONFIG);
		assert(strncmp(e.text, "rc:", 3) == 0);
		assert(!str_has_controls(str_of(e.text)));
		return 0;
	}
	for (size_t i = 0; i < rc.naccounts; i++) {
		const struct account *a = &rc.accounts[i];
		assert(rcfile_find(&rc, a->name) == a);
		use(a);
	}
	return 0;
}
