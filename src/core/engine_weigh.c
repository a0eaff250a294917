/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incoming packet that nothing stands against, as evidence: what kind of contact it is, and what it adds to its
 * source, its service and this host. Called by engine_judge, and for the source's worth by the other files.
 */
#include <string.h>

#include "core/engine_state.h"

/* A bare ACK with no flow behind it is a probe only once every flow from before our start has shown itself. */
static enum contact_outcome stray_ack(const struct engine *e, const struct engine_input *in,
	const struct packet *p)
{
	if (mono_since(in->meta.at, e->start) < e->rules.stray_ack_after_ns)
		return CONTACT_NEUTRAL;
	return engine_closed_door(e, in, p) ? CONTACT_STRAY_ACK : CONTACT_NEUTRAL;
}

/*
 * Ports on which servers of the Internet answer a client's ephemeral port. Below 1024: DNS, NTP, QUIC, SNMP, Kerberos
 * and the like. Above: OpenVPN, RADIUS, SSDP, STUN (and Google's), IPsec through NAT, mDNS asked from another port
 * (RFC 6762, 6.7), WireGuard.
 */
static bool is_service_port(uint16_t port)
{
	static const uint16_t others[] = { 1194, 1812, 1813, 1900, 3478, 4500, 5349, 5353, 19302, 51820 };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (port == others[i])
			return true;
	return port > 0 && port < 1024;
}

/*
 * What we asked before our start is not remembered, and its answers may come late. So until the memory is as long as
 * it gets, a datagram that looks like one says nothing. To 32768 and above alone, where Linux takes ports for clients:
 * a scan from source port 53 is blind to what is served below, even so long.
 */
static bool may_be_late(const struct engine *e, const struct engine_input *in, const struct packet *p)
{
	return p->proto == PROTO_UDP && p->dport >= 32768 && is_service_port(p->sport) &&
		mono_since(in->meta.at, e->start) < RECALL_KEEP_NS;
}

static enum contact_outcome classify(struct engine *e, const struct engine_input *in, const struct packet *p)
{
	const uint16_t stealth = ODD_NULL | ODD_XMAS | ODD_FIN | ODD_SYN_FIN;

	if (addr_is_multicast(&p->dst) || p->fragment == FRAGMENT_LATER)
		return CONTACT_NEUTRAL;
	if (p->odd & stealth)
		return CONTACT_STEALTH;
	if (!engine_opens_flow(p))
		return p->proto == PROTO_TCP ? stray_ack(e, in, p) : CONTACT_NEUTRAL;
	if (in->meta.hook == HOOK_FORWARD)
		return p->proto == PROTO_TCP ? CONTACT_OPEN : CONTACT_NEUTRAL;
	switch (listen_ask(e->listen, p->proto, p->dport, in->meta.at)) {
	case LISTEN_OPEN:
		return CONTACT_OPEN;
	case LISTEN_CLOSED:
		if (!may_be_late(e, in, p))
			return CONTACT_CLOSED;
		e->counters.late_grace++;
		break;
	case LISTEN_RECENT:
	case LISTEN_UNKNOWN:
		break;
	}
	return CONTACT_NEUTRAL;
}

bool engine_is_neighbour(const struct engine *e, const struct addr *a)
{
	for (size_t i = 0; i < e->n_neighbours; i++)
		if (prefix_holds(&e->neighbours[i], a))
			return true;
	return false;
}

static void fill_packet(struct finding *f, const struct engine_input *in, const struct packet *p)
{
	f->src = p->src;
	f->dst = p->dst;
	f->sport = p->sport;
	f->dport = p->dport;
	f->proto = p->proto;
	f->if_in = in->meta.if_in;
	f->n_ports = 0;
}

static void ask(struct engine *e, struct ask_queue *q, const struct engine_input *in,
	const struct packet *p, uint32_t rules, int64_t wait_ns)
{
	if (q->n == q->size) {
		e->counters.asks_lost++;
		return;
	}
	q->at[(q->head + q->n++) % q->size] = (struct ask){
		.tuple = { .src = p->src, .dst = p->dst, .sport = p->sport,
			.dport = p->dport, .proto = p->proto },
		.due = mono_add(in->meta.at, wait_ns),
		.rules = rules,
		.hook = in->meta.hook,
		.stack = (uint8_t)(hash_u64(&e->key, p->stack) & 15),
	};
}

void engine_ask_later(struct engine *e, const struct ask *a)
{
	struct ask_queue *q = &e->later;

	if (q->n == q->size) {
		e->counters.asks_lost++;
		return;
	}
	q->at[(q->head + q->n++) % q->size] = *a;
}

void engine_touch(const struct engine *e, struct source *s, mono_t now)
{
	source_touch(&e->half_lives, s, now);
	scan_touch(&e->rules.scan, s, now);
}

