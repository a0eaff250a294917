/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One feed: its file is read and judged, and is in force from then on, or is refused and changes nothing. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/feeds_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define SETTLED_NS (2 * NS_PER_S) /* a file that has changed since then may still be on its way */

/* A file that was read, on its way to be accepted. */
struct candidate {
	struct listed_entry *entries;
	struct feed_result result;
	char why[FEEDS_WHY];
};

__attribute__((format(printf, 3, 4))) static int refuse(struct candidate *c, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->why, sizeof(c->why), format, args);
	va_end(args);
	return err;
}

static enum feed_format format_of(enum conf_feed_format f)
{
	switch (f) {
	case CONF_FEED_AUTO:
		return FEED_AUTO;
	case CONF_FEED_PLAIN:
		return FEED_PLAIN;
	case CONF_FEED_NETSET:
		return FEED_NETSET;
	case CONF_FEED_SPAMHAUS:
		return FEED_SPAMHAUS;
	case CONF_FEED_CROWDSEC:
		return FEED_CROWDSEC;
	}
	return FEED_AUTO;
}

static int read_entries(struct candidate *c, struct slice text, const struct feed_opts *o, size_t most)
{
	const struct feed_result *r = &c->result;
	int err;

	c->entries = malloc((most ? most : 1) * sizeof(*c->entries));
	if (!c->entries)
		return refuse(c, ERR_MEMORY, "no memory");
	err = feed_read(text, o, c->entries, most, &c->result);
	switch (err) {
	case 0:
		return 0;
	case ERR_FULL:
		return refuse(c, err, "more than %zu entries (max_entries)", most);
	case ERR_TRUNCATED:
		if (r->promised > r->records)
			return refuse(c, err, "cut off: it says that it has %" PRIu64 " entries, and has %" PRIu64, r->promised,
				r->records);
		return refuse(c, err, "cut off: it ends within a value");
	default:
		return refuse(c, err, "no list of the format '%s'", feed_format_name(r->format));
	}
}

/* ---- whether it is believed ---- */

static bool changes_too_much(const struct feed *d, size_t n)
{
	const uint64_t before = d->info.entries, now = n;
	const uint64_t by = now > before ? now - before : before - now;

	return d->info.conf.max_change && before && by * 100 > before * d->info.conf.max_change;
}

static int judge(const struct feed *d, struct candidate *c)
{
	const struct feed_result *r = &c->result;
	const uint64_t nonsense = feed_nonsense(r);

	if (nonsense && nonsense >= r->n)
		return refuse(c, ERR_INVALID, "%zu entries, and %" PRIu64 " lines that are none; line %" PRIu64 ": %s: %s", r->n,
			nonsense, r->told[0].line, feed_refusal_text(r->told[0].why), r->told[0].text);
	if (!r->n && r->format != FEED_CROWDSEC) /* who bans nobody just now says so */
		return refuse(c, ERR_INVALID, "there is no address in it that may be listed");
	if (r->endless)
		return refuse(c, ERR_TRUNCATED, "cut off: its last line, the metadata, is missing");
	if (changes_too_much(d, r->n))
		return refuse(c, ERR_RANGE, "%zu entries, and %zu until now: a change by more than %u %%; "
			"'tidegate feed load %s --force' takes it", r->n, d->info.entries, d->info.conf.max_change,
			d->info.conf.name);
	return 0;
}

static int read_candidate(struct feed *d, const char *file, bool force, struct candidate *c)
{
	const struct feed_opts o = { .format = format_of(d->info.conf.format),
		.keep_private = d->info.conf.keep_private };
	struct feed_stamp stamp = { .device = 0 };
	char *bytes = NULL, why[WHY_TEXT];
	size_t len = 0, most;
	int err = feed_file_read(file, FEED_BYTES, &bytes, &len, &stamp, why);

	if (err)
		return refuse(c, err, "%s: %s", file, why);
	if (strcmp(file, d->info.conf.file) == 0)
		d->seen = stamp;
	/* Nothing shorter is one: a small file needs no room for the longest. */
	most = len / 2 + 1 < d->info.conf.max_entries ? len / 2 + 1 : d->info.conf.max_entries;
	err = read_entries(c, (struct slice){ (const uint8_t *)bytes, len }, &o, most);
	free(bytes);
	if (!err && !force)
		err = judge(d, c);
	d->info.last = c->result;
	return err;
}

/* ---- what becomes of it ---- */

