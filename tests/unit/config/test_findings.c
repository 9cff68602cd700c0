// SPDX-License-Identifier: ISC
#include "config/findings.h"

#include <stdio.h>

#include "base/err.h"
#include "unit.h"

TEST(faults_and_notes_are_kept_in_their_order)
{
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	struct err e = ERR_INIT;
	findings_note(&f, "rc:%d: old", 1);
	(void)err_set(&e, EX_CONFIG, "rc:2: wrong");
	(void)err_hint(&e, "do this");
	findings_fault(&f, &e);
	CHECK_EQ(f.lines.len, 2);
	CHECK_EQ(f.nfaults, 1);
	CHECK_STR(f.lines.items[0], "rc:1: old");
	CHECK_STR(f.lines.items[1], "rc:2: wrong; do this");
}

TEST(the_same_is_told_once)
{
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	struct err e = ERR_INIT;
	(void)err_set(&e, EX_CONFIG, "rc:2: wrong");
	findings_fault(&f, &e);
	findings_fault(&f, &e);
	CHECK_EQ(f.lines.len, 1);
	CHECK_EQ(f.nfaults, 1);
}

TEST(there_is_an_end_to_faults)
{
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	struct err e = ERR_INIT;
	for (int i = 0; i < 1000; i++) {
		(void)err_set(&e, EX_CONFIG, "rc:%d: wrong", i);
		findings_fault(&f, &e);
	}
	CHECK(findings_is_full(&f));
	CHECK_EQ(f.lines.len, 500);
	CHECK_EQ(f.nfaults, 500);
}