/* How dear the record is: an eighth of a nat of the longer memory a point, so that a ghost can give it back. */
void engine_rate_source(struct engine *e, const struct source *s, uint64_t hash, mono_t now)
{
	int nats8 = s->slow / 8;
	uint8_t score = (uint8_t)(nats8 > 255 ? 255 : nats8);
	enum table_class class = TABLE_CLAIMED;

	if (s->flags & SOURCE_PROVEN)
		class = TABLE_PROVEN;
	if (s->flags & SOURCE_MEASURED)
		class = TABLE_PINNED;
	table_rate(e->sources, s->key, hash, class, score, now);
}

/* One word holds an IPv4 target, and the next packet's is often the same. */
static uint64_t target_of_v4(struct engine *e, const struct packet *p)
{
	uint64_t what;
	uint32_t v4;

	memcpy(&v4, p->dst.bytes, sizeof(v4));
	what = (uint64_t)v4 << 32 | (uint64_t)p->dport << 16 | p->proto;
	if (what != e->target.what)
		e->target = (struct last_target){ .what = what, .hash = hash_u64(&e->key, what) };
	return e->target.hash;
}

static uint64_t target_of(struct engine *e, const struct packet *p)
{
	struct {
		uint8_t addr[16];
		uint16_t port, proto;
	} t = { .port = p->dport, .proto = p->proto };

	if (p->dst.family == FAMILY_V4)
		return target_of_v4(e, p);
	memcpy(t.addr, p->dst.bytes, sizeof(t.addr));
	return hash_bytes(&e->key, &t, sizeof(t));
}

static bool is_knock(enum contact_outcome outcome)
{
	return outcome == CONTACT_CLOSED || outcome == CONTACT_STEALTH || outcome == CONTACT_STRAY_ACK;
}

/*
 * How did it end? Of each first contact; and now and then of any, so that the record knows whether its source is a
 * peer that comes and is served. The latter must not crowd out the former.
 */
static void ask_about_end(struct engine *e, const struct engine_input *in, const struct packet *p,
	const struct source *s, bool fresh)
{
	uint32_t why = fresh ? ASK_SCAN : 0;

	if (source_owes_history(s, in->meta.at) && e->later.n < e->later.size / 2)
		why |= ASK_HISTORY;
	if (why)
		ask(e, &e->later, in, p, why, e->rules.handshake_wait_ns);
}

static bool count_contact(struct engine *e, const struct engine_input *in, const struct look *l,
	struct source *s, enum contact_outcome outcome)
{
	const struct packet *p = &l->packet;
	struct scan_contact c = { .outcome = outcome, .target = target_of(e, p) };
	bool knock = is_knock(outcome);
	bool fresh = false, raised;
	struct finding f;

	c.neighbour = knock && engine_is_neighbour(e, &p->src);
	c.patience = knock ? (uint8_t)engine_patience(e, &p->src) : 1;
	raised = scan_count(&e->rules.scan, s, &c, in->meta.at, &fresh, &f);
	if (fresh && knock) {
		e->trail[e->trail_at++ % TRAIL] = (struct trail_step){ l->key, p->dport };
		spray_count(e->spray, l->key, p->proto, p->dport);
		engine_rate_source(e, s, l->hash, in->meta.at);
	}
	if (outcome == CONTACT_OPEN && p->proto == PROTO_TCP)
		ask_about_end(e, in, p, s, fresh);
	if (!raised)
		return false;
	fill_packet(&f, in, p);
	engine_finding_of_source(e, &f, l->key);
	return true;
}

static bool count_odd(struct engine *e, const struct engine_input *in, const struct look *l,
	struct source *s)
{
	const struct packet *p = &l->packet;
	struct finding f;

	for (unsigned bit = 0; bit < 16; bit++)
		e->counters.odd[bit] += p->odd >> bit & 1;
	if (!odd_count(&e->rules.odd, s, p, in->meta.at, &f))
		return false;
	fill_packet(&f, in, p);
	engine_finding_of_source(e, &f, l->key);
	return true;
}

/*
 * A record for each source and rule would cost every packet more cache misses than all the rest. The source's own
 * record carries a coarse rate over all ports: below an eighth of a rule's limit no record of the rule is looked for,
 * and when one is made it starts from there, so it is at most that eighth wrong.
 */
static uint32_t coarse_rate(const struct rate_rule *r, const struct source *s)
{
	if (r->window_ns <= 10 * NS_PER_S)
		return s->rate_5s;
	return r->window_ns <= 600 * NS_PER_S ? s->rate_60s : s->rate_1h;
}

static struct rate_record *rate_record(struct engine *e, uint64_t key, uint32_t start, mono_t now)
{
	bool fresh;
	uint8_t ghost;
	struct rate_record *rec = table_admit(e->rates, key, table_prefetch(e->rates, key), now,
		&fresh, &ghost);

	if (rec && fresh) {
		rec->first = rec->last = mono_tick(now);
		rec->claimed = start;
	}
	return rec;
}

