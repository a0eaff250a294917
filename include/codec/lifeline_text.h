/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a host lives by, as files of other programs tell: resolvers, time servers, the
 * DHCP server. Bytes in, addresses out; no file is opened here and no name is resolved.
 * Whatever the bytes are, nothing but addresses comes of them. Called by edge/lifelines.
 */
#ifndef TIDEGATE_CODEC_LIFELINE_TEXT_H
#define TIDEGATE_CODEC_LIFELINE_TEXT_H

#include <stddef.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "base/time.h"
#include "core/guard.h"

enum lifeline_format {
	LIFELINE_RESOLV = 0, /* resolv.conf(5): nameserver */
	LIFELINE_SERVERS,    /* server, peer or pool lines: chrony.conf(5) and its sources,
			      * ntp.conf(5), OpenNTPD's ntpd.conf(5) */
	LIFELINE_TIMESYNCD,  /* timesyncd.conf(5): NTP=, FallbackNTP= */
	LIFELINE_NETWORKD,   /* KEY=VALUE of systemd-networkd: leases/ and links/ */
	LIFELINE_DHCLIENT,   /* dhclient.leases(5); leases that are over are passed over,
			      * and those of DHCPv6, which name no server's address */
	LIFELINE_DHCPCD,     /* dhcpcd's: the server's last message as it came, RFC 2131 */
	LIFELINE_FORMATS,
};

struct lifeline_sink {
	/* RESOLVER, TIME or DHCP; the same address may come twice. Never loopback,
	 * multicast or the unspecified address. */
	void (*each)(void *ctx, const struct addr *a, enum guard_kind kind);
	void (*stub)(void *ctx, const struct addr *a); /* a resolver on loopback; NULL: not wanted */
	void *ctx;
	size_t names;    /* added to: what stood there instead of an address */
	size_t loopback; /* added to: somebody on this host answers in their stead */
};

void lifeline_read(enum lifeline_format format, struct slice bytes, wall_t now,
	struct lifeline_sink *sink);

#endif
