/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zeek. Two scripts for scans, and one for password guessing that belongs to the first row. All count TCP alone, what
 * has failed, and in memory that turns over.
 *
 * policy/misc/scan.zeek (taken out in 2023): 15 different ports of one host with failed connections within an epoch of 5
 * minutes. (25 hosts on one port is its other half; there is one host here.) Failed: no answer, refused, or a handshake
 * that its own client resets without a byte. policy/protocols/ssh/detect-bruteforcing.zeek: 30 failed logins in 30 min.
 *
 * ncsa/bro-simple-scan scripts/scan.zeek: 25 different pairs of host and port with a lone SYN that nobody answered or a
 * RST did; forgotten after 15 minutes without one, and a known scanner is let alone for an hour.
 */

#include "rival.h"

#define EPOCH (5 * MINUTE)
#define EPOCH_PORTS 15
#define LOGIN_EPOCH (30 * MINUTE)
#define LOGIN_FAILURES 30
#define SIMPLE_PAIRS 25
#define SIMPLE_KEEP (15 * MINUTE)
#define SIMPLE_KNOWN HOUR

struct counts {
	int64_t epoch, login_epoch; /* which of them the counts are of */
	uint32_t ports, failures;
	int64_t last, known_until;  /* of simple-scan */
	uint32_t generation;
};

static void *create(const struct stream *s, uint64_t seed, struct court *k)
{
	(void)s;
	(void)seed;
	return memory_create(k, sizeof(struct counts), sizeof(int64_t));
}

static void login(struct memory *z, struct counts *n, const struct visit *c)
{
	if (c->login != LOGIN_FAILED)
		return;
	if (n->login_epoch != c->ended / LOGIN_EPOCH) {
		n->login_epoch = c->ended / LOGIN_EPOCH;
		n->failures = 0;
	}
	if (++n->failures == LOGIN_FAILURES)
		court_accuse(z->court, c->src, c->ended, BLOCK_OF_USERS);
}

static bool failed(const struct visit *c)
{
	return visit_is_syn(c) &&
		(c->ending == ENDING_REFUSED || c->ending == ENDING_SILENT || c->ending == ENDING_RESET);
}

static void zeek_ended(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct counts *n = tally_at(&z->sources, c->src);
	int64_t epoch = c->ended / EPOCH, *seen;

	login(z, n, c);
	if (!failed(c))
		return;
	if (n->epoch != epoch) {
		n->epoch = epoch;
		n->ports = 0;
	}
	seen = tally_at(&z->seen, source_port(c));
	if (*seen == epoch)
		return;
	*seen = epoch;
	if (++n->ports == EPOCH_PORTS)
		court_accuse(z->court, c->src, c->ended, BLOCK_OF_USERS);
}

static void simple_ended(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct counts *n = tally_at(&z->sources, c->src);
	int64_t *seen;

	if (!failed(c) || c->ending == ENDING_RESET || c->ended < n->known_until)
		return;
	if (n->generation == 0 || c->ended - n->last >= SIMPLE_KEEP) {
		n->generation++;
		n->ports = 0;
	}
	n->last = c->ended;
	seen = tally_at(&z->seen, source_port(c));
	if (*seen == n->generation)
		return;
	*seen = n->generation;
	if (++n->ports < SIMPLE_PAIRS)
		return;
	court_accuse(z->court, c->src, c->ended, BLOCK_OF_USERS);
	n->known_until = c->ended + SIMPLE_KNOWN;
	n->generation++;
	n->ports = 0;
}

const struct rival zeek = { .name = "Zeek scan.zeek", .alarm_only = true, .scans = true, .logins = true,
	.create = create, .destroy = memory_destroy, .ended = zeek_ended };
const struct rival simple_scan = { .name = "bro-simple-scan", .alarm_only = true, .scans = true,
	.create = create, .destroy = memory_destroy, .ended = simple_ended };
