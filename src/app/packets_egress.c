/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves, on the packet thread: questions about owners go out and answers come in, look-ups and refused packets are told
 * apart from other copies, allowances go to the worker, and whom this host reaches goes to the chronicle.
 */
#include "app/packets_state.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/dns_msg.h"

#define ALLOW_A_WAKEUP 256
#define ALLOW_OUTSTANDING 4096
#define REACH_NS NS_PER_S
#define GROUPS_NS (NS_PER_S / 2)
#define REACH_A_SECOND 256 /* records looked at: all of them in half a minute */

void packets_ask_owners(struct packets *p)
{
	struct tuple t;

	while (engine_take_owner_question(p->o.engine, &t))
		if (!observer_ask_owner(p->o.observer, &t))
			return; /* it is busy; a second from now the flow is its user's */
}

void packets_on_owner(void *ctx, mono_t now)
{
	struct packets *p = ctx;
	struct owner_answer a;

	while (observer_owner(p->o.observer, &a))
		engine_owner(p->o.engine, &a, now);
}

void packets_take_dns(struct packets *p, struct slice bytes, const struct packet_meta *meta, mono_t now)
{
	struct dns_message m;
	struct packet packet;

	if (packet_parse(bytes, meta->wire_len, &packet) != PACKET_FINE || !dns_message_of_packet(&packet, &m))
		return;
	/* What others ask us, where this host is a resolver itself, names nothing of ours. */
	if (m.answer ? meta->hook == HOOK_INPUT : meta->hook == HOOK_OUTPUT)
		engine_dns(p->o.engine, &m, now);
}

/* What is neither a look-up nor refused goes to the detectors in bursts. (The first packet of a look-up is copied twice.) */
void packets_take_copies(struct packets *p, size_t n, mono_t now)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		const struct nflog_packet *copy = &p->log_burst[i];
		struct engine_input in = { .meta = copy->meta, .bytes = copy->payload };

		if (copy->what == COPY_REFUSED)
			engine_refused(p->o.engine, &in, now);
		if (copy->what == COPY_DNS)
			packets_take_dns(p, copy->payload, &copy->meta, now);
		if (copy->what == COPY_PLAIN)
			p->inputs[k++] = in;
	}
	if (k)
		engine_packets(p->o.engine, p->inputs, k, p->verdicts);
}

bool packets_send_allowances(struct packets *p, mono_t now)
{
	struct errand e = { .kind = ERRAND_ALLOW };
	int sent = 0;

	while (sent < ALLOW_A_WAKEUP && p->outstanding < ALLOW_OUTSTANDING &&
		engine_take_allowance(p->o.engine, now, &e.allow)) {
		if (!worker_send(p->o.worker, &e)) {
			engine_allowed(p->o.engine, &e.allow, ERR_AGAIN, now);
			return false;
		}
		p->outstanding++;
		p->allow_sent++;
		sent++;
	}
	if (sent)
		worker_wake(p->o.worker);
	return true;
}

/* Of units that come and go: what one of them does first is refused to it as soon as it has its group. */
static void look_for_groups(struct packets *p)
{
	const struct allowlists *l = &engine_rules(p->o.engine)->allow;
	struct errand e = { .kind = ERRAND_GROUP };
	bool sent = false;

	for (size_t i = 0; i < l->n_lists; i++) {
		if (!l->lists[i].group[0] || p->outstanding >= ALLOW_OUTSTANDING)
			continue;
		text_copy(e.group.path, sizeof(e.group.path), l->lists[i].group);
		if (!worker_send(p->o.worker, &e))
			break;
		p->outstanding++;
		sent = true;
	}
	if (sent)
		worker_wake(p->o.worker);
}

void packets_tick_egress(struct packets *p, mono_t now)
{
	if (now.ns >= p->groups_at.ns) {
		p->groups_at = mono_add(now, GROUPS_NS);
		look_for_groups(p);
	}
	if (!p->o.chronicle || now.ns < p->reach_at.ns)
		return;
	p->reach_at = mono_add(now, REACH_NS);
	engine_hand_reach(p->o.engine, REACH_A_SECOND, chronicle_reach, p->o.chronicle);
}
