/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of four places, by a keyed hash of the destination; who was heard of longest ago makes room. */
#include "core/signals.h"

#include <string.h>

#include "base/text.h"

#define WAYS 4
#define SETS 1024

struct witness {
	uint64_t key;          /* of the destination; 0: free */
	mono_t last;           /* signal of any kind */
	mono_t at[SIGNALS];    /* 0: never */
	mono_t raised;         /* 0: never, or armed again */
	uint8_t raised_for;    /* bits of the signals that it was raised for */
};

struct signals {
	struct hash_key key;
	struct signals_stats stats;
	struct witness sets[SETS][WAYS];
};

const char *signal_name(enum signal s)
{
	static const char *const names[] = { [SIGNAL_LISTED] = "listed", [SIGNAL_TIMING] = "timing",
		[SIGNAL_VOLUME] = "volume", [SIGNAL_TUNNEL] = "tunnel", [SIGNAL_NEW] = "new", [SIGNAL_STRANGE] = "strange",
		[SIGNAL_REPORTED] = "reported" };

	return (unsigned)s < SIGNALS ? names[s] : "unknown";
}

size_t signals_bytes(void)
{
	return sizeof(struct signals);
}

void signals_create(struct signals **out, void *memory, const struct hash_key *key)
{
	struct signals *s = memory;

	memset(s, 0, sizeof(*s));
	s->key = *key;
	*out = s;
}

static struct witness *find(struct signals *s, const struct addr *a, bool make)
{
	uint64_t h = hash_u64(&s->key, source_key(a)) | 1;
	struct witness *set = s->sets[h >> 1 & (SETS - 1)], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == h)
			return &set[i];
		if (set[i].last.ns < oldest->last.ns)
			oldest = &set[i];
	}
	if (!make)
		return NULL;
	s->stats.crowded += oldest->key != 0;
	*oldest = (struct witness){ .key = h };
	return oldest;
}

static unsigned recent(const struct witness *w, int64_t within_ns, mono_t now)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < SIGNALS; i++)
		if (w->at[i].ns && mono_since(now, w->at[i]) <= within_ns)
			bits |= 1u << i;
	return bits;
}

static unsigned count(unsigned bits)
{
	unsigned n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

/*
 * That a place is new is no word against a call by the clock: whatever is set up to call by the clock was new once. What
 * leaves for a place that was never heard of is another matter.
 */
static unsigned that_count(unsigned bits)
{
	const unsigned leaves = 1u << SIGNAL_VOLUME | 1u << SIGNAL_TUNNEL, news = 1u << SIGNAL_NEW;

	return bits & leaves && !(bits & 1u << SIGNAL_STRANGE) ? bits : bits & ~news;
}

/* "volume and strange" and, as far as it fits, what the latest of them said: ": 212 MiB ...". */
static void say(struct finding *out, unsigned bits, const char *detail)
{
	struct text t = text_over(out->about, sizeof(out->about));
	unsigned left = count(bits);

	for (unsigned i = 0; i < SIGNALS; i++) {
		if (!(bits >> i & 1))
			continue;
		text_add(&t, signal_name((enum signal)i));
		left--;
		text_add(&t, left > 1 ? ", " : left ? " and " : "");
	}
	if (detail[0])
		text_addf(&t, ": %s", detail);
}

bool signals_note(struct signals *s, const struct signals_opts *o, enum signal kind, const struct finding *f,
	struct finding *out)
{
	struct witness *w = find(s, &f->dst, true);
	char detail[FINDING_ABOUT];
	unsigned bits;
	bool lately;

	w->at[kind] = w->last = f->at;
	s->stats.noted[kind]++;
	bits = that_count(recent(w, o->within_ns, f->at));
	lately = w->raised.ns && mono_since(f->at, w->raised) < o->within_ns;
	if (!o->rule.enabled || count(bits) < 2 || (lately && !(bits & ~w->raised_for)))
		return false;
	w->raised = f->at;
	w->raised_for = (uint8_t)bits;
	s->stats.confirmed++;
	memcpy(detail, f->about, sizeof(detail));
	*out = *f;
	out->kind = FINDING_EGRESS;
	out->proof = PROOF_LOCAL;
	out->rule = o->rule;
	out->subject = (struct subject){ .kind = SUBJECT_DESTINATION, .source = source_prefix(source_key(&f->dst)) };
	out->count = count(bits);
	out->score = (int32_t)(100 * count(bits));
	out->threshold = 200;
	out->window_ns = o->within_ns;
	for (unsigned i = 0; i < SIGNALS; i++)
		if (bits >> i & 1 && w->at[i].ns < out->first.ns)
			out->first = w->at[i];
	say(out, bits, detail);
	return true;
}

void signals_rearm(struct signals *s, const struct prefix *destination)
{
	struct witness *w = find(s, &destination->addr, false);

	if (w)
		w->raised = (mono_t){ 0 };
}

void signals_stats(const struct signals *s, struct signals_stats *out)
{
	*out = s->stats;
}

void signals_near(struct signals *s, const struct signals_opts *o, const struct addr *destination, mono_t now,
	struct nears *out)
{
	const struct witness *w = find(s, destination, false);
	const unsigned n = w ? count(that_count(recent(w, o->within_ns, now))) : 0;

	near_add(out, &(struct near){ .rule = o->rule, .kind = FINDING_EGRESS, .proof = PROOF_LOCAL,
		.score = (int32_t)(100 * n), .threshold = 200 });
}
