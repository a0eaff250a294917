/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings the daemon up. Order: rights, lock, queue bound (so that the first diverted packet has a reader), table installed
 * in one transaction with the measures that an earlier run left, threads; the dead-man element, and with it the diversion,
 * comes last.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/daemon_state.h"
#include "app/door_serve.h"
#include "app/version.h"
#include "base/err.h"
#include "edge/clock.h"
#include "edge/log.h"

#define DNS_BYTES 1500    /* of a message: with all its names */
#define ANSWERS_HELD 1024

int daemon_say(int code, const char *what, const char *why)
{
	log_at(LOG_LEVEL_ERROR, "%s: %s", what, why);
	return code;
}

static int code_of(int err)
{
	switch (err) {
	case ERR_PERMISSION:
		return EXIT_NO_PERMISSION;
	case ERR_BUSY:
		return EXIT_TEMPORARY;
	case ERR_UNSUPPORTED:
		return EXIT_UNAVAILABLE;
	default:
		return EXIT_INTERNAL;
	}
}

static int make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0750) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	return errno == EEXIST ? 0 : ERR_IO;
}

static int take_rights(struct daemon *d)
{
	const struct conf_paths *p = &d->conf->paths;
	char why[WHY_TEXT];
	int err;

	if (!sandbox_has_net_admin())
		return daemon_say(EXIT_NO_PERMISSION, "tidegated",
			"CAP_NET_ADMIN is missing: run it as root, or give it that capability");
	err = sandbox_take(&d->lock, p->run_dir, why);
	if (err)
		return daemon_say(code_of(err), p->run_dir, why);
	if (make_folder(p->state_dir))
		return daemon_say(EXIT_NO_PERMISSION, p->state_dir, strerror(errno));
	if (make_folder(p->log_dir))
		return daemon_say(EXIT_NO_PERMISSION, p->log_dir, strerror(errno));
	return 0;
}

static bool takes(const struct conf *c, enum conf_take how)
{
	return c->divert.input == how || c->divert.forward == how || c->divert.output == how;
}

/* ICMP is copied wherever anything is taken at all. */
static int open_queues(struct daemon *d)
{
	const struct conf_divert *v = &d->conf->divert;
	bool own = v->output == CONF_TAKE_QUEUE;
	struct nfq_opts q = { .first_queue = v->queue, .queues = own ? 4 : 3, .maxlen = v->queue_length,
		.own_queue = own ? (uint16_t)(v->queue + 3) : 0, .copy_range = 128, .state_known = true };
	struct nfq_opts a = { .first_queue = (uint16_t)(v->queue + 4), .queues = 1, .maxlen = ANSWERS_HELD,
		.copy_range = DNS_BYTES, .state_known = true };
	struct nflog_opts l = { .group = v->log_group, .groups = NFT_GROUPS, .copy_range = 128, .dns_range = DNS_BYTES,
		.threshold = 32, .timeout_ms = 100 };
	char why[WHY_TEXT];
	int err = 0;

	if (takes(d->conf, CONF_TAKE_QUEUE))
		err = nfq_open(&d->nfq, &q, why);
	if (!err && daemon_ruleset(d->conf).hold_answers)
		err = nfq_open(&d->answers, &a, why);
	if (!err && (d->nfq || takes(d->conf, CONF_TAKE_COPY)))
		err = nflog_open(&d->nflog, &l, why);
	return err ? daemon_say(code_of(err), "packets cannot be diverted", why) : 0;
}

static void emit(void *ctx, const struct event *e)
{
	struct daemon *d = ctx;

	if (d->door)
		door_emit(d->door, e);
}

/* From the first input on: what is missed at the start is missed by whoever reads the log. */
static int make_recorder(struct daemon *d, struct engine_opts *e)
{
	struct recorder_opts o = { .conf = d->conf, .key = &e->key, .start = e->start, .steady = &d->steady };

	steady_now(&d->steady);
	if (recorder_create(&d->recorder, &o))
		return daemon_say(EXIT_INTERNAL, "the log of observations", "no memory");
	if (d->recorder) {
		e->observe = recorder_observe;
		e->observe_ctx = d->recorder;
	}
	return 0;
}

