/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Odd packets of one source. Called by the engine for each packet that the parser has
 * found odd; which oddities count is the rule's choice.
 */
#include "core/detect_odd.h"

#define ONE 256 /* a packet, Q8 */

/* Half a packet under the limit: what came over minutes has decayed a little. */
static uint16_t threshold_of(const struct odd_opts *o)
{
	uint64_t q8 = (uint64_t)o->limit * ONE;

	if (q8 > UINT16_MAX)
		return UINT16_MAX;
	return q8 > ONE / 2 ? (uint16_t)(q8 - ONE / 2) : ONE / 2;
}

bool odd_count(const struct odd_opts *o, struct source *s, const struct packet *p,
	mono_t now, struct finding *out)
{
	uint16_t threshold = threshold_of(o);

	if (s->odd < threshold / 2)
		s->flags &= (uint16_t)~SOURCE_RAISED_ODD;
	if (!(p->odd & o->kinds))
		return false;
	s->odd = add_sat_u16(s->odd, ONE);
	if (!o->rule.enabled || s->flags & SOURCE_RAISED_ODD || s->odd < threshold)
		return false;
	s->flags |= SOURCE_RAISED_ODD;
	*out = (struct finding){
		.kind = FINDING_ODD,
		.proof = PROOF_CLAIMED,
		.rule = o->rule,
		.score = hundredths(s->odd, 8),
		.threshold = hundredths(threshold, 8),
		.count = (s->odd + ONE / 2) / ONE,
		.window_ns = o->half_life_ns,
		.first = tick_time(s->first, now),
		.at = now,
	};
	return true;
}

void odd_near(const struct odd_opts *o, const struct source *s, struct nears *out)
{
	near_add(out, &(struct near){ .rule = o->rule, .kind = FINDING_ODD, .proof = PROOF_CLAIMED,
		.score = hundredths(s->odd, 8), .threshold = hundredths(threshold_of(o), 8) });
}
