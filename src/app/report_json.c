/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Member by member; nothing is computed here. */
#include "app/report_json.h"

#include "base/err.h"
#include "base/time.h"
#include "codec/json_put.h"
#include "core/slot.h"

static void put_when(json_t *o, const char *name, int64_t at_s)
{
	char room[48];

	if (!at_s)
		return;
	wall_format((wall_t){ .ns = at_s * NS_PER_S }, room, sizeof(room));
	put_text(o, name, room);
}

static void put_word(json_t *o, const char *name, const char *s)
{
	if (s[0])
		put_text(o, name, s);
}

static json_t *about_value(const struct report_about *a)
{
	json_t *o = json_object();

	put_text(o, "host", a->host);
	put_text(o, "version", a->version);
	put_when(o, "made", a->made_s);
	put_when(o, "from", a->from_s);
	put_when(o, "until", a->until_s);
	put_bool(o, "record_known", a->record_known);
	put_when(o, "record_from", a->record_from_s);
	put_int(o, "utc_offset_s", a->utc_offset_s);
	put_word(o, "zone", a->zone);
	put_word(o, "config", a->config);
	put_word(o, "digest", a->digest);
	put_word(o, "digest_running", a->ran_digest);
	put_bool(o, "rules_changed", a->rules_changed);
	put_word(o, "policy", a->policy);
	put_text(o, "mode_configured", report_mode_name(a->configured));
	put_text(o, "mode_last", report_mode_name(a->last));
	put_int(o, "detect_s", a->detect_s);
	put_int(o, "enforce_s", a->enforce_s);
	put_int(o, "unknown_s", a->unknown_s);
	return o;
}

static json_t *totals_value(const struct report_totals *t)
{
	json_t *o = json_object();

	put_count(o, "findings", t->findings);
	put_count(o, "decided", t->decided);
	put_count(o, "guarded", t->guarded);
	put_count(o, "incidents", t->incidents);
	put_count(o, "applied", t->applied);
	put_count(o, "refused", t->refused);
	put_count(o, "expired", t->expired);
	put_count(o, "stepped_down", t->stepped_down);
	put_count(o, "unblocked", t->unblocked);
	put_count(o, "standing", t->standing);
	put_count(o, "alarms", t->alarms);
	put_count(o, "reloads", t->reloads);
	put_count(o, "reloads_failed", t->reloads_failed);
	put_count(o, "packets_dropped", t->packets_dropped);
	if (t->bytes_known)
		put_count(o, "bytes_dropped", t->bytes_dropped);
	put_count(o, "connections", t->connections);
	put_count(o, "bytes_in", t->bytes_in);
	put_count(o, "bytes_out", t->bytes_out);
	put_count(o, "watched_s", t->watched_s);
	return o;
}

static json_t *bucket_value(const struct report_bucket *b)
{
	json_t *o = json_object();

	put_when(o, "begin", b->begin_s);
	put_int(o, "utc_offset_s", b->utc_offset_s);
	put_count(o, "findings", b->findings);
	put_count(o, "decided", b->decided);
	put_count(o, "begun", b->begun);
	put_count(o, "ended", b->ended);
	put_count(o, "alarms", b->alarms);
	put_bool(o, "unsure", b->unsure);
	if (!b->traffic)
		return o;
	put_int(o, "watched_s", b->watched_s);
	put_count(o, "connections", b->connections);
	put_count(o, "packets_in", b->packets_in);
	put_count(o, "packets_out", b->packets_out);
	put_count(o, "bytes_in", b->bytes_in);
	put_count(o, "bytes_out", b->bytes_out);
	return o;
}

static json_t *timeline_value(const struct report_data *r)
{
	json_t *o = json_object(), *list = json_array(), *life = json_array();

	for (size_t i = 0; i < r->n_buckets; i++)
		json_array_append_new(list, bucket_value(&r->buckets[i]));
	for (size_t i = 0; i < r->n_life; i++) {
		json_t *x = json_object();

		put_when(x, "at", r->life[i].at_s);
		put_text(x, "event", r->life[i].word);
		put_bool(x, "ok", r->life[i].ok);
		put_word(x, "text", r->life[i].text);
		json_array_append_new(life, x);
	}
	put_int(o, "width_s", r->width_s);
	put_value(o, "buckets", list);
	put_value(o, "life", life);
	put_count(o, "more_life", r->more_life);
	return o;
}

/* ---- what is normal ---- */

