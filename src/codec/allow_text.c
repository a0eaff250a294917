/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records are sorted so that those of one entry stand together: by name, protocol and port; those without a name behind
 * them, by address. Then each run of them becomes an entry or a comment.
 */
#include "codec/allow_text_parts.h"

#include <string.h>



/* As the configuration takes them; what was cut to fit is no name any more. */
static bool usable_name(const char *name)
{
	size_t len = strlen(name), label = 0;
	struct addr a;

	if (len == 0 || len >= REACH_NAME - 1 || addr_parse(name, &a) == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';

		if (!plain && (c != '.' || label == 0))
			return false;
		label = c == '.' ? 0 : label + 1;
	}
	return label != 0;
}

static int compare(const struct reach_record *a, const struct reach_record *b)
{
	int order = a->name[0] && b->name[0] ? strcmp(a->name, b->name) : !a->name[0] - !b->name[0];

	if (!order && !a->name[0])
		order = memcmp(&a->to, &b->to, sizeof(a->to));
	if (!order)
		order = a->proto - b->proto;
	return order ? order : a->port - b->port;
}

static void sift(struct reach_record *list, size_t at, size_t n)
{
	for (size_t child = 2 * at + 1; child < n; at = child, child = 2 * at + 1) {
		struct reach_record swap = list[at];

		if (child + 1 < n && compare(&list[child], &list[child + 1]) < 0)
			child++;
		if (compare(&swap, &list[child]) >= 0)
			return;
		list[at] = list[child];
		list[child] = swap;
	}
}

/* In place, and never slower than n log n: how many there are is for those to choose who are met. */
static void sort(struct reach_record *list, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(list, i, n);
	while (n-- > 1) {
		struct reach_record swap = list[0];

		list[0] = list[n];
		list[n] = swap;
		sift(list, 0, n);
	}
}

/* ---- runs ---- */

static bool same_service(const struct reach_record *a, const struct reach_record *b)
{
	return compare(a, b) == 0;
}

static bool same_place(const struct reach_record *a, const struct reach_record *b)
{
	return a->name[0] ? strcmp(a->name, b->name) == 0 : !b->name[0] && addr_equal(&a->to, &b->to);
}

static void add_record(struct allow_run *run, const struct reach_record *r)
{
	if (!run->contacts || r->first_s < run->first_s)
		run->first_s = r->first_s;
	if (!run->contacts || r->last_s > run->last_s)
		run->last_s = r->last_s;
	run->contacts += r->count;
	if (r->days > run->days)
		run->days = r->days; /* at least so many: two records may have shared theirs */
}

/* All of a run that was met more than once, or (once) the rest. */
static void gather(const struct reach_record *r, size_t n, bool once, bool all, struct allow_run *run)
{
	memset(run, 0, sizeof(*run));
	for (size_t i = 0, end; i < n; i = end) {
		uint64_t count = r[i].count;

		for (end = i + 1; end < n && same_service(&r[i], &r[end]); end++)
			count += r[end].count;
		if (!all && (count <= 1) != once)
			continue;
		if (!allow_ports_add(&run->ports, r[i].proto, r[i].port))
			continue;
		for (size_t k = i; k < end; k++)
			add_record(run, &r[k]);
	}
}

static size_t place_end(const struct reach_record *r, size_t i, size_t n)
{
	size_t end = i + 1;

	while (end < n && same_place(&r[i], &r[end]))
		end++;
	return end;
}

static void put_place(struct allow_writer *w, const char *key, const char *place, const struct allow_run *run)
{
	if (allow_ports_empty(&run->ports))
		return;
	allow_put_entry(w, key, place, run);
}

static size_t put_name(struct allow_writer *w, const struct reach_record *r, size_t i, size_t n)
{
	size_t end = place_end(r, i, n);
	struct allow_run run;

	gather(r + i, end - i, w->once, false, &run);
	put_place(w, "name", r[i].name, &run);
	return end;
}

/* ---- addresses ---- */

static unsigned block_length(const struct addr *a)
{
	return a->family == FAMILY_V6 ? 64 : 24;
}

static void put_prefix(struct allow_writer *w, const struct prefix *p, const struct allow_run *run)
{
	char text[PREFIX_TEXT];

	prefix_format(p, text, sizeof(text));
	put_place(w, "address", text, run);
}

