/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scan detector's memory of answered contacts alone, and the patience that some sources are owed.
 */
#include "core/detect_scan.h"

#include <check.h>

#define AT(s) ((mono_t){ .ns = (int64_t)((s) * 1000.0) * NS_PER_MS })

static const struct scan_opts opts = {
	.fast_rule = { .name = "scan.fast", .enabled = true },
	.slow_rule = { .name = "scan.slow", .enabled = true },
	.weight_closed = NAT(2.77),
	.weight_weak = NAT(1.4),
	.weight_completed = NAT(-1.56),
	.fast_threshold = NAT(15.2),
	.slow_threshold = NAT(20.7),
	.proven_threshold = NAT(15.2),
	.fast_half_life_ns = 600 * NS_PER_S,
	.slow_half_life_ns = 86400 * NS_PER_S,
	.neighbour_factor = 2,
};

/* A source with its last finding, and what to call it with. */
struct probe {
	struct source s;
	struct scan_opts o;
	struct source_half_lives h;
	struct finding found;
	bool fresh;
	unsigned raised;
};

static struct probe stranger(void)
{
	struct probe p = { .o = opts };

	source_half_lives_set(&p.h, opts.fast_half_life_ns, opts.slow_half_life_ns,
		600 * NS_PER_S);
	return p;
}

/* Targets 0..31 have bits of their own: the bitmap looks at the upper twelve of a hash. */
static uint64_t target(unsigned n)
{
	uint64_t bits = n & 63;

	return bits << 58 | (bits ^ 32) << 52;
}

static bool count(struct probe *p, struct scan_contact c, mono_t now)
{
	bool raised;

	source_touch(&p->h, &p->s, now);
	raised = scan_count(&p->o, &p->s, &c, now, &p->fresh, &p->found);
	p->raised += raised;
	return raised;
}

static bool knock(struct probe *p, enum contact outcome, unsigned n, mono_t now)
{
	return count(p, (struct scan_contact){ .outcome = outcome, .target = target(n) }, now);
}

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
