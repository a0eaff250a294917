/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incoming packet: what stands against its source decides the verdict; a packet that nothing stands against is
 * weighed as evidence (engine_weigh.c), or is no evidence at all: an answer to what we sent, backscatter. Called by
 * engine_packets alone.
 */
#include "core/engine_state.h"

/* Would this flow meet a closed door? Only a port that surely nobody serves is closed. */
bool engine_closed_door(const struct engine *e, const struct engine_input *in,
	const struct packet *p)
{
	return in->meta.hook == HOOK_INPUT && p->fragment != FRAGMENT_LATER &&
		listen_ask(e->listen, p->proto, p->dport, in->meta.at) == LISTEN_CLOSED;
}

bool engine_opens_flow(const struct packet *p)
{
	if (p->fragment == FRAGMENT_LATER)
		return false;
	if (p->proto == PROTO_TCP)
		return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
	return p->proto == PROTO_UDP || p->proto == PROTO_SCTP;
}

/* A limit is the kernel's to count. A segment in the middle of a flow that conntrack forgot is no new connection. */
static bool strikes(const struct engine *e, const struct measure *m, const struct engine_input *in,
	const struct packet *p)
{
	switch (m->response) {
	case RESPONSE_DROP:
		return true;
	case RESPONSE_REFUSE:
		return engine_opens_flow(p) || p->odd;
	case RESPONSE_SHIELD:
		return (engine_opens_flow(p) || p->odd) && engine_closed_door(e, in, p);
	case RESPONSE_OBSERVE:
	case RESPONSE_LIMIT:
	case RESPONSE_SERVICE_LIMIT:
	case RESPONSE_EGRESS_LIMIT:
	case RESPONSE_EGRESS_REFUSE:
	case RESPONSE_EGRESS_ALLOWLIST:
	case RESPONSES:
		break;
	}
	return false;
}

/* The verdict that the ledger asks for until (and beside) the kernel's own sets. */
static enum verdict stands(struct engine *e, const struct engine_input *in, const struct look *l)
{
	const struct packet *p = &l->packet;
	const struct ledger_flow f = { .src = &p->src, .key = l->key, .hash = l->hash,
		.port = p->dport, .proto = p->proto };
	struct measure *m;

	if (!e->enforce || e->panic || !in->meta.held)
		return VERDICT_ACCEPT;
	m = ledger_match(e->ledger, &f, in->meta.at);
	if (m && strikes(e, m, in, p)) {
		m->hits++;
		return VERDICT_DROP;
	}
	if (ledger_host(e->ledger) && engine_opens_flow(p) && engine_closed_door(e, in, p))
		return VERDICT_DROP;
	return VERDICT_ACCEPT;
}

static struct subject destination_of(const struct packet *p)
{
	return (struct subject){ .kind = SUBJECT_DESTINATION, .proto = p->proto, .port = p->dport,
		.source = source_prefix(source_key(&p->dst)) };
}

/* Until the kernel's own set refuses it, and so that a program is told: what waits for a verdict is dropped. */
enum verdict engine_stands_outgoing(const struct engine *e, const struct engine_input *in, const struct packet *p)
{
	struct subject s = destination_of(p);
	const struct measure *m;

	if (!e->enforce || e->panic || !in->meta.held || !ledger_count(e->ledger, RESPONSE_EGRESS_REFUSE) ||
		guards_find(&e->guards, &p->dst))
		return VERDICT_ACCEPT;
	for (int scope = SCOPE_SOURCE; scope <= SCOPE_SERVICE; scope++) {
		m = ledger_find(e->ledger, &s, (enum scope)scope);
		if (m && m->response == RESPONSE_EGRESS_REFUSE && in->meta.at.ns < m->until.ns &&
			(m->state == MEASURE_WANTED || m->state == MEASURE_SENT || m->state == MEASURE_APPLIED))
			return VERDICT_DROP;
	}
	return VERDICT_ACCEPT;
}

/* Answers say nothing against their sender: they mirror what we sent, or what somebody sent in our name. */
static bool is_answer(struct engine *e, const struct packet *p, mono_t now)
{
	bool answer = packet_is_answer(p);

	if (!answer && p->proto == PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_ACK)
		return false; /* a SYN, or flags that no stack answers with */
	if (recall_answers(e->recall, p, now)) {
		e->counters.late_answers++;
		return true;
	}
	if (answer)
		e->counters.backscatter++;
	return answer;
}

enum verdict engine_judge(struct engine *e, const struct engine_input *in, const struct look *l)
{
	const struct packet *p = &l->packet;

	if (stands(e, in, l) == VERDICT_DROP)
		return VERDICT_DROP;
	if (is_answer(e, p, in->meta.at) || p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6)
		return VERDICT_ACCEPT;
	if (!engine_weigh(e, in, l))
		return VERDICT_ACCEPT;
	return stands(e, in, l); /* the packet that decided is the first to feel it */
}
