/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All feeds as one list, guards cut out, on its way to the packet thread and back. */
#include <stdlib.h>
#include <string.h>

#include "app/feeds_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"
#include "edge/log.h"

/* ---- guards, which come and go: sessions of administrators, leases ---- */

static void copy_guards(void *ctx, struct engine *e, mono_t now)
{
	(void)now;
	*(struct guards *)ctx = *engine_guards(e);
}

static bool same_guards(const struct guards *a, const struct guards *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!prefix_equal(&a->list[i].prefix, &b->list[i].prefix))
			return false;
	return true;
}

static void look_at_guards(struct feeds *f)
{
	struct guards *now = f->door ? malloc(sizeof(*now)) : NULL;

	if (now && door_call(f->door, copy_guards, now) == 0 && !same_guards(now, &f->guards)) {
		f->guards = *now;
		f->dirty = true;
	}
	free(now);
}

/* ---- making it ---- */

static void count_guarded(struct feed *d, const struct guard_index *x)
{
	d->info.guarded = 0;
	for (size_t i = 0; i < d->info.entries; i++)
		d->info.guarded += guard_index_overlaps(x, &d->entries[i].prefix);
}

static size_t gather(struct feeds *f, struct listed_entry *e)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; k < f->list[i].info.entries; k++)
			e[n++] = (struct listed_entry){ f->list[i].entries[k].prefix, (uint8_t)i };
	for (size_t i = 0; i < f->guards.n; i++) {
		const struct prefix *p = &f->guards.list[i].prefix;

		e[n++] = (struct listed_entry){ prefix_of(&p->addr, p->len), LISTED_HOLE };
	}
	return n;
}

static size_t count(const struct feeds *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->list[i].info.entries;
	return n;
}

static int make(struct feeds *f, struct listed **out, void **memory)
{
	const size_t most = count(f) + f->guards.n, bytes = listed_bytes(most);
	struct listed_entry *e = malloc(most * sizeof(*e));
	char names[CONF_FEEDS][LISTED_NAME];
	uint16_t refuse = 0;
	int err = ERR_MEMORY;

	for (size_t i = 0; i < f->n; i++) {
		text_copy(names[i], LISTED_NAME, f->list[i].info.conf.name);
		refuse |= (uint16_t)((unsigned)f->list[i].info.conf.refuse << i);
	}
	*memory = malloc(bytes);
	if (e && *memory)
		err = listed_create(out, *memory, bytes, e, gather(f, e), (const char(*)[LISTED_NAME])names, f->n);
	free(e);
	if (err)
		free(*memory);
	else
		listed_set_refuse(*out, refuse);
	return err;
}

struct put_visit {
	feeds_put_fn put;
	const struct listed *listed;
};

static void put(void *ctx, struct engine *e, mono_t now)
{
	const struct put_visit *v = ctx;

	v->put(e, v->listed, now);
}

/* Once it has the new one, nobody reads the old one. */
static bool hand_over(struct feeds *f, struct listed *l, void *memory)
{
	struct put_visit v = { .put = f->put, .listed = l };

	if (f->put && f->door && door_call(f->door, put, &v)) {
		f->stats.missed++;
		free(memory);
		return false;
	}
	free(f->memory);
	f->memory = memory;
	f->listed = l;
	f->stats.handed++;
	f->stats.prefixes = l ? listed_count(l) : 0;
	f->dirty = false;
	return true;
}

bool feeds_make(struct feeds *f)
{
	struct guard_index *x;
	struct listed *l = NULL;
	void *memory = NULL;
	mono_t start;

	if (f->n)
		look_at_guards(f);
	if (!f->dirty)
		return true;
	if (!count(f))
		return hand_over(f, NULL, NULL);
	start = clock_mono();
	x = malloc(sizeof(*x));
	if (x) {
		guard_index_build(x, &f->guards);
		for (size_t i = 0; i < f->n; i++)
			count_guarded(&f->list[i], x);
		free(x);
	}
	if (make(f, &l, &memory)) {
		log_at(LOG_LEVEL_ERROR, "feeds: no memory for the list; the one before stays");
		return false;
	}
	f->stats.made_ns = mono_since(clock_mono(), start);
	return hand_over(f, l, memory);
}
