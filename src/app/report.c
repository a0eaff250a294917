/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a report is made of, in which order, and what is said where one cannot be read. */
#include "app/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "app/report_state.h"
#include "app/version.h"
#include "base/err.h"
#include "base/text.h"
#include "conf/conf.h"
#include "edge/clock.h"
#include "edge/store_lessons.h"

#define ROWS 8192         /* names that are counted at a time, of each kind */
#define SPELLS 16384
#define SPAN_MOST_S (INT64_C(400) * 86400)
#define MEASURES_AT_ONCE 256
#define SAY_EVERY 512

void report_trouble(struct report_data *r, const char *format, ...)
{
	struct report_losses *l = &r->losses;
	va_list args;

	if (l->n_troubles == REPORT_TROUBLES)
		return;
	va_start(args, format);
	vsnprintf(l->troubles[l->n_troubles++], REPORT_SENTENCE, format, args);
	va_end(args);
}

struct report_bucket *report_bucket_at(struct report_data *r, int64_t at_s)
{
	const int64_t i = (at_s - r->buckets[0].begin_s) / r->width_s;

	if (at_s < r->about.from_s - r->about.from_s % SLOT_S || at_s >= r->about.until_s || i < 0 || i >= (int64_t)r->n_buckets)
		return NULL;
	return &r->buckets[i];
}

void report_say_progress(struct report_work *w)
{
	if (w->o->progress && w->rows % SAY_EVERY == 0)
		w->o->progress(w->o->ctx, w->rows, w->rows < w->rows_total ? w->rows : w->rows_total, w->rows_total);
}

/* ---- time ---- */

static int32_t offset_at(int64_t at_s)
{
	time_t t = (time_t)at_s;
	struct tm local;

	return localtime_r(&t, &local) ? (int32_t)local.tm_gmtoff : 0;
}

/* The narrowest round width of which there is room; buckets begin at whole ones of local time, as of the first. */
static void make_buckets(struct report_data *r)
{
	static const int64_t widths[] = { 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400 };
	const int64_t from_s = r->about.from_s, until_s = r->about.until_s;
	const int32_t offset = offset_at(from_s);
	int64_t begin_s = 0;

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		r->width_s = widths[i];
		begin_s = (from_s + offset) / r->width_s * r->width_s - offset;
		r->n_buckets = (size_t)((until_s - begin_s + r->width_s - 1) / r->width_s);
		if (r->n_buckets <= REPORT_BUCKETS)
			break;
	}
	for (size_t i = 0; i < r->n_buckets; i++) {
		r->buckets[i].begin_s = begin_s + (int64_t)i * r->width_s;
		r->buckets[i].utc_offset_s = offset_at(r->buckets[i].begin_s);
	}
}

static void tell_about(struct report_data *r, const struct report_opts *o)
{
	struct report_about *a = &r->about;
	time_t until = (time_t)o->now_s;
	struct tm local;

	a->made_s = a->until_s = o->now_s;
	a->from_s = o->from_s;
	a->utc_offset_s = offset_at(o->now_s);
	if (localtime_r(&until, &local))
		strftime(a->zone, sizeof(a->zone), "%Z", &local);
	text_copy(a->version, sizeof(a->version), TIDEGATE_VERSION);
	if (gethostname(a->host, sizeof(a->host) - 1))
		text_copy(a->host, sizeof(a->host), "unknown");
	if (o->config)
		text_copy(a->config, sizeof(a->config), o->config);
	if (!o->conf)
		return;
	snprintf(a->digest, sizeof(a->digest), "%016llx", (unsigned long long)conf_digest(o->conf));
	text_copy(a->policy, sizeof(a->policy), o->conf->rules.policy.name);
	a->configured = o->conf->enforce ? REPORT_MODE_ENFORCE : REPORT_MODE_DETECT;
}

/* ---- files ---- */

struct standing {
	struct report_work *w;
	struct lease_moment now;
};

static void take_standing(void *ctx, const struct measure *m)
{
	struct standing *s = ctx;
	int64_t apart = s->now.wall.ns - s->now.mono.ns;

	if (m->state == MEASURE_FREE || mono_since(m->until, s->now.mono) <= 0)
		return;
	report_spell_stands(s->w, m, (m->since.ns + apart) / NS_PER_S, (m->until.ns + apart) / NS_PER_S);
}

