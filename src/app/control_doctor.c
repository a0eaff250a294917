/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: gathers what the daemon knows of itself and what this host is, has
 * core/checkup.h judge, and sends one object for each promise. Everything is read anew:
 * no number of it is kept.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/chronicle.h"
#include "app/control_verbs.h"
#include "app/observer.h"
#include "app/door_folders.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "codec/nft_ruleset.h"
#include "core/checkup.h"
#include "edge/hostfacts.h"
#include "edge/sandbox.h"
#include "edge/sandbox_seccomp.h"
#include "edge/sockdiag.h"

#define SSH_PORT 22

/* The engine's part, taken in one visit. */
struct view {
	struct checkup_daemon *d;
	struct addr caller;
};

static void copy_guards(struct view *v, const struct guards *g)
{
	size_t kinds[GUARD_KINDS] = { 0 };

	for (size_t i = 0; i < g->n; i++)
		kinds[g->list[i].kind % GUARD_KINDS]++;
	v->d->guards_own = kinds[GUARD_OWN];
	v->d->guards_gateway = kinds[GUARD_GATEWAY];
	v->d->guards_resolver = kinds[GUARD_RESOLVER];
	v->d->guards_admin = kinds[GUARD_ADMIN];
	v->d->guards_listed = kinds[GUARD_NEVER_BLOCK] + kinds[GUARD_ALLOWED];
	if (v->d->caller_remote)
		v->d->caller_guarded = guards_find(g, &v->caller) != NULL;
}

static void copy_view(void *ctx, struct engine *e, mono_t now)
{
	struct view *v = ctx;
	struct ledger_stats l;
	struct table_stats t;

	(void)now;
	ledger_stats(engine_ledger(e), &l);
	engine_source_stats(e, &t);
	v->d->enforce = engine_enforces(e);
	v->d->applied = l.by_state[MEASURE_APPLIED];
	v->d->wanted = l.by_state[MEASURE_APPLIED] + l.by_state[MEASURE_WANTED] +
		l.by_state[MEASURE_SENT] + l.by_state[MEASURE_REFUSED];
	v->d->refused = l.refused;
	v->d->no_room = l.full;
	v->d->sources = t.records;
	v->d->sources_capacity = t.capacity;
	copy_guards(v, engine_guards(e));
}

static void read_door(struct control_call *k, struct checkup_daemon *d)
{
	struct door_stats s;

	door_stats(k->control->door, &s);
	d->alive = s.alive;
	text_copy(d->mechanism, sizeof(d->mechanism), s.mechanism);
	d->forward = strcmp(s.divert[HOOK_FORWARD], "off") != 0;
	d->copies_only = strcmp(s.divert[HOOK_INPUT], "queue") != 0;
	d->queue_dropped = s.queue.dropped_kernel + s.queue.dropped_user;
	d->copies_lost = s.copies_lost;
	d->nft_errors = s.nft_errors;
}

static int64_t free_mb(const char *dir)
{
	struct statvfs v;

	if (access(dir, W_OK) || statvfs(dir, &v))
		return -1;
	return (int64_t)(v.f_bavail * v.f_frsize / (1024 * 1024));
}

static void read_files(struct control_call *k, struct checkup_daemon *d)
{
	struct door_folders f;
	struct sink_stats s = { .written = 0 };
	struct evidence_stats e;

	door_folders(k->control->door, &f);
	text_copy(d->state_dir, sizeof(d->state_dir), f.state);
	text_copy(d->log_dir, sizeof(d->log_dir), f.log);
	d->state_free_mb = free_mb(f.state);
	d->log_free_mb = free_mb(f.log);
	d->event_file = k->control->sink != NULL;
	if (d->event_file)
		sink_stats(k->control->sink, &s);
	d->event_failing = s.failing;
	evidence_stats(k->control->evidence, &e);
	d->evidence = e.enabled;
	text_copy(d->evidence_why, sizeof(d->evidence_why), e.enabled ? e.error : e.off);
	d->evidence_lost = e.lost;
}

