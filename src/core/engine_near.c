/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How near one address is to each rule: asked by whoever looks, read by nobody who decides. */
#include "core/engine_state.h"

static void near_of_scans(struct engine *e, const struct addr *a, const struct source *s, struct nears *out)
{
	const struct scan_contact as = { .neighbour = engine_is_neighbour(e, a),
		.patience = (uint8_t)engine_patience(e, a), .proof = source_is_good(s) ? 2 : 1 };

	scan_near(&e->rules.scan, s, &as, out);
	odd_near(&e->rules.odd, s, out);
}

static void near_of_rates(const struct engine *e, uint64_t key, mono_t now, struct nears *out)
{
	for (size_t i = 0; i < e->rules.rate.n_rules; i++) {
		const struct rate_rule *r = &e->rules.rate.rules[i];
		const uint64_t at = rate_key_source(key, r->rule.sid);
		const struct rate_record *rec = table_find(e->rates, at, table_prefetch(e->rates, at));

		if (r->per == RATE_PER_SOURCE && rec)
			rate_near(r, rec, now, out);
	}
}

void engine_near(struct engine *e, const struct addr *a, mono_t now, struct nears *out)
{
	const uint64_t key = source_key(a);
	const struct source *s = engine_source(e, a, now);

	out->n = 0;
	if (s)
		near_of_scans(e, a, s, out);
	near_of_rates(e, key, now, out);
	signals_near(e->egress.signals, &e->rules.signals, a, now, out);
	reported_near(e->reported, &e->rules.reported, key, now, out);
	brute_near(e->brute, &e->rules.brute, key, now, out);
}
