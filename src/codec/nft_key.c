/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts of set keys. The kernel compares bytes; the type numbers are the nft tool's own
 * (its datatype.h), without which it prints "[invalid type]".
 */
#include "codec/nft_key.h"

enum nft_tool_type {
	TYPE_NFPROTO = 2,
	TYPE_IPADDR = 7,
	TYPE_IP6ADDR = 8,
	TYPE_INET_PROTOCOL = 12,
	TYPE_INET_SERVICE = 13,
	TYPE_UID = 24,
	TYPE_CGROUPV2 = 46,
};

#define TYPE_BITS 6
#define SERVICE_TYPE (TYPE_INET_PROTOCOL << TYPE_BITS | TYPE_INET_SERVICE)

#define V4_SERVICE (TYPE_IPADDR << 2 * TYPE_BITS | SERVICE_TYPE)
#define V6_SERVICE (TYPE_IP6ADDR << 2 * TYPE_BITS | SERVICE_TYPE)
#define USER_TYPE (TYPE_UID << 3 * TYPE_BITS)
#define GROUP_TYPE (TYPE_CGROUPV2 << 3 * TYPE_BITS)

/* Actor, family, bits of the address, target?, service?, bytes, type, fields and their bytes. */
static const struct nft_key_layout layouts[NFT_KEYS] = {
	[NFT_KEY_SADDR4] = { 0, 4, 0, false, false, 4, TYPE_IPADDR, 1, { 4 } },
	[NFT_KEY_SADDR6] = { 0, 6, 0, false, false, 16, TYPE_IP6ADDR, 1, { 16 } },
	[NFT_KEY_SNET6] = { 0, 6, 64, false, false, 16, TYPE_IP6ADDR, 1, { 16 } },
	[NFT_KEY_DADDR4] = { 0, 4, 0, true, false, 4, TYPE_IPADDR, 1, { 4 } },
	[NFT_KEY_DADDR6] = { 0, 6, 0, true, false, 16, TYPE_IP6ADDR, 1, { 16 } },
	[NFT_KEY_DNET6] = { 0, 6, 64, true, false, 16, TYPE_IP6ADDR, 1, { 16 } },
	[NFT_KEY_SERVICE] = { 0, 0, 0, false, true, 8, SERVICE_TYPE, 2, { 1, 2 } },
	[NFT_KEY_SADDR4_SERVICE] = { 0, 4, 0, false, true, 12, V4_SERVICE, 3, { 4, 1, 2 } },
	[NFT_KEY_SADDR6_SERVICE] = { 0, 6, 0, false, true, 24, V6_SERVICE, 3, { 16, 1, 2 } },
	[NFT_KEY_SNET6_SERVICE] = { 0, 6, 64, false, true, 24, V6_SERVICE, 3, { 16, 1, 2 } },
	[NFT_KEY_SNET4_SERVICE] = { 0, 4, 24, false, true, 12, V4_SERVICE, 3, { 4, 1, 2 } },
	[NFT_KEY_DADDR4_SERVICE] = { 0, 4, 0, true, true, 12, V4_SERVICE, 3, { 4, 1, 2 } },
	[NFT_KEY_DADDR6_SERVICE] = { 0, 6, 0, true, true, 24, V6_SERVICE, 3, { 16, 1, 2 } },
	[NFT_KEY_DNET6_SERVICE] = { 0, 6, 64, true, true, 24, V6_SERVICE, 3, { 16, 1, 2 } },
	[NFT_KEY_OWN_SERVICE] = { 0, 0, 0, false, true, 8, SERVICE_TYPE, 2, { 1, 2 } },
	[NFT_KEY_NFPROTO] = { 0, 0, 0, false, false, 1, TYPE_NFPROTO, 1, { 1 } },
	[NFT_KEY_L4PROTO] = { 0, 0, 0, false, false, 1, TYPE_INET_PROTOCOL, 1, { 1 } },
	[NFT_KEY_USER] = { 4, 0, 0, false, false, 4, TYPE_UID, 1, { 4 } },
	[NFT_KEY_GROUP] = { 8, 0, 0, false, false, 8, TYPE_CGROUPV2, 1, { 8 } },
	[NFT_KEY_USER_DADDR4_SERVICE] = { 4, 4, 0, true, true, 16, USER_TYPE | V4_SERVICE, 4, { 4, 4, 1, 2 } },
	[NFT_KEY_USER_DADDR6_SERVICE] = { 4, 6, 0, true, true, 28, USER_TYPE | V6_SERVICE, 4, { 4, 16, 1, 2 } },
	[NFT_KEY_GROUP_DADDR4_SERVICE] = { 8, 4, 0, true, true, 20, GROUP_TYPE | V4_SERVICE, 4, { 8, 4, 1, 2 } },
	[NFT_KEY_GROUP_DADDR6_SERVICE] = { 8, 6, 0, true, true, 32, GROUP_TYPE | V6_SERVICE, 4, { 8, 16, 1, 2 } },
};

struct nft_key_layout nft_key_layout(enum nft_key k)
{
	return layouts[k];
}
