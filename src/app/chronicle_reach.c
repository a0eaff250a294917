/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/chronicle_reach.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/ring.h"

#define EVERY_NS (60 * NS_PER_S)

int reach_box_create(struct reach_box **out)
{
	const size_t bytes = ring_bytes(REACH_WAITING, sizeof(struct reach_record));
	struct reach_box *b = calloc(1, sizeof(*b));

	if (!b)
		return ERR_MEMORY;
	b->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!b->memory || ring_create(&b->ring, b->memory, bytes, REACH_WAITING, sizeof(struct reach_record))) {
		reach_box_destroy(b);
		return ERR_MEMORY;
	}
	*out = b;
	return 0;
}

void reach_box_destroy(struct reach_box *b)
{
	if (!b)
		return;
	free(b->memory);
	free(b);
}

/* ---- into the file ---- */

static int write_batch(struct reach_box *b, struct history *h, uint64_t *written)
{
	int err = history_begin(h);

	*written = 0;
	for (size_t i = 0; i < b->n && !err; i++) {
		err = history_put_reach(h, &b->batch[i]);
		*written += !err;
		if (err == ERR_RANGE)
			err = 0; /* it would be no better next time */
	}
	if (!err)
		err = history_prune_reach(h);
	if (!err)
		err = history_commit(h);
	if (err)
		history_rollback(h);
	return err;
}

int reach_box_write(struct reach_box *b, struct history *h, mono_t now, bool all)
{
	uint64_t written;
	int err;

	if (!all && mono_since(b->due, now) > 0 && ring_count(b->ring) < REACH_BATCH)
		return 0;
	b->due = mono_add(now, EVERY_NS);
	for (;;) {
		while (b->n < REACH_BATCH && ring_take(b->ring, &b->batch[b->n]))
			b->n++;
		if (!b->n)
			return 0;
		err = write_batch(b, h, &written);
		if (err)
			return err;
		atomic_fetch_add(&b->written, written);
		b->n = 0;
	}
}

/* ---- out of it ---- */

struct lesson {
	struct reach_box *b;
	reach_visit_fn visit;
	void *ctx;
	struct reach_record slice[DOOR_SLICE];
	size_t n;
};

static void teach_slice(void *ctx, struct engine *e, mono_t now)
{
	const struct lesson *l = ctx;

	for (size_t i = 0; i < l->n; i++)
		l->b->fn(e, &l->slice[i], now);
}

static bool hand_slice(struct lesson *l)
{
	if (l->n && !l->visit(l->ctx, teach_slice, l))
		return false;
	atomic_fetch_add(&l->b->lessons, l->n);
	l->n = 0;
	return true;
}

static bool add(void *ctx, const struct reach_record *x)
{
	struct lesson *l = ctx;

	l->slice[l->n++] = *x;
	return l->n < DOOR_SLICE || hand_slice(l);
}

int reach_box_teach(struct reach_box *b, struct history *h, reach_visit_fn visit, void *ctx)
{
	struct lesson l = { .b = b, .visit = visit, .ctx = ctx };
	uint64_t odd = 0;
	int err;

	if (!b->fn || b->taught)
		return 0;
	b->taught = true;
	err = history_each_reach(h, add, &l, &odd);
	hand_slice(&l);
	atomic_store(&b->odd, odd);
	return err;
}
