/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of a jansson object, as our two writers of JSON put them. A member that could
 * not be made (no memory) is left out; strings that are no UTF-8 go in escaped, never
 * lost.
 */
#ifndef TIDEGATE_CODEC_JSON_PUT_H
#define TIDEGATE_CODEC_JSON_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/addr.h"
#include "codec/stamp.h"
#include "core/finding.h"

void put_text(json_t *o, const char *name, const char *s);
void put_int(json_t *o, const char *name, int64_t value);
void put_count(json_t *o, const char *name,
	uint64_t value); /* held at INT64_MAX, where JSON readers give up */
void put_bool(json_t *o, const char *name, bool value);
void put_value(json_t *o, const char *name,
	json_t *value); /* takes the value; NULL is left out */

/* Hundredths as a real number with two digits: 1664 -> 16.64. */
void put_hundredths(json_t *o, const char *name, int32_t value);

/* A duration in seconds: a whole number where it is one, else to the microsecond. */
void put_seconds(json_t *o, const char *name, int64_t ns);

/* RFC 3339 in UTC; left out where the time was never set. */
void put_time(json_t *o, const char *name, const struct stamp *s, mono_t t);
void put_addr(json_t *o, const char *name, const struct addr *a);
void put_incident(json_t *o, const char *name, uint64_t id); /* left out where 0 */

/* "TCP", "UDP", "ICMP", "IPv6-ICMP", "SCTP" as Suricata writes them, else the number. */
void put_proto(json_t *o, const char *name, uint8_t proto);

#define SUBJECT_TEXT 72

/* "192.0.2.1", "2001:db8::/64", "tcp/443", "192.0.2.1 at tcp/22", "this host". Always
 * terminated. */
void subject_format(const struct subject *s, char out[SUBJECT_TEXT]);

#endif
