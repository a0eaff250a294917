/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What status says of the store: whether there is one, what is in it, and what went wrong.
 */
#include "app/control_verbs.h"
#include "codec/json_put.h"

json_t *control_store_value(const struct control *c)
{
	struct keeper_stats s;
	json_t *o = json_object();

	if (!c->keeper)
		return o;
	keeper_stats(c->keeper, &s);
	put_bool(o, "open", s.open);
	put_bool(o, "failing", s.failing);
	put_text(o, "error", s.error);
	put_text(o, "set_aside", s.aside);
	put_count(o, "bytes", s.size.bytes);
	put_count(o, "measures", s.size.measures);
	put_count(o, "incidents", s.size.incidents);
	put_count(o, "events", s.size.events);
	put_count(o, "allowed", s.size.allowed);
	put_count(o, "false_positives", s.size.excuses);
	put_count(o, "batches", s.batches);
	put_count(o, "failures", s.failures);
	put_count(o, "written", s.events);
	put_count(o, "lost", s.events_lost);
	put_count(o, "trimmed", s.trimmed);
	put_count(o, "odd_rows", s.odd);
	put_count(o, "restored", s.restored);
	put_count(o, "not_restored", s.refused);
	put_seconds(o, "restore_s", s.restore_ns);
	return o;
}
