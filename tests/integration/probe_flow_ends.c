/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ends of flows as edge/flow_ends hands them out, for the lab and the bench alone.
 *
 *   probe_flow_ends sockets|conntrack [KEY=NUMBER...]
 *
 * most= and buffer= as in struct flow_ends_opts; rest= milliseconds between a word of the kernel and the reading;
 * look= milliseconds between two looks at the living sockets (0: none); stall=1: nothing is read
 * before SIGUSR1; quiet=1: no line for each end.
 *
 * Says "listening", then a line for each end:
 *   in|out|forward PROTO SRC SPORT DST DPORT bytes THERE BACK packets THERE BACK PROOF weight N lasted MS uid N
 * and at SIGTERM what was counted, as KEY=NUMBER.
 */
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/netlink.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/diag_msg.h"
#include "core/packet.h"
#include "edge/clock.h"
#include "edge/flow_ends.h"

#define ENDS 1024
#define ADDRESSES 64

struct probe {
	struct flow_ends *ends;
	int diag; /* a socket for looks */
	unsigned long most, buffer, rest, look, stall, quiet;
	struct addr own[ADDRESSES];
	size_t n_own;
	uint64_t weighed;
	_Alignas(NETLINK_ALIGN) uint8_t answer[65536];
};

static volatile sig_atomic_t ended, begun;

static void on_signal(int number)
{
	if (number == SIGUSR1)
		begun = 1;
	else
		ended = 1;
}

static bool is_own(void *ctx, const struct addr *a)
{
	const struct probe *p = ctx;

	for (size_t i = 0; i < p->n_own; i++) {
		if (addr_equal(&p->own[i], a))
			return true;
	}
	return false;
}

static void list_own(struct probe *p)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list))
		return;
	for (struct ifaddrs *i = list; i && p->n_own < ADDRESSES; i = i->ifa_next) {
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET)
			p->own[p->n_own++] = addr_v4((const void *)&((struct sockaddr_in *)i->ifa_addr)->sin_addr);
		else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6)
			p->own[p->n_own++] = addr_v6((const void *)&((struct sockaddr_in6 *)i->ifa_addr)->sin6_addr);
	}
	freeifaddrs(list);
}

/* ---- looks at what lives ---- */

static void note(struct probe *p, const struct diag_socket *s, struct listen_snapshot *serves)
{
	struct socket_owner owner = { .uid = s->uid, .inode = s->inode };

	if (s->state == DIAG_LISTEN) {
		listen_snapshot_add(serves, LISTEN_TCP, s->local_port);
		flow_ends_note_service(p->ends, s->local_port, s->uid);
		return;
	}
	flow_ends_note_socket(p->ends, (uint64_t)s->cookie[1] << 32 | s->cookie[0], &owner, clock_mono());
}

static bool read_looked(struct probe *p, size_t len, struct listen_snapshot *serves)
{
	struct cursor c = cursor_over((struct slice){ p->answer, len });
	struct netlink_message m;
	struct diag_socket s;
	int error;

	while (netlink_next(&c, &m)) {
		if (netlink_error(&m, &error) == 0)
			return false;
		if (diag_msg_socket(&m, PROTO_TCP, &s) == 0)
			note(p, &s, serves);
	}
	return true;
}

static void look(struct probe *p)
{
	static struct listen_snapshot serves;
	static const enum family families[] = { FAMILY_V4, FAMILY_V6 };

	memset(&serves, 0, sizeof(serves));
	serves.known[LISTEN_TCP] = true;
	for (size_t i = 0; i < 2; i++) {
		_Alignas(NETLINK_ALIGN) uint8_t request[DIAG_REQUEST_BYTES];
		struct diag_dump d = { .family = families[i], .proto = PROTO_TCP,
			.states = DIAG_BIT(DIAG_LISTEN) | DIAG_BIT(DIAG_ESTABLISHED) };
		size_t len;
		ssize_t got;

		if (diag_msg_dump(request, sizeof(request), &d, &len) || send(p->diag, request, len, 0) < 0)
			return;
		do
			got = recv(p->diag, p->answer, sizeof(p->answer), 0);
		while (got > 0 && read_looked(p, (size_t)got, &serves));
	}
	flow_ends_note_serves(p->ends, &serves);
}

/* ---- ends ---- */

static const char *direction(const struct flow_end *e)
{
	static const char *const names[FLOW_DIRECTIONS] = { "in", "out", "forward" };

	return names[e->direction];
}

