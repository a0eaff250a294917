/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While anybody is jailed, answers to our DNS queries wait in a queue of their own: who looks a name up connects within
 * some 50 microseconds of the answer, and what the name stands for has to be allowed to him by then. Copies of the answers
 * would come too late for that: of first connections to addresses that had just become known, 84 of 100 were refused.
 *
 * An answer that allows nothing new is let go at once, the others as soon as the kernel has what they allow (a fraction of
 * a millisecond), all after HOLD_NS at the latest. In the order in which they came.
 */
#include "app/packets_state.h"

#define HOLD_NS (NS_PER_S / 5) /* a busy worker, not a wait that a resolver's client would notice */
#define BURSTS_A_WAKEUP 16

static void accept_up_to(struct packets *p, const struct held_answer *a)
{
	const struct nfq_packet last = { .id = a->id, .queue = a->queue };
	static const uint8_t accept = 0;

	nfq_verdicts(p->o.answers, &last, &accept, 1); /* and all before it */
}

static void let_go(struct packets *p, size_t n)
{
	if (!n)
		return;
	accept_up_to(p, &p->answers[(p->answers_first + n - 1) % HELD_ANSWERS]);
	p->answers_first = (p->answers_first + n) % HELD_ANSWERS;
	p->n_answers -= n;
}

void packets_let_answers(struct packets *p, mono_t now)
{
	size_t n = 0;

	for (; n < p->n_answers; n++) {
		const struct held_answer *a = &p->answers[(p->answers_first + n) % HELD_ANSWERS];

		if (p->allow_done >= a->after)
			continue;
		if (mono_since(now, a->until) < 0)
			break;
		p->stats.answers_late++;
	}
	let_go(p, n);
}

static void hold(struct packets *p, const struct nfq_packet *q, mono_t now)
{
	if (p->n_answers == HELD_ANSWERS) {
		p->stats.answers_late++;
		let_go(p, 1);
	}
	p->answers[(p->answers_first + p->n_answers++) % HELD_ANSWERS] = (struct held_answer){ .id = q->id, .queue = q->queue,
		.after = p->allow_sent, .until = mono_add(now, HOLD_NS) };
	p->stats.answers++;
}

/* A question was copied before its answer came, so the copies that are there have those of all of these. */
static bool take_burst(struct packets *p, mono_t now)
{
	int n = nfq_receive(p->o.answers, p->answer_burst, now);

	if (n <= 0)
		return false;
	if (p->o.nflog)
		packets_on_log(p, now);
	for (int i = 0; i < n; i++)
		packets_take_dns(p, p->answer_burst[i].payload, &p->answer_burst[i].meta, now);
	if (!p->lost)
		(void)packets_send_allowances(p, now); /* what finds no room is not waited for */
	for (int i = 0; i < n; i++)
		hold(p, &p->answer_burst[i], now);
	packets_let_answers(p, now);
	return n == NFQ_BURST;
}

void packets_on_answers(void *ctx, mono_t now)
{
	struct packets *p = ctx;

	for (int i = 0; i < BURSTS_A_WAKEUP && take_burst(p, now); i++)
		;
}

void packets_let_all_answers(struct packets *p)
{
	if (!p->o.answers)
		return;
	let_go(p, p->n_answers);
	for (int i = 0; i < BURSTS_A_WAKEUP; i++) {
		int n = nfq_receive(p->o.answers, p->answer_burst, (mono_t){ 0 });

		if (n <= 0)
			return;
		accept_up_to(p, &(struct held_answer){ .id = p->answer_burst[n - 1].id, .queue = p->answer_burst[n - 1].queue });
	}
}
