/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What status says of the store and of the log of observations: whether there is one, what is in it, and what went wrong.
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

json_t *control_observations_value(const struct control *c)
{
	struct recorder_stats s;
	json_t *o = json_object();
	char room[48];

	recorder_stats(c->recorder, &s);
	put_bool(o, "enabled", s.enabled);
	if (!s.enabled)
		return o;
	put_bool(o, "failing", s.failing);
	put_text(o, "error", s.error);
	put_count(o, "bytes", s.bytes);
	put_count(o, "files", s.files);
	put_count(o, "max_bytes", s.max_bytes);
	put_seconds(o, "keep_s", s.keep_ns);
	wall_format(s.since, room, sizeof(room));
	if (s.since.ns)
		put_text(o, "since", room);
	put_count(o, "written", s.written);
	put_value(o, "per_second", json_real(s.per_second));
	put_count(o, "lost", s.lost);
	put_count(o, "unwritten", s.unwritten);
	return o;
}