/* The store is read before the first sample has come, and what it says is as old as the wall's clock makes it. */
static void teach_reach(struct engine *e, const struct reach_record *x, mono_t now)
{
	engine_clock(e, clock_wall(), now);
	engine_teach_reach(e, x, now);
}

static int make_engine(struct daemon *d)
{
	struct engine_opts o = { .sizes = d->conf->sizes, .rules = d->conf->rules,
		.enforce = d->conf->enforce, .start = clock_mono(), .wall = clock_wall(), .emit = emit, .emit_ctx = d };

	if (getrandom(&o.key, sizeof(o.key), 0) != (ssize_t)sizeof(o.key))
		return daemon_say(EXIT_INTERNAL, "getrandom", strerror(errno));
	if (make_recorder(d, &o))
		return EXIT_INTERNAL;
	if (chronicle_create(&d->chronicle, d->conf->paths.state_dir, &d->conf->history))
		return daemon_say(EXIT_INTERNAL, "the history", "no memory");
	chronicle_teaches_reach(d->chronicle, teach_reach);
	if (d->chronicle) {
		o.slot = chronicle_slot;
		o.slot_ctx = d->chronicle;
	}
	d->memory_bytes = engine_bytes(&o.sizes);
	d->memory = mmap(NULL, d->memory_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (d->memory == MAP_FAILED) {
		d->memory = NULL;
		return daemon_say(EXIT_INTERNAL, "memory for the tables", strerror(errno));
	}
	madvise(d->memory, d->memory_bytes, MADV_HUGEPAGE); /* a wish: a third off each look-up */
	if (engine_create(&d->engine, d->memory, d->memory_bytes, &o))
		return daemon_say(EXIT_CONFIG, "tables", "their sizes make no sense");
	*engine_guards(d->engine) = d->setup.guards;
	engine_guards_changed(d->engine, o.start);
	engine_set_neighbours(d->engine, d->setup.subnets, d->setup.n_subnets);
	engine_set_resolvers(d->engine, d->setup.resolvers, d->setup.n_resolvers, clock_mono());
	engine_listening(d->engine, &d->setup.listening, o.start);
	return 0;
}

/* Nothing of ours in the kernel, by the administrator's word; what an earlier run left is kept for afterwards. */
static int stay_out(struct daemon *d)
{
	mono_t now = clock_mono();

	if (nft_remove(d->nft))
		log_at(LOG_LEVEL_ERROR, "panic: the table inet %s could not be removed", NFT_TABLE);
	engine_panic(d->engine, true, now);
	for (size_t i = 0; i < d->setup.kept.n; i++)
		engine_restore(d->engine, &d->setup.kept.list[i], now);
	log_at(LOG_LEVEL_WARNING, "panic since an earlier run: nothing is done to anybody until `tidegate panic off`");
	return 0;
}

/* What is not taken over (of a guard by now, or no room) must not go back into the kernel: nobody would know of it. */
static size_t adopt(struct daemon *d, mono_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < d->setup.kept.n; i++)
		if (!engine_adopt(d->engine, &d->setup.kept.list[i], now))
			d->setup.kept.list[n++] = d->setup.kept.list[i];
	return n;
}

static int install(struct daemon *d)
{
	struct nft_opts o = daemon_ruleset(d->conf);
	struct nft_content c = { .guards = engine_guards(d->engine),
		.listening = &d->setup.listening, .kept = d->setup.kept.list, .now = clock_mono() };
	char why[256];
	int err;

	d->installed = true;
	if (door_panics_at_start(d->conf->paths.run_dir))
		return stay_out(d);
	c.n_kept = d->setup.kept.n = adopt(d, c.now);
	err = nft_install(d->nft, &o, &c, NULL, why, sizeof(why));
	d->installed = !err;
	if (err)
		return daemon_say(code_of(err), "the nftables table cannot be installed", why);
	if (d->setup.kept.n)
		log_at(LOG_LEVEL_NOTICE, "adopted %zu measures of an earlier run",
			d->setup.kept.n);
	return 0;
}

