/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration asks of our table in the kernel. */
#include "app/daemon.h"

/* The fair share of a limited service is one number of the table, so the most generous reaction sets it. */
static void share_of(const struct policy *p, struct nft_opts *o)
{
	uint32_t rate = 0, burst = 0;

	for (size_t i = 0; i < p->n_reactions; i++) {
		const struct reaction *r = &p->reactions[i];

		if (r->ladder[0] != RESPONSE_SERVICE_LIMIT || r->limit_rate <= rate)
			continue;
		rate = r->limit_rate;
		burst = r->limit_burst;
	}
	if (rate) {
		o->service_rate = rate;
		o->service_burst = burst;
	}
}

struct nft_opts daemon_ruleset(const struct conf *c)
{
	struct nft_opts o = nft_opts_default();

	/* The two enums name the same three things in the same order. */
	o.input = (enum divert)c->divert.input;
	o.forward = (enum divert)c->divert.forward;
	o.output = (enum divert)c->divert.output;
	o.native_queue = true;
	o.queue_num = c->divert.queue;
	o.log_group = c->divert.log_group;
	o.icmp_rate = c->divert.icmp_copies;
	o.outgoing_rate = c->divert.outgoing_copies;
	o.dns = c->divert.dns_copies > 0;
	o.dns_rate = c->divert.dns_copies;
	o.hold_answers = o.dns && c->divert.output == CONF_TAKE_QUEUE;
	o.fail_closed = c->divert.fail == CONF_FAIL_CLOSED;
	o.owned = c->table_owned;
	o.alive_ms = (uint32_t)(c->divert.dead_man_ns / NS_PER_MS);
	o.set_size = (uint32_t)c->sizes.subjects;
	share_of(&c->rules.policy, &o);
	return o;
}
