/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snort 3, inspector port_scan, with its three shipped levels (lua/snort_defaults.lua). It keeps one count for the host
 * that is scanned and one for each host that scans, for TCP and UDP apart, over a window that starts anew with the first
 * packet after it has ended: refusals, and how often port and peer changed from one packet to the next (changes, not
 * different ones). Alarms, in this order, once a window:
 *
 *   port scan     refusals of the scanned and of the scanner, few changes of peer, many of port; or many connections open
 *   decoys        refusals, many changes of peer, many of port
 *   distributed   the same with no more than so many changes of peer
 *
 * (Its sweeps want several scanned hosts.) The alarm names whose packet was in hand. To be on its side, flags without a
 * SYN count as an attempt, for which Snort has other rules in its decoder.
 */
#include <stdlib.h>

#include "rival.h"

struct limits {
	int scans, rejects, nets, ports; /* scans 0: that half is off */
};

struct level {
	int64_t window_s;
	struct limits ports[2], decoy[2], dist[2]; /* TCP, UDP */
};

static const struct level low = { 60,
	{ { 0, 5, 25, 5 }, { 0, 5, 25, 5 } },
	{ { 0, 15, 50, 30 }, { 0, 15, 50, 30 } },
	{ { 0, 15, 50, 15 }, { 0, 15, 50, 15 } } };
static const struct level medium = { 90,
	{ { 200, 10, 60, 15 }, { 200, 10, 60, 15 } },
	{ { 200, 30, 120, 60 }, { 200, 30, 120, 60 } },
	{ { 200, 30, 120, 30 }, { 200, 30, 120, 30 } } };
static const struct level high = { 600,
	{ { 200, 5, 100, 10 }, { 200, 3, 100, 10 } },
	{ { 200, 7, 200, 60 }, { 200, 7, 200, 60 } },
	{ { 200, 5, 200, 10 }, { 200, 3, 200, 10 } } };

struct tracker {
	int64_t until; /* whole seconds, as Snort counts */
	int open, rejects, nets, ports;
	uint32_t last_ip;
	uint16_t last_port;
	bool alarmed;
};

struct state {
	struct court *court;
	const struct level *level;
	struct tracker scanned[2];
	struct tally scanners; /* struct tracker, by proto and source */
};

static void *create(const struct level *l, struct court *k)
{
	struct state *n = calloc(1, sizeof(*n));

	if (!n)
		exit(70);
	n->court = k;
	n->level = l;
	n->scanners.record = sizeof(struct tracker);
	return n;
}

static void *create_low(const struct stream *s, uint64_t seed, struct court *k)
{
	(void)s;
	(void)seed;
	return create(&low, k);
}

static void *create_medium(const struct stream *s, uint64_t seed, struct court *k)
{
	(void)s;
	(void)seed;
	return create(&medium, k);
}

static void *create_high(const struct stream *s, uint64_t seed, struct court *k)
{
	(void)s;
	(void)seed;
	return create(&high, k);
}

static void destroy(void *state)
{
	struct state *n = state;

	tally_free(&n->scanners);
	free(n);
}

static struct tracker *scanner_of(struct state *n, const struct visit *c, size_t udp)
{
	return tally_at(&n->scanners, (uint64_t)(udp + 1) << 32 | c->src);
}

static void attempt(struct tracker *t, const struct visit *c, uint32_t ip, int64_t window_s)
{
	int64_t now = c->at / NS_PER_S;

	if (now > t->until)
		*t = (struct tracker){ .until = now + window_s };
	t->open++;
	t->nets += t->last_ip != ip;
	t->ports += t->last_port != c->dport;
	t->last_ip = ip;
	t->last_port = c->dport;
}

static bool enough(const struct tracker *t, const struct limits *l)
{
	return t->rejects >= l->rejects || (l->scans && t->open >= l->scans);
}

static void judge(struct state *n, const struct visit *c, size_t udp, int64_t now)
{
	struct tracker *t = &n->scanned[udp];
	const struct limits *one = &n->level->ports[udp], *decoy = &n->level->decoy[udp],
		*dist = &n->level->dist[udp];
	bool own = scanner_of(n, c, udp)->rejects >= one->rejects || (one->scans && t->open >= one->scans);
	bool single = own && enough(t, one) && t->nets < one->nets && t->ports >= one->ports;
	bool decoys = enough(t, decoy) && t->nets >= decoy->nets && t->ports >= decoy->ports;
	bool many = enough(t, dist) && t->nets <= dist->nets && t->ports >= dist->ports;

	if (t->alarmed || !(single || decoys || many))
		return;
	t->alarmed = true;
	n->court->distributed |= !single;
	court_accuse(n->court, c->src, now, BLOCK_OF_USERS);
}

static bool seen(const struct visit *c)
{
	return !c->sent && (c->proto == PROTO_UDP || visit_is_syn(c) || visit_is_stealth(c));
}

static void begins(void *state, const struct visit *c)
{
	struct state *n = state;
	size_t udp = c->proto == PROTO_UDP;

	if (!seen(c))
		return;
	attempt(&n->scanned[udp], c, c->src, n->level->window_s);
	attempt(scanner_of(n, c, udp), c, 1, n->level->window_s);
	judge(n, c, udp, c->at);
}

static void less(int *count)
{
	*count -= *count > 0;
}

static void ended(void *state, const struct visit *c)
{
	struct state *n = state;
	size_t udp = c->proto == PROTO_UDP;
	struct tracker *scanner;

	if (!seen(c))
		return;
	scanner = scanner_of(n, c, udp);
	if (c->ending == ENDING_REFUSED) {
		n->scanned[udp].rejects++;
		scanner->rejects++;
	}
	if (c->ending == ENDING_SERVED || c->ending == ENDING_BARE) {
		less(&n->scanned[udp].open);
		less(&scanner->open);
	}
	judge(n, c, udp, c->ended);
}

const struct rival snort_low = { .name = "Snort 3 low", .alarm_only = true, .scans = true,
	.create = create_low, .destroy = destroy, .begins = begins, .ended = ended };
const struct rival snort_medium = { .name = "Snort 3 medium", .alarm_only = true, .scans = true,
	.create = create_medium, .destroy = destroy, .begins = begins, .ended = ended };
const struct rival snort_high = { .name = "Snort 3 high", .alarm_only = true, .scans = true,
	.create = create_high, .destroy = destroy, .begins = begins, .ended = ended };
