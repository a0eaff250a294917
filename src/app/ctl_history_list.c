/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many series, or peers, beside each other: who moved how much of it in one period; and the past of one peer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl_history.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "core/flow_end.h"

#define BAR 22
#define SHOWN 25
#define ROWS_MOST 4096

struct row {
	char name[SERIES_TEXT]; /* as people read it */
	struct series_id id;
	struct history_peer peer;
	uint64_t seconds, connections;
	uint64_t sources;       /* the mean, of a series that has it */
	uint64_t in, out;       /* bytes, of protocols packets */
	bool counted, called;   /* these are known; connections are */
	bool rest;              /* of peers: all the others */
};

struct list {
	struct history_view *v;
	struct row *rows;
	size_t n;
	uint64_t crowded;
	int64_t from;
	bool in_order;          /* of time; else by bytes */
	bool packets;           /* are counted instead of bytes: of protocols the kernel counts no bytes */
	char what[PREFIX_TEXT], when[FORMAT_TEXT + 8];
};

static uint64_t bytes_of(const struct row *r)
{
	return r->in + r->out;
}

static int by_bytes(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->rest != y->rest)
		return x->rest ? 1 : -1;
	if (bytes_of(x) != bytes_of(y))
		return bytes_of(x) < bytes_of(y) ? 1 : -1;
	if (x->connections != y->connections)
		return x->connections < y->connections ? 1 : -1;
	return strcmp(x->name, y->name);
}

static struct row *row_of(struct list *l, const struct series_id *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (series_equal(&l->rows[i].id, id))
			return &l->rows[i];
	if (l->n == ROWS_MOST) {
		l->crowded++;
		return NULL;
	}
	l->rows[l->n].id = *id;
	ctl_history_name(id, l->rows[l->n].name);
	return &l->rows[l->n++];
}

static void take_total(void *ctx, const struct history_total *t)
{
	struct list *l = ctx;
	const enum measure_of in = l->packets ? OF_PACKETS_IN : OF_BYTES_IN;
	struct row *r = row_of(l, &t->id);

	if (!r)
		return;
	r->counted |= (t->known & 1U << in) != 0;
	r->called |= (t->known & 1U << OF_CONNECTIONS) != 0;
	r->seconds += t->seconds;
	r->in += t->value[in];
	r->out += t->value[l->packets ? OF_PACKETS_OUT : OF_BYTES_OUT];
	r->connections += t->value[OF_CONNECTIONS];
	if (t->value[OF_SOURCES] > r->sources)
		r->sources = t->value[OF_SOURCES];
}

static const char *const directions[FLOW_DIRECTIONS] = { "in", "out", "forward" };

static void take_peer(void *ctx, const struct history_peer *p)
{
	struct list *l = ctx;
	struct row *r = &l->rows[l->n];
	char text[PREFIX_TEXT] = "others";

	if (l->n == ROWS_MOST || p->peer.direction >= FLOW_DIRECTIONS) {
		l->crowded++;
		return;
	}
	r->rest = p->peer.addr.family == FAMILY_NONE;
	if (!r->rest) {
		const struct prefix own = source_prefix(source_key(&p->peer.addr));

		prefix_format(&own, text, sizeof(text));
	}
	r->peer = *p;
	r->counted = r->called = true;
	r->in = p->peer.bytes[HOST_IN];
	r->out = p->peer.bytes[HOST_OUT];
	r->connections = p->peer.connections;
	snprintf(r->name, sizeof(r->name), "%.36s %s", text, directions[p->peer.direction]);
	l->n++;
}

/* ---- ways to print ---- */

struct shape {
	uint64_t most;    /* of a bar */
	int width;        /* of the names */
	bool connections; /* any are known */
};

static const char *amount(const struct list *l, uint64_t n, char out[FORMAT_TEXT])
{
	return l->packets ? format_short((int64_t)n, out) : format_bytes(n, out);
}

