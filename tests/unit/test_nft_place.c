/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures and their sets: the table reads the same in both directions.
 */
#include "codec/nft_place.h"

#include <check.h>
#include <stdlib.h>

#include "base/err.h"

START_TEST(what_is_found_means_what_was_asked)
{
	static const uint8_t lengths[] = { 32, 24 };
	static const uint8_t lengths6[] = { 64, 128 };

	for (int r = 0; r < RESPONSES; r++) {
		for (int i = 0; i < 8; i++) {
			struct measure m = { .response = (enum response)r,
				.limit_rate = 1 };
			enum response response;
			enum nft_set_id set;
			enum scope scope;

			m.scope = i & 1 ? SCOPE_SERVICE : SCOPE_SOURCE;
			m.subject.kind = SUBJECT_SOURCE;
			m.subject.source.addr.family = i & 2 ? FAMILY_V4 : FAMILY_V6;
			m.subject.source.len = i & 2 ? lengths[i >> 2] : lengths6[i >> 2];
			if (nft_place_find(&m, &set))
				continue;
			ck_assert_int_eq(nft_place_meaning(set, r == RESPONSE_LIMIT,
						 &response, &scope),
				0);
			ck_assert_int_eq(response, r);
			ck_assert_int_eq(scope, m.scope);
		}
	}
}
END_TEST

START_TEST(only_limit_and_refuse_can_be_about_one_service)
{
	for (int r = 0; r < RESPONSES; r++) {
		struct measure m = {
			.response = (enum response)r,
			.limit_rate = 1,
			.scope = SCOPE_SERVICE,
			.subject = { .kind = SUBJECT_SOURCE,
				.source = { .addr.family = FAMILY_V4, .len = 32 } },
		};
		enum nft_set_id set;

		ck_assert_int_eq(nft_place_find(&m, &set) == 0,
			r == RESPONSE_LIMIT || r == RESPONSE_REFUSE);
	}
}
END_TEST

START_TEST(other_sets_mean_nothing)
{
	static const enum nft_set_id others[] = { NFT_SET_GUARD4, NFT_SET_GUARD6,
		NFT_SET_SHARE4, NFT_SET_SHARE6, NFT_SET_SERVED4, NFT_SET_SERVED6,
		NFT_SET_LISTENING, NFT_SET_MAPPED, NFT_SET_ALIVE };
	enum response response;
	enum scope scope;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_int_eq(nft_place_meaning(others[i], false, &response, &scope),
			ERR_INVALID);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_place");
	TCase *c = tcase_create("nft_place");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, what_is_found_means_what_was_asked);
	tcase_add_test(c, only_limit_and_refuse_can_be_about_one_service);
	tcase_add_test(c, other_sets_mean_nothing);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
