/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What visitors change by files: a reload swaps rules, policy and configured guards whole, or changes nothing and says
 * why; guards that were changed by hand go into the kernel and to the keeper.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/door_state.h"
#include "base/err.h"
#include "edge/clock.h"
#include "edge/log.h"

static void tell(const struct conf_report *r, struct text *why)
{
	char *lines = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&lines, &len);

	if (!f)
		return;
	conf_check_print(r, f);
	if (fclose(f) == 0)
		text_add(why, lines);
	free(lines);
}

/* A value and its report are too big for a stack. */
static int load(const struct door *d, struct conf **out, struct text *why)
{
	struct conf *c = calloc(1, sizeof(*c));
	struct conf_report *r = calloc(1, sizeof(*r));
	int err = c && r ? conf_load(&d->source, c, r) : ERR_MEMORY;

	if (c && r)
		tell(r, why);
	free(r);
	if (err)
		free(c);
	else
		*out = c;
	return err;
}

int door_check(struct door *d, char *why, size_t size)
{
	struct text t = text_over(why, size);
	struct conf *c;
	int err = load(d, &c, &t);

	if (!err)
		free(c);
	return err;
}

static void note_failure(void *ctx, struct engine *e, mono_t now)
{
	engine_note(e, EVENT_RELOAD, false, ctx, now);
}

void door_reloaded(struct door *d, bool ok)
{
	pthread_mutex_lock(&d->conf_lock);
	d->reload_ok = ok;
	d->reload_at = clock_wall();
	pthread_mutex_unlock(&d->conf_lock);
}

static void fail(struct door *d, const struct text *why)
{
	char first[128] = "the configuration does not load; the old one stays";
	size_t n = strcspn(why->at, "\n");

	if (n && n < sizeof(first)) {
		memcpy(first, why->at, n);
		first[n] = '\0';
	}
	door_call(d, note_failure, first);
	door_reloaded(d, false);
}

static bool other_log(const struct conf *a, const struct conf *b)
{
	const struct conf_observations *x = &a->observations, *y = &b->observations;

	return x->enabled != y->enabled || x->max_bytes != y->max_bytes || x->keep_ns != y->keep_ns;
}

static bool other_flows(const struct conf *a, const struct conf *b)
{
	const struct conf_flows *x = &a->flows, *y = &b->flows;

	return x->source != y->source || x->most_per_second != y->most_per_second || x->accounting != y->accounting;
}

static bool other_metrics(const struct conf_metrics *a, const struct conf_metrics *b)
{
	return strcmp(a->textfile, b->textfile) != 0 || a->interval_ns != b->interval_ns;
}

static bool other_history(const struct conf_history *a, const struct conf_history *b)
{
	return a->enabled != b->enabled || a->keep_slots_ns != b->keep_slots_ns || a->keep_hours_ns != b->keep_hours_ns ||
		a->max_bytes != b->max_bytes;
}

static bool other_divert(const struct conf_divert *a, const struct conf_divert *b)
{
	return a->input != b->input || a->forward != b->forward || a->output != b->output || a->queue != b->queue ||
		a->log_group != b->log_group || a->queue_length != b->queue_length || a->icmp_copies != b->icmp_copies ||
		a->outgoing_copies != b->outgoing_copies || a->dns_copies != b->dns_copies || a->fail != b->fail ||
		a->dead_man_ns != b->dead_man_ns;
}

int door_load(struct door *d, struct conf **out, struct text *why)
{
	int err = load(d, out, why);

	if (err) {
		fail(d, why);
		return err;
	}
	if (other_divert(&(*out)->divert, &d->conf.divert) ||
		memcmp(&(*out)->sizes, &d->conf.sizes, sizeof(d->conf.sizes)) ||
		(*out)->table_owned != d->conf.table_owned ||
		(*out)->store_max_bytes != d->conf.store_max_bytes || other_log(*out, &d->conf) ||
		other_flows(*out, &d->conf) || other_history(&(*out)->history, &d->conf.history) ||
		other_metrics(&(*out)->metrics, &d->conf.metrics))
		text_addf(why, "%s: warning: diversion, table, store, observations, flows, history and metrics change with a "
			"restart only\n", d->source.file);
	return 0;
}

void door_keep(struct door *d, const struct conf *c)
{
	pthread_mutex_lock(&d->conf_lock);
	d->conf.rules = c->rules;
	d->conf.guards = c->guards;
	pthread_mutex_unlock(&d->conf_lock);
	recorder_rules(d->recorder, c);
	worker_configure_guards(d->worker, &c->guards);
	feeds_configure(d->feeds, &c->feeds);
}

uint64_t door_digest(struct door *d)
{
	struct conf *copy = malloc(sizeof(*copy));
	uint64_t digest;

	if (!copy)
		return 0;
	pthread_mutex_lock(&d->conf_lock);
	*copy = d->conf;
	pthread_mutex_unlock(&d->conf_lock);
	digest = conf_digest(copy);
	free(copy);
	return digest;
}

struct swap_visit {
	const struct conf *conf;
	char text[128];
};

static void swap(void *ctx, struct engine *e, mono_t now)
{
	struct swap_visit *v = ctx;

	engine_swap_rules(e, &v->conf->rules);
	door_put_never_block(e, &v->conf->guards, NULL, now);
	engine_note(e, EVENT_RELOAD, true, v->text, now);
}

static int reload(struct door *d, struct text *why)
{
	struct conf *fresh;
	struct swap_visit v;
	int err = door_load(d, &fresh, why);

	if (err)
		return err;
	v.conf = fresh;
	snprintf(v.text, sizeof(v.text), "rules and policy %s are in force%s",
		fresh->rules.policy.name, d->trial ? "; the trial is over" : "");
	err = door_call(d, swap, &v);
	if (!err) {
		door_keep(d, fresh);
		door_trial_drop(d);
		door_reloaded(d, true);
		door_mirror(d);
	}
	free(fresh);
	return err;
}

int door_reload(struct door *d, char *why, size_t size)
{
	struct text t = text_over(why, size);
	int err;

	pthread_mutex_lock(&d->changes);
	err = reload(d, &t);
	pthread_mutex_unlock(&d->changes);
	return err;
}

struct mirror_visit {
	struct worker *worker;
	struct guards *copy;
};

/* Handed to the worker here, where the machine's own changes are, too: so the later one is in force. */
static void copy_guards(void *ctx, struct engine *e, mono_t now)
{
	struct mirror_visit *v = ctx;

	(void)now;
	*v->copy = *engine_guards(e);
	worker_set_guards(v->worker, v->copy);
}

void door_mirror(struct door *d)
{
	struct guards *g = malloc(sizeof(*g));
	struct mirror_visit v = { .worker = d->worker, .copy = g };

	if (!g || door_call(d, copy_guards, &v)) {
		free(g);
		log_at(LOG_LEVEL_ERROR, "the guards could not be mirrored into the kernel");
		return;
	}
	if (d->keeper)
		keeper_set_allowed(d->keeper, g);
	free(g);
}

void door_guards_changed(struct door *d)
{
	pthread_mutex_lock(&d->changes);
	door_mirror(d);
	pthread_mutex_unlock(&d->changes);
}