static void print_row(const struct list *l, const struct row *r, const struct shape *s)
{
	const int room = 80 - s->width - (s->connections ? 37 : 24);
	char in[FORMAT_TEXT] = "-", out[FORMAT_TEXT] = "-", n[FORMAT_TEXT] = "-";

	if (r->counted) {
		amount(l, r->in, in);
		amount(l, r->out, out);
	}
	if (r->called)
		format_short((int64_t)r->connections, n);
	printf("  %-*s  %8s  %8s  ", s->width, r->name, in, out);
	if (s->connections)
		printf("%11s  ", n);
	if (!r->rest && room > 3)
		ctl_history_bar(l->v, r->in, r->out, s->most, room > BAR ? BAR : room);
	putchar('\n');
}

static struct shape shape_of(const struct list *l, const char *title)
{
	struct shape s = { .width = (int)strlen(title) - 2 };

	for (size_t i = 0; i < l->n; i++) {
		const struct row *r = &l->rows[i];
		const int len = (int)strlen(r->name);

		if (!r->rest && bytes_of(r) > s.most)
			s.most = bytes_of(r);
		s.width = i < SHOWN && len > s.width ? len : s.width;
		s.connections |= r->called;
	}
	return s;
}

static void print_table(const struct list *l)
{
	const size_t shown = l->v->tool->given & CTL_TOP || l->in_order ? l->n : SHOWN;
	char title[128], text[FORMAT_TEXT];
	struct shape s;

	snprintf(title, sizeof(title), "%s%s, %s", l->what, l->packets ? " (packets)" : "", l->when);
	s = shape_of(l, title);
	printf("%s%-*s  %8s  %8s%s%s\n", ctl_sgr(l->v->tool, CTL_BOLD), s.width + 2, title, "received", "sent",
		s.connections ? "  connections" : "", ctl_sgr(l->v->tool, CTL_NORMAL));
	for (size_t i = 0; i < l->n; i++)
		if (i < shown || l->rows[i].rest)
			print_row(l, &l->rows[i], &s);
	if (s.most)
		ctl_history_legend(l->v, amount(l, s.most, text));
	if (l->n > shown)
		printf("  %zu more: --top shows all of them\n", l->n - shown);
}

static void put_peer(json_t *o, const struct list *l, const struct row *r)
{
	const struct prefix own = source_prefix(source_key(&r->peer.peer.addr));
	char text[PREFIX_TEXT];

	if (!r->rest)
		prefix_format(&own, text, sizeof(text));
	put_text(o, "peer", r->rest ? "others" : text);
	put_text(o, "direction", directions[r->peer.peer.direction]);
	if (l->in_order)
		put_text(o, "begin", ctl_history_iso(l->v->by, r->peer.begin, text));
	else
		put_count(o, "periods", r->peer.n);
}