static void accept(struct feeds *f, struct feed *d, struct candidate *c, mono_t start)
{
	struct feed_info *i = &d->info;
	struct listed_entry *small = realloc(c->entries, (c->result.n ? c->result.n : 1) * sizeof(*small));
	char why[WHY_TEXT];

	free(d->entries);
	d->entries = small ? small : c->entries;
	c->entries = NULL;
	i->entries = c->result.n;
	i->accepted = clock_wall();
	i->kept = false;
	i->error[0] = '\0';
	i->failed = (wall_t){ 0 };
	f->dirty = true;
	if (feed_file_keep(f->state_dir, i->conf.name, d->entries, i->entries, why))
		log_at(LOG_LEVEL_WARNING, "feed %s: in force, but it cannot be kept over a restart: %s", i->conf.name, why);
	i->took_ns = mono_since(clock_mono(), start);
	log_at(LOG_LEVEL_NOTICE, "feed %s: %zu entries (%s) in %" PRId64 " ms, %" PRIu64 " refused", i->conf.name,
		i->entries, feed_format_name(i->last.format), i->took_ns / NS_PER_MS, i->last.refused);
}

int feed_load(struct feeds *f, struct feed *d, const char *file, bool force)
{
	struct candidate c = { .entries = NULL };
	const mono_t start = clock_mono();
	bool again;
	int err = read_candidate(d, file, force, &c);

	d->absent[0] = '\0';
	if (!err) {
		accept(f, d, &c, start);
		return 0;
	}
	free(c.entries);
	/* One that cannot be read is tried each time, and said once. */
	again = strcmp(d->info.error, c.why) == 0;
	text_copy(d->info.error, sizeof(d->info.error), c.why);
	d->info.failed = clock_wall();
	log_at(again ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "feed %s: refused: %s; %zu entries stay", d->info.conf.name, c.why, d->info.entries);
	return err;
}

/* It is absent, or cannot be looked at: said once, and again when that is another reason. */
static void note_absence(struct feed *d, const char *why)
{
	struct feed_info *i = &d->info;

	if (strcmp(d->absent, why) == 0)
		return;
	text_copy(d->absent, sizeof(d->absent), why);
	snprintf(i->error, sizeof(i->error), "%.100s: %.140s", i->conf.file, why);
	i->failed = clock_wall();
	i->last = (struct feed_result){ .n = 0 };
	d->seen = (struct feed_stamp){ .device = 0 };
	log_at(LOG_LEVEL_WARNING, "feed %s: %s; %zu entries stay", i->conf.name, i->error, i->entries);
}

static bool is_young(const struct feed_stamp *s)
{
	const int64_t age = clock_wall().ns - s->changed_ns;

	return age > -SETTLED_NS && age < SETTLED_NS;
}

bool feed_look(struct feeds *f, struct feed *d)
{
	struct feed_stamp stamp;
	char why[WHY_TEXT];

	if (feed_file_look(d->info.conf.file, &stamp, why)) {
		note_absence(d, why);
		return true;
	}
	if (memcmp(&stamp, &d->seen, sizeof(stamp)) == 0)
		return true;
	if (is_young(&stamp))
		return false;
	return feed_load(f, d, d->info.conf.file, false) != ERR_AGAIN;
}

void feed_restore(struct feeds *f, struct feed *d)
{
	/* What was accepted is not judged again; but no list is older than the rules about what nobody may list. */
	const struct feed_opts o = { .format = FEED_NETSET, .keep_private = d->info.conf.keep_private };
	struct candidate c = { .entries = NULL };
	struct feed_stamp stamp;
	char path[FEED_PATH], why[WHY_TEXT], *bytes;
	size_t len;
	int err;

	feed_file_kept(f->state_dir, d->info.conf.name, path);
	err = feed_file_read(path, FEED_BYTES, &bytes, &len, &stamp, why);
	if (err == ERR_ABSENT)
		return;
	if (!err) {
		err = read_entries(&c, (struct slice){ (const uint8_t *)bytes, len }, &o, len / 2 + 1);
		free(bytes);
		text_copy(why, sizeof(why), c.why);
	}
	if (err) {
		free(c.entries);
		log_at(LOG_LEVEL_WARNING, "feed %s: what was kept of it is not taken: %s: %s", d->info.conf.name, path, why);
		return;
	}
	d->entries = c.entries;
	d->info.entries = c.result.n;
	d->info.accepted = (wall_t){ stamp.changed_ns };
	d->info.kept = true;
	f->dirty = true;
}
