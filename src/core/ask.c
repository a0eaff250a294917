/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the world's words about one connection prove, said once for live traffic (codec/ct_msg.c, app/worker_errands.c)
 * and for captures (flow_fate.c); and a name for a connection in tables.
 */
#include "core/ask.h"

#include <string.h>

uint64_t tuple_hash(const struct hash_key *key, const struct tuple *t)
{
	struct {
		uint8_t src[16], dst[16];
		uint16_t sport, dport, proto, family; /* no padding: all of it is hashed */
	} bytes = { .sport = t->sport, .dport = t->dport, .proto = t->proto, .family = t->src.family };
	uint64_t h;

	memcpy(bytes.src, t->src.bytes, sizeof(bytes.src));
	memcpy(bytes.dst, t->dst.bytes, sizeof(bytes.dst));
	h = hash_bytes(key, &bytes, sizeof(bytes));
	return h ? h : 1;
}

bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
	return a->sport == b->sport && a->dport == b->dport && a->proto == b->proto &&
		addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst);
}

enum ask_fate entry_fate(const struct entry_word *w)
{
	switch (w->phase) {
	case ENTRY_NEW:
		break;
	case ENTRY_HALF_OPEN:
		return FATE_HALF_OPEN;
	case ENTRY_OPEN:
	case ENTRY_RESET:
		if (!w->replied)
			break;
		if (w->ended)
			return FATE_TRACKED;
		return w->phase == ENTRY_OPEN || w->spoken ? FATE_UNKNOWN : FATE_GONE;
	}
	return FATE_GONE;
}

/* A reset after words was a conversation; before any, a refusal. */
enum ask_fate entry_fate_called(const struct entry_word *w)
{
	switch (w->phase) {
	case ENTRY_NEW:
		return FATE_HALF_OPEN;
	case ENTRY_HALF_OPEN:
		return FATE_TRACKED;
	case ENTRY_OPEN:
		return w->replied ? FATE_TRACKED : FATE_HALF_OPEN;
	case ENTRY_RESET:
		break;
	}
	return w->spoken ? FATE_TRACKED : FATE_GONE;
}

enum ask_fate fate_of_both(enum ask_fate socket, enum ask_fate entry, bool *silent)
{
	if (socket == FATE_HALF_OPEN) {
		*silent = false;
		return socket;
	}
	if (socket != FATE_SOCKET || entry == FATE_GONE || entry == FATE_HALF_OPEN)
		return entry;
	*silent &= entry == FATE_TRACKED; /* of one that lives it cannot be said yet */
	return socket;
}
