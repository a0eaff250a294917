/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function for each promise, one or two lines of each. FAIL is for a promise that
 * does not hold now, warn for one with a hole that the administrator should know of.
 */
#include "core/checkup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define DISK_LEAST_MB 64

void host_list_add(struct host_list *l, const char *name)
{
	if (l->n < HOST_LIST)
		text_copy(l->names[l->n], HOST_NAME, name);
	l->n++;
}

bool host_is_container(const char *link)
{
	static const char *const begins[] = { "docker", "br-", "cni", "podman", "lxc", "lxdbr", "virbr", "cali", "flannel",
		"veth" };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(link, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

const char *grade_name(enum grade g)
{
	switch (g) {
	case GRADE_OK:
		return "ok";
	case GRADE_WARN:
		return "warn";
	case GRADE_FAIL:
		return "FAIL";
	}
	return "unknown";
}

struct checkup_line *checkup_say(struct checkup *c, enum grade g, const char *name, const char *format, va_list args)
{
	struct checkup_line *l = &c->lines[c->n < CHECKUP_LINES ? c->n++ : c->n - 1];

	*l = (struct checkup_line){ .grade = g, .name = name };
	vsnprintf(l->text, sizeof(l->text), format, args);
	return l;
}

/* A line that needs no remedy unless one is put into the result. */
static struct checkup_line *say(struct checkup *c, enum grade g, const char *name,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static struct checkup_line *say(struct checkup *c, enum grade g, const char *name,
	const char *format, ...)
{
	struct checkup_line *l;
	va_list args;

	va_start(args, format);
	l = checkup_say(c, g, name, format, args);
	va_end(args);
	return l;
}

static void fix(struct checkup_line *l, const char *remedy)
{
	text_copy(l->fix, sizeof(l->fix), remedy);
}

/* The first names, and how many more there are. */
static const char *names(const struct host_list *l, char out[160])
{
	struct text t = text_over(out, 160);
	size_t shown = l->n < HOST_LIST ? l->n : HOST_LIST;

	for (size_t i = 0; i < shown; i++)
		text_addf(&t, "%s%s", i ? ", " : "", l->names[i]);
	if (l->n > shown)
		text_addf(&t, " and %zu more", l->n - shown);
	return out;
}

static bool on(const struct host_facts *h, enum host_number n)
{
	return h->numbers[n] > 0;
}

static void judge_alive(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->responding)
		fix(say(c, GRADE_FAIL, "daemon", "the packet thread does not answer; new "
			"connections pass unseen after the dead-man time"),
			"systemctl restart tidegated, and look into its log");
	else if (!d->alive)
		fix(say(c, GRADE_FAIL, "gate", "the dead-man element does not stand: "
			"nothing is diverted"), "look for nftables errors in the log");
	else
		say(c, GRADE_OK, "gate", "the packet thread answers and the gate is open");
}

static void judge_mode(const struct checkup_daemon *d, struct checkup *c)
{
	if (d->enforce)
		say(c, GRADE_OK, "mode", "enforce: what is decided is done");
	else
		fix(say(c, GRADE_WARN, "mode", "detect: decisions are shadows, nothing "
			"is blocked"), "tidegate mode enforce");
	if (d->copies_only)
		fix(say(c, GRADE_WARN, "mechanism", "input is copied, not held: the packet "
			"that decides still passes"), "divert.input = \"queue\"");
	else
		say(c, GRADE_OK, "mechanism", "%s", d->mechanism);
}

static void judge_losses(const struct checkup_daemon *d, struct checkup *c)
{
	if (d->queue_dropped || d->copies_lost)
		fix(say(c, GRADE_WARN, "losses", "%llu packets passed or were lost unseen, "
			"and %llu copies: the queue or its socket was full",
			(unsigned long long)d->queue_dropped,
			(unsigned long long)d->copies_lost),
			"raise divert.queue_length, or give the daemon more CPU");
	else
		say(c, GRADE_OK, "losses", "no packet was lost on its way to us");
}

static void judge_measures(const struct checkup_daemon *d, struct checkup *c)
{
	if (d->wanted > d->applied)
		fix(say(c, GRADE_FAIL, "enforced", "%llu of %llu measures are in force",
			(unsigned long long)d->applied, (unsigned long long)d->wanted),
			"tidegate explain ADDRESS says why; it is tried again");
	else
		say(c, GRADE_OK, "enforced", "all %llu measures are in force",
			(unsigned long long)d->applied);
	if (d->refused)
		fix(say(c, GRADE_WARN, "refused", "the kernel refused measures %llu times",
			(unsigned long long)d->refused), "tidegate list, and the log");
	if (d->no_room)
		fix(say(c, GRADE_WARN, "room", "%llu decisions found no room in the ledger",
			(unsigned long long)d->no_room), "raise sizes.measures");
	if (d->nft_errors)
		fix(say(c, GRADE_WARN, "nftables", "%llu transactions failed since start",
			(unsigned long long)d->nft_errors), "see the log");
}

static void judge_caller(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->caller_remote)
		return;
	if (d->caller_guarded)
		say(c, GRADE_OK, "session", "your session's address %s is guarded",
			d->caller);
	else
		fix(say(c, GRADE_FAIL, "session", "your session comes from %s, which is "
			"not guarded: you could lock yourself out", d->caller),
			"tidegate allow add --me");
}

static void judge_guards(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->guards_own)
		fix(say(c, GRADE_FAIL, "guards", "this host's own addresses are no guards"),
			"guards.own_addresses = true");
	else
		say(c, GRADE_OK, "guards", "%zu own addresses, %zu gateways, %zu resolvers, "
			"%zu administrators, %zu listed", d->guards_own, d->guards_gateway,
			d->guards_resolver, d->guards_admin, d->guards_listed);
	if (d->ssh_served && !d->guards_listed && !d->guards_admin)
		fix(say(c, GRADE_WARN, "admin", "SSH is served, but no administrator's "
			"address is guarded"), "guards.never_block = [\"YOUR-NETWORK\"], or: "
			"tidegate allow add YOUR-NETWORK");
	judge_caller(d, c);
}

