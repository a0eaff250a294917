/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nested prefixes, flattened: the line of all addresses of a family is cut where what is listed changes, and each piece
 * knows its lists. So a look-up is one search for the last cut at or before the address, however deep the nesting.
 * Prefixes nest or are apart, nothing else; a walk in their order with a stack of those that are open finds the cuts.
 */
#include "core/listed.h"

#include <string.h>

#include "base/err.h"

#define NONE 255
#define DEPTH 130 /* lengths 0..128 nest at most once each */

struct point {
	uint64_t high, low; /* IPv4: low alone */
};

/* What holds from a cut on. */
struct piece {
	uint16_t lists;
	uint8_t told; /* index of the narrowest, or NONE */
};

/* A prefix on its way into the order. */
struct range {
	struct point first;
	uint8_t family, len, list;
};

struct listed {
	char names[LISTED_LISTS][LISTED_NAME];
	uint16_t refuse;
	size_t count;
	size_t n4, n6;
	uint32_t *cuts4;
	struct point *cuts6;
	struct piece *pieces4, *pieces6;
};

struct open_range {
	struct point last;
	struct piece piece;
	bool hole;
};

struct walk {
	struct listed *l;
	uint8_t family;
	struct open_range stack[DEPTH];
	size_t depth;
};

/* Each prefix makes two cuts at most; its first and the one behind its last address. */
static size_t bytes_of(size_t n4, size_t n6)
{
	return sizeof(struct listed) + 2 * n6 * sizeof(struct point) + 2 * n4 * sizeof(uint32_t) +
		2 * (n4 + n6) * sizeof(struct piece);
}

size_t listed_bytes(size_t entries)
{
	return bytes_of(0, entries) + entries * sizeof(struct range);
}

static uint64_t be64(const uint8_t *b)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | b[i];
	return v;
}

