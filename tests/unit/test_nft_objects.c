/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets and chains of our table, one by one.
 */
#include "codec/nft_objects.h"

#include <check.h>
#include <string.h>

START_TEST(a_size_is_that_of_single_sources_and_of_their_meters)
{
	ck_assert_uint_eq(nft_objects_set(NFT_SET_DROP4, 100).size, 100);
	ck_assert_uint_eq(nft_objects_set(NFT_SET_SHARE6, 100).size, 100);
	ck_assert_uint_eq(nft_objects_set(NFT_SET_DROP4, 0).size, 65536);
	ck_assert_uint_eq(nft_objects_set(NFT_SET_DROPNET4, 100).size, 16384);
	ck_assert_uint_eq(nft_objects_set(NFT_SET_ALIVE, 100).size, 2);
	ck_assert_uint_eq(nft_objects_set(NFT_SET_LISTENING, 100).size, 3 * 65536);
}
END_TEST

START_TEST(by_default_a_set_is_as_large_as_can_be)
{
	for (int i = 0; i < NFT_SETS; i++) {
		struct nft_set_spec a = nft_set_spec((enum nft_set_id)i);
		struct nft_set_spec b = nft_objects_set((enum nft_set_id)i, 0);

		ck_assert_str_eq(a.name, b.name);
		ck_assert_uint_eq(a.size, b.size);
	}
}
END_TEST

START_TEST(chains_have_names_of_their_own_and_hooks_their_texts)
{
	for (int i = 0; i < NFT_CHAINS; i++) {
		struct nft_chain_spec c = nft_objects_chain((enum nft_chain_id)i);

		ck_assert(c.name[0]);
		ck_assert_int_eq(c.hook >= 0, c.hook_text[0] != '\0');
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(
				c.name, nft_objects_chain((enum nft_chain_id)k).name);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nft_objects");
	TCase *c = tcase_create("nft_objects");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_test(c, a_size_is_that_of_single_sources_and_of_their_meters);
	tcase_add_test(c, by_default_a_set_is_as_large_as_can_be);
	tcase_add_test(c, chains_have_names_of_their_own_and_hooks_their_texts);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