static void judge_sockets(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->listens_tcp || !d->listens_udp)
		fix(say(c, GRADE_FAIL, "listening", "the listening %s ports are not known: "
			"scans of them go unseen, shields spare them",
			d->listens_tcp ? "UDP" : "TCP"), "modprobe tcp_diag udp_diag");
	else
		say(c, GRADE_OK, "listening", "TCP and UDP ports are known%s",
			d->listens_sctp ? ", SCTP too" : "; SCTP is not, shields spare it");
	if (d->destroy == 0)
		fix(say(c, GRADE_WARN, "end-flows", "this kernel cannot end live "
			"connections: they starve behind a drop instead"),
			"a kernel with CONFIG_INET_DIAG_DESTROY");
	else if (d->destroy > 0)
		say(c, GRADE_OK, "end-flows", "a drop ends live connections");
}

static void judge_folder(struct checkup *c, const char *name, const char *dir, int64_t mb)
{
	if (mb < 0)
		fix(say(c, GRADE_FAIL, name, "%s cannot be written", dir),
			"give the daemon's user the folder, or mount it writable");
	else if (mb < DISK_LEAST_MB)
		fix(say(c, GRADE_WARN, name, "%lld MiB are left in %s", (long long)mb, dir),
			"free some space; events and state will be lost without");
	else
		say(c, GRADE_OK, name, "%s can be written, %lld MiB are left", dir,
			(long long)mb);
}

static void judge_evidence(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->evidence)
		fix(say(c, GRADE_WARN, "evidence", "packets of incidents are not kept: %s",
			d->evidence_why), "observations and evidence in the main file");
	else if (d->evidence_why[0])
		fix(say(c, GRADE_WARN, "evidence", "it could not be kept, the last time: %s",
			d->evidence_why), "look at the state folder and its disk");
	else if (d->evidence_lost)
		say(c, GRADE_WARN, "evidence", "%llu incidents came faster than their packets "
			"could be kept", (unsigned long long)d->evidence_lost);
	else
		say(c, GRADE_OK, "evidence", "packets of incidents are kept");
}

static void judge_files(const struct checkup_daemon *d, struct checkup *c)
{
	judge_folder(c, "state-dir", d->state_dir, d->state_free_mb);
	judge_folder(c, "log-dir", d->log_dir, d->log_free_mb);
	if (!d->event_file)
		fix(say(c, GRADE_WARN, "events", "no event file is written"),
			"events.eve = true");
	else if (d->event_failing)
		fix(say(c, GRADE_FAIL, "events", "the event file cannot be written; events "
			"are lost"), "look at the log folder and its disk");
	else
		say(c, GRADE_OK, "events", "the event file is written");
	judge_evidence(d, c);
}

