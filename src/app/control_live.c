/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: one refresh of what is happening now. The collecting goes on for as long as somebody asks (app/live.c); here the
 * rows are chosen, those with most traffic first, and sent within the bounds of one client's buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "codec/json_put.h"
#include "codec/live_json.h"

/* Of all views together: some 400 bytes each, and a client's buffer has 256 KiB. */
#define ROWS 480
#define FIRST_WAIT_NS (400 * NS_PER_MS)
#define WATCH_S_MOST 120

enum view {
	VIEW_SOURCES = 0,
	VIEW_SERVICES,
	VIEW_FLOWS,
	VIEW_INTERFACES,
	VIEW_PROCESSES,
	VIEWS,
};

static const char *const names[VIEWS] = { "sources", "services", "flows", "interfaces", "processes" };

struct answer {
	struct live_sources *sources;
	const struct stamp *stamp;
	bool wanted[VIEWS];
	bool all;     /* loopback and TIME_WAIT, too */
	size_t most;  /* rows of each */
	json_t *head, *rows;
};

struct order {
	uint32_t index;
	uint64_t weight, second;
};

static int heavier(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	if (x->second != y->second)
		return x->second < y->second ? 1 : -1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static uint64_t sum(const uint64_t both[HOST_WAYS])
{
	return both[HOST_IN] + both[HOST_OUT];
}

static size_t order_flows(const struct answer *a, const struct live_snapshot *s, const struct live_view *v,
	struct order *out)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->n_flows; i++)
		if (a->all || !(s->flows[i].loopback || s->flows[i].state == SOCKET_TIME_WAIT))
			out[n++] = (struct order){ i, sum(v->flows[i].bytes),
				s->flows[i].state == SOCKET_TIME_WAIT ? 0 : 1 + sum(s->flows[i].bytes) };
	return n;
}

static size_t order_services(const struct answer *a, const struct live_snapshot *s, const struct live_view *v,
	struct order *out)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->n_services; i++) {
		const struct live_service *w = &s->services[i];

		if (!w->loopback || a->all)
			out[n++] = (struct order){ i, sum(v->services[i].bytes), (uint64_t)w->established + w->half_open };
	}
	return n;
}

static size_t order_processes(const struct live_snapshot *s, const struct live_view *v, struct order *out)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->n_processes; i++)
		if (v->processes[i].flows)
			out[n++] = (struct order){ i, sum(v->processes[i].bytes), v->processes[i].flows };
	return n;
}

static json_t *row_of(const struct answer *a, enum view view, const struct live_snapshot *s, const struct live_view *v,
	uint32_t i)
{
	if (view == VIEW_FLOWS)
		return live_json_flow(s, v, i, a->stamp);
	if (view == VIEW_SERVICES)
		return live_json_service(s, v, i);
	return live_json_process(s, v, i);
}

static void put_view(struct answer *a, enum view view, const struct live_snapshot *s, const struct live_view *v,
	struct order *room)
{
	size_t n;

	if (view == VIEW_FLOWS)
		n = order_flows(a, s, v, room);
	else if (view == VIEW_SERVICES)
		n = order_services(a, s, v, room);
	else
		n = order_processes(s, v, room);
	qsort(room, n, sizeof(room[0]), heavier);
	for (size_t i = 0; i < n && i < a->most; i++)
		json_array_append_new(a->rows, row_of(a, view, s, v, room[i].index));
}

/* Under the collector's lock. */
static void take(void *ctx, const struct live_snapshot *s, const struct live_view *v)
{
	struct answer *a = ctx;
	struct order *room = malloc(LIVE_FLOWS * sizeof(*room));

	a->head = live_json_head(s, v, a->stamp);
	if (a->wanted[VIEW_SOURCES])
		live_sources_fold(a->sources, s, v);
	for (uint32_t i = 0; a->wanted[VIEW_INTERFACES] && i < s->sample.n_links; i++)
		json_array_append_new(a->rows, live_json_link(v, i));
	if (a->wanted[VIEW_SERVICES] && room)
		put_view(a, VIEW_SERVICES, s, v, room);
	if (a->wanted[VIEW_FLOWS] && room)
		put_view(a, VIEW_FLOWS, s, v, room);
	if (a->wanted[VIEW_PROCESSES] && room)
		put_view(a, VIEW_PROCESSES, s, v, room);
	free(room);
}

/* "sources,flows"; without a word all of them. */
static int take_wishes(struct control_call *k, struct answer *a)
{
	const char *list = ctl_request_text(k->request, "want");
	int64_t limit = ctl_request_number(k->request, "limit", ROWS);
	size_t views = 0;

	for (int i = 0; i < VIEWS; i++)
		a->wanted[i] = !list;
	while (list && *list) {
		size_t len = strcspn(list, ",");
		int i = 0;

		while (i < VIEWS && (strlen(names[i]) != len || strncmp(list, names[i], len) != 0))
			i++;
		if (i == VIEWS)
			return control_fail(k, CTL_USAGE, "there is no view '%.*s'", (int)(len < 32 ? len : 32), list);
		a->wanted[i] = true;
		list += len + (list[len] == ',');
	}
	for (int i = 0; i < VIEWS; i++)
		views += a->wanted[i];
	a->most = ROWS / (views ? views : 1);
	if (limit > 0 && (size_t)limit < a->most)
		a->most = (size_t)limit;
	a->all = ctl_request_true(k->request, "all");
	return CTL_OK;
}

static int send_all(struct control_call *k, struct answer *a)
{
	int code = control_send(k, json_incref(a->head));
	json_t *row;
	size_t i;

	json_array_foreach(a->rows, i, row) {
		if (code)
			break;
		code = control_send(k, json_incref(row));
	}
	return code;
}

static int answer(struct control_call *k, struct answer *a)
{
	struct live *l = k->control->live;
	int64_t watch_s = ctl_request_number(k->request, "watch_s", 5);
	char why[LIVE_WHY];
	int err;

	live_watch(l, (watch_s < 1 ? 1 : watch_s > WATCH_S_MOST ? WATCH_S_MOST : watch_s) * NS_PER_S);
	err = live_look(l, FIRST_WAIT_NS, take, a, why);
	if (err)
		return control_fail(k, ctl_code_of(err), "%s", why);
	put_text(json_object_get(a->head, "live"), "host", k->control->host);
	/* Without the packet thread's word the flows stand all the same. */
	if (a->wanted[VIEW_SOURCES])
		put_bool(json_object_get(a->head, "live"), "engine_answers",
			live_sources_rows(a->sources, k->control->door, a->most, a->rows) == 0);
	return send_all(k, a);
}

int control_live(struct control_call *k)
{
	struct answer a = { .sources = k->control->sources, .stamp = &k->stamp };
	int code = take_wishes(k, &a);

	if (code)
		return code;
	a.rows = json_array();
	code = a.rows ? answer(k, &a) : control_fail(k, CTL_INTERNAL, "no memory");
	json_decref(a.head);
	json_decref(a.rows);
	return code;
}
