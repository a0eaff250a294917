/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the log of observations to one capture: read forward from the first evidence, keep the last packets before the
 * trigger, write them. Called by app/evidence.c on its thread.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

#include "app/evidence_gather.h"
#include "app/evidence_parts.h"
#include "base/err.h"
#include "edge/capture.h"
#include "edge/clock.h"

#define PATIENCE_NS (5 * NS_PER_S) /* of one reading: then only the last part before the trigger is read */
#define READINGS 3

struct haste {
	const struct evidence_search *search;
	mono_t begun;
	bool reached; /* the trigger: what came after it is little */
};

static bool is_over(const struct evidence_search *s)
{
	int64_t end_ns = s->end_ns ? atomic_load(s->end_ns) : 0;

	return end_ns && clock_mono().ns > end_ns;
}

static bool is_tired(void *ctx)
{
	const struct haste *h = ctx;

	return is_over(h->search) || (!h->reached && mono_since(clock_mono(), h->begun) > PATIENCE_NS);
}

/* 0; ERR_AGAIN: it took too long and the trigger has not been reached. */
static int read_log(struct obslog_reader *r, struct gather *g, struct haste *h, char why[OBSLOG_WHY])
{
	const struct evidence_search *s = h->search;
	struct obslog_item item;
	int got;

	while ((got = obslog_next(r, &item, why)) > 0) {
		wall_t at = stamp_wall(&item.stamp, item.entry.at);

		if (item.kind == OBSLOG_RUN)
			gather_restart(g); /* another engine: it knew nothing of what was before */
		if (item.kind != OBSLOG_ENTRY)
			continue;
		if (at.ns > s->until.ns)
			break;
		h->reached = at.ns >= s->trigger.ns;
		gather_take(g, &item.stamp, &item.entry);
		if (gather_full(g))
			break;
	}
	return got < 0 ? got : 0;
}

static int read_from(wall_t from, struct gather *g, const struct evidence_search *s, char why[OBSLOG_WHY])
{
	struct haste haste = { .search = s, .begun = clock_mono() };
	struct obslog_look look = { .path = s->log, .from = from, .until = s->until,
		.one_source = s->subject.kind == SUBJECT_SOURCE, .with_state = true, .tired = is_tired,
		.tired_ctx = &haste };
	struct obslog_reader *r;
	int err;

	if (look.one_source)
		look.source = source_key(&s->subject.source.addr);
	err = obslog_open(&r, &look, why);
	if (err)
		return err;
	gather_restart(g);
	err = read_log(r, g, &haste, why);
	obslog_close(r);
	return err;
}

/* Slow evidence is weeks old at times and the newest part of it is what tips the scale. */
static int fill(struct gather *g, const struct evidence_search *s, char why[OBSLOG_WHY])
{
	int64_t span = s->trigger.ns - s->first.ns;
	int err = ERR_AGAIN;

	for (int i = 0; i < READINGS && err == ERR_AGAIN && !is_over(s); i++, span /= 16)
		err = read_from((wall_t){ s->trigger.ns - span }, g, s, why);
	if (err == ERR_AGAIN)
		snprintf(why, OBSLOG_WHY, is_over(s) ? "there was no time for a search" : "the log is too slow to read");
	return err;
}

static int put(struct capture_writer *w, const struct evidence_packet *p)
{
	uint8_t bytes[EVIDENCE_FRAME];
	struct capture_frame f = { .at = p->at };
	int len = evidence_frame_write(p, bytes, sizeof(bytes));

	if (len < 0)
		return len;
	f.bytes = (struct slice){ bytes, (size_t)len };
	f.wire_len = (uint32_t)len;
	return capture_write(w, &f);
}

static int write_file(const struct gather *g, const char *path, char why[OBSLOG_WHY])
{
	struct capture_writer *w;
	int err = capture_create(&w, path, EVIDENCE_LINKTYPE, EVIDENCE_FRAME, why);

	if (err)
		return err;
	for (size_t i = 0; i < gather_count(g) && !err; i++) {
		struct evidence_packet p = gather_packet(g, i);

		err = put(w, &p);
	}
	if (!err)
		return capture_finish(w, why);
	capture_abandon(w);
	snprintf(why, OBSLOG_WHY, "%s: %s", path, err_text(err));
	return err;
}

int evidence_search(const struct evidence_search *s, char why[OBSLOG_WHY])
{
	const struct gather_opts o = { .subject = s->subject, .trigger = s->trigger, .before = s->before,
		.after = s->after, .snap = s->snap };
	struct gather *g;
	int n = 0, err = gather_create(&g, &o);

	if (err) {
		snprintf(why, OBSLOG_WHY, "%s", err_text(err));
		return err;
	}
	err = fill(g, s, why);
	if (!err && gather_count(g)) {
		n = (int)gather_count(g);
		err = write_file(g, s->file, why);
	}
	gather_destroy(g);
	return err ? err : n;
}
