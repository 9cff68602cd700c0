// SPDX-License-Identifier: ISC
#include "submit/failures.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

static void
add(struct failures *f, const char *text, const char *said, const char *hint)
{
	struct err e = ERR_INIT;
	(void)err_set(&e, EX_TEMPFAIL, "%s", text);
	memcpy(e.said, said, strlen(said) + 1);
	if (hint[0] != '\0')
		(void)err_hint(&e, "%s", hint);
	failures_add(f, &e);
}

TEST(each_says_all_it_has_to_say)
{
	AUTO(failures_release) struct failures f = FAILURES_INIT;
	AUTO(failures_release) struct failures copy = FAILURES_INIT;
	AUTO(buf_release) struct buf words = BUF_INIT(1000);
	failures_words(&f, &words);
	CHECK_EQ(words.len, 0);
	add(&f, "a: connect", "", "");
	add(&f, "b: EHLO", "554 no", "ask them");
	failures_words(&f, &words);
	CHECK_BUF(&words, "a: connect; b: EHLO: 554 no; ask them; ");
	add(&copy, "what was there", "", "");
	failures_copy(&copy, &f);
	CHECK_EQ(copy.len, 2);
	CHECK_STR(copy.items[1].said, "554 no");
}

TEST(what_is_the_same_for_several_is_told_once)
{
	AUTO(failures_release) struct failures f = FAILURES_INIT;
	AUTO(buf_release) struct buf words = BUF_INIT(1000);
	struct err last = ERR_INIT;
	add(&f, "proxy: connect", "", "");
	add(&f, "a: EHLO", "554 no", "");
	add(&f, "a: EHLO", "550 no", "");
	add(&f, "proxy: connect", "", "");
	(void)err_set(&last, EX_TEMPFAIL, "a: EHLO");
	memcpy(last.said, "554 no", sizeof("554 no"));
	failures_forget(&f, &last);
	failures_words(&f, &words);
	CHECK_BUF(&words, "proxy: connect; a: EHLO: 550 no; ");
	failures_forget(&f, &last);
	CHECK_EQ(f.len, 2);
}
