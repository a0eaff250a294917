/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One DNS message of this host as a value (RFC 1035, 2181, 6891): a question that it asks, or an answer that it gets. Made
 * of bytes by codec/dns_msg.h; an input of the engine (engine_dns).
 */
#ifndef TIDEGATE_CORE_DNS_H
#define TIDEGATE_CORE_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"

#define DNS_NAME 1004      /* with the final NUL; lower case, without the last dot; bytes that are no letter, digit, '-' or '_'
			      stand as "\\DDD" (RFC 4343), so that a dot always parts labels. The root is "" */
#define DNS_ADDRESSES 32

enum {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_DS = 43,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
};

struct dns_address {
	struct addr addr;
	uint32_t ttl_s; /* the least of its own and of the aliases that led to it */
};

struct dns_message {
	struct addr client, server; /* this host (or a program of it, on loopback), and whom it asks */
	uint16_t client_port;
	uint16_t id;
	bool answer;
	bool truncated;             /* the server left something out (TC), or the copy is cut: there may be more addresses */
	uint8_t rcode;
	uint16_t type;              /* that was asked for */
	uint16_t question_bytes;    /* length of the name on the wire */
	uint16_t answer_bytes;      /* of the message: what came back; 0 in a question */
	uint64_t answer_digest;     /* of what the answer's records say, in any order, whatever their lifetimes: tells answers
				     * apart; not keyed, so no index. 0: no record */
	char name[DNS_NAME];        /* that was asked for */
	struct dns_address addresses[DNS_ADDRESSES]; /* of that name, aliases followed; nothing else of the message */
	uint8_t n_addresses;
};

/* Of what a question and its answer have in common: both ends, port, id, name and type. */
uint64_t dns_question_key(const struct hash_key *k, const struct dns_message *m);

#endif
