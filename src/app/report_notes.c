/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon noted of itself: each few minutes its mode and its counters (control_tally.c). Counters begin anew with each
 * daemon, so what is counted is how much they grew from one note to the next of the same run.
 */
#include <string.h>

#include "app/ctl.h"
#include "app/report_state.h"
#include "base/text.h"

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum report_mode mode_of(json_t *ours)
{
	const char *mode = field_text(ours, "mode");

	if (strcmp(mode, "detect") == 0)
		return REPORT_MODE_DETECT;
	return strcmp(mode, "enforce") == 0 ? REPORT_MODE_ENFORCE : REPORT_MODE_UNKNOWN;
}

/* Events come often where there is something to tell, notes always: a silence is nobody's mode. */
void report_take_mode(struct report_work *w, json_t *ours, int64_t at_s)
{
	struct report_about *a = &w->r->about;
	enum report_mode mode = mode_of(ours);

	/* What is told by hand names no mode of its own. */
	if (strcmp(field_text(ours, "event"), "notice") == 0)
		return;
	if (w->mode_s && at_s > w->mode_s && at_s - w->mode_s <= REPORT_NOTE_GAP_S && at_s > a->from_s) {
		int64_t held_s = at_s - later(w->mode_s, a->from_s);

		a->detect_s += w->mode == REPORT_MODE_DETECT ? held_s : 0;
		a->enforce_s += w->mode == REPORT_MODE_ENFORCE ? held_s : 0;
	}
	w->mode_s = at_s;
	w->mode = mode;
	a->last = mode;
}

static void doubt_buckets(struct report_data *r, int64_t from_s, int64_t until_s)
{
	for (size_t i = 0; i < r->n_buckets; i++)
		if (r->buckets[i].begin_s < until_s && r->buckets[i].begin_s + r->width_s > from_s)
			r->buckets[i].unsure = true;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void take_losses(struct report_work *w, json_t *lost, bool count, int64_t at_s)
{
	uint64_t all = 0;

	for (size_t i = 0; i < REPORT_LOSSES; i++) {
		uint64_t now = (uint64_t)later(field_int(lost, report_loss_name((enum report_loss)i)), 0);
		uint64_t more = count ? grown(now, w->noted[i]) : 0;

		w->r->losses.lost[i] += more;
		all += i == REPORT_LOST_SOURCES || i == REPORT_LOST_SERIES ? 0 : more; /* bounds at work, no hole in time */
		w->noted[i] = now;
	}
	if (all)
		doubt_buckets(w->r, w->note_s ? w->note_s : at_s, at_s);
}

static struct report_list *list_of(struct report_egress *e, const char *title)
{
	for (size_t i = 0; i < e->n_lists; i++)
		if (strcmp(e->lists[i].title, title) == 0)
			return &e->lists[i];
	if (e->n_lists == REPORT_LISTS)
		return NULL;
	text_copy(e->lists[e->n_lists].title, sizeof(e->lists[0].title), title);
	return &e->lists[e->n_lists++];
}

static void take_list(struct report_work *w, json_t *o, bool count)
{
	const char *title = field_text(o, "title");
	uint64_t outside = (uint64_t)later(field_int(o, "outside"), 0), refused = (uint64_t)later(field_int(o, "refused"), 0);
	struct report_list *list = list_of(&w->r->egress, title);
	size_t i = 0;

	while (i < w->n_noted_lists && strcmp(w->noted_lists[i].title, title) != 0)
		i++;
	if (!list || i == REPORT_LISTS)
		return;
	if (i == w->n_noted_lists) {
		text_copy(w->noted_lists[i].title, sizeof(w->noted_lists[i].title), title);
		w->n_noted_lists++;
	}
	list->outside += count ? grown(outside, w->noted_lists[i].outside) : 0;
	list->refused += count ? grown(refused, w->noted_lists[i].refused) : 0;
	w->noted_lists[i].outside = outside;
	w->noted_lists[i].refused = refused;
}

static void take_lists(struct report_work *w, json_t *lists, bool count)
{
	size_t i;
	json_t *o;

	w->r->egress.lists_known |= json_is_array(lists);
	json_array_foreach(lists, i, o)
		take_list(w, o, count);
}

static void take_digest(struct report_work *w, const char *digest)
{
	struct report_about *a = &w->r->about;

	if (!digest[0])
		return;
	if (a->ran_digest[0] && strcmp(a->ran_digest, digest) != 0)
		a->rules_changed = true;
	text_copy(a->ran_digest, sizeof(a->ran_digest), digest);
}

void report_take_note(struct report_work *w, json_t *ours, int64_t at_s)
{
	struct report_losses *l = &w->r->losses;
	const int64_t from_s = w->r->about.from_s, began_s = field_int(ours, "began_s");
	const bool in_span = at_s >= from_s, new_run = strcmp(w->run, field_text(ours, "run")) != 0;
	/* The first note that there is of a run that began before the span counts nothing: it says where counters stand. */
	const bool count = in_span && (!new_run || began_s >= from_s);

	if (new_run) {
		memset(w->noted, 0, sizeof(w->noted));
		memset(w->noted_lists, 0, sizeof(w->noted_lists));
		w->n_noted_lists = 0;
		w->note_s = began_s;
		text_copy(w->run, sizeof(w->run), field_text(ours, "run"));
	}
	l->runs += in_span && (new_run || w->note_s < from_s);
	take_losses(w, json_object_get(ours, "lost"), count, at_s);
	take_lists(w, json_object_get(ours, "lists"), count);
	if (in_span)
		take_digest(w, field_text(ours, "digest"));
	l->counted |= count;
	if (count && at_s > w->note_s)
		l->counted_s += at_s - later(w->note_s, from_s);
	w->note_s = at_s;
}
