/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the question for interfaces, and reads the answers. */
#include "codec/link_msg.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/err.h"

_Static_assert(LINK_NAME == IFNAMSIZ, "names of interfaces fit as the kernel has them");

int link_msg_dump(void *buf, size_t size, uint32_t seq, size_t *len)
{
	struct nlmsghdr *nlh;

	if (size < LINK_MSG_REQUEST_BYTES)
		return ERR_FULL;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg)); /* zeroed: all kinds */
	*len = nlh->nlmsg_len;
	return 0;
}

/* struct rtnl_link_stats64 grows with the kernel; these stand in its oldest part. */
static bool read_stats(struct slice value, struct link_counters *out)
{
	struct rtnl_link_stats64 s;
	const size_t least = offsetof(struct rtnl_link_stats64, rx_missed_errors) + sizeof(s.rx_missed_errors);

	if (value.len < least)
		return false;
	memset(&s, 0, sizeof(s));
	memcpy(&s, value.at, value.len < sizeof(s) ? value.len : sizeof(s));
	out->bytes[HOST_IN] = s.rx_bytes;
	out->bytes[HOST_OUT] = s.tx_bytes;
	out->packets[HOST_IN] = s.rx_packets;
	out->packets[HOST_OUT] = s.tx_packets;
	out->dropped[HOST_IN] = s.rx_dropped + s.rx_missed_errors;
	out->dropped[HOST_OUT] = s.tx_dropped;
	out->errors[HOST_IN] = s.rx_errors;
	out->errors[HOST_OUT] = s.tx_errors;
	return true;
}

/* The kernel takes almost any byte in a name; in ours they go to terminals and files. */
static void read_name(struct slice value, char name[LINK_NAME])
{
	size_t i;

	for (i = 0; i < value.len && i < LINK_NAME - 1 && value.at[i]; i++) {
		uint8_t c = value.at[i];

		name[i] = c > ' ' && c < 0x7f ? (char)c : '?';
	}
	name[i] = '\0';
}

int link_msg_counters(const struct netlink_message *m, struct link_counters *out)
{
	struct cursor c = cursor_over(m->body);
	struct link_counters l = { 0 };
	struct netlink_attribute a;
	struct ifinfomsg head;
	bool told = false;

	if (m->type != RTM_NEWLINK)
		return ERR_INVALID;
	cursor_bytes(&c, &head, sizeof(head));
	while (netlink_next_attribute(&c, &a)) {
		if (a.type == IFLA_IFNAME)
			read_name(a.value, l.name);
		else if (a.type == IFLA_STATS64)
			told = read_stats(a.value, &l);
	}
	if (c.failed)
		return ERR_TRUNCATED;
	if (!told || head.ifi_index <= 0 || !(head.ifi_flags & IFF_UP) || (head.ifi_flags & IFF_LOOPBACK))
		return ERR_ABSENT;
	l.index = (uint32_t)head.ifi_index;
	*out = l;
	return 0;
}
