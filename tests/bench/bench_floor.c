/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor that tidegate is measured against: the least that a program in the way of new connections can do. It
 * binds one queue, takes up to 64 packets at once and accepts all of them with one batch verdict; it looks at nothing.
 *
 *   bench_floor QUEUE     until it is killed
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>

#define BURST 64
#define BYTES 2048

static struct nlmsghdr *begin(char *room, int type, uint16_t queue)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(queue);
	return h;
}

/* Bind, copy range and flags in one message: in two, the kernel would drop what comes between them. */
static int bind_queue(struct mnl_socket *s, uint16_t queue)
{
	char room[8192];
	struct nlmsghdr *h = begin(room, NFQNL_MSG_CONFIG, queue);
	struct nfqnl_msg_config_cmd bind_cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = { .copy_range = htonl(128), .copy_mode = NFQNL_COPY_PACKET };
	ssize_t n;

	mnl_attr_put(h, NFQA_CFG_CMD, sizeof(bind_cmd), &bind_cmd);
	mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(4096));
	mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO));
	mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO));
	h->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		return -1;
	n = mnl_socket_recvfrom(s, room, sizeof(room));
	return n < 0 ? -1 : mnl_cb_run(room, (size_t)n, 0, mnl_socket_get_portid(s), NULL, NULL);
}

/* The packet's id, or 0 for a message that carries none: an error about a verdict that came too late. */
static uint32_t packet_id(const char *message)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)message;
	struct nlattr *attr[NFQA_MAX + 1] = { NULL };
	const struct nfqnl_msg_packet_hdr *p;

	if (h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) || nfq_nlmsg_parse(h, attr) < 0)
		return 0;
	if (!attr[NFQA_PACKET_HDR])
		return 0;
	p = mnl_attr_get_payload(attr[NFQA_PACKET_HDR]);
	return ntohl(p->packet_id);
}

static void accept_up_to(struct mnl_socket *s, uint16_t queue, uint32_t id)
{
	char room[256];
	struct nlmsghdr *h = begin(room, NFQNL_MSG_VERDICT_BATCH, queue);
	struct nfqnl_msg_verdict_hdr v = { .verdict = htonl(NF_ACCEPT), .id = htonl(id) };

	mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof(v), &v);
	mnl_socket_sendto(s, h, h->nlmsg_len);
}

static void run(struct mnl_socket *s, uint16_t queue)
{
	static char room[BURST][BYTES];
	struct iovec iov[BURST];
	struct mmsghdr msg[BURST];

	for (;;) {
		uint32_t last = 0;
		int n;

		memset(msg, 0, sizeof(msg));
		for (int i = 0; i < BURST; i++) {
			iov[i] = (struct iovec){ .iov_base = room[i], .iov_len = BYTES };
			msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
		}
		n = recvmmsg(mnl_socket_get_fd(s), msg, BURST, MSG_WAITFORONE, NULL);
		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return;
		for (int i = 0; i < n; i++) {
			uint32_t id = packet_id(room[i]);

			last = id ? id : last;
		}
		if (last)
			accept_up_to(s, queue, last);
	}
}

int main(int argc, char **argv)
{
	uint16_t queue = (uint16_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 4200);
	struct mnl_socket *s = mnl_socket_open(NETLINK_NETFILTER);
	int room = 8 << 20;

	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 || bind_queue(s, queue) < 0) {
		perror("bench_floor: queue");
		return 77;
	}
	setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	run(s, queue);
	perror("bench_floor: receive");
	return 71;
}
