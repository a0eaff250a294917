/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host has never done before: a port that is served for the first time (novel.service), a protocol that was
 * never met (novel.protocol). News, no offence: observed, with the process that serves it. What is found while the host
 * is new to us is learned in silence.
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

void novel_listening(struct novel *n, const struct novel_opts *o, const struct listen_snapshot *s, mono_t now,
	novel_raise_fn raise, void *ctx);
void novel_packet(struct novel *n, const struct novel_opts *o, const struct packet *p, mono_t now,
	novel_raise_fn raise, void *ctx);

/* What is known already, out of a store: as if it had been met at that time. */
void novel_teach_service(struct novel *n, uint8_t proto, uint16_t port);
void novel_teach_protocol(struct novel *n, uint8_t proto);
void novel_end_learning(struct novel *n);

#endif
