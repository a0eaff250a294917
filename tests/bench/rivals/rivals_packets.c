/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xt_psd (xtables-addons, in the rule "-m psd -j DROP" after established flows are let in): each new port of a source
 * adds 3 below 1024, else 1; from 21 on packets to further ports match, as long as no 3 s pass without one. It remembers
 * 20 ports; whatever goes to one of them never matches. TCP with ACK or RST is left out. What matches is dropped, so it
 * costs its source every port that was not tried early.
 *
 * TRW (Jung, Paxson, Berger, Balakrishnan, IEEE S&P 2004) with the parameters of the paper and of Bro's and SiLK's
 * implementations: an honest source succeeds with .8 of its first contacts, a scanner with .2, false alarms .01,
 * detection .99. So a failure is times 4 and a success a quarter, scanner from 99 on, honest from 1/99 down, and then
 * left alone for an hour. The paper's contacts are with hosts; for one host they are with its ports. TCP alone, and to be
 * on its side nothing is ever forgotten, and flags without a SYN count as a failure.
 */

#include "rival.h"

#define PSD_PORTS 20
#define PSD_THRESHOLD 21
#define PSD_DELAY (3 * NS_PER_S)
#define TRW_FAILURE 4.0
#define TRW_SUCCESS 0.25
#define TRW_SCANNER 99.0
#define TRW_HONEST (1 / 99.0)
#define TRW_REST HOUR

struct source {
	int64_t at;
	uint32_t weight, n;
	struct {
		uint16_t port;
		uint8_t proto;
	} ports[PSD_PORTS];
	double likelihood; /* 0: not begun */
	int64_t rest_until;
};

static void *create(const struct stream *s, uint64_t seed, struct court *k)
{
	(void)s;
	(void)seed;
	return memory_create(k, sizeof(struct source), sizeof(bool));
}

static bool knows_port(const struct source *s, const struct visit *c)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->ports[i].port == c->dport && s->ports[i].proto == c->proto)
			return true;
	return false;
}

/* True where this packet matches. */
static bool psd_match(struct source *s, const struct visit *c)
{
	uint32_t weight = c->dport < 1024 ? 3 : 1;

	if (s->n == 0 || c->at - s->at > PSD_DELAY) {
		s->weight = 0;
		s->n = 0;
	} else if (knows_port(s, c)) {
		return false;
	}
	s->at = c->at;
	if (s->weight < PSD_THRESHOLD)
		s->weight += weight;
	if (s->weight >= PSD_THRESHOLD)
		return true;
	s->ports[s->n].port = c->dport;
	s->ports[s->n++].proto = c->proto;
	return false;
}

static void psd_begins(void *state, const struct visit *c)
{
	struct memory *z = state;

	if (c->sent || (c->proto == PROTO_TCP && c->flags & (TCP_ACK | TCP_RST)))
		return;
	if (!psd_match(tally_at(&z->sources, c->src), c))
		return;
	court_accuse(z->court, c->src, c->at, PACKET_BY_PACKET);
	z->court->refused = true;
}

static void trw_ended(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct source *s = tally_at(&z->sources, c->src);
	bool *seen, success = c->ending == ENDING_SERVED || c->ending == ENDING_BARE || c->ending == ENDING_RESET;

	if ((!visit_is_syn(c) && !visit_is_stealth(c)) || c->ended < s->rest_until)
		return;
	seen = tally_at(&z->seen, source_port(c));
	if (*seen)
		return;
	*seen = true;
	s->likelihood = (s->likelihood > 0 ? s->likelihood : 1) * (success ? TRW_SUCCESS : TRW_FAILURE);
	if (s->likelihood > TRW_HONEST && s->likelihood < TRW_SCANNER)
		return;
	if (s->likelihood >= TRW_SCANNER)
		court_accuse(z->court, c->src, c->ended, BLOCK_OF_USERS);
	s->likelihood = 0;
	s->rest_until = c->ended + TRW_REST;
}

const struct rival xt_psd = { .name = "xt_psd", .scans = true,
	.create = create, .destroy = memory_destroy, .begins = psd_begins };
const struct rival trw = { .name = "TRW .8/.2", .alarm_only = true, .scans = true,
	.create = create, .destroy = memory_destroy, .ended = trw_ended };
