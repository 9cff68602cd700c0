// SPDX-License-Identifier: ISC
/*
 * An address field written anew, some mailboxes kept, some changed, and the
 * same as a From that is repaired: it parses, holds the addresses that it
 * should, no line end but those of its lines, and no line that could be
 * taken for the end of the header.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "message/address.h"
#include "message/edit.h"
#include "message/intake.h"
#include "message/locals.h"
#include "message/mend.h"
#include "message/repair.h"

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

struct senders {
	const struct repair_rules *rules;
	size_t n;
};

/* None is left that a relay would refuse. */
static bool
check_sender(void *arg, const struct address *a, struct err *e)
{
	struct senders *senders = arg;
	(void)e;
	senders->n++;
	assert(a->spec.len > 0);
	assert(!repair_is_needed(senders->rules, a->spec));
	return true;
}

static void
check_repaired(struct str field, const struct repair_rules *rules)
{
	AUTO(buf_release) struct buf value = BUF_INIT(field.len);
	struct senders senders = { .rules = rules };
	struct err e;
	size_t colon = str_find(field, ':');
	assert(colon < field.len);
	unfold(str_from(field, colon + 1), &value);
	bool ok = address_parse_senders(
	    buf_str(&value), check_sender, &senders, &e);
	assert(ok);
	assert(senders.n > 0);
}

/* All of the input is the value of a From, as far as it is one. */
static void
repair(struct str text, enum repair_mode mode)
{
	char *names[] = { (char[]){ "localhost" }, NULL };
	const struct locals locals = { .domains = {
					   .items = names, .len = 1 } };
	const struct repair_rules rules = {
		.mode = mode,
		.own = STR("me@x.example"),
		.full_name = STR("My Name"),
		.host = STR("box"),
		.locals = &locals,
		.wants_reply_to = true,
	};
	const struct edit_wish wish = { .author = "me@x.example",
		.id_domain = "x.example" };
	AUTO(buf_release) struct buf bytes = BUF_INIT(text.len + 8);
	struct message m = MESSAGE_INIT;
	struct repairs r = REPAIRS_INIT;
	struct err e = ERR_INIT;
	bool ok = buf_add_str(&bytes, STR("From:")) &&
	    buf_add_str(&bytes, text) && buf_add_str(&bytes, STR("\n\n"));
	assert(ok);
	ok = message_from_bytes(&m, buf_str(&bytes), &e);
	assert(ok);
	if (repair_message(&r, &m, &wish, &rules, &e)) {
		for (size_t i = 0; i < r.nchanges; i++)
			if (m.fields[r.changes[i].field].id == FIELD_FROM)
				check_repaired(r.changes[i].text, &rules);
		if (r.reply_to != NULL)
			assert(strstr(r.reply_to, "Reply-To: ") == r.reply_to);
	} else {
		assert(e.exit == EX_DATAERR && e.text[0] != '\0');
	}
	repairs_release(&r);
	message_release(&m);
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
	repair((struct str){ copy, size }, REPAIR_INVALID);
	repair((struct str){ copy, size }, REPAIR_ALWAYS);
	return 0;
}
