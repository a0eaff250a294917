/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon notes of itself in the record, so that a report, which asks no daemon, knows what was lost, which mode and
 * which rules were in force, and what allowlists refused. Counters are those of this run; who reads takes differences.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/control_verbs.h"
#include "app/report.h"
#include "codec/json_put.h"
#include "codec/metrics.h"

static uint64_t sum_lost(const struct metrics *m)
{
	uint64_t n = m->queue_overruns;

	/* Where the kernel's numbers may not be read, gaps in the packets' own are what is known. */
	if (!m->there[METRICS_KERNEL])
		return n + m->queue_gaps;
	for (size_t i = 0; i < m->n_queues; i++)
		n += m->queues[i].full + m->queues[i].unread;
	return n;
}

static uint64_t lost(const struct metrics *m, enum report_loss l)
{
	switch (l) {
	case REPORT_LOST_EVENTS:
		return m->events_lost + m->store_lost;
	case REPORT_LOST_UNWRITTEN:
		return m->events_unwritten;
	case REPORT_LOST_TRIMMED:
		return m->store_trimmed;
	case REPORT_LOST_QUEUE:
		return sum_lost(m);
	case REPORT_LOST_COPIES:
		return m->copies_lost;
	case REPORT_LOST_ASKS:
		return m->counters.asks_lost;
	case REPORT_LOST_OBSERVATIONS:
		return m->observations_lost + m->observations_unwritten;
	case REPORT_LOST_SLOTS:
		return m->history_lost;
	case REPORT_LOST_SOURCES:
		return m->sources.evicted + m->sources.refused;
	case REPORT_LOST_SERIES:
		return m->baseline.crowded;
	case REPORT_LOST_MEASURES:
		return m->ledger.full;
	case REPORT_LOST_NFT:
		return m->nft_errors;
	case REPORT_LOSSES:
		break;
	}
	return 0;
}

static json_t *lists_value(const struct metrics *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_lists; i++) {
		json_t *o = json_object();

		put_text(o, "title", m->lists[i].name);
		put_count(o, "outside", m->lists[i].refused + m->lists[i].would_refuse);
		put_count(o, "refused", m->lists[i].refused);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *tally_value(struct control *c, const struct metrics *m)
{
	json_t *o = json_object(), *ours = json_object(), *losses = json_object();
	char room[48];

	wall_format((wall_t){ m->at_ns }, room, sizeof(room));
	put_text(o, "timestamp", room);
	put_text(o, "event_type", "tidegate");
	put_int(ours, "v", 1);
	put_text(ours, "event", KEEPER_NOTE);
	put_text(ours, "host", c->host);
	put_text(ours, "run", c->run);
	put_int(ours, "began_s", m->started_ns / NS_PER_S);
	if (m->there[METRICS_ENGINE])
		put_text(ours, "mode", m->enforce ? "enforce" : "detect");
	put_bool(ours, "panic", m->panic);
	put_text(ours, "policy", m->policy);
	snprintf(room, sizeof(room), "%016" PRIx64, door_digest(c->door));
	put_text(ours, "digest", room);
	for (int i = 0; i < REPORT_LOSSES; i++)
		put_count(losses, report_loss_name((enum report_loss)i), lost(m, (enum report_loss)i));
	put_value(ours, "lost", losses);
	if (m->there[METRICS_ENGINE])
		put_value(ours, "lists", lists_value(m));
	put_value(o, "tidegate", ours);
	return o;
}

void control_tally(struct control *c)
{
	struct metrics *m = c->keeper ? calloc(1, sizeof(*m)) : NULL;
	json_t *o;
	char *text;

	if (!m)
		return;
	control_gather(c, m);
	o = tally_value(c, m);
	text = json_dumps(o, JSON_COMPACT);
	if (text)
		keeper_note(c->keeper, text);
	free(text);
	json_decref(o);
	free(m);
}
