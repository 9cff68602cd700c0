// SPDX-License-Identifier: ISC
/*
 * An address field written anew, some mailboxes kept, some changed: it
 * parses, holds the addresses that it should, no line end but those of its
 * lines, and no line that could be taken for the end of the header.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "message/address.h"
#include "message/mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct meant {
	struct strvec specs; /* that must be in the field */
	size_t asked;
};

/* By its length, so that input decides. */
static bool
change(void *arg, struct mend *m, const struct address *a, struct err *e)
{
	struct meant *meant = arg;
	meant->asked++;
	if (a->spec.len % 4 == 1) {
		strvec_add(&meant->specs, STR("new@x.example"));
		return mend_respec(m, STR("new@x.example"), e);
	}
	if (a->spec.len % 4 == 2 && !str_has_controls(a->name)) {
		strvec_add(&meant->specs, STR("other@x.example"));
		return mend_put(m, a->name, STR("other@x.example"), e);
	}
	if (a->spec.len % 4 == 3)
		return true;
	strvec_add(&meant->specs, a->spec);
	return mend_keep(m, e);
}

struct found {
	const struct strvec *meant;
	size_t n;
};

static bool
compare(void *arg, const struct address *a, struct err *e)
{
	struct found *found = arg;
	(void)e;
	assert(found->n < found->meant->len);
	assert(str_eq(a->spec, str_of(found->meant->items[found->n])));
	found->n++;
	return true;
}

/* What a reader of the field gets: its lines put together. */
static void
unfold(struct str field, struct buf *out)
{
	for (size_t i = 0; i < field.len; i++) {
		char c = field.ptr[i];
		assert(c != '\n' && c != '\0');
		if (c != '\r') {
			bool ok = buf_add(out, &c, 1);
			assert(ok);
			continue;
		}
		assert(i + 1 < field.len && field.ptr[i + 1] == '\n');
		i++;
		if (i + 1 == field.len)
			return;
		/* another line of the field, that is not all blank */
		assert(is_blank(field.ptr[i + 1]));
		size_t k = i + 1;
		while (k < field.len && is_blank(field.ptr[k]))
			k++;
		assert(k < field.len && field.ptr[k] != '\r');
	}
	assert(false); /* the last one has an end, too */
}

static void
check_result(const struct buf *out, const struct meant *meant)
{
	AUTO(buf_release) struct buf value = BUF_INIT(out->len);
	struct str field = buf_str(out);
	struct found found = { .meant = &meant->specs };
	struct err e;
	assert(field.len > 5 && memcmp(field.ptr, "From:", 5) == 0);
	unfold(str_from(field, 5), &value);
	bool ok = address_parse_senders(buf_str(&value), compare, &found, &e);
	assert(ok);
	assert(found.n == meant->specs.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf out = BUF_INIT(16 * size + 4096);
	AUTO(cstr_release) char *copy = mem_alloc(size);
	struct meant meant = { .specs = STRVEC_INIT };
	struct mend m;
	struct err e = ERR_INIT;
	if (size > 0)
		memcpy(copy, data, size);
	if (mend_field(&m, &out, "From", (struct str){ copy, size }, change,
		&meant, &e))
		check_result(&out, &meant);
	else
		assert(e.exit == EX_DATAERR && e.text[0] != '\0');
	strvec_release(&meant.specs);
	return 0;
}
