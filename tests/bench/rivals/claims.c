/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of tidegate in public, held against the figures. */
#include <stdio.h>

#include "figures.h"

struct count {
	unsigned passed, failed;
};

static void claim(struct count *n, bool holds, const char *what)
{
	if (holds) {
		n->passed++;
		return;
	}
	n->failed++;
	printf("rivals: does not hold: %s\n", what);
}

static bool nobody(const struct figures *own)
{
	for (size_t role = 0; role < ROLES; role++)
		if (own->accused[role])
			return false;
	return own->reported <= 0 && own->harmed <= 0;
}

static bool finds_every_scan(const struct figures *f)
{
	for (int a = ATTACK_FAST; a <= ATTACK_DISTRIBUTED; a++)
		if (f->recall[a] < 100)
			return false;
	return true;
}

bool claims_hold(const struct figures f[RIVALS])
{
	const struct figures *own = &f[0];
	struct count n = { 0, 0 };
	char text[100];

	for (int a = ATTACK_FAST; a <= ATTACK_SSH_SLOW; a++) {
		snprintf(text, sizeof(text), "every %s is found (%u %% were)", attacks[a].name, own->recall[a]);
		claim(&n, own->recall[a] == 100, text);
	}
	snprintf(text, sizeof(text), "a scan is found by its sixth probe (%u)", own->probes);
	claim(&n, own->probes > 0 && own->probes <= 6, text);
	claim(&n, nobody(own), "nobody is reported on a day without an attack");
	claim(&n, own->decoys_harmed <= 0, "no decoy loses a service");
	claim(&n, own->refused <= 0, "whose address is forged loses no connection");
	for (size_t r = 1; r < RIVALS; r++) {
		if (!rivals[r]->scans)
			continue;
		snprintf(text, sizeof(text), "%s misses a kind of scan", rivals[r]->name);
		claim(&n, !finds_every_scan(&f[r]), text);
		snprintf(text, sizeof(text), "a block by %s can be aimed at an innocent", rivals[r]->name);
		claim(&n, f[r].refused > 0, text);
	}
	printf("rivals: %u passed, %u failed\n", n.passed, n.failed);
	return n.failed == 0;
}