static void print_end(const struct flow_end *e)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	addr_format(&e->tuple.src, src, sizeof(src));
	addr_format(&e->tuple.dst, dst, sizeof(dst));
	printf("%s %u %s %u %s %u bytes %llu %llu packets %llu %llu %s weight %u lasted %lld uid %lld\n", direction(e),
		e->tuple.proto, src, e->tuple.sport, dst, e->tuple.dport, (unsigned long long)e->bytes[FLOW_THERE],
		(unsigned long long)e->bytes[FLOW_BACK], (unsigned long long)e->packets[FLOW_THERE],
		(unsigned long long)e->packets[FLOW_BACK], proof_name((enum proof)e->proof), e->weight,
		(long long)(e->lasted_ns < 0 ? -1 : e->lasted_ns / NS_PER_MS),
		e->owner.uid == OWNER_UNKNOWN ? -1ll : (long long)e->owner.uid);
}

static void sleep_ms(unsigned long ms)
{
	struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	while (ms && nanosleep(&t, &t) && !ended)
		;
}

static int read_all(struct probe *p)
{
	static struct flow_end ends[ENDS];
	size_t n = 0;
	int err;

	do {
		err = flow_ends_read(p->ends, clock_mono(), ends, ENDS, &n);
		for (size_t i = 0; i < n; i++) {
			p->weighed += ends[i].weight;
			if (!p->quiet)
				print_end(&ends[i]);
		}
	} while (err == ERR_FULL);
	fflush(stdout);
	return err;
}

static int wait_ms(const struct probe *p, mono_t looked)
{
	int64_t due = flow_ends_due_ns(p->ends, clock_mono());

	if (p->look) {
		int64_t next = (int64_t)p->look * NS_PER_MS - mono_since(clock_mono(), looked);

		due = next < due ? next : due;
	}
	if (due == INT64_MAX)
		return -1;
	return due < 0 ? 0 : (int)(due / NS_PER_MS) + 1;
}

static int listen_until_told(struct probe *p)
{
	mono_t looked = clock_mono();
	int err = 0;

	while (p->stall && !begun && !ended)
		sleep_ms(10);
	while (!ended && !err) {
		struct pollfd fd = { .fd = flow_ends_fd(p->ends), .events = POLLIN };

		if (poll(&fd, 1, wait_ms(p, looked)) > 0)
			sleep_ms(p->rest);
		err = read_all(p);
		if (p->look && mono_since(clock_mono(), looked) >= (int64_t)p->look * NS_PER_MS) {
			looked = clock_mono();
			look(p);
		}
	}
	return err;
}

static void print_stats(const struct probe *p)
{
	struct flow_ends_stats s;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	flow_ends_stats(p->ends, &s);
	printf("received=%llu told=%llu weighed=%llu left_out=%llu lost=%llu malformed=%llu pauses=%llu paused_ms=%lld "
		"missed=%llu unknown_owner=%llu cpu_ms=%lld\n", (unsigned long long)s.received, (unsigned long long)s.told,
		(unsigned long long)p->weighed, (unsigned long long)s.left_out, (unsigned long long)s.lost,
		(unsigned long long)s.malformed, (unsigned long long)s.pauses, (long long)(s.paused_ns / NS_PER_MS),
		(unsigned long long)s.missed, (unsigned long long)s.unknown_owner,
		((long long)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000);
}

static bool set_key(struct probe *p, const char *word)
{
	static const char *const names[] = { "most=", "buffer=", "rest=", "look=", "stall=", "quiet=" };
	unsigned long *const values[] = { &p->most, &p->buffer, &p->rest, &p->look, &p->stall, &p->quiet };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(word, names[i], strlen(names[i])) == 0) {
			*values[i] = strtoul(word + strlen(names[i]), NULL, 10);
			return true;
		}
	}
	return false;
}

static int run(struct probe *p, bool conntrack)
{
	struct flow_ends_opts o = { .teller = conntrack ? TELLER_CONNTRACK : TELLER_SOCKET, .most = (uint32_t)p->most,
		.buffer_bytes = p->buffer, .is_own = is_own, .ctx = p };
	char why[WHY_TEXT];
	int err;

	list_own(p);
	p->diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	err = flow_ends_open(&p->ends, &o, clock_mono(), why);
	if (err) {
		fprintf(stderr, "probe_flow_ends: %s\n", why);
		return 71;
	}
	if (p->look)
		look(p);
	printf("listening\n");
	fflush(stdout);
	err = listen_until_told(p);
	print_stats(p);
	flow_ends_close(p->ends);
	close(p->diag);
	return err ? 74 : 0;
}

int main(int argc, char **argv)
{
	static struct probe p = { .rest = 20 };
	struct sigaction stop = { .sa_handler = on_signal };
	bool good = argc >= 2 && (!strcmp(argv[1], "sockets") || !strcmp(argv[1], "conntrack"));

	for (int i = 2; good && i < argc; i++)
		good = set_key(&p, argv[i]);
	if (!good) {
		fprintf(stderr, "usage: probe_flow_ends sockets|conntrack [most=N] [buffer=N] [rest=MS] [look=MS] [stall=1] "
			"[quiet=1]\n");
		return 64;
	}
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGUSR1, &stop, NULL);
	return run(&p, argv[1][0] == 'c');
}
