/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's alerts again, out of its log of observations: an engine with the run's key and sizes and the rules of the
 * same configuration is given the log, and each alert is written as the daemon's event file has it.
 *
 *     probe_obslog alerts CONF POLICY FOLDER    one line each; 1 where blocks are missing or damaged
 *     probe_obslog count FOLDER                 "RUNS ENTRIES PACKETS LOST GAPS DAMAGED"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/stage.h"
#include "base/text.h"
#include "codec/event_json.h"
#include "edge/obslog.h"

#define LINKS 64

struct link {
	uint32_t index;
	char name[16];
};

struct again {
	struct stage *stage;
	struct event_world world;
	struct link links[LINKS];
	size_t n_links;
	uint64_t runs, entries, packets, lost, gaps;
};

static struct conf conf;

static const char *name_of(const struct again *a, uint32_t index)
{
	for (size_t i = a->n_links; i-- > 0;)
		if (a->links[i].index == index)
			return a->links[i].name;
	return NULL;
}

static void tell(void *ctx, const struct event *e)
{
	struct again *a = ctx;
	char line[EVENT_LINE];

	if (e->kind != EVENT_FINDING)
		return;
	a->world.iface = e->finding.if_in ? name_of(a, e->finding.if_in) : NULL;
	if (event_json(e, &a->world, line, sizeof(line)) > 0)
		fputs(line, stdout);
}

static int begin_run(struct again *a, const struct observation_run *run)
{
	struct stage_opts o = { .conf = &conf, .key = run->key, .start = run->start, .emit = tell, .emit_ctx = a,
		.ticks_given = true };

	a->runs++;
	a->world.host = run->host;
	conf.sizes = run->sizes;
	conf.enforce = run->enforce;
	stage_destroy(a->stage);
	a->stage = NULL;
	return stage_create(&a->stage, &o);
}

static void take_entry(struct again *a, const struct log_entry *e)
{
	a->entries++;
	if (e->kind == LOG_LOSS)
		a->lost += e->lost;
	if (e->kind == LOG_LINK && a->n_links < LINKS) {
		a->links[a->n_links].index = e->link.index;
		text_copy(a->links[a->n_links++].name, sizeof(a->links[0].name), e->link.name);
	}
	if (e->kind != LOG_OBSERVATION)
		return;
	if (e->observation.kind == OBSERVATION_PACKETS)
		a->packets += e->observation.packets.n;
	if (a->stage)
		stage_observe(a->stage, &e->observation);
}

static int walk(struct again *a, const char *folder, bool decide)
{
	struct obslog_look look = { .path = folder };
	struct obslog_progress p;
	struct obslog_reader *r;
	struct obslog_item item;
	char why[OBSLOG_WHY];

	if (obslog_open(&r, &look, why)) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	while (obslog_next(r, &item, why)) {
		a->world.stamp = item.stamp;
		a->gaps += item.kind == OBSLOG_GAP;
		if (item.kind == OBSLOG_RUN && decide && begin_run(a, item.run))
			return 2;
		a->runs += item.kind == OBSLOG_RUN && !decide;
		if (item.kind == OBSLOG_ENTRY)
			take_entry(a, &item.entry);
	}
	obslog_progress(r, &p);
	obslog_close(r);
	if (!decide)
		printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", a->runs, a->entries,
			a->packets, a->lost, a->gaps, p.damaged);
	return a->gaps || p.damaged;
}

int main(int argc, char **argv)
{
	static struct conf_report report;
	static struct again a;
	struct conf_source src = { .file = argc > 2 ? argv[2] : "", .policy = argc > 3 ? argv[3] : NULL };
	int code;

	if (argc == 3 && !strcmp(argv[1], "count"))
		return walk(&a, argv[2], false) == 2 ? 2 : 0;
	if (argc != 5 || strcmp(argv[1], "alerts")) {
		fprintf(stderr, "probe_obslog alerts CONF POLICY FOLDER | count FOLDER\n");
		return 64;
	}
	if (conf_load(&src, &conf, &report)) {
		conf_check_print(&report, stderr);
		return 2;
	}
	code = walk(&a, argv[4], true);
	stage_destroy(a.stage);
	return code;
}