static void judge_log(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->log_kept)
		return;
	if (d->log_failing)
		fix(say(c, GRADE_WARN, "log", "the log of observations cannot be written: %s", d->log_error),
			"look at the state folder and its disk; what-if and evidence lack what comes until then");
	else if (d->log_lost)
		fix(say(c, GRADE_WARN, "log", "%llu observations found no room on their way to the log",
			(unsigned long long)d->log_lost), "a faster disk, or more CPU for the daemon");
	else
		say(c, GRADE_OK, "log", "what the detectors see is kept, for what-if and evidence");
}

static void judge_flows(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->flows_wanted)
		return;
	if (!d->flows_told)
		fix(say(c, GRADE_WARN, "flows", "the kernel does not tell of flows that end: brute.* sees nothing, history has "
			"no bytes of services"), "see the daemon's log; flows.source in the main file");
	else if (d->flows_lost)
		fix(say(c, GRADE_WARN, "flows", "%llu flows that ended were lost on their way",
			(unsigned long long)d->flows_lost), "flows.most_per_second lower, or more CPU for the daemon");
	else
		say(c, GRADE_OK, "flows", "flows that end are told by %s", d->flows_by_conntrack ? "conntrack" : "sockets");
}

static void judge_history(const struct checkup_daemon *d, struct checkup *c)
{
	if (!d->history_kept)
		return;
	if (!d->history_open || d->history_lost)
		fix(say(c, GRADE_WARN, "history", "the history %s, %llu slots are lost", d->history_open ? "is written" :
			"cannot be written", (unsigned long long)d->history_lost), "look at the state folder and its disk");
	else
		say(c, GRADE_OK, "history", "the history is written");
}

/* Both are how it is meant to be, but one costs names, and whoever misses them should know why. */
static void judge_rights(const struct checkup_daemon *d, struct checkup *c)
{
	if (d->confined)
		say(c, GRADE_OK, "confined", "the daemon can run no program, and open no socket but netlink and unix");
	else
		fix(say(c, GRADE_WARN, "confined", "this kernel does not keep the daemon from running programs, should it have "
			"a hole"), "a kernel with CONFIG_SECCOMP_FILTER");
	if (d->names_all)
		say(c, GRADE_OK, "names", "programs are named, whichever user's they are");
	else
		fix(say(c, GRADE_OK, "names", "programs of other users are told by user and unit, not by name: that takes "
			"two rights more"), "tidegated.service.d-blame.conf says what they cost");
}

/* Off as kernels come, and nothing that we promise by ourselves needs it but what is named here. */
static void judge_accounting(const struct host_facts *h, const struct checkup_daemon *d, struct checkup *c)
{
	bool needed = d && d->flows_by_conntrack;

	if (h->numbers[HOST_CT_ACCT] == HOST_UNKNOWN)
		return;
	if (on(h, HOST_CT_ACCT))
		say(c, GRADE_OK, "accounting", "conntrack counts bytes");
	else
		fix(say(c, needed ? GRADE_WARN : GRADE_OK, "accounting", "conntrack does not count bytes: scan.proven finds "
			"nothing, top has no UDP%s", needed ? ", flows that end carry nothing" : ""),
			"flows.accounting = \"on\", or sysctl -w net.netfilter.nf_conntrack_acct=1");
}

static void judge_tables(const struct host_facts *h, struct checkup *c)
{
	char list[160];

	if (!h->tables_known) {
		fix(say(c, GRADE_WARN, "tables", "other tables could not be read"),
			"run the daemon, or this as root");
		return;
	}
	if (h->flowtables.n)
		fix(say(c, GRADE_WARN, "flowtables", "%s: forwarded flows in them pass every "
			"chain, so a drop ends none that flows",
			names(&h->flowtables, list)),
			"after a ban: conntrack -D -s ADDRESS; or do not offload strangers");
	else
		say(c, GRADE_OK, "flowtables", "none, all packets meet the chains");
	if (h->ahead.n)
		fix(say(c, GRADE_WARN, "ahead", "%s: ahead of us, what they drop or redirect "
			"we never see", names(&h->ahead, list)), "nft list chains");
	if (h->untracking.n)
		fix(say(c, GRADE_WARN, "notrack", "%s: untracked connections are neither "
			"judged nor refused (a drop holds)", names(&h->untracking, list)),
			"take notrack from the services that are to be protected");
	else
		say(c, GRADE_OK, "notrack", "no other table exempts from tracking");
	if (h->responders.n)
		fix(say(c, GRADE_WARN, "responders", "%s: blocks of theirs are neither seen "
			"nor undone here", names(&h->responders, list)),
			"give each service to one of them");
}

