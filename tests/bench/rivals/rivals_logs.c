/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Those that read logs: of a firewall that drops and logs what it does not let in, and of sshd.
 *
 * psad (psad.conf): danger levels by packets of a source, 5, 15, 150, 1500, 10000, once two different ports are among
 * them; kept for ever (ENABLE_PERSISTENCE). TCP with an ACK is left out. It reports from level 1 on; automatic blocking
 * is off as shipped and would begin at level 5, for an hour.
 *
 * CrowdSec (hub: iptables-scan-multi_ports, ssh-bf, ssh-slow-bf): leaky buckets that act when they run over, capacity 15
 * with one out each 5 s, over different ports; 5 and 10 s, 10 and 60 s over failed logins. Each bans, four hours by
 * default. A bucket that has run dry is thrown away with the ports that it knew.
 *
 * fail2ban (jail.conf): 5 failed logins within 10 minutes, banned for 10 minutes.
 */

#include "rival.h"

#define PSAD_ALERT 5
#define PSAD_BLOCK 10000
#define PSAD_BLOCK_FOR HOUR
#define CROWDSEC_BAN (4 * HOUR)
#define FAIL2BAN_TRIES 5
#define FAIL2BAN_TIME (10 * MINUTE)

struct bucket {
	double level;
	int64_t at;
	int64_t generation; /* of its ports */
};

struct source {
	uint32_t packets;
	uint16_t first_port;
	bool two_ports;
	struct bucket scan, fast, slow;
	int64_t failures[FAIL2BAN_TRIES]; /* times; the oldest is overwritten */
	uint32_t n_failures;
};

static void *create(const struct stream *s, uint64_t seed, struct court *k)
{
	(void)s;
	(void)seed;
	return memory_create(k, sizeof(struct source), sizeof(int64_t));
}

static void psad_begins(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct source *s = tally_at(&z->sources, c->src);

	if (!visit_is_logged(c) || (c->proto == PROTO_TCP && c->flags & TCP_ACK))
		return;
	if (!s->packets++)
		s->first_port = c->dport;
	s->two_ports |= c->dport != s->first_port;
	if (!s->two_ports || s->packets < PSAD_ALERT)
		return;
	court_accuse(z->court, c->src, c->at, s->packets >= PSAD_BLOCK ? PSAD_BLOCK_FOR : 0);
}

/* Time has passed over a bucket; true where it had run dry and this is a new one. */
static bool leak(struct bucket *b, int64_t now, int64_t each_ns)
{
	b->level -= (double)(now - b->at) / (double)each_ns;
	b->at = now;
	if (b->level > 0)
		return false;
	b->level = 0;
	b->generation++;
	return true;
}

static bool pour(struct bucket *b, double capacity)
{
	b->level += 1;
	if (b->level <= capacity)
		return false;
	b->level = 0;
	b->generation++;
	return true;
}

static void crowdsec_begins(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct source *s = tally_at(&z->sources, c->src);
	int64_t *seen;

	if (!visit_is_logged(c))
		return;
	leak(&s->scan, c->at, 5 * NS_PER_S);
	seen = tally_at(&z->seen, (uint64_t)c->src << 16 | c->dport);
	if (*seen == s->scan.generation)
		return;
	*seen = s->scan.generation;
	if (pour(&s->scan, 15))
		court_accuse(z->court, c->src, c->at, CROWDSEC_BAN);
}

static void crowdsec_ended(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct source *s = tally_at(&z->sources, c->src);
	bool over;

	if (c->login != LOGIN_FAILED)
		return;
	leak(&s->fast, c->ended, 10 * NS_PER_S);
	leak(&s->slow, c->ended, 60 * NS_PER_S);
	over = pour(&s->fast, 5);
	over |= pour(&s->slow, 10);
	if (over)
		court_accuse(z->court, c->src, c->ended, CROWDSEC_BAN);
}

static void fail2ban_ended(void *state, const struct visit *c)
{
	struct memory *z = state;
	struct source *s = tally_at(&z->sources, c->src);
	int64_t oldest;

	if (c->login != LOGIN_FAILED)
		return;
	s->failures[s->n_failures++ % FAIL2BAN_TRIES] = c->ended;
	oldest = s->failures[s->n_failures % FAIL2BAN_TRIES];
	if (s->n_failures < FAIL2BAN_TRIES || c->ended - oldest > FAIL2BAN_TIME)
		return;
	court_accuse(z->court, c->src, c->ended, FAIL2BAN_TIME);
	s->n_failures = 0;
}

const struct rival psad = { .name = "psad", .alarm_only = true, .scans = true,
	.create = create, .destroy = memory_destroy, .begins = psad_begins };
const struct rival crowdsec = { .name = "CrowdSec", .scans = true, .logins = true,
	.create = create, .destroy = memory_destroy, .begins = crowdsec_begins, .ended = crowdsec_ended };
const struct rival fail2ban = { .name = "fail2ban sshd", .logins = true,
	.create = create, .destroy = memory_destroy, .ended = fail2ban_ended };
