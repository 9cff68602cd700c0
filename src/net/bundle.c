// SPDX-License-Identifier: ISC
#include "net/bundle.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/fd.h"
#include "net/der.h"
#include "net/pem.h"

enum {
	HEAD_SIZE = BUNDLE_WINDOW / 4 * 3 + 4, /* all of the longest */
	HEAD_FIRST = 320, /* the subject mostly ends before that */
	/* as much at once as the heap has without a mapping of its own */
	TEXT_SIZE = 3 * BUNDLE_WINDOW,
};

/* What is read and not yet looked through. */
struct window {
	char text[TEXT_SIZE];
	size_t len;
	char head[HEAD_SIZE]; /* of a certificate, decoded */
};

static bool
find_subject(struct window *w, struct str base64, struct str *subject)
{
	struct der_names names;
	size_t len = 0, need = HEAD_FIRST;
	for (;;) {
		size_t n = 0;
		if (need > HEAD_SIZE - 2 ||
		    !pem_decode(&base64, w->head + len, need - len, &n) ||
		    n == 0)
			return false;
		len += n;
		switch (
		    der_names((struct str){ w->head, len }, &names, &need)) {
		case DER_FOUND: *subject = names.subject; return true;
		case DER_MORE: break;
		case DER_WRONG: return false;
		}
	}
}

static bool
is_wanted(const struct bundle_search *search, struct str subject)
{
	for (size_t i = 0; i < search->nsubjects; i++)
		if (str_eq(search->subjects[i], subject))
			return true;
	return search->subjects == NULL;
}

static enum bundle_result
look_at(struct bundle_search *search, struct window *w,
    const struct pem_block *block)
{
	struct str subject;
	if (!find_subject(w, block->base64, &subject))
		return BUNDLE_ODD;
	search->nseen++;
	if (is_wanted(search, subject) &&
	    !search->take(search->arg, block->all))
		return BUNDLE_REFUSED;
	return BUNDLE_DONE;
}

/* All that the window holds whole; the rest is moved to its start. */
static enum bundle_result
look_through(struct bundle_search *search, struct window *w, bool is_end)
{
	struct str rest = { w->text, w->len };
	enum pem_found found;
	do {
		struct pem_block block;
		size_t used;
		found = pem_next(rest, &block, &used);
		if (found == PEM_BROKEN || (found == PEM_UNFINISHED && is_end))
			return BUNDLE_ODD;
		enum bundle_result result = found == PEM_CERTIFICATE
		    ? look_at(search, w, &block)
		    : BUNDLE_DONE;
		if (result != BUNDLE_DONE)
			return result;
		rest = str_from(rest, used);
	} while (found == PEM_CERTIFICATE);
	if (rest.len == sizeof(w->text))
		return BUNDLE_ODD; /* longer than the window */
	memmove(w->text, rest.ptr, rest.len);
	w->len = rest.len;
	return BUNDLE_DONE;
}

static enum bundle_result
run(int fd, struct bundle_search *search, struct window *w)
{
	for (;;) {
		ssize_t n = fd_read(
		    fd, w->text + w->len, sizeof(w->text) - w->len);
		if (n == -1)
			return BUNDLE_FAILED;
		w->len += (size_t)n;
		enum bundle_result result = look_through(search, w, n == 0);
		if (n == 0 || result != BUNDLE_DONE)
			return result;
	}
}

enum bundle_result
bundle_search(int fd, struct bundle_search *search)
{
	struct window *w = mem_alloc(sizeof(*w));
	w->len = 0;
	search->nseen = 0;
	enum bundle_result result = run(fd, search, w);
	int saved = errno;
	free(w);
	errno = saved;
	return result;
}
