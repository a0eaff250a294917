/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gathers what core/bite.h judges. What began since a measure was applied cannot be read
 * off a socket or an entry (neither has a birthday), so those that were there at the
 * first look are remembered by the names that the kernel gave them.
 */
#include "app/bite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/links.h"

#define MARKS 64          /* measures whose earlier flows are remembered */
#define FLOWS 64          /* of each, sockets and tracked flows */
#define GRACE (200 * NS_PER_MS) /* what was on its way into a socket already */
#define DUMP_MOST 100000  /* entries beyond which conntrack is not walked for a prefix */

struct mark {
	struct subject subject;
	enum scope scope;
	mono_t since, at; /* of the measure; of the look */
	uint64_t cookies[FLOWS];
	uint32_t entries[FLOWS];
	size_t n_cookies, n_entries;
	bool full; /* there were more: what is new cannot be told */
};

struct look {
	const struct measure *m;
	const struct guards *guards;
	struct sockdiag_flow flows[FLOWS];
	struct ct_flow entries[FLOWS];
	size_t n_flows, n_entries;
	bool full;
};

struct bite_watch {
	struct bite_tools tools;
	struct links *links;
	struct guards own;
	struct mark marks[MARKS];
	size_t next; /* the mark that is forgotten for the next measure */
	mono_t second;
	unsigned in_second;
	struct bite_stats stats;
	struct look look;
};

/* A small number in a file of /proc; -1 where there is none. */
static long read_number(const char *path)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

static bool routes(uint8_t family)
{
	return read_number(family == FAMILY_V4 ? "/proc/sys/net/ipv4/ip_forward"
			: "/proc/sys/net/ipv6/conf/all/forwarding") > 0;
}

/* A walk of conntrack is what a check costs, so it is spared where nothing can be carried
 * past this host. */
static bool carries(bool routed)
{
	return routed || read_number("/proc/sys/net/bridge/bridge-nf-call-iptables") >= 0;
}

static void learn_own(struct bite_watch *b)
{
	struct links_found f = { .guards = &b->own };

	guards_clear(&b->own, GUARD_OWN);
	links_addresses(b->links, &f);
}

static bool is_own(const struct bite_watch *b, const struct addr *a)
{
	return addr_is_loopback(a) || addr_is_multicast(a) || guards_find(&b->own, a);
}

/* A measure of one service is about flows to that alone, as they arrive. */
static bool concerns(const struct look *l, const struct tuple *t)
{
	const struct measure *m = l->m;

	if (guards_find(l->guards, &t->src))
		return false;
	return m->scope == SCOPE_SOURCE ||
		(m->subject.proto == t->proto && m->subject.port == t->dport);
}

static void take_entry(void *ctx, const struct ct_flow *f)
{
	struct look *l = ctx;

	if (!concerns(l, &f->tuple))
		return;
	if (l->n_entries == FLOWS)
		l->full = true;
	else
		l->entries[l->n_entries++] = *f;
}

static void look_at_entries(struct bite_watch *b, const struct prefix *source,
	bool routed)
{
	bool single = source->len == addr_bits(&source->addr);

	if (!carries(routed))
		return;
	if (!single && read_number("/proc/sys/net/netfilter/nf_conntrack_count") > DUMP_MOST)
		return;
	conntrack_of(b->tools.conntrack, source, take_entry, &b->look);
}

static void look(struct bite_watch *b, const struct measure *m, const struct guards *g,
	bool routed)
{
	struct look *l = &b->look;
	size_t n = 0, kept = 0;
	int err;

	*l = (struct look){ .m = m, .guards = g };
	err = sockdiag_flows(b->tools.sockdiag, &m->subject.source, l->flows, FLOWS, &n);
	l->full = err == ERR_FULL;
	for (size_t i = 0; i < n && (!err || err == ERR_FULL); i++)
		if (concerns(l, &l->flows[i].tuple))
			l->flows[kept++] = l->flows[i];
	l->n_flows = kept;
	look_at_entries(b, &m->subject.source, routed);
	b->stats.unsure += l->full;
}

static struct mark *find_mark(struct bite_watch *b, const struct measure *m)
{
	for (size_t i = 0; i < MARKS; i++) {
		struct mark *k = &b->marks[i];

		if (k->at.ns && k->since.ns == m->since.ns && k->scope == m->scope &&
		    subject_equal(&k->subject, &m->subject))
			return k;
	}
	return NULL;
}

static void make_mark(struct bite_watch *b, const struct measure *m, mono_t now)
{
	struct mark *k = &b->marks[b->next++ % MARKS];
	const struct look *l = &b->look;

	*k = (struct mark){ .subject = m->subject, .scope = m->scope, .since = m->since,
		.at = now, .full = l->full };
	for (size_t i = 0; i < l->n_flows; i++)
		k->cookies[k->n_cookies++] = l->flows[i].cookie;
	for (size_t i = 0; i < l->n_entries; i++)
		k->entries[k->n_entries++] = l->entries[i].id;
}