static int read_standing(struct report_work *w, struct store *s)
{
	struct standing st = { .w = w, .now = { .mono = clock_mono(), .wall = clock_wall() } };
	int64_t at = INT64_MAX;
	int n;

	do
		n = store_measures(s, &at, MEASURES_AT_ONCE, &st.now, take_standing, &st, &w->r->losses.odd_rows);
	while (n > 0);
	return n;
}

static void read_boot(char out[STORE_BOOT])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(out, STORE_BOOT, f))
		text_copy(out, STORE_BOOT, "unknown");
	out[strcspn(out, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void no_record(struct report_data *r, int err, const char *why)
{
	if (err == ERR_ABSENT)
		report_trouble(r, "%s: there is none, so nothing is known of findings and measures: the daemon has not run yet",
			STORE_FILE);
	else
		report_trouble(r, "%s cannot be read, so nothing is known of findings and measures: %s", STORE_FILE,
			why[0] ? why : err_text(err));
}

static void read_record(struct report_work *w)
{
	struct report_data *r = w->r;
	struct store_opts o = { .max_bytes = 0 };
	struct store_size size = { .events = 0 };
	struct store *s = NULL;
	char path[STORE_PATH], why[WHY_TEXT] = "";
	int err;

	snprintf(path, sizeof(path), "%.*s/%s", STORE_PATH - 32, w->o->state_dir, STORE_FILE);
	read_boot(o.boot);
	err = store_open_copy(&s, path, &o, why);
	if (err) {
		no_record(r, err, why);
		return;
	}
	r->about.record_known = true;
	store_measure_size(s, &size);
	w->rows_total += size.events;
	err = report_read_events(w, s);
	if (err)
		report_trouble(r, "%s: not all of the record could be read: %s", STORE_FILE, store_error(s));
	if (!err && read_standing(w, s))
		report_trouble(r, "%s: not all measures could be read: %s", STORE_FILE, store_error(s));
	report_read_excuses(w, s);
	store_close(s, true);
	if (r->about.record_from_s > r->about.from_s)
		report_trouble(r, "the record begins within this span: what was before is not in it");
}

static void read_history(struct report_work *w, struct history **h)
{
	struct report_data *r = w->r;
	char path[STORE_PATH], why[WHY_TEXT] = "";
	int err;

	snprintf(path, sizeof(path), "%.*s/%s", STORE_PATH - 32, w->o->state_dir, LESSONS_FILE);
	if (access(path, F_OK) == 0)
		report_trouble(r, "%s: what captures taught is no part of the bands shown here", LESSONS_FILE);
	snprintf(path, sizeof(path), "%.*s/%s", STORE_PATH - 32, w->o->state_dir, HISTORY_FILE);
	err = history_open_reading(h, path, why);
	if (err) {
		report_trouble(r, "%s cannot be read, so nothing is known of traffic and of what is normal: %s", HISTORY_FILE,
			why[0] ? why : err_text(err));
		return;
	}
	err = report_read_normal(w, *h);
	if (err)
		report_trouble(r, "%s: not all of it could be read: %s", HISTORY_FILE, history_error(*h));
}

/* ---- tables ---- */

static uint64_t worth_row(const void *row)
{
	const struct report_row *r = row;
	uint64_t bytes = (r->bytes_in >> 10) + (r->bytes_out >> 10);

	/* Findings before measures before traffic. */
	return (r->findings < 0xffffff ? r->findings : 0xffffff) << 40 | (r->measures < 0xff ? r->measures : 0xff) << 32 |
		(bytes < UINT32_MAX ? bytes : UINT32_MAX);
}

static uint64_t worth_subject(const void *row)
{
	const struct report_subject *s = row;

	return s->findings + 2 * s->measures + (s->decided ? 4 : 0) + (s->wronged || s->guarded || s->known_good ? 1000 : 0);
}

static uint64_t worth_would(const void *row)
{
	return ((const struct report_would *)row)->decisions;
}

static uint64_t worth_spell(const void *row)
{
	return ((const struct report_spell *)row)->open ? 2 : 1;
}

static int make_tables(struct report_work *w)
{
	struct report_table_opts o = { .row_bytes = sizeof(struct report_row), .most = ROWS, .worth = worth_row, .key = &w->key };
	struct report_table **rows[] = { &w->sources, &w->destinations, &w->ports, &w->rules, &w->processes, &w->users, &w->units,
		&w->egress_rules };
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !err; i++)
		err = report_table_create(rows[i], &o);
	o = (struct report_table_opts){ sizeof(struct report_subject), ROWS, worth_subject, &w->key };
	if (!err)
		err = report_table_create(&w->subjects, &o);
	o = (struct report_table_opts){ sizeof(struct report_would), 2 * REPORT_WOULD, worth_would, &w->key };
	if (!err)
		err = report_table_create(&w->would, &o);
	o = (struct report_table_opts){ sizeof(struct report_spell), SPELLS, worth_spell, &w->key };
	return err ? err : report_table_create(&w->spells, &o);
}

static void free_work(struct report_work *w)
{
	report_table_destroy(w->sources);
	report_table_destroy(w->destinations);
	report_table_destroy(w->ports);
	report_table_destroy(w->rules);
	report_table_destroy(w->processes);
	report_table_destroy(w->users);
	report_table_destroy(w->units);
	report_table_destroy(w->egress_rules);
	report_table_destroy(w->subjects);
	report_table_destroy(w->would);
	report_table_destroy(w->spells);
	free(w);
}

/* ---- the end ---- */

static void tell_would(struct report_work *w)
{
	struct report_detect *d = &w->r->detect;
	size_t n;
	uint64_t unused;

	report_table_sort(w->would);
	n = report_table_count(w->would);
	d->n = n < REPORT_WOULD ? n : REPORT_WOULD;
	for (size_t i = 0; i < d->n; i++) {
		d->list[i] = *(const struct report_would *)report_table_row(w->would, i);
		d->list[i].rule[strcspn(d->list[i].rule, "\n")] = '\0'; /* the rest of the name is the response */
	}
	d->more = report_table_gone(w->would, &unused) + (n - d->n);
}

static void tell_all(struct report_work *w, struct history *h)
{
	struct report_data *r = w->r;
	const int64_t span_s = r->about.until_s - r->about.from_s;

	report_spells_tell(w);
	report_tell_doubts(w, h);
	tell_would(w);
	report_top_of(w->sources, &r->sources);
	report_top_of(w->destinations, &r->destinations);
	report_top_of(w->ports, &r->ports);
	report_top_of(w->rules, &r->rules);
	report_top_of(w->processes, &r->processes);
	report_top_of(w->users, &r->users);
	report_top_of(w->units, &r->units);
	report_top_of(w->egress_rules, &r->egress.rules);
	r->about.unknown_s = span_s - r->about.detect_s - r->about.enforce_s;
	r->losses.unwatched_s = (uint64_t)span_s > r->totals.watched_s ? (uint64_t)span_s - r->totals.watched_s : 0;
	if (r->losses.counted_s > span_s)
		r->losses.counted_s = span_s;
}

int report_gather(const struct report_opts *o, struct report_data **out)
{
	struct report_data *r;
	struct report_work *w;
	struct history *h = NULL;
	int err;

	if (o->from_s >= o->now_s || o->now_s - o->from_s > SPAN_MOST_S || o->from_s < 0)
		return ERR_RANGE;
	r = calloc(1, sizeof(*r));
	w = calloc(1, sizeof(*w));
	if (!r || !w || getrandom(&w->key, sizeof(w->key), 0) != (ssize_t)sizeof(w->key)) {
		free(r);
		free(w);
		return ERR_MEMORY;
	}
	w->r = r;
	w->o = o;
	err = make_tables(w);
	if (!err) {
		tell_about(r, o);
		make_buckets(r);
		read_record(w);
		read_history(w, &h);
		tell_all(w, h);
	}
	history_close(h);
	free_work(w);
	if (err)
		report_free(r);
	else
		*out = r;
	return err;
}

void report_free(struct report_data *r)
{
	free(r);
}
