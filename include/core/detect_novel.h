/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host has never done before: a port that is served for the first time (novel.service), a protocol that was
 * never met (novel.protocol). News, no offence: observed, with the process that serves it. What is found while the host
 * is new to us is learned in silence; TCP, UDP, ICMP and IGMP are no news anywhere. Anybody may send a protocol and a
 * program may open ports by the thousand, so there is a bound to what is told in a minute; the rest is learned and counted.
 */
#ifndef TIDEGATE_CORE_DETECT_NOVEL_H
#define TIDEGATE_CORE_DETECT_NOVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/finding.h"
#include "core/listen.h"
#include "core/packet.h"
#include "core/rule.h"

struct novel_opts {
	struct rule service_rule;  /* novel.service */
	struct rule protocol_rule; /* novel.protocol */
	int64_t learn_ns;          /* after the first look, in silence: 1 h */
	int64_t settle_ns;         /* a port must be served for so long: 10 s */
	int64_t forget_ns;         /* a port that was not served for so long is new again: 90 d */
	uint16_t ephemeral_from;   /* ports from there on are news only where TCP listens: 32768 */
};

struct novel;

size_t novel_bytes(void);
void novel_create(struct novel **out, void *memory);

typedef void (*novel_raise_fn)(void *ctx, const struct finding *f);

#define NOVEL_A_MINUTE 16

/* Each snapshot, about once a second: of each new port that has settled, subject SERVICE. */
void novel_listening(struct novel *n, const struct novel_opts *o, const struct listen_snapshot *s, mono_t now,
	novel_raise_fn raise, void *ctx);
/* Each packet that was understood: subject HOST, about "protocol 47, gre", and the packet's addresses. */
void novel_packet(struct novel *n, const struct novel_opts *o, const struct packet *p, mono_t now,
	novel_raise_fn raise, void *ctx);

/* What is known already, out of a store: as if it had been met at that time. */
void novel_teach_service(struct novel *n, uint8_t proto, uint16_t port);
void novel_teach_protocol(struct novel *n, uint8_t proto);
void novel_end_learning(struct novel *n);

/* All that is known, for the store: ports (by protocol, ascending), then protocols with port 0. */
typedef void (*novel_each_fn)(void *ctx, uint8_t proto, uint16_t port);
void novel_each(const struct novel *n, novel_each_fn fn, void *ctx);

struct novel_stats {
	bool learning;
	uint32_t services, protocols; /* known */
	uint64_t untold;              /* new ones beyond what is told in a minute */
	uint64_t crowded;             /* times that a new port had to wait for room among those that settle */
};

void novel_stats(const struct novel *n, struct novel_stats *out);

#endif
