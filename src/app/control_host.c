/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What status says of looking at the host itself: the observer, the history, and how much of what is normal is known.
 */
#include "app/chronicle.h"
#include "app/control_verbs.h"
#include "app/observer.h"
#include "codec/json_put.h"

static json_t *walks_value(const struct observer_stats *s)
{
	json_t *o = json_object();

	put_count(o, "done", s->walks);
	put_count(o, "errors", s->walk_errors);
	put_count(o, "sockets", s->sockets);
	put_seconds(o, "took_s", s->walk_ns);
	put_seconds(o, "every_s", s->walk_period_ns);
	put_count(o, "holders_untold", s->untold_holders);
	return o;
}

static json_t *flows_value(const struct observer_stats *s)
{
	json_t *o = json_object();

	put_bool(o, "told", s->flows_open);
	put_count(o, "ended", s->flows);
	put_count(o, "lost", s->flows_lost);
	put_bool(o, "paused", s->flows_paused);
	put_count(o, "missed", s->flows_missed);
	return o;
}

static json_t *owners_value(const struct observer_stats *s)
{
	json_t *o = json_object();

	put_count(o, "asked", s->owners_asked);
	put_count(o, "found", s->owners_found);
	put_count(o, "named", s->owners_named);
	put_count(o, "lost", s->owners_lost);
	put_count(o, "spared", s->owners_spared);
	put_seconds(o, "took_s", s->owner_ns);
	return o;
}

json_t *control_observer_value(const struct control *c)
{
	struct observer_stats s;
	json_t *o = json_object();

	if (!c->observer)
		return o;
	observer_stats(c->observer, &s);
	put_count(o, "seconds", s.seconds);
	put_count(o, "missed", s.missed);
	put_count(o, "errors", s.errors);
	put_value(o, "walks", walks_value(&s));
	put_value(o, "flows", flows_value(&s));
	put_value(o, "owners", owners_value(&s));
	return o;
}

json_t *control_history_value(const struct control *c)
{
	struct chronicle_stats s;
	json_t *o = json_object();

	put_bool(o, "enabled", c->chronicle != NULL);
	if (!c->chronicle)
		return o;
	chronicle_stats(c->chronicle, &s);
	put_bool(o, "open", s.open);
	put_count(o, "written", s.written);
	put_count(o, "failed", s.failed);
	put_count(o, "lost", s.lost);
	put_count(o, "taught", s.taught);
	put_bool(o, "teaching", s.teaching);
	return o;
}

json_t *control_baseline_value(const struct baseline_stats *s)
{
	json_t *o = json_object();

	put_count(o, "models", s->models);
	put_count(o, "slots", s->slots);
	put_count(o, "frozen", s->frozen);
	put_count(o, "gaps", s->gaps);
	put_count(o, "crowded", s->crowded);
	put_count(o, "replaced", s->replaced);
	return o;
}
