/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks rtnetlink for all interfaces. With the names come some forty attributes that nobody here wants; RTM_GETSTATS has
 * the counters alone, but then names and who is up would have to be kept beside, and be wrong for a moment after each
 * change.
 */
#include "edge/host_links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "codec/link_msg.h"

#define ANSWER_BYTES 32768

struct host_links {
	struct mnl_socket *asked;
	uint32_t seq;
	_Alignas(NETLINK_ALIGN) uint8_t request[LINK_MSG_REQUEST_BYTES];
	_Alignas(NETLINK_ALIGN) uint8_t answer[ANSWER_BYTES];
};

/* One datagram of the dump. ERR_AGAIN: there are more to come. */
static int read_answer(struct host_links *l, size_t len, struct host_sample *out, uint64_t *malformed)
{
	struct cursor c = cursor_over((struct slice){ l->answer, len });
	struct link_counters found;
	struct netlink_message m;

	while (netlink_next(&c, &m)) {
		int error, err;

		if (m.seq != l->seq)
			continue; /* of a dump that was given up */
		if (netlink_error(&m, &error) == 0)
			return netlink_err_of(error);
		err = link_msg_counters(&m, &found);
		if (!err)
			host_sample_add_link(out, &found);
		else if (err != ERR_ABSENT)
			++*malformed;
	}
	*malformed += c.failed;
	return ERR_AGAIN;
}

int host_links_read(struct host_links *l, struct host_sample *out, uint64_t *malformed)
{
	size_t len;
	int err = link_msg_dump(l->request, sizeof(l->request), ++l->seq, &len);

	if (err)
		return err;
	if (mnl_socket_sendto(l->asked, l->request, len) < 0)
		return ERR_IO;
	do {
		ssize_t got = mnl_socket_recvfrom(l->asked, l->answer, sizeof(l->answer));

		if (got < 0 && errno != EINTR)
			return ERR_IO;
		err = got < 0 ? ERR_AGAIN : read_answer(l, (size_t)got, out, malformed);
	} while (err == ERR_AGAIN);
	return err;
}

int host_links_open(struct host_links **out)
{
	struct host_links *l = calloc(1, sizeof(*l));
	struct timeval patience = { .tv_sec = 2 }; /* a lost answer must not hang us */
	int err;

	if (!l)
		return ERR_MEMORY;
	l->asked = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!l->asked || mnl_socket_bind(l->asked, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = netlink_err_of(errno);
		host_links_close(l);
		return err;
	}
	setsockopt(mnl_socket_get_fd(l->asked), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*out = l;
	return 0;
}

void host_links_close(struct host_links *l)
{
	if (!l)
		return;
	if (l->asked)
		mnl_socket_close(l->asked);
	free(l);
}