static json_t *point_value(const struct report_point *p)
{
	json_t *o;

	if (!p->known)
		return json_null();
	o = json_object();
	put_count(o, "value", p->value);
	if (!p->banded)
		return o;
	put_count(o, "expected", p->expected);
	put_count(o, "limit", p->limit);
	put_bool(o, "above", p->above);
	return o;
}

static json_t *series_value(const struct report_series *s, size_t n)
{
	json_t *o = json_object(), *points = json_array();

	put_text(o, "series", s->name);
	put_text(o, "measure", measure_of_name(s->measure));
	put_bool(o, "learned", s->learned);
	put_count(o, "departures", s->departures);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(points, point_value(&s->at[i]));
	put_value(o, "points", points);
	return o;
}

static json_t *departure_value(const struct report_departure *d)
{
	json_t *o = json_object();

	put_when(o, "at", d->at_s);
	put_text(o, "series", d->name);
	put_text(o, "measure", measure_of_name(d->measure));
	put_count(o, "value", d->value);
	put_count(o, "expected", d->expected);
	put_count(o, "limit", d->limit);
	put_hundredths(o, "deviations", d->deviations > INT32_MAX ? INT32_MAX : (int32_t)d->deviations);
	put_bool(o, "slow", d->slow);
	put_count(o, "slots", d->slots);
	return o;
}

static json_t *baseline_value(const struct report_baseline *b, size_t n_buckets)
{
	json_t *o = json_object(), *list = json_array(), *departures = json_array();

	put_bool(o, "known", b->known);
	put_count(o, "slots", b->slots);
	put_when(o, "since", b->since_s);
	put_int(o, "learning_days", b->learning_days);
	put_count(o, "series", b->series);
	put_count(o, "judged", b->judged);
	for (size_t i = 0; i < b->n; i++)
		json_array_append_new(list, series_value(&b->list[i], n_buckets));
	for (size_t i = 0; i < b->n_departures; i++)
		json_array_append_new(departures, departure_value(&b->departures[i]));
	put_value(o, "list", list);
	put_value(o, "departures", departures);
	put_count(o, "more_departures", b->more_departures);
	return o;
}

/* ---- lists ---- */

static json_t *top_value(const struct report_top *t)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < t->n; i++) {
		const struct report_row *r = &t->list[i];
		json_t *x = json_object();

		put_text(x, "name", r->name);
		put_word(x, "about", r->about);
		put_count(x, "findings", r->findings);
		put_count(x, "measures", r->measures);
		put_count(x, "dropped", r->dropped);
		put_count(x, "connections", r->connections);
		put_count(x, "bytes_in", r->bytes_in);
		put_count(x, "bytes_out", r->bytes_out);
		json_array_append_new(list, x);
	}
	put_value(o, "list", list);
	put_count(o, "more", t->more);
	put_count(o, "crowded", t->crowded);
	return o;
}

static json_t *measure_value(const struct report_measure *m)
{
	json_t *o = json_object();

	put_text(o, "subject", m->subject);
	put_text(o, "response", m->response);
	put_word(o, "scope", m->scope);
	put_word(o, "rule", m->rule);
	put_word(o, "policy", m->policy);
	put_word(o, "incident", m->incident);
	put_when(o, "begun", m->begun_s);
	put_when(o, "ended", m->ended_s);
	put_int(o, "ttl_s", m->ttl_s);
	put_text(o, "end", report_end_name(m->end));
	put_count(o, "packets", m->packets);
	if (m->counted)
		put_count(o, "bytes", m->bytes);
	put_bool(o, "counted", m->counted);
	put_bool(o, "false_positive", m->wronged);
	return o;
}

static json_t *measures_value(const struct report_measures *m)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(list, measure_value(&m->list[i]));
	put_value(o, "list", list);
	put_count(o, "more", m->more);
	return o;
}

static json_t *suspect_value(const struct report_suspect *s)
{
	json_t *o = json_object(), *doubts = json_array();

	put_text(o, "subject", s->subject);
	for (int d = 0; d < REPORT_DOUBTS; d++)
		if (s->doubts & 1U << d)
			json_array_append_new(doubts, json_string(report_doubt_name((enum report_doubt)d)));
	put_value(o, "doubts", doubts);
	put_word(o, "rule", s->rule);
	put_word(o, "decision", s->decision);
	put_word(o, "incident", s->incident);
	put_when(o, "at", s->at_s);
	if (s->threshold) {
		put_hundredths(o, "score", s->score);
		put_hundredths(o, "threshold", s->threshold);
	}
	put_count(o, "findings", s->findings);
	put_count(o, "dropped", s->dropped);
	put_count(o, "served_bytes", s->served_bytes);
	put_count(o, "served_connections", s->served_connections);
	put_count(o, "times", s->times);
	return o;
}

