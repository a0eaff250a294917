/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of itself, as key and value a line, for census.sh and the bench.
 *
 *     probe_census once SECONDS   walks each second, for so long (0: once), and tells what the last walk and the counters say
 *     probe_census cost WALKS     what a walk costs without holders and with, and a read of the counters: microseconds
 *                                 of a processor, the least of so many
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "core/packet.h"
#include "edge/clock.h"
#include "edge/host_counters.h"
#include "edge/sockdiag_walk.h"

#define SERVICES 1024

static struct service_census services[SERVICES], plain[SERVICES];
static struct service_owner owners[SERVICES];
static struct service_holders told[HOLDERS_SERVICES];
static struct holders *holders;
static struct sockdiag *sockets;
static struct host_counters *counters;
static struct host_sample sample;
static struct socket_walk walk = { .services = services, .max_services = SERVICES, .owners = owners,
	.max_owners = SERVICES };

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "probe_census: %s: %s\n", what, why);
	return 1;
}

static int open_all(void)
{
	char why[WHY_TEXT];
	struct hash_key key;

	hash_key_from_seed(&key, 1);
	holders_create(&holders, malloc(holders_bytes()), &key);
	held_since_create(&walk.since, malloc(held_since_bytes()), &key);
	if (sockdiag_open(&sockets, why))
		return fail("sockets", why);
	if (host_counters_open(&counters, NULL, why))
		return fail("counters", why);
	return 0;
}

static void tell_services(void)
{
	for (size_t i = 0; i < walk.n_services; i++) {
		const struct service_census *c = &services[i];

		printf("service.%u.half-open %u\nservice.%u.half-open-old %u\n", c->port, c->half_open, c->port,
			c->half_open_old);
		printf("service.%u.accept-queue %u\nservice.%u.backlog %u\n", c->port, c->accept_queue, c->port, c->backlog);
		printf("service.%u.established %u\nservice.%u.close-wait %u\nservice.%u.time-wait %u\n", c->port,
			c->established, c->port, c->close_wait, c->port, c->time_wait);
	}
	for (size_t i = 0; i < walk.n_owners; i++) {
		const struct service_owner *o = &owners[i];

		printf("owner.%s.%u %u %u %" PRIu64 "\n", o->proto == PROTO_TCP ? "tcp" : "udp", o->port, o->owner.uid,
			o->owner.inode, o->owner.cgroup);
	}
}

static void tell_holders(void)
{
	size_t n = holders_end(holders, told, HOLDERS_SERVICES);

	for (size_t i = 0; i < n; i++) {
		const struct service_holders *s = &told[i];
		char text[ADDR_TEXT];

		printf("holders.%u.open %u\nholders.%u.slow %u\nholders.%u.close-wait %u\n", s->port, s->open, s->port,
			s->slow, s->port, s->close_wait);
		printf("holders.%u.peers %u\nholders.%u.median %u\n", s->port, s->peers, s->port, s->median);
		for (uint32_t k = 0; k < s->n_top; k++) {
			addr_format(&s->top[k].peer, text, sizeof(text));
			printf("top.%u.%u %s %u %u %u\n", s->port, k, text, s->top[k].open, s->top[k].slow,
				s->top[k].close_wait);
		}
	}
}

static void tell_counters(void)
{
	static const char *const ways[] = { "in", "out" };

	for (uint32_t i = 0; i < sample.n_links; i++) {
		const struct link_counters *l = &sample.links[i];

		for (int way = 0; way < HOST_WAYS; way++)
			printf("link.%s.bytes.%s %" PRIu64 "\nlink.%s.packets.%s %" PRIu64 "\n", l->name, ways[way],
				l->bytes[way], l->name, ways[way], l->packets[way]);
	}
	for (int p = 0; p < HOST_PROTOS; p++)
		for (int way = 0; way < HOST_WAYS; way++)
			printf("packets.%s.%s %" PRIu64 "\n", host_proto_name((enum host_proto)p), ways[way],
				sample.packets[p][way]);
	printf("opened.in %" PRIu64 "\nopened.out %" PRIu64 "\n", sample.opened[HOST_IN], sample.opened[HOST_OUT]);
	printf("resets %" PRIu64 "\nunreachable %" PRIu64 "\n", sample.resets_sent, sample.unreachable_sent);
	printf("conntrack %u\nconntrack-max %u\nknown %u\n", sample.conntrack, sample.conntrack_max, sample.known);
}

static bool same(const struct service_census *a, const struct service_census *b)
{
	return a->proto == b->proto && a->port == b->port && a->half_open == b->half_open &&
		a->half_open_old == b->half_open_old && a->accept_queue == b->accept_queue && a->backlog == b->backlog;
}

/* The census that the walk replaces, held against it. */
static size_t differing(void)
{
	size_t n = 0, other = 0, found;

	if (sockdiag_census(sockets, true, plain, SERVICES, &n))
		return SERVICES;
	for (size_t i = 0; i < n; i++) {
		for (found = 0; found < walk.n_services && !same(&plain[i], &services[found]); found++)
			;
		other += found == walk.n_services;
	}
	return other + (n > walk.n_services ? n - walk.n_services : walk.n_services - n);
}

static int once(unsigned seconds)
{
	int err;

	walk.holders = holders;
	for (;;) {
		err = sockdiag_walk(sockets, &walk, clock_mono());
		if (err)
			return fail("walk", err_text(err));
		if (!seconds--)
			break;
		sleep(1);
	}
	host_counters_read(counters, &sample);
	printf("census-differs %zu\nsockets %u\n", differing(), walk.sockets);
	for (int s = 0; s < SOCKET_STATES; s++)
		printf("state.%s %u\n", socket_state_name((enum socket_state)s), walk.states[s]);
	tell_services();
	tell_holders();
	tell_counters();
	return 0;
}

static int64_t spent_in_walk(struct holders *wanted)
{
	int64_t before = clock_spent_ns();

	walk.holders = wanted;
	if (sockdiag_walk(sockets, &walk, clock_mono()))
		return INT64_MAX;
	if (wanted)
		holders_end(wanted, told, HOLDERS_SERVICES);
	return clock_spent_ns() - before;
}

static int64_t spent_in_counters(void)
{
	int64_t before = clock_spent_ns();

	host_counters_read(counters, &sample);
	return clock_spent_ns() - before;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int cost(int walks)
{
	int64_t without = INT64_MAX, with = INT64_MAX, read = INT64_MAX;

	for (int i = 0; i < walks; i++) {
		without = least(without, spent_in_walk(NULL));
		with = least(with, spent_in_walk(holders));
		read = least(read, spent_in_counters());
	}
	if (without == INT64_MAX || with == INT64_MAX)
		return fail("walk", "no answer");
	printf("sockets %u\nwalk %" PRId64 "\nwalk-holders %" PRId64 "\ncounters %" PRId64 "\nlinks %u\n", walk.sockets,
		without / 1000, with / 1000, read / 1000, sample.n_links + sample.links_cut);
	return 0;
}

int main(int argc, char **argv)
{
	int number = argc == 3 ? atoi(argv[2]) : -1;

	if (number < 0 || open_all())
		return 2;
	if (strcmp(argv[1], "once") == 0)
		return once((unsigned)number);
	if (strcmp(argv[1], "cost") == 0)
		return cost(number);
	return 2;
}
