/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the record, one after the other: each is counted where it belongs. They are read as the JSON that was written
 * when they happened, so that old records are as good as new ones; a member that is not there was not known then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl.h"
#include "app/keeper.h"
#include "app/report_state.h"
#include "base/addr.h"
#include "base/err.h"
#include "base/text.h"
#include "core/response.h"

/* ---- rows ---- */

static struct report_row *count(struct report_table *t, const char *name, const char *about)
{
	struct report_row *row;

	if (!name[0])
		return NULL;
	row = report_table_at(t, name);
	row->findings++;
	if (about[0])
		text_copy(row->about, sizeof(row->about), about);
	return row;
}

void report_top_of(struct report_table *t, struct report_top *out)
{
	size_t n;

	report_table_sort(t);
	n = report_table_count(t);
	out->n = n < REPORT_TOP ? n : REPORT_TOP;
	for (size_t i = 0; i < out->n; i++)
		out->list[i] = *(const struct report_row *)report_table_row(t, i);
	out->more = report_table_gone(t, &out->crowded) + (n - out->n);
}

bool report_address_of(const char *subject, char out[REPORT_NAME], struct prefix *p)
{
	char *at;

	text_copy(out, REPORT_NAME, subject);
	at = strstr(out, " at ");
	if (at)
		*at = '\0';
	return prefix_parse(out, p) == 0;
}

/* Egress findings name a destination; of old records only the addresses tell. */
static bool is_destination(json_t *o, const struct prefix *p)
{
	const char *dst = json_string_value(json_object_get(o, "dest_ip"));
	struct addr a;

	return dst && addr_parse(dst, &a) == 0 && prefix_holds(p, &a);
}

static struct report_table *table_of(const struct report_work *w, json_t *o, const struct prefix *p)
{
	return is_destination(o, p) ? w->destinations : w->sources;
}