static void put_row(const struct list *l, const struct row *r, bool peers)
{
	char text[SERIES_TEXT];
	json_t *o = json_object();

	put_int(o, "v", 1);
	if (peers) {
		put_peer(o, l, r);
	} else {
		series_format(&r->id, text, sizeof(text));
		put_text(o, "series", text);
		put_count(o, "seconds", r->seconds);
		put_count(o, "sources_mean", r->sources);
	}
	put_text(o, "since", ctl_history_iso(PERIOD_HOUR, l->from, text));
	if (r->counted) {
		put_count(o, l->packets ? "packets_in" : "bytes_in", r->in);
		put_count(o, l->packets ? "packets_out" : "bytes_out", r->out);
	}
	if (r->called)
		put_count(o, "connections", r->connections);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int print_list(struct list *l, bool peers)
{
	if (!l->n)
		return ctl_complain(CTL_NONE, "no %s are known of %s", l->what, l->when);
	if (!l->in_order)
		qsort(l->rows, l->n, sizeof(*l->rows), by_bytes);
	if (l->crowded)
		ctl_complain(CTL_OK, "%" PRIu64 " more found no room here", l->crowded);
	if (l->v->tool->quiet)
		return CTL_OK;
	if (l->v->tool->output == CTL_TABLE) {
		print_table(l);
		return CTL_OK;
	}
	for (size_t i = 0; i < l->n; i++) {
		if (l->v->tool->output == CTL_JSON)
			put_row(l, &l->rows[i], peers);
		else
			printf("%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", l->rows[i].name, l->rows[i].in,
				l->rows[i].out, l->rows[i].connections);
	}
	return CTL_OK;
}

/* ---- what they are about ---- */

/* The period that runs (the month where none was named), or all since a time: by days, by hours where that is short. */
static enum period range_of(struct history_view *v, struct list *l)
{
	enum period p = v->by_given ? v->by : PERIOD_MONTH;
	const int64_t day = period_begin(PERIOD_DAY, v->local_s);
	char text[FORMAT_TEXT];

	if (v->since_given) {
		p = v->since_s < day ? PERIOD_DAY : PERIOD_HOUR;
		l->from = period_begin(p, v->since_s);
	} else {
		l->from = period_begin(p, v->local_s - (p == PERIOD_SLOT ? v->offset_s + SLOT_S : 0));
	}
	ctl_history_when(p, l->from + (p == PERIOD_SLOT ? v->offset_s : 0), text);
	snprintf(l->when, sizeof(l->when), "%s%s", v->since_given ? "since " : "", text);
	return p;
}

static int make(struct history_view *v, struct list *l)
{
	*l = (struct list){ .v = v, .rows = calloc(ROWS_MOST, sizeof(*l->rows)) };
	return l->rows ? CTL_OK : ctl_complain(CTL_INTERNAL, "no memory");
}

int ctl_history_list(struct history_view *v, enum series_kind kind)
{
	static const char *const words[SERIES_KINDS] = { "host", "links", "protocols", "services" };
	struct history_query q = { .kind = (int)kind, .until = INT64_MAX };
	struct list l;
	int code = make(v, &l), err;

	if (code)
		return code;
	q.period = range_of(v, &l);
	q.from = l.from;
	text_copy(l.what, sizeof(l.what), words[kind]);
	l.packets = kind == SERIES_PROTO;
	err = history_totals(v->h, &q, take_total, &l);
	code = err ? ctl_history_file_error(v, err) : print_list(&l, false);
	free(l.rows);
	return code;
}

int ctl_history_peers(struct history_view *v)
{
	struct list l;
	enum period p;
	int code, err;

	if (v->by_given && v->by < PERIOD_DAY)
		return ctl_complain(CTL_USAGE, "peers are kept by day, month and year");
	code = make(v, &l);
	if (code)
		return code;
	p = range_of(v, &l);
	if (p < PERIOD_DAY) {
		p = PERIOD_DAY;
		l.from = period_begin(p, l.from);
		ctl_history_when(p, l.from, l.when);
	}
	text_copy(l.what, sizeof(l.what), "peers");
	err = history_peers(v->h, p, l.from, INT64_MAX, take_peer, &l);
	code = err ? ctl_history_file_error(v, err) : print_list(&l, true);
	free(l.rows);
	return code;
}

static void take_day(void *ctx, const struct history_peer *p)
{
	struct list *l = ctx;
	const size_t n = l->n;
	char day[FORMAT_TEXT];

	take_peer(l, p);
	if (l->n == n)
		return;
	ctl_history_when(l->v->by, p->begin, day);
	snprintf(l->rows[n].name, sizeof(l->rows[n].name), "%.30s %s", day, directions[p->peer.direction]);
}

int ctl_history_peer(struct history_view *v, const struct addr *a)
{
	const struct prefix own = source_prefix(source_key(a));
	struct list l;
	int code, err;

	if (!v->by_given)
		v->by = PERIOD_DAY;
	if (v->by < PERIOD_DAY)
		return ctl_complain(CTL_USAGE, "peers are kept by day, month and year");
	code = make(v, &l);
	if (code)
		return code;
	l.in_order = true;
	l.from = v->since_given ? period_begin(v->by, v->since_s) : period_move(v->by, v->local_s, -60);
	snprintf(l.when, sizeof(l.when), "by %s", period_name(v->by));
	prefix_format(&own, l.what, sizeof(l.what));
	err = history_peer(v->h, v->by, l.from, INT64_MAX, a, take_day, &l);
	if (err)
		code = ctl_history_file_error(v, err);
	else if (!l.n)
		code = ctl_complain(CTL_NONE, "%s was not among the peers that moved most on any %s; 'tidegate explain' "
			"tells what was held against it", l.what, period_name(v->by));
	else
		code = print_list(&l, true);
	free(l.rows);
	return code;
}
