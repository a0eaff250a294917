/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our table in the kernel, as the packet thread keeps it: the dead-man element, what is done where somebody has been at
 * the table, and the round of looks at what is in force. The ledger is the truth; the kernel follows it.
 */
#include <stdio.h>
#include <string.h>

#include "app/packets_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define ALIVE_NS (NS_PER_S / 2)    /* a quarter of the dead-man element's life */
#define REPAIR_NS (NS_PER_S / 2)   /* somebody may flush in a loop: he shall not keep us from our packets */
#define SLEPT_NS (NS_PER_S / 10)   /* less is no sleep */
#define LOOK_SLOTS 1024            /* of the ledger a tick: all of it in some seconds */
#define LOOKS 16                   /* a tick: some 2 us each, for the worker */
#define LOOK_SOON (NS_PER_S)       /* after it was applied: long enough for a flow to show itself */
#define LOOK_AGAIN (10 * NS_PER_S)
#define LAPSING_NS (2 * NS_PER_S)  /* near its end the kernel may be earlier than we are */

/* The latest measures first, as the ledger hands them out after a loss. What is to be removed does not come back. */
static size_t take_again(struct packets *p, size_t *n_kept)
{
	size_t n = 0;

	*n_kept = 0;
	while (n < AGAIN && engine_take_change(p->o.engine, &p->again[n])) {
		if (p->again[n].add && p->again[n].measure.response != RESPONSE_EGRESS_ALLOWLIST)
			p->kept[(*n_kept)++] = p->again[n].measure;
		n++;
	}
	return n;
}

/* Who is held by an allowlist comes behind what it lets through. */
static int result_of(const struct change *c, int result)
{
	return !result && c->measure.response == RESPONSE_EGRESS_ALLOWLIST ? ERR_AGAIN : result;
}

/* What was asked for is answered whatever comes of it; an answer that may pass brings it back. */
static void answer_again(struct packets *p, size_t n, int result, mono_t now)
{
	for (size_t i = 0; i < n; i++)
		engine_applied(p->o.engine, &p->again[i], p->again[i].add ? result_of(&p->again[i], result) : 0, now);
}

/* Again and again in the log, once among the events. */
static void tell_unrepaired(struct packets *p, const char *why, mono_t now)
{
	char text[128];
	struct text t = text_over(text, sizeof(text));

	text_addf(&t, "our table cannot be put back: %s", why);
	log_seldom(&p->nft_gate, now, 10 * NS_PER_S, LOG_LEVEL_ERROR, "%s", text);
	if (!p->unrepaired)
		engine_note(p->o.engine, EVENT_NOTICE, false, text, now);
	p->unrepaired = true;
}

/*
 * The table comes back with the latest measures in one transaction, so that who attacks now meets them at once; the
 * others follow in slices. Replacing a damaged table drops what waits in the queues, which is resent.
 */
static void repair(struct packets *p, mono_t now)
{
	struct nft_content content = { .guards = engine_guards(p->o.engine),
		.listening = &p->listening, .kept = p->kept, .now = now };
	char why[256];
	size_t n, left_out = 0;
	int err;

	if (p->repair_at.ns && mono_since(now, p->repair_at) < REPAIR_NS)
		return;
	p->repair_at = now;
	/* What the kernel has refused meanwhile is wanted as much as the rest. */
	if (p->unrepaired)
		engine_table_lost(p->o.engine, NULL, now);
	n = take_again(p, &content.n_kept);
	err = nft_install(p->o.nft, &p->o.ruleset, &content, &left_out, why, sizeof(why));
	/* Which ones were left out is not known here: then each of them is asked for by itself. */
	if (!err && left_out)
		answer_again(p, n, ERR_AGAIN, clock_mono());
	else
		answer_again(p, n, err ? ERR_ABSENT : 0, clock_mono());
	if (err) {
		tell_unrepaired(p, why, now);
		return;
	}
	p->lost = p->unrepaired = false;
	p->stats.repairs++;
	worker_reinstalled(p->o.worker, &p->listening);
	log_at(LOG_LEVEL_WARNING, "our table is put back");
	engine_note(p->o.engine, EVENT_NOTICE, true, "our table is put back", now);
	p->stats.alive = !nft_alive(p->o.nft);
}

static void renew(struct packets *p, const char *why, mono_t now)
{
	if (!p->lost) {
		log_at(LOG_LEVEL_WARNING, "%s", why);
		engine_table_lost(p->o.engine, why, now);
	}
	p->lost = true;
	repair(p, now);
}

void packets_table_lost(struct packets *p, const char *who, mono_t now)
{
	char text[128];

	if (p->panic)
		return;
	snprintf(text, sizeof(text), "our table in the kernel was changed or deleted (%s)", who);
	renew(p, text, now);
}

