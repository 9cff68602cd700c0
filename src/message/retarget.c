// SPDX-License-Identifier: ISC
#include "message/retarget.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/edit.h"
#include "message/mend.h"
#include "message/message.h"
#include "message/resolve.h"

enum {
	FIELD_MAX = 32 << 20,
	COMPARED_MAX = 1000, /* with each; more would take long */
};

static bool
collect(void *arg, struct str spec, struct err *e)
{
	struct strvec *specs = arg;
	(void)e;
	for (size_t i = 0; i < specs->len && i < COMPARED_MAX; i++)
		if (address_is_same(str_of(specs->items[i]), spec))
			return true;
	strvec_add(specs, spec);
	return true;
}

/* Whom the mailbox stands for; false if for itself, or that is not known. */
static bool
find_targets(struct resolver *r, const struct address *a, struct strvec *specs)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX);
	struct err ignored;
	if (a->spec.len == 0 || (a->is_bare && !address_is_local_user(a->spec)))
		return false;
	if (!address_to_ascii(a->spec, &ascii, &ignored) ||
	    !resolve(r, buf_str(&ascii), collect, specs, &ignored))
		return false;
	return specs->len != 1 ||
	    !str_eq(str_of(specs->items[0]), buf_str(&ascii));
}

static bool
show_targets(void *arg, struct mend *m, const struct address *a, struct err *e)
{
	AUTO(strvec_release) struct strvec specs = STRVEC_INIT;
	if (!find_targets(arg, a, &specs))
		return mend_keep_ascii(m, e);
	if (specs.len == 1)
		return mend_respec(m, str_of(specs.items[0]), e);
	for (size_t i = 0; i < specs.len; i++)
		if (!mend_put(m, STR_INIT, str_of(specs.items[i]), e))
			return false;
	return true;
}

static bool
is_shown(enum field_id id)
{
	return id == FIELD_TO || id == FIELD_CC || id == FIELD_RESENT_TO ||
	    id == FIELD_RESENT_CC;
}

void
retarget_fields(
    struct retarget *rt, const struct message *m, struct resolver *r)
{
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *f = &m->fields[i];
		AUTO(buf_release) struct buf text = BUF_INIT(FIELD_MAX);
		struct err ignored;
		struct mend mend;
		if (!is_shown(f->id) ||
		    !mend_field(&mend, &text, field_name(f->id),
			(struct str){ f->value, f->len }, show_targets, r,
			&ignored) ||
		    !mend.is_changed)
			continue;
		strvec_add(&rt->texts, buf_str(&text));
		rt->changes = mem_grow(rt->changes, &rt->cap, rt->nchanges + 1,
		    sizeof(*rt->changes));
		rt->changes[rt->nchanges++] = (struct edit_change){
			.field = i,
			.text = str_of(rt->texts.items[rt->texts.len - 1]),
		};
	}
}

void
retarget_release(struct retarget *rt)
{
	strvec_release(&rt->texts);
	free(rt->changes);
	*rt = RETARGET_INIT;
}