static int make_threads(struct daemon *d)
{
	struct packets_opts p = { .engine = d->engine, .nft = d->nft, .nfq = d->nfq, .answers = d->answers,
		.nflog = d->nflog, .ruleset = daemon_ruleset(d->conf),
		.listening = &d->setup.listening, .panic = engine_panics(d->engine) };
	struct door_opts o = { .nfq = d->nfq, .answers = d->answers, .conf = d->conf, .source = d->source,
		.found = &d->setup.guards };
	char why[256];
	int err = worker_create(&d->worker, d->conf->table_owned ? d->nft : NULL,
		&d->setup.listening, why, sizeof(why));

	if (!err)
		err = worker_watch_table(d->worker, nft_portid(d->nft),
			d->conf->divert.forward != CONF_TAKE_OFF, why);
	if (!err && worker_watch(d->worker, d->setup.lookout))
		err = log_why(why, ERR_IO, "its loop: %s", strerror(errno));
	if (err)
		return daemon_say(code_of(err), "the worker", why);
	if (observer_create(&d->observer, d->conf, why))
		return daemon_say(EXIT_UNAVAILABLE, "the observer", why);
	p.worker = o.worker = d->worker;
	p.observer = d->observer;
	p.chronicle = d->chronicle;
	o.keeper = d->keeper;
	o.recorder = d->recorder;
	o.feeds = d->feeds;
	if (packets_create(&d->packets, &p))
		return daemon_say(EXIT_INTERNAL, "the packet loop", strerror(errno));
	o.packets = d->packets;
	if (door_create(&d->door, &o))
		return daemon_say(EXIT_INTERNAL, "the door", strerror(errno));
	packets_set_door(d->packets, d->door);
	worker_set_guards(d->worker, engine_guards(d->engine));
	observer_set_own(d->observer, engine_guards(d->engine));
	observer_set_listening(d->observer, &d->setup.listening);
	worker_pause(d->worker, p.panic);
	return 0;
}

static int make_evidence(struct daemon *d)
{
	struct evidence_opts o = { .state_dir = d->conf->paths.state_dir, .conf = &d->conf->evidence,
		.flush = d->recorder ? recorder_sync : NULL, .flush_ctx = d->recorder, .steady = &d->steady };

	return evidence_create(&d->evidence, &o) ? daemon_say(EXIT_INTERNAL, "evidence", "no memory") : 0;
}

/* What was in use before is freed by its owner after this. */
static void put_listed(struct engine *e, const struct listed *l, mono_t now)
{
	(void)now;
	engine_use_listed(e, l);
}

/* Before the door, which tells it of reloads. */
static int make_feeds(struct daemon *d)
{
	struct feeds_opts o = { .state_dir = d->conf->paths.state_dir, .conf = &d->conf->feeds,
		.guards = &d->setup.guards, .put = put_listed };

	return feeds_create(&d->feeds, &o) ? daemon_say(EXIT_INTERNAL, "feeds", "no memory") : 0;
}

/* The numbers of the groups that may come in by each socket. */
static void name_groups(struct daemon *d, struct control_opts *o)
{
	const struct conf *c = d->conf;
	const struct group *g = c->control_group[0] ? getgrnam(c->control_group) : NULL;

	if (g) {
		o->set_group = true;
		o->group = g->gr_gid;
	} else if (c->control_group[0]) {
		log_at(LOG_LEVEL_INFO, "no group %s here: the control socket is root's alone",
			c->control_group);
	}
	if (!c->control_viewers[0])
		return;
	o->view_path = d->view_path;
	g = getgrnam(c->control_viewers);
	if (g) {
		o->set_viewers = true;
		o->viewers = g->gr_gid;
		return;
	}
	log_at(LOG_LEVEL_WARNING, "no group %s here (control.viewers): %s is root's alone", c->control_viewers,
		d->view_path);
}

