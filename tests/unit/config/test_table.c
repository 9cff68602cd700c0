// SPDX-License-Identifier: ISC
#include "config/table.h"

#include "config/settings.h"
#include "unit.h"

TEST(every_row_is_complete)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *row = &setting_table[id];
		CHECK(row->name != NULL && row->help != NULL);
		CHECK(row->since != NULL);
		CHECK(row->has_flag == (row->arg != NULL));
		CHECK(row->offset < sizeof(struct settings));
		CHECK(row->type != SETTING_TYPE_UINT || row->min < row->max);
		CHECK_EQ(setting_id_of(row), id);
	}
}

TEST(no_two_rows_share_a_name_letter_or_place)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct setting *a = &setting_table[i];
			const struct setting *b = &setting_table[k];
			CHECK(!str_eq(str_of(a->name), str_of(b->name)));
			CHECK(a->letter == '\0' || a->letter != b->letter);
			CHECK(a->offset != b->offset);
		}
	}
}

TEST(a_secret_has_no_flag)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		CHECK(setting_table[i].type != SETTING_TYPE_SECRET ||
		    (!setting_table[i].has_flag &&
			setting_table[i].letter == '\0'));
}

TEST(a_row_is_found_by_name_with_dashes_or_underscores)
{
	const struct setting *row = &setting_table[SETTING_TLS_TRUST_FILE];
	CHECK(setting_find(STR("tls_trust_file")) == row);
	CHECK(setting_find(STR("tls-trust-file")) == row);
	CHECK(setting_find(STR("tls_trust-file")) == row);
	CHECK(setting_find(STR("host")) == &setting_table[SETTING_HOST]);
}

TEST(only_the_whole_name_in_its_case_is_found)
{
	CHECK(setting_find(STR("tls_trust_fil")) == NULL);
	CHECK(setting_find(STR("tls_trust_file2")) == NULL);
	CHECK(setting_find(STR("Host")) == NULL);
	CHECK(setting_find(STR("h-st")) == NULL);
	CHECK(setting_find(STR("tlsxstarttls")) == NULL);
	CHECK(setting_find(STR("")) == NULL);
}

TEST(a_slip_of_the_finger_finds_the_name_that_was_meant)
{
	CHECK_STR(setting_nearest(STR("tsl")), "tls");
	CHECK_STR(setting_nearest(STR("hots")), "host");
	CHECK_STR(setting_nearest(STR("pasword")), "password");
	CHECK_STR(setting_nearest(STR("tls_startls")), "tls_starttls");
	CHECK_STR(setting_nearest(STR("paswordeval")), "passwordeval");
}

TEST(what_is_like_no_name_finds_none)
{
	CHECK(setting_nearest(STR("")) == NULL);
	CHECK(setting_nearest(STR("x")) == NULL);
	CHECK(setting_nearest(STR("colour")) == NULL);
	CHECK(setting_nearest(STR("zzzzzz")) == NULL);
}

TEST(a_very_long_name_finds_none)
{
	static char name[100000];
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = 'h';
	CHECK(setting_nearest((struct str){ name, sizeof(name) }) == NULL);
}