/*
 * A service's record is asked for with each flow to it, whoever sends it: a few services get nearly all. So the last
 * ones stand ready, each for a tick, after which the table is to hear again that it is in use. Records never move, and
 * one that was evicted bears another key at once.
 */
static struct rate_record *service_record(struct engine *e, const struct packet *p, uint32_t sid, mono_t now)
{
	struct ready_rate *ready = &e->ready[(p->dport ^ sid) % READY_RATES];
	uint32_t tick = mono_tick(now);

	if (ready->rec && ready->tick == tick && ready->port == p->dport && ready->sid == sid &&
		ready->proto == p->proto && ready->rec->key == ready->key)
		return ready->rec;
	*ready = (struct ready_rate){ .key = rate_key_service(p->proto, p->dport, sid), .tick = tick,
		.sid = sid, .port = p->dport, .proto = p->proto };
	ready->rec = rate_record(e, ready->key, 0, now);
	return ready->rec;
}

static bool count_rate(struct engine *e, const struct engine_input *in, const struct look *l,
	const struct source *s, size_t i, uint32_t *ask_rules)
{
	const struct rate_rule *r = &e->rules.rate.rules[i];
	const struct packet *p = &l->packet;
	bool per_source = r->per == RATE_PER_SOURCE, wanted = false, raised;
	uint32_t eighth = r->limit * (256 / 8), start = 0; /* Q8 */
	struct rate_record *rec;
	struct finding f;

	if (per_source) {
		if (!s)
			return false;
		start = coarse_rate(r, s);
		if (start < eighth)
			return false;
		start = eighth > 256 ? eighth - 256 : 0; /* this one is still to be counted */
	}
	rec = per_source ? rate_record(e, rate_key_source(l->key, r->rule.sid), start, in->meta.at) :
		service_record(e, p, r->rule.sid, in->meta.at);
	if (!rec)
		return false;
	raised = rate_claimed(r, rec, in->meta.at, &wanted, &f);
	if (wanted && per_source && p->proto == PROTO_TCP)
		*ask_rules |= UINT32_C(1) << i;
	if (!raised)
		return false;
	fill_packet(&f, in, p);
	if (per_source) {
		engine_finding_of_source(e, &f, l->key);
		return true;
	}
	f.subject = (struct subject){ .kind = SUBJECT_SERVICE, .proto = p->proto, .port = p->dport };
	engine_decide(e, &f);
	return true;
}

static bool count_rates(struct engine *e, const struct engine_input *in, const struct look *l,
	const struct source *s)
{
	const struct packet *p = &l->packet;
	uint32_t watching = rate_watching(e->watch, p->proto, p->dport), ask_rules = 0;
	bool raised = false;

	for (; watching; watching &= watching - 1)
		raised |= count_rate(e, in, l, s, (size_t)__builtin_ctz(watching), &ask_rules);
	if (ask_rules)
		ask(e, &e->soon, in, p, ask_rules, e->rules.proof_wait_ns);
	return raised;
}

static struct source *admit(struct engine *e, const struct look *l, mono_t now, bool *fresh)
{
	uint8_t ghost = 0;
	struct source *s = table_admit(e->sources, l->key, l->hash, now, fresh, &ghost);

	if (!s)
		return NULL;
	source_touch(&e->half_lives, s, now);
	if (*fresh)
		s->slow = (int16_t)(ghost * 8);
	return s;
}

/* What the packet says of its source. */
static bool weigh_source(struct engine *e, const struct engine_input *in, const struct look *l,
	struct source *s, enum contact_outcome outcome)
{
	bool raised = false;

	if (engine_opens_flow(&l->packet))
		source_new_flow(s);
	if (l->packet.odd)
		raised = count_odd(e, in, l, s);
	if (outcome != CONTACT_NEUTRAL)
		return count_contact(e, in, l, s, outcome) || raised; /* touches it, too */
	scan_touch(&e->rules.scan, s, in->meta.at);
	return raised;
}

/* A stranger for whom the table has no room, as in a flood of forged sources, still counts for service and host. */
bool engine_weigh(struct engine *e, const struct engine_input *in, const struct look *l)
{
	const struct packet *p = &l->packet;
	bool fresh = true, raised = false;
	enum contact_outcome outcome = classify(e, in, p);
	struct source *s = admit(e, l, in->meta.at, &fresh);

	novel_packet(e->novel, &e->rules.novel, p, in->meta.at, engine_raise, e);
	if (s)
		raised = weigh_source(e, in, l, s, outcome);
	else if (is_knock(outcome))
		spray_count(e->spray, l->key, p->proto, p->dport);
	if (outcome != CONTACT_OPEN)
		return raised;
	if (in->meta.hook == HOOK_INPUT)
		meter_connection(e->meter, p->proto, p->dport, l->key, !s || fresh);
	if (p->proto == PROTO_TCP && in->meta.hook == HOOK_INPUT)
		flood_syn(e->flood, p->dport, !s || fresh);
	return count_rates(e, in, l, s) || raised;
}
