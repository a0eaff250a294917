/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyed hashing: no key of the outside says anything about a place in a table.
 */
#include "base/hash.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hash_key key(uint64_t seed)
{
	struct hash_key k;

	hash_key_from_seed(&k, seed);
	return k;
}

START_TEST(one_seed_gives_one_hash)
{
	const struct hash_key a = key(1), b = key(1), c = key(2);

	ck_assert_uint_eq(hash_u64(&a, 7), hash_u64(&b, 7));
	ck_assert_uint_ne(hash_u64(&a, 7), hash_u64(&c, 7));
	ck_assert_uint_ne(hash_u64(&a, 7), hash_u64(&a, 8));
	ck_assert_uint_eq(hash_bytes(&a, "tide", 4), hash_bytes(&b, "tide", 4));
	ck_assert_uint_ne(hash_bytes(&a, "tide", 4), hash_bytes(&c, "tide", 4));
}
END_TEST

START_TEST(the_length_is_part_of_what_is_hashed)
{
	static const uint8_t zeros[40];
	const struct hash_key k = key(3);
	uint64_t seen[41];

	for (size_t i = 0; i <= 40; i++) {
		seen[i] = hash_bytes(&k, zeros, i);
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(seen[i], seen[j]);
	}
}
END_TEST

START_TEST(no_bytes_need_no_memory)
{
	const struct hash_key k = key(3);

	ck_assert_uint_eq(hash_bytes(&k, NULL, 0), hash_bytes(&k, "", 0));
}
END_TEST

START_TEST(each_bit_of_the_input_turns_half_of_the_output)
{
	const struct hash_key k = key(4);

	for (unsigned bit = 0; bit < 64; bit++) {
		unsigned turned = 0;

		for (uint64_t v = 0; v < 200; v++) {
			const uint64_t near = v ^ UINT64_C(1) << bit;
			uint64_t d = hash_u64(&k, v) ^ hash_u64(&k, near);

			for (; d; d &= d - 1)
				turned++;
		}
		ck_assert_uint_gt(turned, 200 * 32 * 9 / 10);
		ck_assert_uint_lt(turned, 200 * 32 * 11 / 10);
	}
}
END_TEST

/* Keys that the multiplicative hash of many tables (top bits of key * 2^64/phi) sends
 * to one place must be spread by ours as any others. */
START_TEST(keys_that_collide_without_a_secret_do_not_with_one)
{
	enum { BUCKETS = 4096, KEYS = 8 * BUCKETS };
	const uint64_t inverse = UINT64_C(0xf1de83e19937733d); /* of the golden ratio's */
	const struct hash_key k = key(5);
	unsigned *held = calloc(BUCKETS, sizeof(*held));
	unsigned most = 0;

	ck_assert_ptr_nonnull(held);
	ck_assert_uint_eq(inverse * UINT64_C(0x9e3779b97f4a7c15), 1);
	for (uint64_t i = 0; i < KEYS; i++) {
		const uint64_t place = hash_u64(&k, i * inverse) >> 52;

		if (++held[place] > most)
			most = held[place];
	}
	/* Poisson of mean 8: over 4096 buckets, 30 has a chance below 1 in 10^5. */
	ck_assert_uint_lt(most, 30);
	free(held);
}
END_TEST

START_TEST(the_generator_is_deterministic_and_moves)
{
	uint64_t a = 9, b = 9;
	const uint64_t first = random_next(&a);

	ck_assert_uint_eq(first, random_next(&b));
	ck_assert_uint_ne(first, random_next(&a));
	ck_assert_uint_eq(a, b + UINT64_C(0x9e3779b97f4a7c15));
}
END_TEST

/* The published sequence of splitmix64 from state 1234567. */
START_TEST(the_generator_is_splitmix64)
{
	uint64_t state = 1234567;

	ck_assert_uint_eq(random_next(&state), UINT64_C(6457827717110365317));
	ck_assert_uint_eq(random_next(&state), UINT64_C(3203168211198807973));
}
END_TEST

static TCase *hashing(void)
{
	TCase *t = tcase_create("hashing");

	tcase_add_test(t, one_seed_gives_one_hash);
	tcase_add_test(t, the_length_is_part_of_what_is_hashed);
	tcase_add_test(t, no_bytes_need_no_memory);
	tcase_add_test(t, each_bit_of_the_input_turns_half_of_the_output);
	tcase_add_test(t, keys_that_collide_without_a_secret_do_not_with_one);
	return t;
}

static TCase *generator(void)
{
	TCase *t = tcase_create("generator");

	tcase_add_test(t, the_generator_is_deterministic_and_moves);
	tcase_add_test(t, the_generator_is_splitmix64);
	return t;
}

int main(void)
{
	Suite *s = suite_create("hash");
	SRunner *r;
	int failed;

	suite_add_tcase(s, hashing());
	suite_add_tcase(s, generator());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