static void read_log(const struct control_call *k, struct checkup_daemon *d)
{
	struct recorder_stats s;

	recorder_stats(k->control->recorder, &s);
	d->log_kept = s.enabled;
	d->log_failing = s.failing;
	d->log_lost = s.lost;
	text_copy(d->log_error, sizeof(d->log_error), s.error);
}

static void read_looks(const struct control *c, struct checkup_daemon *d)
{
	struct chronicle_stats h = { .written = 0 };
	struct observer_stats o;

	observer_stats(c->observer, &o);
	d->flows_wanted = o.flows_wanted;
	d->flows_told = o.flows_open || !o.seconds; /* the first second is not over */
	d->flows_by_conntrack = o.flows_by_conntrack;
	d->flows_lost = o.flows_lost;
	d->history_kept = c->chronicle != NULL;
	if (c->chronicle)
		chronicle_stats(c->chronicle, &h);
	d->history_open = h.open;
	d->history_lost = h.lost;
}

static void read_sockets(struct checkup_daemon *d)
{
	struct listen_snapshot ports;
	struct sockdiag *s;
	char why[WHY_TEXT];

	d->destroy = -1;
	if (sockdiag_open(&s, why))
		return;
	if (sockdiag_listening(s, &ports) == 0) {
		d->listens_tcp = ports.known[LISTEN_TCP];
		d->listens_udp = ports.known[LISTEN_UDP];
		d->listens_sctp = ports.known[LISTEN_SCTP];
		d->ssh_served = listen_snapshot_has(&ports, LISTEN_TCP, SSH_PORT);
	}
	switch (sockdiag_can_destroy(s)) {
	case 0:
		d->destroy = 1;
		break;
	case ERR_UNSUPPORTED:
		d->destroy = 0;
		break;
	}
	sockdiag_close(s);
}

static void read_rights(struct checkup_daemon *d)
{
	d->confined = sandbox_is_confined();
	d->names_all = sandbox_sees_processes();
}

static void read_host(struct host_facts *out)
{
	struct hostfacts *h;
	char why[WHY_TEXT];

	if (hostfacts_open(&h, why)) {
		hostfacts_switches(NFT_TABLE, out);
		return;
	}
	hostfacts_read(h, NFT_TABLE, out);
	hostfacts_close(h);
}

static int send_line(struct control_call *k, const struct checkup_line *l)
{
	json_t *o = json_object();

	put_text(o, "grade", grade_name(l->grade));
	put_text(o, "name", l->name);
	put_text(o, "text", l->text);
	put_text(o, "fix", l->fix);
	return control_send(k, json_pack("{s:o}", "check", o));
}

struct examination {
	struct host_facts host;
	struct checkup_daemon daemon;
	struct checkup found;
};

static int examine(struct control_call *k, struct examination *x)
{
	const char *caller = ctl_request_text(k->request, "caller");
	struct view v = { .d = &x->daemon };
	int code = CTL_OK;

	if (caller && addr_parse(caller, &v.caller) == 0) {
		x->daemon.caller_remote = true;
		addr_format(&v.caller, x->daemon.caller, sizeof(x->daemon.caller));
	}
	x->daemon.responding = door_call(k->control->door, copy_view, &v) == 0;
	read_door(k, &x->daemon);
	read_files(k, &x->daemon);
	read_looks(k->control, &x->daemon);
	read_log(k, &x->daemon);
	read_sockets(&x->daemon);
	read_rights(&x->daemon);
	read_host(&x->host);
	checkup_judge(&x->host, &x->daemon, &x->found);
	for (size_t i = 0; i < x->found.n && code == CTL_OK; i++)
		code = send_line(k, &x->found.lines[i]);
	if (code == CTL_OK && checkup_worst(&x->found) == GRADE_FAIL)
		code = CTL_NONE;
	return code;
}

int control_doctor(struct control_call *k)
{
	struct examination *x = calloc(1, sizeof(*x));
	int code;

	if (!x)
		return control_fail(k, CTL_INTERNAL, "no memory");
	code = examine(k, x);
	free(x);
	return code;
}