/*
 * The kernel's timeouts do not run while the machine sleeps, ours do: what has ended meanwhile would stand on there for
 * as long as it slept, and nobody would know of it. So all of it is put in anew, with what is left.
 */
void packets_mind_sleep(struct packets *p, mono_t now)
{
	int64_t before = p->asleep_ns, asleep = clock_asleep_ns();

	if (asleep - before < SLEPT_NS)
		return;
	p->asleep_ns = asleep;
	if (!p->panic)
		renew(p, "the machine has slept: measures get what is left of their time", now);
}

/* The dead-man element: only an iteration that has come this far may refresh it. */
void packets_stay_alive(struct packets *p, mono_t now)
{
	int64_t waited = mono_since(now, p->alive_at);
	int err;

	if (p->panic)
		return;
	if (p->lost)
		repair(p, now);
	/* While the worker commits, the kernel would make us wait for it: once, the life of the element allows. */
	if (p->lost || waited < ALIVE_NS || (waited < 2 * ALIVE_NS &&
		(worker_busy(p->o.worker) || nft_busy(p->o.nft))))
		return;
	p->alive_at = now;
	err = nft_alive(p->o.nft);
	p->stats.alive = !err;
	if (err == ERR_ABSENT)
		packets_table_lost(p, "found out by itself", now);
	else if (err)
		log_seldom(&p->nft_gate, now, 10 * NS_PER_S, LOG_LEVEL_ERROR,
			"the dead-man element cannot be refreshed (%s): new flows pass unseen",
			err_text(err));
}

void packets_element_lost(struct packets *p, const struct report *r, mono_t now)
{
	if (!p->panic && mono_since(r->change.measure.until, now) > LAPSING_NS)
		engine_lost(p->o.engine, &r->change.measure, r->who, now);
}

void packets_part_lost(struct packets *p, const struct report *r, mono_t now)
{
	char text[128];

	if (p->panic)
		return;
	snprintf(text, sizeof(text), "%s in the kernel changed by another hand (%s): put back",
		r->what, r->who);
	engine_note(p->o.engine, EVENT_NOTICE, false, text, now);
	engine_allowances_lost(p->o.engine, now); /* perhaps it is these that were taken */
	p->alive_at = (mono_t){ 0 }; /* perhaps it is that which was taken */
}

/* Nothing acts in our table but what we answer for: it is taken over, or out. */
void packets_element_added(struct packets *p, const struct report *r, mono_t now)
{
	struct errand out = { .kind = ERRAND_CHANGE, .change = { .measure = r->change.measure } };
	int err = ERR_UNSUPPORTED;

	if (p->panic)
		return;
	if (engine_enforces(p->o.engine))
		err = engine_adopt(p->o.engine, &r->change.measure, now);
	if (!err || err == ERR_EXISTS)
		return;
	out.change.measure.id = UINT32_MAX; /* of no slot: nobody waits for the answer */
	if (!worker_send(p->o.worker, &out))
		return;
	p->outstanding++;
	worker_wake(p->o.worker);
	engine_note(p->o.engine, EVENT_NOTICE, false, "an element that somebody put into our table is taken out: "
		"a guard or detect mode forbids it", now);
}

static bool is_due(const struct measure *m, mono_t now)
{
	if (m->state != MEASURE_APPLIED || mono_since(m->until, now) < LAPSING_NS ||
		mono_since(now, m->applied) < LOOK_SOON)
		return false;
	return !m->looked.ns || mono_since(now, m->looked) >= LOOK_AGAIN;
}

void packets_send_looks(struct packets *p, mono_t now)
{
	const struct ledger *l = engine_ledger(p->o.engine);
	struct errand e = { .kind = ERRAND_LOOK };
	struct ledger_stats stats;
	const struct measure *m;
	bool sent = false;
	int n = 0;

	ledger_stats(l, &stats);
	if (!stats.by_state[MEASURE_APPLIED])
		return;
	for (size_t left = LOOK_SLOTS; !p->panic && !p->lost && n < LOOKS &&
		(m = ledger_walk(l, &p->look_at, &left));) {
		if (!is_due(m, now))
			continue;
		e.change.measure = *m;
		if (!worker_send(p->o.worker, &e))
			break;
		sent = true;
		n++;
	}
	if (sent)
		worker_wake(p->o.worker);
}

/* In a storm the round of looks comes by soon enough. */
void packets_first_look(struct packets *p, const struct measure *m, mono_t now)
{
	struct errand e = { .kind = ERRAND_LOOK, .change = { .measure = *m } };

	if ((m->response != RESPONSE_REFUSE && m->response != RESPONSE_LIMIT) || p->outstanding)
		return;
	e.change.measure.applied = now;
	if (worker_send(p->o.worker, &e))
		worker_wake(p->o.worker);
}
