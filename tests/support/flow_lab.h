/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tracker and one conversation, for the tests of flows: a peer that begins, and we who answer. Packets are written as
 * values, not as bytes: what the parser makes of bytes is its own test's matter.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_FLOW_LAB_H
#define TIDEGATE_TESTS_SUPPORT_FLOW_LAB_H

#include <check.h>
#include <stdlib.h>

#include "core/flow.h"
#include "craft.h"

#define PEER_SEQ 1000u
#define OUR_SEQ 7000u

static struct flow_tracker *t;
static void *memory;
static mono_t now;

static inline void lab_setup_flows(size_t flows)
{
	struct hash_key key;
	size_t bytes = flow_bytes(flows);

	hash_key_from_seed(&key, 42);
	memory = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(flow_create(&t, memory, bytes, flows, &key), 0);
	now = (mono_t){ .ns = 1000 * NS_PER_S };
}

static inline void lab_setup(void)
{
	lab_setup_flows(1000);
}

static inline void lab_teardown(void)
{
	free(memory);
}

static inline void lab_pass_ms(int64_t ms)
{
	now = mono_add(now, ms * NS_PER_MS);
}

static inline void lab_pass(int64_t seconds)
{
	lab_pass_ms(seconds * 1000);
}

static inline struct tuple lab_tuple(uint8_t proto)
{
	return (struct tuple){ .src = craft_addr("192.0.2.7"), .dst = craft_addr("198.51.100.9"), .sport = 40000,
		.dport = 443, .proto = proto };
}

static inline struct packet lab_packet(bool ours, uint8_t proto)
{
	const struct tuple tuple = lab_tuple(proto);

	if (ours)
		return (struct packet){ .src = tuple.dst, .dst = tuple.src, .sport = tuple.dport, .dport = tuple.sport,
			.proto = proto, .window = 64000 };
	return (struct packet){ .src = tuple.src, .dst = tuple.dst, .sport = tuple.sport, .dport = tuple.dport,
		.proto = proto, .window = 64000 };
}

static inline enum flow_word lab_send(const struct packet *p, bool ours)
{
	const uint64_t hash = flow_refer(t, p);

	return flow_packet(t, p, hash, ours, now);
}

static inline enum flow_word lab_tcp(bool ours, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	struct packet p = lab_packet(ours, PROTO_TCP);

	p.tcp_flags = flags;
	p.seq = seq;
	p.ack = ack;
	p.payload_len = len;
	return lab_send(&p, ours);
}

static inline enum flow_word lab_syn(void)
{
	return lab_tcp(false, TCP_SYN, PEER_SEQ, 0, 0);
}

static inline enum flow_word lab_syn_ack(void)
{
	return lab_tcp(true, TCP_SYN | TCP_ACK, OUR_SEQ, PEER_SEQ + 1, 0);
}

static inline enum flow_word lab_ack(void)
{
	return lab_tcp(false, TCP_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 0);
}

static inline void lab_connect(void)
{
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
	ck_assert_int_eq(lab_syn_ack(), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_ack(), FLOW_ESTABLISHED);
}

static inline enum ask_fate lab_fate_at(uint8_t hook, uint8_t proto, bool *silent)
{
	const struct ask a = { .tuple = lab_tuple(proto), .hook = hook };
	enum ask_fate fate;

	flow_fate(t, &a, now, &fate, silent);
	return fate;
}

static inline enum ask_fate lab_fate(void)
{
	bool silent;

	return lab_fate_at(HOOK_INPUT, PROTO_TCP, &silent);
}

#endif
