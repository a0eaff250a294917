/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes of the ledger. Single IPv4 addresses and IPv6 /64s live in hash sets of the
 * kernel and know no neighbours; all other lengths live in interval sets, which refuse an
 * element that overlaps another of the same set. So of nested prefixes in one set only
 * the broadest is sent, and none is sent before the kernel has let go of every other that
 * it overlaps.
 */
#include "base/err.h"
#include "core/ledger_state.h"

bool ledger_is_exact(const struct prefix *p)
{
	return p->len == (p->addr.family == FAMILY_V4 ? 32 : 64);
}

bool ledger_is_listed_kind(const struct slot *s)
{
	return s->m.subject.kind == SUBJECT_SOURCE &&
		!ledger_is_exact(&s->m.subject.source);
}

static struct prefix_lengths *lengths_of(struct ledger *l, const struct slot *s)
{
	return &l->lengths[s->m.subject.source.addr.family == FAMILY_V6];
}

int ledger_prefix_list(struct ledger *l, struct slot *s)
{
	struct prefix_lengths *f = lengths_of(l, s);
	uint8_t len = s->m.subject.source.len;

	if (!ledger_is_listed_kind(s) || s->listed != SLOT_NONE)
		return 0;
	if (l->n_prefixes == LEDGER_PREFIXES)
		return ERR_FULL;
	s->listed = (uint32_t)l->n_prefixes;
	l->prefixes[l->n_prefixes].prefix = s->m.subject.source;
	l->prefixes[l->n_prefixes++].slot = s->m.id;
	if (!f->count[len]++)
		f->in_use[f->n++] = len;
	return 0;
}

void ledger_prefix_unlist(struct ledger *l, struct slot *s)
{
	struct prefix_lengths *f = lengths_of(l, s);
	uint8_t len = s->m.subject.source.len;
	size_t i = 0;

	if (s->listed == SLOT_NONE)
		return;
	l->prefixes[s->listed] = l->prefixes[--l->n_prefixes];
	l->slots[l->prefixes[s->listed].slot].listed = s->listed;
	s->listed = SLOT_NONE;
	if (--f->count[len])
		return;
	while (f->in_use[i] != len)
		i++;
	f->in_use[i] = f->in_use[--f->n];
}

/* The place that this slot's wish has in the kernel, 0 for none. */
static uint16_t place_wanted(const struct slot *s)
{
	switch (s->m.state) {
	case MEASURE_WANTED:
	case MEASURE_SENT:
	case MEASURE_APPLIED:
	case MEASURE_COVERED:
		return ledger_place(s, s->m.response);
	case MEASURE_FREE:
	case MEASURE_SHADOW:
	case MEASURE_REFUSED:
		break;
	}
	return 0;
}

/* Whether their elements of one place would be in the same set, where they might
 * overlap. */
static bool neighbours(const struct slot *a, const struct slot *b)
{
	return a != b && a->m.scope == b->m.scope &&
		a->m.subject.proto == b->m.subject.proto &&
		a->m.subject.port == b->m.subject.port;
}

static bool overlap(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

static bool covered(const struct ledger *l, const struct slot *s)
{
	uint16_t place = ledger_place(s, s->m.response);

	for (size_t i = 0; i < l->n_prefixes; i++) {
		const struct slot *o = &l->slots[l->prefixes[i].slot];

		if (prefix_covers(&l->prefixes[i].prefix, &s->m.subject.source) &&
			neighbours(s, o) && place_wanted(o) & place)
			return true;
	}
	return false;
}

bool ledger_prefix_blocked(const struct ledger *l, const struct slot *s)
{
	uint16_t place = ledger_place(s, s->m.response);

	if (s->listed == SLOT_NONE)
		return false;
	for (size_t i = 0; i < l->n_prefixes; i++) {
		const struct slot *o = &l->slots[l->prefixes[i].slot];

		if ((o->held | o->asked | o->gone) & place && neighbours(s, o) &&
			overlap(&l->prefixes[i].prefix, &s->m.subject.source))
			return true;
	}
	return false;
}

/* Covers or uncovers one slot, and wakes it where it waits for a neighbour to leave the
 * kernel. */
static void review(struct ledger *l, struct slot *s)
{
	bool is = s->m.state == MEASURE_COVERED;

	if (!place_wanted(s))
		return;
	if (covered(l, s) != is) {
		ledger_slot_restate(l, s, is ? MEASURE_WANTED : MEASURE_COVERED);
		s->m.applied = (mono_t){ 0 };
		s->m.version++;
	}
	ledger_slot_wake(l, s);
}

void ledger_prefix_review(struct ledger *l, const struct slot *s)
{
	struct prefix changed = s->m.subject.source;

	if (!ledger_is_listed_kind(s))
		return;
	for (size_t i = 0; i < l->n_prefixes; i++)
		if (overlap(&l->prefixes[i].prefix, &changed))
			review(l, &l->slots[l->prefixes[i].slot]);
}
