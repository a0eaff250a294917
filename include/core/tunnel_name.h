/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a name that is asked for could carry, for core/detect_tunnel.h: which part of it is chosen by whoever asks,
 * and what that is worth.
 */
#ifndef TIDEGATE_CORE_TUNNEL_NAME_H
#define TIDEGATE_CORE_TUNNEL_NAME_H

#include <stddef.h>
#include <stdint.h>

enum tunnel_form {
	TUNNEL_FREE = 0, /* anything, or nothing */
	TUNNEL_OCTETS,   /* it begins with an IPv4 address, backwards or not */
	TUNNEL_NIBBLES,  /* the same of IPv6 */
	TUNNEL_REVERSE,  /* nothing but an address, below in-addr.arpa or ip6.arpa */
};

struct tunnel_name {
	const char *domain; /* the registered one: the end of the name. Borrowed of it */
	uint32_t bytes;     /* before it, of the wire, without lengths and dots */
	enum tunnel_form form;
};

/* name: as dns_message has it. */
void tunnel_name_read(const char *name, struct tunnel_name *out);

#endif
