/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each stream is made once and goes through all detectors. */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

const struct rival *const rivals[RIVALS] = { &ours, &zeek, &simple_scan, &snort_low, &snort_medium, &snort_high,
	&psad, &crowdsec, &xt_psd, &fail2ban, &trw };

struct sums {
	uint32_t probes[RIVALS][SEEDS];
	uint32_t found[RIVALS][ATTACKS];
	size_t decoys[RIVALS], reported[RIVALS], harmed[RIVALS], refused[RIVALS];
};

/* A guesser is found where he loses the service: to keep him from closed ports alone is no answer. Of many sources half
 * must be named, unless the alarm is about the attack as a whole. */
static bool found(const struct court *k, enum attack_id a)
{
	if (a == ATTACK_DISTRIBUTED)
		return k->host || k->distributed || court_count(k, ROLE_ATTACKER, false) >= HELPERS / 2;
	return court_count(k, ROLE_ATTACKER, a == ATTACK_SSH_FAST || a == ATTACK_SSH_SLOW) > 0;
}

static void attack_all(struct sums *sums, enum attack_id a, uint64_t seed, size_t nth)
{
	struct stream s;

	stream_open(&s, seed * ATTACKS + a, !attacks[a].closed_host);
	attacks[a].make(&s);
	stream_sort(&s);
	for (size_t r = 0; r < RIVALS; r++) {
		struct court k = { 0 };

		rival_run(rivals[r], &s, seed, &k);
		sums->found[r][a] += found(&k, a);
		if (a == ATTACK_PROBES)
			sums->probes[r][nth] = k.probes_needed ? k.probes_needed : UINT32_MAX;
		if (a == ATTACK_DECOY)
			sums->decoys[r] += court_count(&k, ROLE_DECOY, true);
		if (a == ATTACK_FORGED)
			sums->refused[r] += k.refused_counted;
		court_close(&k);
	}
	stream_close(&s);
}

static void live_a_day(struct sums *sums, struct figures out[RIVALS], uint64_t seed)
{
	struct stream s;

	stream_open(&s, ~seed, true);
	benign_day(&s);
	stream_sort(&s);
	for (size_t r = 0; r < RIVALS; r++) {
		struct court k = { 0 };

		rival_run(rivals[r], &s, seed, &k);
		/* What everybody feels is nobody's in particular, and counts as one more. */
		sums->reported[r] += k.host + k.services;
		sums->harmed[r] += k.services;
		for (size_t role = 0; role < ROLES; role++) {
			size_t n = court_count(&k, (enum role)role, false);

			sums->reported[r] += n;
			sums->harmed[r] += court_count(&k, (enum role)role, true);
			out[r].accused[role] |= n > 0;
		}
		court_close(&k);
	}
	stream_close(&s);
}

static int smaller(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sum_up(struct sums *sums, size_t r, struct figures *out)
{
	const double thousands = (double)(benign_sources() * SEEDS) / 1000;
	uint32_t *probes = sums->probes[r];

	qsort(probes, SEEDS, sizeof(*probes), smaller);
	out->probes = probes[SEEDS / 2] == UINT32_MAX ? 0 : probes[SEEDS / 2];
	for (size_t a = 0; a < ATTACKS; a++)
		out->recall[a] = sums->found[r][a] * 100 / SEEDS;
	out->decoys_harmed = (double)sums->decoys[r] / SEEDS;
	out->reported = (double)sums->reported[r] / thousands;
	out->harmed = (double)sums->harmed[r] / thousands;
	out->refused = (double)sums->refused[r] / SEEDS;
}

void figures_measure(uint64_t seed, struct figures out[RIVALS])
{
	static struct sums sums;

	memset(&sums, 0, sizeof(sums));
	memset(out, 0, RIVALS * sizeof(*out));
	for (size_t nth = 0; nth < SEEDS; nth++) {
		for (size_t a = 0; a < ATTACKS; a++)
			attack_all(&sums, (enum attack_id)a, seed + nth, nth);
		live_a_day(&sums, out, seed + nth);
	}
	for (size_t r = 0; r < RIVALS; r++)
		sum_up(&sums, r, &out[r]);
}