static int make_textfile(struct daemon *d)
{
	const struct conf *c = d->conf;
	char path[2 * CONF_PATH];

	if (!c->metrics.textfile[0])
		return 0;
	snprintf(path, sizeof(path), "%s%s%s", c->metrics.textfile[0] == '/' ? "" : c->paths.run_dir,
		c->metrics.textfile[0] == '/' ? "" : "/", c->metrics.textfile);
	return textfile_create(&d->textfile, path) ? daemon_say(EXIT_INTERNAL, path, "cannot be written to") : 0;
}

static int make_control(struct daemon *d)
{
	const struct conf *c = d->conf;
	struct control_opts o = { .door = d->door, .keeper = d->keeper, .recorder = d->recorder,
		.evidence = d->evidence, .observer = d->observer, .chronicle = d->chronicle, .feeds = d->feeds,
		.textfile = d->textfile, .textfile_ns = c->metrics.interval_ns, .steady = &d->steady, .socket_path = d->socket_path,
		.text = c->events.human, .colour = isatty(1) && !getenv("NO_COLOR") };
	char why[WHY_TEXT];
	int err;

	snprintf(d->socket_path, sizeof(d->socket_path), "%s/control.sock", c->paths.run_dir);
	snprintf(d->view_path, sizeof(d->view_path), "%s/view.sock", c->paths.run_dir);
	snprintf(d->eve_path, sizeof(d->eve_path), "%s%s%s",
		c->events.eve_file[0] == '/' ? "" : c->paths.log_dir,
		c->events.eve_file[0] == '/' ? "" : "/", c->events.eve_file);
	if (c->events.eve)
		o.event_path = d->eve_path;
	name_groups(d, &o);
	err = outlets_create(&d->outlets, &c->events, why);
	if (err)
		return daemon_say(code_of(err), "where events go", why);
	o.outlets = d->outlets;
	err = control_create(&d->control, &o, why);
	return err ? daemon_say(code_of(err), "the control socket", why) : 0;
}

static void greet(const struct daemon *d)
{
	const struct conf_divert *v = &d->conf->divert;
	static const char *const takes_names[] = { "off", "copy", "queue" };
	const struct packets_stats now = { .panic = engine_panics(d->engine),
		.kind = nft_queue_kind(d->nft), .owned = nft_owned(d->nft) };
	char mechanism[64];

	door_name_mechanism(d->conf->table_owned, &now, mechanism, sizeof(mechanism));

	log_at(LOG_LEVEL_NOTICE, "tidegate %s: mode %s, policy %s, %zu guards, input %s, forward %s, "
		"output %s (%s)", TIDEGATE_VERSION, d->conf->enforce ? "enforce" : "detect",
		d->conf->rules.policy.name, d->setup.guards.n, takes_names[v->input],
		takes_names[v->forward], takes_names[v->output], mechanism);
}

static int make_keeper(struct daemon *d)
{
	struct keeper_opts o = { .state_dir = d->conf->paths.state_dir,
		.max_bytes = d->conf->store_max_bytes };

	return keeper_create(&d->keeper, &o) ? daemon_say(EXIT_INTERNAL, "the store", "no memory") : 0;
}

int daemon_bring_up(struct daemon *d)
{
	int code = take_rights(d);

	if (!code)
		code = make_keeper(d);

	if (!code && nft_open(&d->nft))
		code = daemon_say(EXIT_UNAVAILABLE, "nftables", "this kernel has no nfnetlink");
	if (!code)
		code = open_queues(d);
	if (!code)
		code = setup_look(&d->setup, d->conf, d->nft, d->keeper);
	if (!code)
		code = make_engine(d);
	if (!code)
		code = install(d);
	if (!code)
		code = make_feeds(d);
	if (!code)
		code = make_threads(d);
	if (!code)
		code = make_evidence(d);
	if (!code)
		code = make_textfile(d);
	if (!code)
		code = make_control(d);
	if (!code)
		greet(d); /* before the threads, whose things it reads */
	return code;
}
