/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scan detector's memory of answered contacts alone, and the patience that some sources are owed.
 */
#include "core/detect_scan.h"

#include <check.h>

#include "../support/scan_probe.h"

static bool silent(struct probe *p, bool proven, uint8_t proof, mono_t now)
{
	return count(p, (struct scan_contact){ .outcome = CONTACT_SILENT, .revisit = true,
		.proven = proven, .proof = proof }, now);
}

/* How many proven silent contacts it takes. */
static unsigned silent_needed(uint8_t proof)
{
	struct probe p = stranger();

	p.o.proven_rule.enabled = true;
	p.o.fast_rule.enabled = p.o.slow_rule.enabled = false;
	for (unsigned n = 1; n <= 40; n++)
		if (silent(&p, true, proof, AT(1000))) {
			ck_assert_int_eq(p.found.proof, PROOF_ANSWERED);
			return n;
		}
	return 0;
}

START_TEST(eleven_silent_connections_are_a_proven_scan)
{
	ck_assert_uint_eq(silent_needed(1), 11);
	ck_assert_uint_eq(silent_needed(2), 22);
}
END_TEST

START_TEST(what_is_only_claimed_never_counts_as_proven)
{
	struct probe p = stranger();

	p.o.proven_rule.enabled = true;
	for (unsigned n = 0; n < 200; n++) {
		silent(&p, false, 1, AT(1000));
		knock(&p, CONTACT_CLOSED, n, AT(1000));
		if (p.raised)
			ck_assert_int_eq(p.found.proof, PROOF_CLAIMED);
	}
	ck_assert_int_eq(p.s.proven, 0);
	ck_assert(p.raised);
}
END_TEST

START_TEST(patience_multiplies_every_threshold)
{
	struct probe p = stranger();
	unsigned n = 0;

	while (n < 60 && !count(&p, (struct scan_contact){ .outcome = CONTACT_CLOSED,
		.target = target(n), .patience = 2 }, AT(1000)))
		n++;
	ck_assert_uint_eq(n + 1, 11);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_scan_proof");
	TCase *t = tcase_create("detect_scan_proof");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, eleven_silent_connections_are_a_proven_scan);
	tcase_add_test(t, what_is_only_claimed_never_counts_as_proven);
	tcase_add_test(t, patience_multiplies_every_threshold);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