struct pile {
	struct prefix prefix;
	struct allow_run run;
};

/* Two halves of one prefix, with the same ports. */
static bool siblings(const struct pile *a, const struct pile *b)
{
	struct prefix around;

	if (a->prefix.len != b->prefix.len || a->prefix.len == 0)
		return false;
	around = prefix_of(&a->prefix.addr, a->prefix.len - 1u);
	return prefix_holds(&around, &b->prefix.addr) && allow_ports_equal(&a->run.ports, &b->run.ports);
}

static void unite(struct pile *a, const struct pile *b)
{
	a->prefix = prefix_of(&a->prefix.addr, a->prefix.len - 1u);
	allow_run_add(&a->run, &b->run);
}

/* Fewer than a crowd: each for itself, neighbours together. */
static void put_few(struct allow_writer *w, const struct reach_record *r, size_t i, size_t end)
{
	struct pile pile[ALLOW_CROWD_MOST];
	size_t n = 0, next;

	for (; i < end; i = next) {
		next = place_end(r, i, end);
		gather(r + i, next - i, w->once, false, &pile[n].run);
		if (allow_ports_empty(&pile[n].run.ports))
			continue;
		pile[n].prefix = prefix_of(&r[i].to, addr_bits(&r[i].to));
		n++;
		/* What was met once is told as it was. */
		for (; !w->once && n > 1 && siblings(&pile[n - 2], &pile[n - 1]); n--)
			unite(&pile[n - 2], &pile[n - 1]);
	}
	for (size_t k = 0; k < n; k++)
		put_prefix(w, &pile[k].prefix, &pile[k].run);
}

/* All addresses of one /24 or /64. */
static size_t put_block(struct allow_writer *w, const struct reach_record *r, size_t i, size_t n)
{
	struct prefix block = prefix_of(&r[i].to, block_length(&r[i].to));
	struct allow_run all;
	size_t end = i, places = 0;

	for (; end < n && prefix_holds(&block, &r[end].to); places++)
		end = place_end(r, end, n);
	if (places < w->crowd) {
		put_few(w, r, i, end);
	} else if (!w->once) {
		gather(r + i, end - i, false, true, &all);
		put_prefix(w, &block, &all);
	}
	return end;
}

static void put_all(struct allow_writer *w, const struct reach_record *list, size_t n)
{
	for (size_t i = 0; i < n;)
		i = list[i].name[0] ? put_name(w, list, i, n) : put_block(w, list, i, n);
}

/* ---- the file ---- */

static bool sayable(const struct reach_record *r)
{
	struct allow_ports any = { .n = { 0 } };

	return allow_ports_add(&any, r->proto, r->port);
}

static void prepare(struct reach_record *list, size_t n, struct allow_text_sum *sum, int64_t *since)
{
	*since = n ? list[0].first_s : 0;
	for (size_t i = 0; i < n; i++) {
		if (!usable_name(list[i].name))
			list[i].name[0] = '\0';
		if (list[i].first_s < *since)
			*since = list[i].first_s;
		sum->contacts += list[i].count;
		sum->skipped += !sayable(&list[i]);
	}
	sort(list, n);
}

void allow_text_write(const struct allow_text *o, struct reach_record *list, size_t n, struct text *out,
	struct allow_text_sum *sum)
{
	unsigned crowd = o->crowd ? o->crowd : ALLOW_TEXT_CROWD;
	struct allow_writer w = { .out = out, .crowd = crowd < ALLOW_CROWD_MOST ? crowd : ALLOW_CROWD_MOST };
	struct allow_writer count = w;
	struct text nowhere = { 0 };
	char none[1];
	int64_t since;

	memset(sum, 0, sizeof(*sum));
	prepare(list, n, sum, &since);
	/* The head says what follows. */
	nowhere = text_over(none, sizeof(none));
	count.out = &nowhere;
	put_all(&count, list, n);
	sum->entries = count.entries;
	count.once = true;
	count.entries = 0;
	put_all(&count, list, n);
	sum->once = count.entries;
	allow_put_head(o, sum, since, out);
	put_all(&w, list, n);
	allow_put_middle(sum, out);
	w.once = true;
	put_all(&w, list, n);
}
