/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel needs to know about the keys of our sets: which fields they have, how
 * long each is in the kernel's registers, and nftables' numbers for their types. For the
 * two sides that write keys: rules that look them up, and elements that hold them.
 */
#ifndef TIDEGATE_CODEC_NFT_KEY_H
#define TIDEGATE_CODEC_NFT_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/nft_ruleset.h"

#define NFT_KEY_BYTES 32 /* the longest: control group, IPv6 address, protocol, port */

struct nft_key_layout {
	uint8_t who;       /* bytes of the actor that the key begins with: 4 a user, 8 a control group; else 0 */
	uint8_t family;    /* 4 or 6 where an address follows, or is the beginning; else 0 */
	uint8_t mask_bits; /* of that address: what is looked up; 0 = all of it */
	bool target;       /* that address is where the packet goes to */
	bool service;      /* protocol and port follow, or are all of it */
	uint8_t bytes;     /* in all, each field padded to four */
	uint32_t type;     /* for the nft tool: six bits a field */
	uint8_t fields;
	uint8_t field_bytes[4]; /* without padding */
};

/* Never fails; NFT_KEY_NONE has no bytes. */
struct nft_key_layout nft_key_layout(enum nft_key k);

#endif
