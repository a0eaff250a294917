/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What conntrack holds of one peer's TCP connections, for the lab alone.
 *
 *   probe_ct list ADDR     how many entries stand in each state, and how many of them conntrack calls assured
 *   probe_ct watch ADDR    every change of state until SIGTERM; then how many entries were established, how many
 *                          left that state again, and after how many microseconds the slowest of those
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define PORTS 65536

static const char *const names[] = { "none", "syn_sent", "syn_recv", "established", "fin_wait", "close_wait",
	"last_ack", "time_wait", "close", "syn_sent2" };
#define STATES (sizeof(names) / sizeof(names[0]))

struct probe {
	int family;
	uint8_t peer[16];
	unsigned state[STATES], assured[STATES];
	uint64_t begun[PORTS]; /* by source port: established since, ns; 0 not */
	uint64_t slowest;
	unsigned left;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int is_of_peer(const struct probe *p, const struct nf_conntrack *ct)
{
	const void *src = nfct_get_attr(ct, p->family == AF_INET ? ATTR_ORIG_IPV4_SRC : ATTR_ORIG_IPV6_SRC);

	return src && !memcmp(src, p->peer, p->family == AF_INET ? 4 : 16) &&
		nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO) == IPPROTO_TCP;
}

static void count(struct probe *p, const struct nf_conntrack *ct)
{
	uint8_t state = nfct_get_attr_u8(ct, ATTR_TCP_STATE);

	if (state >= STATES)
		return;
	p->state[state]++;
	p->assured[state] += !!(nfct_get_attr_u32(ct, ATTR_STATUS) & IPS_ASSURED);
}

static int on_entry(enum nf_conntrack_msg_type type, struct nf_conntrack *ct, void *data)
{
	struct probe *p = data;

	(void)type;
	if (is_of_peer(p, ct))
		count(p, ct);
	return NFCT_CB_CONTINUE;
}

/* An entry is established once, whatever else is told of it while it is. */
static int on_change(enum nf_conntrack_msg_type type, struct nf_conntrack *ct, void *data)
{
	struct probe *p = data;
	uint64_t *begun = &p->begun[nfct_get_attr_u16(ct, ATTR_ORIG_PORT_SRC)];
	uint8_t state = nfct_get_attr_u8(ct, ATTR_TCP_STATE);
	uint64_t now = now_ns();

	if (!is_of_peer(p, ct))
		return NFCT_CB_CONTINUE;
	if (type != NFCT_T_DESTROY && state == TCP_CONNTRACK_ESTABLISHED) {
		if (!*begun)
			count(p, ct);
		*begun = *begun ? *begun : now;
		return NFCT_CB_CONTINUE;
	}
	if (*begun) {
		p->left++;
		if (now - *begun > p->slowest)
			p->slowest = now - *begun;
		*begun = 0;
	}
	return NFCT_CB_CONTINUE;
}

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static int list(struct probe *p)
{
	uint32_t family = (uint32_t)p->family;
	struct nfct_handle *h = nfct_open(CONNTRACK, 0);

	if (!h)
		return 71;
	nfct_callback_register(h, NFCT_T_ALL, on_entry, p);
	if (nfct_query(h, NFCT_Q_DUMP, &family)) {
		perror("probe_ct: dump");
		return 71;
	}
	nfct_close(h);
	for (size_t i = 0; i < STATES; i++)
		if (p->state[i])
			printf("%s %u assured %u\n", names[i], p->state[i], p->assured[i]);
	return 0;
}

static int watch(struct probe *p)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct nfct_handle *h = nfct_open(CONNTRACK,
		NF_NETLINK_CONNTRACK_NEW | NF_NETLINK_CONNTRACK_UPDATE | NF_NETLINK_CONNTRACK_DESTROY);
	struct timeval patience = { .tv_usec = 50000 };
	int size = 64 << 20;

	if (!h)
		return 71;
	sigaction(SIGTERM, &stop, NULL);
	setsockopt(nfct_fd(h), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(nfct_fd(h), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	nfct_callback_register(h, NFCT_T_ALL, on_change, p);
	while (!ended)
		if (nfct_catch(h) < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			break;
	nfct_close(h);
	printf("%u %u %llu\n", p->state[TCP_CONNTRACK_ESTABLISHED], p->left,
		(unsigned long long)p->slowest / 1000);
	return 0;
}

int main(int argc, char **argv)
{
	static struct probe p;

	if (argc == 3)
		p.family = strchr(argv[2], ':') ? AF_INET6 : AF_INET;
	if (argc != 3 || inet_pton(p.family, argv[2], p.peer) != 1) {
		fprintf(stderr, "usage: probe_ct list|watch ADDR\n");
		return 64;
	}
	return strcmp(argv[1], "watch") ? list(&p) : watch(&p);
}
