/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The word of others: about who came to us a score of its own, about whom we call one signal beside ours. */
#include "core/engine_state.h"

static bool is_own(const struct engine *e, const struct addr *a)
{
	for (size_t i = 0; i < e->guards.n; i++)
		if (e->guards.list[i].kind == GUARD_OWN && prefix_holds(&e->guards.list[i].prefix, a))
			return true;
	return false;
}

/* Nobody has such an address alone, and a measure against it would be one against us or everybody: DHCP comes from 0.0.0.0. */
static bool is_somebody(const struct addr *a)
{
	return !addr_is_unspecified(a) && !addr_is_loopback(a) && !addr_is_multicast(a);
}

static void of_caller(struct engine *e, const struct report_alert *a, mono_t now)
{
	const uint64_t key = source_key(&a->tuple.src);
	struct finding f;

	if (reported_count(e->reported, &e->rules.reported, a, key, now, &f))
		engine_finding_of_source(e, &f, key);
}

static void of_called(struct engine *e, const struct report_alert *a, mono_t now)
{
	const uint64_t key = source_key(&a->tuple.dst);
	struct finding f;

	engine_signal_reported(e, a, now);
	if (!reported_count(e->reported, &e->rules.reported, a, key, now, &f))
		return;
	f.subject = (struct subject){ .kind = SUBJECT_DESTINATION, .source = source_prefix(key) };
	engine_decide(e, &f);
}

void engine_reported(struct engine *e, const struct report_alert *a, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_REPORTED, .at = now, .reported = a });
	e->counters.reported++;
	const bool calls = is_own(e, &a->tuple.src);

	if (!is_somebody(calls ? &a->tuple.dst : &a->tuple.src))
		return;
	if (calls)
		of_called(e, a, now);
	else
		of_caller(e, a, now);
}
