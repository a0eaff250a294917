/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a question and its answer have in common.
 */
#include "core/dns.h"

#include <string.h>

/* Hashed as bytes, padding and all: cleared before it is filled. */
struct asked {
	uint64_t name;
	struct addr client, server;
	uint16_t port, id, type;
};

uint64_t dns_question_key(const struct hash_key *k, const struct dns_message *m)
{
	struct asked a;

	memset(&a, 0, sizeof(a));
	a.name = hash_bytes(k, m->name, strlen(m->name));
	a.client = m->client;
	a.server = m->server;
	a.port = m->client_port;
	a.id = m->id;
	a.type = m->type;
	return hash_bytes(k, &a, sizeof(a));
}