static void count_port(struct report_work *w, json_t *o, const char *rule)
{
	const char *proto = field_text(o, "proto");
	int64_t port = field_int(o, "dest_port");
	char name[REPORT_WORD], *c;

	if (port < 1 || port > UINT16_MAX || !proto[0])
		return;
	snprintf(name, sizeof(name), "%.12s/%d", proto, (int)port);
	for (c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	count(w->ports, name, rule);
}

/* "sshd (pid 812, root, ssh.service)": who was hit, where no egress facts say whose doing it was. */
static void count_served(struct report_work *w, const char *served, const char *rule)
{
	char room[REPORT_NAME], *save = NULL, *inside, *word;

	text_copy(room, sizeof(room), served);
	inside = strstr(room, " (");
	if (inside) {
		*inside = '\0';
		inside += 2;
		inside[strcspn(inside, ")")] = '\0';
	}
	count(w->processes, room, rule);
	for (word = inside ? strtok_r(inside, ",", &save) : NULL; word; word = strtok_r(NULL, ",", &save)) {
		word += strspn(word, " ");
		if (strncmp(word, "pid ", 4) == 0)
			continue;
		count(strchr(word, '.') || strchr(word, '/') ? w->units : w->users, word, rule);
	}
}

static void count_who(struct report_work *w, json_t *ours, const char *rule)
{
	json_t *e = json_object_get(ours, "egress");
	const char *served = field_text(ours, "served_by"), *process = field_text(e, "process");
	const char *user = field_text(e, "user");
	char uid[REPORT_WORD];
	struct report_row *row;

	if (!e) {
		if (served[0])
			count_served(w, served, rule);
		return;
	}
	row = count(w->processes, process[0] ? process : field_text(e, "executable"), rule);
	if (row) {
		row->bytes_out += (uint64_t)field_int(e, "bytes_out");
		row->bytes_in += (uint64_t)field_int(e, "bytes_in");
	}
	snprintf(uid, sizeof(uid), "uid %lld", (long long)field_int(e, "uid"));
	count(w->users, user[0] || !json_object_get(e, "uid") ? user : uid, rule);
	count(w->units, field_text(e, "unit"), rule);
}

static void count_subject_row(struct report_work *w, json_t *o, json_t *ours, const char *rule)
{
	char name[REPORT_NAME];
	struct prefix p;

	/* A service, this host, an actor: other tables have these. */
	if (report_address_of(field_text(ours, "subject"), name, &p))
		count(table_of(w, o, &p), name, rule);
}

/* ---- findings ---- */

static int32_t in_hundredths(json_t *o, const char *name)
{
	double v = json_number_value(json_object_get(o, name)) * 100;

	return v >= INT32_MAX ? INT32_MAX : v <= INT32_MIN ? INT32_MIN : (int32_t)(v + (v < 0 ? -0.5 : 0.5));
}

static struct report_subject *note_subject(struct report_work *w, json_t *ours, int64_t at_s)
{
	struct report_subject *s = report_table_at(w->subjects, field_text(ours, "subject"));
	const char *rule = field_text(ours, "detector");

	s->many_rules |= s->findings && strcmp(s->rule, rule) != 0;
	s->findings++;
	s->at_s = at_s;
	text_copy(s->rule, sizeof(s->rule), rule);
	text_copy(s->policy, sizeof(s->policy), field_text(ours, "policy"));
	text_copy(s->decision, sizeof(s->decision), field_text(ours, "decision"));
	text_copy(s->incident, sizeof(s->incident), field_text(ours, "incident"));
	s->score = in_hundredths(ours, "score");
	s->threshold = in_hundredths(ours, "threshold");
	s->known_good |= json_is_true(json_object_get(ours, "known_good"));
	return s;
}

/* Its name is rule and response: what is told of it is made of both at the end. */
static void note_would(struct report_work *w, json_t *ours, struct report_subject *s)
{
	char name[REPORT_NAME];
	struct report_would *would;
	uint64_t bit;
	int64_t ttl = field_int(ours, "ttl_s");

	snprintf(name, sizeof(name), "%.60s\n%.30s", s->rule, s->decision);
	would = report_table_at(w->would, name);
	bit = UINT64_C(1) << (hash_bytes(&w->key, name, strlen(name)) & 63);
	would->decisions++;
	would->subjects += !(s->would & bit);
	text_copy(would->response, sizeof(would->response), s->decision);
	if (ttl > would->longest_s)
		would->longest_s = ttl;
	w->r->detect.decisions++;
	w->r->detect.subjects += !s->would;
	s->would |= bit;
}

static void note_egress(struct report_work *w, const char *rule)
{
	struct report_egress *e = &w->r->egress;

	if (strncmp(rule, "egress.", 7) != 0)
		return;
	if (strcmp(rule, "egress.confirmed") == 0)
		e->confirmed++;
	else
		e->signals++;
	count(w->egress_rules, rule, "");
}

static void take_finding(struct report_work *w, json_t *o, json_t *ours, int64_t at_s)
{
	const char *rule = field_text(ours, "detector"), *decision = field_text(ours, "decision");
	const bool decided = decision[0] && strcmp(decision, response_name(RESPONSE_OBSERVE)) != 0;
	struct report_bucket *b = report_bucket_at(w->r, at_s);
	struct report_subject *s = note_subject(w, ours, at_s);

	w->r->totals.findings++;
	if (b)
		b->findings++;
	count(w->rules, rule, "");
	count_port(w, o, rule);
	count_who(w, ours, rule);
	count_subject_row(w, o, ours, rule);
	note_egress(w, rule);
	if (!decided)
		return;
	w->r->totals.decided++;
	if (b)
		b->decided++;
	s->decided = true;
	if (field_text(ours, "guard")[0]) {
		w->r->totals.guarded++;
		s->guarded = true;
		return;
	}
	if (strcmp(field_text(ours, "mode"), "detect") == 0)
		note_would(w, ours, s);
}

/* ---- measures ---- */

static void take_measure(struct report_work *w, json_t *o, json_t *ours, const char *kind, int64_t at_s)
{
	const bool begins = strcmp(kind, "block") == 0, refused = strcmp(kind, "refuse") == 0;
	char name[REPORT_NAME];
	struct report_row *row;
	struct prefix p;
	bool address;

	if (!begins && !refused) {
		report_spell_end(w, ours, kind, at_s);
		return;
	}
	report_spell_begin(w, ours, at_s, refused);
	if (refused)
		return;
	address = report_address_of(field_text(ours, "subject"), name, &p);
	((struct report_subject *)report_table_at(w->subjects, name))->measures++;
	if (json_object_get(o, "dest_ip") || strncmp(field_text(ours, "decision"), "egress", 6) == 0)
		w->r->egress.measures++;
	if (!address)
		return;
	row = report_table_at(table_of(w, o, &p), name);
	row->measures++;
}

/* ---- life ---- */

static void note_life(struct report_work *w, const char *kind, json_t *ours, int64_t at_s)
{
	struct report_data *r = w->r;
	struct report_life *l;

	if (r->n_life == REPORT_LIFE) {
		memmove(&r->life[0], &r->life[1], (REPORT_LIFE - 1) * sizeof(r->life[0]));
		r->n_life--;
		r->more_life++;
	}
	l = &r->life[r->n_life++];
	*l = (struct report_life){ .at_s = at_s, .ok = !json_is_false(json_object_get(ours, "ok")) };
	text_copy(l->word, sizeof(l->word), kind);
	text_copy(l->text, sizeof(l->text), field_text(ours, "text"));
	if (!l->text[0] && strcmp(kind, "mode") == 0)
		text_copy(l->text, sizeof(l->text), field_text(ours, "mode"));
}

static void take_life(struct report_work *w, const char *kind, json_t *ours, int64_t at_s)
{
	struct report_bucket *b = report_bucket_at(w->r, at_s);

	note_life(w, kind, ours, at_s);
	if (strcmp(kind, "alarm") == 0) {
		w->r->totals.alarms++;
		w->r->losses.budget_alarms++;
		if (b)
			b->alarms++;
	}
	if (strcmp(kind, "reload") == 0) {
		w->r->totals.reloads++;
		w->r->totals.reloads_failed += !w->r->life[w->r->n_life - 1].ok;
	}
}

/* ---- each ---- */

static void take(struct report_work *w, json_t *o, const char *kind, int64_t at_s)
{
	json_t *ours = json_object_get(o, "tidegate");

	if (!json_is_object(ours)) {
		w->r->losses.odd_rows++;
		return;
	}
	report_take_mode(w, ours, at_s);
	if (strcmp(kind, KEEPER_NOTE) == 0) {
		report_take_note(w, ours, at_s);
		return;
	}
	if (at_s < w->r->about.from_s)
		return;
	if (field_text(ours, "host")[0])
		text_copy(w->r->about.host, sizeof(w->r->about.host), field_text(ours, "host"));
	if (strcmp(kind, "finding") == 0)
		take_finding(w, o, ours, at_s);
	else if (strcmp(kind, "block") == 0 || strcmp(kind, "refuse") == 0 || strcmp(kind, "expire") == 0 ||
		strcmp(kind, "unblock") == 0 || strcmp(kind, "step-down") == 0)
		take_measure(w, o, ours, kind, at_s);
	else
		take_life(w, kind, ours, at_s);
}

static bool take_event(void *ctx, wall_t at, const char *kind, const char *json)
{
	struct report_work *w = ctx;
	json_t *o = json_loads(json, 0, NULL);

	w->rows++;
	report_say_progress(w);
	if (!json_is_object(o))
		w->r->losses.odd_rows++;
	else
		take(w, o, kind, at.ns / NS_PER_S);
	json_decref(o);
	return true;
}

static bool count_incident(void *ctx, uint64_t id, wall_t last, const char *json)
{
	struct report_work *w = ctx;

	(void)id;
	(void)last;
	(void)json;
	w->r->totals.incidents++;
	return true;
}

int report_read_events(struct report_work *w, struct store *s)
{
	const wall_t from = { w->r->about.from_s * NS_PER_S }, until = { w->r->about.until_s * NS_PER_S };
	/* A note from before says where counters stood when the span began. */
	const wall_t before = { from.ns - REPORT_NOTE_GAP_S * NS_PER_S };
	wall_t oldest = { 0 };
	int err = store_oldest_event(s, &oldest);

	if (err == ERR_ABSENT)
		err = 0;
	w->r->about.record_from_s = oldest.ns / NS_PER_S;
	if (!err)
		err = store_each_event(s, before, until, take_event, w);
	if (!err)
		err = store_each_incident(s, from, until, count_incident, w);
	return err;
}
