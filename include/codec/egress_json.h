/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allowlists and what was reached as JSON objects, both ways: the daemon writes them, the tool reads them again and judges
 * by them. What is read is hostile until it is taken.
 */
#ifndef TIDEGATE_CODEC_EGRESS_JSON_H
#define TIDEGATE_CODEC_EGRESS_JSON_H

#include <jansson.h>

#include "codec/stamp.h"
#include "core/allow_shadow.h"
#include "core/allowlist.h"
#include "core/reach.h"

/* One list as it is now. */
struct egress_list {
	struct allowlist list;
	size_t addresses; /* of its names, known now */
	bool in_force;    /* the mode lets it */
	struct allow_shadow_sum sum;
};

/* A new reference, or NULL without memory. */
json_t *egress_json_list(const struct egress_list *l, const struct stamp *s);
json_t *egress_json_entry(const struct allow_entry *e);
json_t *egress_json_shadow(const struct allow_shadow_row *r, const char *title, const struct stamp *s);
json_t *egress_json_met(const struct reach_record *r);

/* False where it is no such thing; *out is written only on success. */
bool egress_json_take_list(json_t *o, struct allowlist *out);
bool egress_json_take_entry(json_t *o, struct allow_entry *out);
bool egress_json_take_met(json_t *o, struct reach_record *out);

#define EGRESS_ACTOR_TEXT 192
/* "user backup (uid 34)", "system.slice/backup.service", "this host"; always terminated. */
void egress_actor_format(const struct allowlist *a, char out[EGRESS_ACTOR_TEXT]);
#define EGRESS_PORTS_TEXT 24
/* "tcp/443", "udp/8000-8100", "icmp", "all"; always terminated. */
void egress_ports_format(uint8_t proto, uint16_t first, uint16_t last, char out[EGRESS_PORTS_TEXT]);

#endif
