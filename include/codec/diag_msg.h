/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock_diag's messages: which sockets there are, which one has exactly these ends, and
 * the end of one. Pure; buffers are the caller's, aligned to NETLINK_ALIGN.
 * linux/inet_diag.h is the format. Called by edge/sockdiag.
 */
#ifndef TIDEGATE_CODEC_DIAG_MSG_H
#define TIDEGATE_CODEC_DIAG_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "codec/netlink.h"
#include "core/host_sample.h"

#define DIAG_REQUEST_BYTES 384 /* room for any request below */
#define DIAG_PORTS 16          /* that one dump may ask for */

/* The kernel's TCP states; other protocols borrow their numbers. */
enum diag_state {
	DIAG_NONE = 0,
	DIAG_ESTABLISHED,
	DIAG_SYN_SENT,
	DIAG_SYN_RECV,
	DIAG_FIN_WAIT1,
	DIAG_FIN_WAIT2,
	DIAG_TIME_WAIT,
	DIAG_CLOSE,
	DIAG_CLOSE_WAIT,
	DIAG_LAST_ACK,
	DIAG_LISTEN,
	DIAG_CLOSING,
};

#define DIAG_BIT(state) (UINT32_C(1) << (state))
#define DIAG_ALL UINT32_MAX

struct diag_socket {
	uint8_t family;  /* enum family that the socket was made with */
	uint8_t proto;   /* of the question; replies do not repeat it */
	uint8_t state;   /* enum diag_state */
	uint8_t retrans; /* of a half-open handshake: SYN-ACKs sent again */
	struct addr local, peer; /* mapped addresses come out as IPv4 */
	uint16_t local_port, peer_port;
	uint32_t interface; /* that it is bound to, or 0 */
	uint32_t cookie[2]; /* names this very socket for as long as the kernel runs */
	uint32_t receive_queue; /* of a listener: connections that wait for accept() */
	uint32_t send_queue;    /* of a listener: its backlog */
	uint32_t uid, inode;
	bool tells_heard; /* only where asked for, and never of half-open ones */
	uint32_t heard_ms; /* ago: the last data or acknowledgement of the peer */
	uint32_t quiet_ms; /* the last data alone; where there was none, the end of the handshake */
	bool tells_bytes;  /* likewise, and not on kernels before 4.1 */
	uint64_t received, acked; /* bytes that the peer has sent, and that it has acknowledged */
	uint64_t cgroup;   /* v2 id of who made the socket; 0: not told (kernels before 5.7) */
};

/* The kernel's state among those that are counted; SOCKET_STATES: none of them. */
enum socket_state diag_socket_state(const struct diag_socket *s);

struct diag_dump {
	enum family family;
	bool both;                 /* families at once, of TCP: one walk of the kernel's, but without any filter */
	uint8_t proto;
	uint32_t states;           /* bits of DIAG_BIT */
	const struct prefix *peer; /* only sockets whose peer is in it; NULL: all */
	bool heard;                /* also when the peer was last heard, and the bytes, of TCP */
	const uint16_t *ports;     /* instead: only those with one of these local ports */
	size_t n_ports;            /* at most DIAG_PORTS; 0: all */
	uint32_t seq;
};

/*
 * A dump. With a prefix the kernel itself compares (an IPv4 prefix also holds mapped
 * peers of IPv6 sockets); with ports, too. ERR_FULL below DIAG_REQUEST_BYTES, ERR_INVALID
 * without a family, with both filters, or with too many ports; and of both families for another protocol than TCP or
 * with a filter.
 */
int diag_msg_dump(void *buf, size_t size, const struct diag_dump *d, size_t *len);

/* The one socket with these ends. The kernel falls back to a LISTENER of the local port:
 * the answer must be held against the question by diag_msg_is_exact. */
struct diag_ends {
	uint8_t proto;
	struct addr local, peer; /* of one family */
	uint16_t local_port, peer_port;
	uint32_t interface; /* 0: any that is not bound to one */
};

int diag_msg_exact(void *buf, size_t size, const struct diag_ends *e, uint32_t seq,
	size_t *len);
bool diag_msg_is_exact(const struct diag_socket *s, const struct diag_ends *e);

/*
 * SOCK_DESTROY of exactly this socket, acknowledged. Refused with ERR_GUARDED for a
 * listener and for whatever could be taken for one: no peer port, or a cookie that is
 * absent or the wildcard, for with that the kernel's fallback would end the service
 * itself.
 */
int diag_msg_destroy(void *buf, size_t size, const struct diag_socket *s, uint32_t seq,
	size_t *len);

/* One socket of an answer. ERR_INVALID: another message. ERR_TRUNCATED: it is cut. */
int diag_msg_socket(const struct netlink_message *m, uint8_t proto,
	struct diag_socket *out);

#endif