static bool knew_socket(const struct mark *k, uint64_t cookie)
{
	for (size_t i = 0; i < k->n_cookies; i++)
		if (k->cookies[i] == cookie)
			return true;
	return false;
}

static bool knew_entry(const struct mark *k, uint32_t id)
{
	for (size_t i = 0; i < k->n_entries; i++)
		if (k->entries[i] == id)
			return true;
	return false;
}

static void judge_drop(const struct bite_watch *b, mono_t now, struct bite_facts *f)
{
	const struct look *l = &b->look;
	int64_t within = mono_since(now, l->m->applied) - GRACE;

	for (size_t i = 0; i < l->n_flows; i++)
		f->heard += l->flows[i].heard_ns < within;
	for (size_t i = 0; i < l->n_entries; i++)
		f->offloaded += l->entries[i].offloaded;
}

/* How many connections the measure itself lets through by now. */
static size_t allowance(const struct measure *m, mono_t since, mono_t now)
{
	int64_t seconds = mono_since(now, since) / NS_PER_S + 1;

	if (m->response != RESPONSE_LIMIT)
		return 0;
	return (size_t)seconds * m->limit_rate + m->limit_burst;
}

static bool untracked(struct bite_watch *b, const struct tuple *t)
{
	enum ask_fate fate = FATE_UNKNOWN;
	bool silent;

	return conntrack_fate(b->tools.conntrack, t, &fate, &silent) == 0 &&
		fate == FATE_GONE;
}

/* Sockets that are new, less what a limit lets through. */
static void judge_sockets(struct bite_watch *b, const struct mark *k, mono_t now,
	struct bite_facts *f)
{
	const struct look *l = &b->look;
	size_t allowed = allowance(l->m, k->at, now);

	for (size_t i = 0; i < l->n_flows; i++) {
		if (knew_socket(k, l->flows[i].cookie))
			continue;
		f->heard++;
		f->untracked += untracked(b, &l->flows[i].tuple);
	}
	f->heard = f->heard > allowed ? f->heard - allowed : 0;
}

/* TCP that ends here is told by its sockets: an entry may be a packet out of the blue,
 * that reached nobody. */
static void judge_beyond(struct bite_watch *b, const struct mark *k, mono_t now,
	struct bite_facts *f)
{
	const struct look *l = &b->look;
	size_t allowed = allowance(l->m, k->at, now);

	for (size_t i = 0; i < l->n_entries; i++)
		f->beyond += !is_own(b, &l->entries[i].end) &&
			!knew_entry(k, l->entries[i].id);
	f->beyond = f->beyond > allowed ? f->beyond - allowed : 0;
}

static void judge_new(struct bite_watch *b, const struct measure *m, mono_t now,
	struct bite_facts *f)
{
	const struct mark *k = find_mark(b, m);

	if (!k) {
		make_mark(b, m, now);
		return;
	}
	if (k->full)
		return;
	if (m->response != RESPONSE_DROP)
		judge_sockets(b, k, now, f);
	judge_beyond(b, k, now, f);
}

static bool may_check(struct bite_watch *b, mono_t now)
{
	if (mono_since(now, b->second) >= NS_PER_S) {
		b->second = now;
		b->in_second = 0;
	}
	if (b->in_second++ < BITE_A_SECOND)
		return true;
	b->stats.put_off++;
	return false;
}

int bite_check(struct bite_watch *b, const struct measure *m, const struct guards *g,
	mono_t now, struct bite_result *out)
{
	struct bite_facts f = { .response = m->response,
		.diverts_forward = b->tools.diverts_forward };
	struct nft_found found;
	int err;

	if (!may_check(b, now))
		return ERR_AGAIN;
	err = nft_look(b->tools.nft, m, &found);
	if (err)
		return err;
	f.packets = found.packets;
	b->stats.checks++;
	if (m->subject.kind == SUBJECT_SOURCE && m->response != RESPONSE_SHIELD) {
		f.routes = routes(m->subject.source.addr.family);
		learn_own(b);
		look(b, m, g, f.routes);
		if (m->response == RESPONSE_DROP)
			judge_drop(b, now, &f);
		judge_new(b, m, now, &f);
	}
	bite_judge(&f, out);
	b->stats.leaks += out->bite == BITE_LEAKS;
	return 0;
}

void bite_stats(const struct bite_watch *b, struct bite_stats *out)
{
	*out = b->stats;
}

int bite_open(struct bite_watch **out, const struct bite_tools *tools, char why[WHY_TEXT])
{
	struct bite_watch *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return log_why(why, ERR_MEMORY, "no memory to check measures");
	err = links_open(&b->links, why);
	if (err) {
		free(b);
		return err;
	}
	b->tools = *tools;
	*out = b;
	return 0;
}

void bite_close(struct bite_watch *b)
{
	if (!b)
		return;
	links_close(b->links);
	free(b);
}