static uint32_t be32(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static struct point point_of(const struct addr *a)
{
	if (a->family == FAMILY_V4)
		return (struct point){ .low = be32(a->bytes) };
	return (struct point){ be64(a->bytes), be64(a->bytes + 8) };
}

static bool before(struct point a, struct point b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static bool same(struct point a, struct point b)
{
	return a.high == b.high && a.low == b.low;
}

/* The last bits of that many, all set. */
static uint64_t ones(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static struct point last_of(const struct range *r)
{
	unsigned host = (r->family == FAMILY_V4 ? 32U : 128U) - r->len;
	struct point p = r->first;

	p.low |= ones(host);
	if (host > 64)
		p.high |= ones(host - 64);
	return p;
}

/* ---- the order: by family, place, the wider first; of equals the first list ---- */

static bool goes_before(const struct range *a, const struct range *b)
{
	if (a->family != b->family)
		return a->family < b->family;
	if (!same(a->first, b->first))
		return before(a->first, b->first);
	if (a->len != b->len)
		return a->len < b->len;
	return a->list < b->list;
}

static void sift(struct range *r, size_t i, size_t n)
{
	const struct range moved = r[i];

	for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n && goes_before(&r[child], &r[child + 1]))
			child++;
		if (!goes_before(&moved, &r[child]))
			break;
		r[i] = r[child];
		i = child;
	}
	r[i] = moved;
}

/* A heap's sort: whoever publishes a list chooses its order, and none is a bad one here; and it needs no memory. */
static void sort(struct range *r, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(r, i, n);
	for (size_t end = n; end-- > 1;) {
		const struct range most = r[0];

		r[0] = r[end];
		r[end] = most;
		sift(r, 0, end);
	}
}

/* ---- the cuts ---- */

static bool same_piece(struct piece a, struct piece b)
{
	return a.lists == b.lists && a.told == b.told;
}

/* From here on it is this. A cut that stands at the same place is replaced, one that changes nothing is not made. */
static void cut(struct walk *w, struct point at, struct piece piece)
{
	const bool four = w->family == FAMILY_V4;
	size_t *n = four ? &w->l->n4 : &w->l->n6;
	struct piece *pieces = four ? w->l->pieces4 : w->l->pieces6;
	const struct piece nothing = { .told = NONE };

	if (*n && (four ? w->l->cuts4[*n - 1] == at.low : same(w->l->cuts6[*n - 1], at)))
		--*n;
	if (same_piece(*n ? pieces[*n - 1] : nothing, piece))
		return;
	if (four)
		w->l->cuts4[*n] = (uint32_t)at.low;
	else
		w->l->cuts6[*n] = at;
	pieces[(*n)++] = piece;
}

static bool next_point(const struct walk *w, struct point *p)
{
	if (w->family == FAMILY_V4)
		return ++p->low <= UINT32_MAX;
	if (++p->low == 0)
		p->high++;
	return p->high || p->low;
}

/* Ends what ends before that place; NULL: all. */
static void close_until(struct walk *w, const struct point *place)
{
	const struct piece nothing = { .told = NONE };

	while (w->depth && (!place || before(w->stack[w->depth - 1].last, *place))) {
		struct point behind = w->stack[--w->depth].last;

		if (next_point(w, &behind))
			cut(w, behind, w->depth ? w->stack[w->depth - 1].piece : nothing);
	}
}

static struct piece piece_of(const struct range *r, const struct open_range *outer)
{
	struct piece p = { .told = r->list };

	if (r->list == LISTED_HOLE || (outer && outer->hole))
		return (struct piece){ .told = NONE };
	p.lists = (uint16_t)(1U << r->list | (outer ? outer->piece.lists : 0U));
	return p;
}

static void open_range(struct walk *w, const struct range *r)
{
	const struct open_range *outer = w->depth ? &w->stack[w->depth - 1] : NULL;
	struct open_range *o = &w->stack[w->depth];

	*o = (struct open_range){ .last = last_of(r), .piece = piece_of(r, outer),
		.hole = r->list == LISTED_HOLE || (outer && outer->hole) };
	cut(w, r->first, o->piece);
	w->depth++;
}

/* The same prefix once more, of a later list. */
static void join(struct walk *w, const struct range *r)
{
	struct open_range *o = &w->stack[w->depth - 1];

	if (o->hole)
		return;
	if (r->list == LISTED_HOLE) {
		o->hole = true;
		o->piece = (struct piece){ .told = NONE };
	} else {
		o->piece.lists |= (uint16_t)(1U << r->list);
	}
	cut(w, r->first, o->piece);
}

static bool equal_prefix(const struct range *a, const struct range *b)
{
	return a->family == b->family && a->len == b->len && same(a->first, b->first);
}

static void flatten(struct listed *l, const struct range *r, size_t n)
{
	struct walk w = { .l = l };

	for (size_t i = 0; i < n; i++) {
		if (r[i].family != w.family) {
			close_until(&w, NULL);
			w.family = r[i].family;
		}
		if (i && equal_prefix(&r[i - 1], &r[i])) {
			join(&w, &r[i]);
			continue;
		}
		l->count += r[i].list != LISTED_HOLE;
		close_until(&w, &r[i].first);
		open_range(&w, &r[i]);
	}
	close_until(&w, NULL);
}

/* ---- making it ---- */

static int take(struct range *out, const struct listed_entry *e, size_t n_names)
{
	const struct prefix *p = &e->prefix;
	const struct prefix whole = prefix_of(&p->addr, p->len);

	if ((p->addr.family != FAMILY_V4 && p->addr.family != FAMILY_V6) || !prefix_equal(&whole, p))
		return ERR_INVALID;
	if (e->list != LISTED_HOLE && e->list >= n_names)
		return ERR_RANGE;
	*out = (struct range){ .first = point_of(&p->addr), .family = p->addr.family, .len = p->len, .list = e->list };
	return 0;
}

/* By how much their members must be aligned: widest first. */
static void carve(struct listed *l, size_t n4, size_t n6)
{
	char *at = (char *)(l + 1);

	l->cuts6 = (struct point *)(void *)at;
	at += 2 * n6 * sizeof(*l->cuts6);
	l->cuts4 = (uint32_t *)(void *)at;
	at += 2 * n4 * sizeof(*l->cuts4);
	l->pieces6 = (struct piece *)(void *)at;
	at += 2 * n6 * sizeof(*l->pieces6);
	l->pieces4 = (struct piece *)(void *)at;
}

int listed_create(struct listed **out, void *memory, size_t bytes, const struct listed_entry *e, size_t n,
	const char names[][LISTED_NAME], size_t n_names)
{
	struct listed *l = memory;
	struct range *ranges;
	size_t n4 = 0;
	int err;

	if (n_names > LISTED_LISTS || n > bytes / sizeof(struct range) || bytes < listed_bytes(n))
		return ERR_RANGE;
	/* At the end of the memory, out of the way of what is made of them. */
	ranges = (struct range *)(void *)((char *)memory + bytes_of(0, n));
	memset(l, 0, sizeof(*l));
	for (size_t i = 0; i < n; i++) {
		err = take(&ranges[i], &e[i], n_names);
		if (err)
			return err;
		n4 += ranges[i].family == FAMILY_V4;
	}
	for (size_t i = 0; i < n_names; i++) {
		memcpy(l->names[i], names[i], LISTED_NAME);
		l->names[i][LISTED_NAME - 1] = '\0';
	}
	sort(ranges, n);
	carve(l, n4, n - n4);
	flatten(l, ranges, n);
	*out = l;
	return 0;
}

/* ---- looking up: the number of cuts at or before the address ---- */

static size_t search4(const struct listed *l, uint32_t a)
{
	size_t from = 0;

	for (size_t n = l->n4; n; n -= (n + 1) / 2)
		from += l->cuts4[from + n / 2] <= a ? (n + 1) / 2 : 0;
	return from;
}

static size_t search6(const struct listed *l, struct point a)
{
	size_t from = 0;

	for (size_t n = l->n6; n; n -= (n + 1) / 2)
		from += !before(a, l->cuts6[from + n / 2]) ? (n + 1) / 2 : 0;
	return from;
}

static struct piece look_up(const struct listed *l, const struct addr *a)
{
	const struct point p = point_of(a);
	size_t n = 0;

	if (a->family == FAMILY_V4)
		n = search4(l, (uint32_t)p.low);
	else if (a->family == FAMILY_V6)
		n = search6(l, p);
	if (!n)
		return (struct piece){ .told = NONE };
	return a->family == FAMILY_V4 ? l->pieces4[n - 1] : l->pieces6[n - 1];
}

const char *listed_find(const struct listed *l, const struct addr *a)
{
	const struct piece p = look_up(l, a);

	return p.told == NONE ? NULL : l->names[p.told];
}

uint16_t listed_lists(const struct listed *l, const struct addr *a)
{
	return look_up(l, a).lists;
}

size_t listed_count(const struct listed *l)
{
	return l->count;
}

void listed_set_refuse(struct listed *l, uint16_t lists)
{
	l->refuse = lists;
}

bool listed_refuses(const struct listed *l, const struct addr *a)
{
	return listed_lists(l, a) & l->refuse;
}