static void judge_forward(const struct host_facts *h, const struct checkup_daemon *d,
	struct checkup *c)
{
	bool routes = on(h, HOST_FORWARD4) || on(h, HOST_FORWARD6);
	char list[160];

	if (!routes)
		say(c, GRADE_OK, "forward", "this host forwards nothing");
	else if (d && d->forward)
		say(c, GRADE_OK, "forward", "forwarded connections are judged, too");
	else
		fix(say(c, GRADE_WARN, "forward", "this host forwards%s%s%s, and "
			"divert.forward is off: only drops reach what is behind it",
			h->containers.n ? " (" : "",
			h->containers.n ? names(&h->containers, list) : "",
			h->containers.n ? ")" : ""), "divert.forward = \"queue\"");
}

static void judge_bridges(const struct host_facts *h, struct checkup *c)
{
	char list[160];

	if (!h->links_known || !h->bridges.n)
		return;
	if (on(h, HOST_BRIDGE_CALLS4) && (on(h, HOST_BRIDGE_CALLS6) || on(h, HOST_NO_IPV6)))
		say(c, GRADE_OK, "bridges", "what %s carry meets the chains",
			names(&h->bridges, list));
	else
		fix(say(c, GRADE_WARN, "bridges", "%s: frames from port to port meet no chain "
			"of ours", names(&h->bridges, list)), "modprobe br_netfilter; sysctl "
			"net.bridge.bridge-nf-call-iptables=1 ...-ip6tables=1");
}

static void judge_conntrack(const struct host_facts *h, struct checkup *c)
{
	int64_t count = h->numbers[HOST_CT_COUNT], most = h->numbers[HOST_CT_MAX];

	if (count < 0 || most <= 0)
		fix(say(c, GRADE_WARN, "conntrack", "its counters cannot be read"),
			"modprobe nf_conntrack");
	else if (count * 10 >= most * 9)
		fix(say(c, GRADE_FAIL, "conntrack", "%lld of %lld entries: when it is full the "
			"kernel drops every new connection", (long long)count,
			(long long)most), "sysctl net.netfilter.nf_conntrack_max=262144");
	else
		say(c, count * 10 >= most * 7 ? GRADE_WARN : GRADE_OK, "conntrack",
			"%lld of %lld entries", (long long)count, (long long)most);
	if (h->numbers[HOST_SYNCOOKIES] == 0)
		fix(say(c, GRADE_WARN, "syncookies", "SYN cookies are off: a flood of forged "
			"SYNs closes a service"), "sysctl net.ipv4.tcp_syncookies=1");
	if (h->numbers[HOST_CT_ESTABLISHED_S] > 0 && h->numbers[HOST_CT_LOOSE] == 0 &&
	    h->numbers[HOST_CT_ESTABLISHED_S] < 7200)
		fix(say(c, GRADE_WARN, "tcp-loose", "idle connections are forgotten before "
			"TCP's keepalive, and tcp_loose=0 then ends them"),
			"sysctl net.netfilter.nf_conntrack_tcp_timeout_established=86400");
}

static void judge_saved(const struct host_facts *h, struct checkup *c)
{
	if (h->saved_table)
		fix(say(c, GRADE_WARN, "saved", "/etc/nftables.conf holds a saved copy of our "
			"table: loading it fights with the daemon"),
			"take table inet tidegate out of /etc/nftables.conf");
}

static void judge_daemon(const struct checkup_daemon *d, struct checkup *c)
{
	judge_alive(d, c);
	if (d->responding) {
		judge_mode(d, c);
		judge_losses(d, c);
		judge_measures(d, c);
		judge_guards(d, c);
		if (d->sources * 10 >= d->sources_capacity * 9)
			fix(say(c, GRADE_WARN, "sources", "the table of sources is nearly "
				"full"), "raise sizes.sources");
	}
	judge_sockets(d, c);
	judge_rights(d, c);
	judge_files(d, c);
	judge_log(d, c);
	judge_flows(d, c);
	judge_history(d, c);
}

void checkup_judge(const struct host_facts *h, const struct checkup_daemon *d,
	struct checkup *out)
{
	out->n = 0;
	if (d)
		judge_daemon(d, out);
	judge_tables(h, out);
	judge_forward(h, d, out);
	judge_bridges(h, out);
	judge_conntrack(h, out);
	judge_accounting(h, d, out);
	judge_saved(h, out);
}

enum grade checkup_worst(const struct checkup *c)
{
	enum grade worst = GRADE_OK;

	for (size_t i = 0; i < c->n; i++)
		worst = c->lines[i].grade > worst ? c->lines[i].grade : worst;
	return worst;
}
