/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks nftables for what others hold, rtnetlink for links (/sys shows another namespace's
 * where only the network was unshared).
 */
#include "edge/hostfacts.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "codec/nft_others.h"

#define ANSWER_BYTES 32768
#define OUR_PRIORITY (-450) /* of our first chain at prerouting */

struct hostfacts {
	struct mnl_socket *nft, *route;
	uint32_t seq;
	_Alignas(NETLINK_ALIGN) uint8_t request[NFT_OTHERS_REQUEST_BYTES + 32];
	_Alignas(NETLINK_ALIGN) uint8_t answer[ANSWER_BYTES];
};

struct reading {
	struct host_facts *out;
	const char *ours;
};

typedef void (*each_fn)(const struct netlink_message *m, struct reading *r);

/* Sends what stands in h->request and reads the dump to its end. */
static int dump(struct hostfacts *h, struct mnl_socket *s, size_t len, each_fn each,
	struct reading *r)
{
	if (mnl_socket_sendto(s, h->request, len) < 0)
		return netlink_err_of(errno);
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(s, h->answer, sizeof(h->answer));
		struct netlink_message m;
		struct cursor c;
		int error;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return netlink_err_of(errno);
		c = cursor_over((struct slice){ h->answer, (size_t)got });
		while (netlink_next(&c, &m)) {
			if (m.seq != h->seq)
				continue;
			if (netlink_error(&m, &error) == 0)
				return netlink_err_of(error);
			each(&m, r);
		}
	}
}

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	case NFPROTO_ARP:
		return "arp";
	default:
		return "?";
	}
}

/* One chain may hold many rules of a kind: it is named once. */
static void note(struct host_list *l, const struct nft_others *o)
{
	char name[2 * NFT_OTHERS_NAME + 16];

	snprintf(name, sizeof(name), "%s %.24s %.32s", family_name(o->family), o->table,
		o->name);
	for (size_t i = 0; i < l->n && i < HOST_LIST; i++)
		if (strcmp(l->names[i], name) == 0)
			return;
	host_list_add(l, name);
}

static void note_responder(struct host_list *l, const char *name)
{
	for (size_t i = 0; i < l->n && i < HOST_LIST; i++)
		if (strcmp(l->names[i], name) == 0)
			return;
	host_list_add(l, name);
}

/* Other programs that block, by the names of their tables and chains. */
static void look_for_responder(struct host_list *l, const char *name)
{
	static const struct {
		const char *begin, *program;
	} known[] = {
		{ "f2b-", "fail2ban" },
		{ "crowdsec", "crowdsec" },
		{ "CROWDSEC", "crowdsec" },
		{ "sshguard", "sshguard" },
		{ "reaction", "reaction" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(name, known[i].begin, strlen(known[i].begin)) == 0)
			note_responder(l, known[i].program);
}

/* An ingress hook of a device or of inet, or a place ahead of ours at prerouting. */
static bool is_ahead(const struct nft_others *o)
{
	if (!o->base)
		return false;
	if (o->family == NFPROTO_NETDEV)
		return o->hook == NF_NETDEV_INGRESS;
	if (o->family == NFPROTO_INET && o->hook == NF_INET_INGRESS)
		return true;
	return o->family != NFPROTO_BRIDGE && o->family != NFPROTO_ARP &&
		o->hook == NF_INET_PRE_ROUTING && o->priority < OUR_PRIORITY;
}

static void take_other(const struct netlink_message *m, struct reading *r)
{
	struct nft_others o;

	if (nft_others_parse(m, &o) ||
	    (o.family == NFPROTO_INET && strcmp(o.table, r->ours) == 0))
		return;
	switch (o.kind) {
	case NFT_OTHERS_CHAIN:
		if (is_ahead(&o))
			note(&r->out->ahead, &o);
		look_for_responder(&r->out->responders, o.table);
		look_for_responder(&r->out->responders, o.name);
		break;
	case NFT_OTHERS_FLOWTABLE:
		note(&r->out->flowtables, &o);
		break;
	case NFT_OTHERS_RULE:
		if (o.untracks)
			note(&r->out->untracking, &o);
		break;
	}
}

static void read_tables(struct hostfacts *h, struct reading *r)
{
	static const enum nft_others_kind kinds[] = { NFT_OTHERS_CHAIN,
		NFT_OTHERS_FLOWTABLE, NFT_OTHERS_RULE };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len;

		if (nft_others_dump(h->request, sizeof(h->request), kinds[i], ++h->seq,
			&len) || dump(h, h->nft, len, take_other, r))
			return;
	}
	r->out->tables_known = true;
}

static bool is_bridge(struct slice info)
{
	struct cursor c = cursor_over(info);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a))
		if (a.type == IFLA_INFO_KIND)
			return a.value.len >= 6 && memcmp(a.value.at, "bridge", 6) == 0;
	return false;
}

static void take_link(const struct netlink_message *m, struct reading *r)
{
	struct cursor c = cursor_over(m->body);
	char name[32] = "";
	struct netlink_attribute a;
	struct ifinfomsg head;
	bool bridge = false, port = false;

	if (m->type != RTM_NEWLINK)
		return;
	cursor_bytes(&c, &head, sizeof(head));
	while (netlink_next_attribute(&c, &a)) {
		if (a.type == IFLA_IFNAME)
			snprintf(name, sizeof(name), "%.*s", (int)a.value.len,
				(const char *)a.value.at);
		else if (a.type == IFLA_LINKINFO)
			bridge = is_bridge(a.value);
		else if (a.type == IFLA_MASTER)
			port = true;
	}
	if (bridge)
		host_list_add(&r->out->bridges, name);
	if (host_is_container(name) && (bridge || !port))
		host_list_add(&r->out->containers, name);
}

static void read_links(struct hostfacts *h, struct reading *r)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(h->request);
	struct ifinfomsg *head;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++h->seq;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->ifi_family = AF_UNSPEC;
	r->out->links_known = dump(h, h->route, nlh->nlmsg_len, take_link, r) == 0;
}

void hostfacts_read(struct hostfacts *h, const char *ours, struct host_facts *out)
{
	struct reading r = { .out = out, .ours = ours };

	hostfacts_switches(ours, out);
	read_tables(h, &r);
	read_links(h, &r);
}

static struct mnl_socket *open_socket(int bus)
{
	struct mnl_socket *s = mnl_socket_open2(bus, SOCK_CLOEXEC);
	struct timeval patience = { .tv_sec = 2 }; /* a lost answer must not hang us */

	if (!s)
		return NULL;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(s);
		return NULL;
	}
	setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience));
	return s;
}

int hostfacts_open(struct hostfacts **out, char why[WHY_TEXT])
{
	struct hostfacts *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return log_why(why, ERR_MEMORY, "no memory for facts about this host");
	h->nft = open_socket(NETLINK_NETFILTER);
	if (!h->nft)
		goto free_facts;
	h->route = open_socket(NETLINK_ROUTE);
	if (!h->route)
		goto close_nft;
	*out = h;
	return 0;

close_nft:
	mnl_socket_close(h->nft);
free_facts:
	err = log_why(why, netlink_err_of(errno), "netlink: %s", strerror(errno));
	free(h);
	return err;
}

void hostfacts_close(struct hostfacts *h)
{
	if (!h)
		return;
	mnl_socket_close(h->nft);
	mnl_socket_close(h->route);
	free(h);
}