static json_t *suspects_value(const struct report_suspects *s)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, suspect_value(&s->list[i]));
	put_value(o, "list", list);
	put_count(o, "more", s->more);
	return o;
}

static json_t *detect_value(const struct report_detect *d)
{
	json_t *o = json_object(), *list = json_array();

	put_count(o, "decisions", d->decisions);
	put_count(o, "subjects", d->subjects);
	for (size_t i = 0; i < d->n; i++) {
		json_t *x = json_object();

		put_text(x, "rule", d->list[i].rule);
		put_text(x, "response", d->list[i].response);
		put_count(x, "decisions", d->list[i].decisions);
		put_count(x, "subjects", d->list[i].subjects);
		put_int(x, "longest_s", d->list[i].longest_s);
		json_array_append_new(list, x);
	}
	put_value(o, "list", list);
	put_count(o, "more", d->more);
	return o;
}

static json_t *egress_value(const struct report_egress *e)
{
	json_t *o = json_object(), *list = json_array();

	put_count(o, "signals", e->signals);
	put_count(o, "confirmed", e->confirmed);
	put_count(o, "measures", e->measures);
	put_value(o, "rules", top_value(&e->rules));
	for (size_t i = 0; i < e->n_lists; i++) {
		json_t *x = json_object();

		put_text(x, "title", e->lists[i].title);
		put_count(x, "outside", e->lists[i].outside);
		put_count(x, "refused", e->lists[i].refused);
		json_array_append_new(list, x);
	}
	if (e->lists_known)
		put_value(o, "allowlists", list);
	else
		json_decref(list);
	return o;
}

static json_t *losses_value(const struct report_losses *l)
{
	json_t *o = json_object(), *lost = json_object(), *troubles = json_array();

	put_bool(o, "counted", l->counted);
	put_int(o, "counted_s", l->counted_s);
	for (int i = 0; i < REPORT_LOSSES; i++)
		put_count(lost, report_loss_name((enum report_loss)i), l->lost[i]);
	if (l->counted)
		put_value(o, "lost", lost);
	else
		json_decref(lost);
	put_count(o, "odd_rows", l->odd_rows);
	put_count(o, "unwatched_s", l->unwatched_s);
	put_count(o, "runs", l->runs);
	put_count(o, "budget_alarms", l->budget_alarms);
	for (size_t i = 0; i < l->n_troubles; i++) {
		json_t *x = json_object();

		/* By way of a member: what is no UTF-8 goes in escaped. */
		put_text(x, "text", l->troubles[i]);
		json_array_append_new(troubles, x);
	}
	put_value(o, "troubles", troubles);
	return o;
}

json_t *report_json_value(const struct report_data *r)
{
	json_t *o = json_object(), *tops = json_object();

	put_int(o, "v", 1);
	put_value(o, "about", about_value(&r->about));
	put_value(o, "totals", totals_value(&r->totals));
	put_value(o, "timeline", timeline_value(r));
	put_value(o, "baseline", baseline_value(&r->baseline, r->n_buckets));
	put_value(tops, "sources", top_value(&r->sources));
	put_value(tops, "ports", top_value(&r->ports));
	put_value(tops, "destinations", top_value(&r->destinations));
	put_value(tops, "rules", top_value(&r->rules));
	put_value(tops, "processes", top_value(&r->processes));
	put_value(tops, "users", top_value(&r->users));
	put_value(tops, "units", top_value(&r->units));
	put_value(o, "top", tops);
	put_value(o, "measures", measures_value(&r->measures));
	put_value(o, "false_positives", suspects_value(&r->suspects));
	put_value(o, "detect", detect_value(&r->detect));
	put_value(o, "egress", egress_value(&r->egress));
	put_value(o, "losses", losses_value(&r->losses));
	return o;
}

int report_json(const struct report_data *r, FILE *out)
{
	json_t *o = report_json_value(r);
	int err = !o ? ERR_MEMORY : json_dumpf(o, out, JSON_COMPACT | JSON_REAL_PRECISION(10)) ? ERR_IO : 0;

	json_decref(o);
	if (!err && fputc('\n', out) == EOF)
		err = ERR_IO;
	return err;
}
