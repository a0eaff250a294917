/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers by tuple, the first of like ones first; ports and neighbours as they are told. Called by replay. */
#include "app/replay_notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "codec/evidence.h"

#define NEIGHBOURS 32

struct answer {
	struct tuple tuple;
	struct evidence_end soon, late; /* known: not yet asked for */
	uint32_t next;                  /* of the same key; MAP_NONE: none */
	/* Of the first of a key alone; else a capture of like packets would be walked through for each of them. */
	uint32_t last;
	uint32_t soon_from, late_from;  /* before these nothing is known any more */
};

struct replay_notes {
	struct hash_key key;
	struct map *map; /* key of a tuple -> the first of its answers */
	struct answer *list;
	size_t n;
	uint64_t lost;
	struct listen_snapshot listening;
	struct prefix neighbours[NEIGHBOURS];
	size_t n_neighbours;
	uint8_t memory[];
};

int replay_notes_create(struct replay_notes **out, const struct listen_snapshot *served, uint64_t seed)
{
	size_t bytes = map_bytes(REPLAY_NOTES);
	struct replay_notes *n = calloc(1, sizeof(*n) + bytes + 64);
	uint8_t *at;

	if (!n)
		return ERR_MEMORY;
	hash_key_from_seed(&n->key, seed ^ UINT64_C(0x6e6f746573));
	n->list = calloc(REPLAY_NOTES, sizeof(*n->list));
	at = n->memory + (64 - (uintptr_t)n->memory % 64) % 64;
	if (!n->list || map_create(&n->map, at, bytes, REPLAY_NOTES, &n->key)) {
		replay_notes_destroy(n);
		return ERR_MEMORY;
	}
	n->listening = *served;
	for (int i = 0; i < LISTEN_PROTOS; i++)
		n->listening.known[i] = true;
	*out = n;
	return 0;
}

void replay_notes_destroy(struct replay_notes *n)
{
	if (!n)
		return;
	free(n->list);
	free(n);
}

const struct listen_snapshot *replay_notes_listening(const struct replay_notes *n)
{
	return &n->listening;
}

uint64_t replay_notes_lost(const struct replay_notes *n)
{
	return n->lost;
}

bool replay_notes_read(struct slice note, struct replay_noted *out, uint32_t *wire_len)
{
	struct evidence_packet p = { .wire_len = *wire_len };

	*out = (struct replay_noted){ .noted = false };
	if (!evidence_is_note(note) || evidence_note_parse(note, &p))
		return false;
	*out = (struct replay_noted){ .noted = true, .held = p.held, .state_known = p.state_known,
		.neighbour = p.neighbour, .hook = p.hook, .port = (uint8_t)p.port };
	if (p.wire_len > *wire_len)
		*wire_len = p.wire_len;
	return true;
}

struct packet_meta replay_notes_meta(const struct replay_noted *w, mono_t at, uint32_t wire_len, uint32_t if_in)
{
	return (struct packet_meta){ .at = at, .wire_len = wire_len, .if_in = if_in, .hook = w->hook,
		.held = w->held, .state_known = w->state_known };
}

int64_t replay_notes_clock(struct slice note)
{
	struct evidence_packet p = { .wire_len = 0 };

	return evidence_note_parse(note, &p) || !p.has_clock ? 0 : p.clock_ns;
}

/* ---- how connections ended ---- */

static void append(struct replay_notes *n, uint64_t key, uint32_t index)
{
	uint32_t at = map_get(n->map, key);

	if (at == MAP_NONE) {
		map_set(n->map, key, index); /* as many keys as answers at most: there is room */
		return;
	}
	n->list[n->list[at].last].next = index;
	n->list[at].last = index;
}

void replay_notes_remember(struct replay_notes *n, struct slice note, const struct packet *p)
{
	struct evidence_packet e = { .wire_len = 0 };
	struct answer *a = &n->list[n->n];
	const uint32_t index = (uint32_t)n->n;

	if (evidence_note_parse(note, &e) || e.hook == HOOK_OUTPUT || p->proto != PROTO_TCP)
		return;
	if (n->n == REPLAY_NOTES) {
		n->lost++;
		return;
	}
	*a = (struct answer){ .tuple = { .src = p->src, .dst = p->dst, .sport = p->sport, .dport = p->dport,
		.proto = p->proto }, .soon = e.soon, .late = e.late, .next = MAP_NONE,
		.last = index, .soon_from = index, .late_from = index };
	n->n++;
	append(n, tuple_hash(&n->key, &a->tuple), index);
}

bool replay_notes_fate(struct replay_notes *n, const struct ask *a, bool *noted, enum ask_fate *fate, bool *silent)
{
	bool late = a->rules & (ASK_SCAN | ASK_HISTORY);
	uint32_t first = map_get(n->map, tuple_hash(&n->key, &a->tuple)), *from;

	*noted = false;
	if (first == MAP_NONE)
		return false;
	from = late ? &n->list[first].late_from : &n->list[first].soon_from;
	for (uint32_t at = *from; at != MAP_NONE; at = n->list[at].next) {
		struct evidence_end *e = late ? &n->list[at].late : &n->list[at].soon;

		if (!tuple_equal(&n->list[at].tuple, &a->tuple))
			continue;
		*noted = true;
		*from = at;
		if (!e->known)
			continue;
		*fate = e->fate;
		*silent = e->silent;
		e->known = false;
		return true;
	}
	return false;
}

/* ---- ports and neighbours ---- */

static void set_port(struct replay_notes *n, enum listen_proto proto, uint16_t port, bool served)
{
	if (served)
		listen_snapshot_add(&n->listening, proto, port);
	else
		n->listening.ports[proto][port >> 6] &= ~(UINT64_C(1) << (port & 63));
}

static void tell_port(struct replay_notes *n, struct engine *e, enum listen_state s, const struct packet *p, mono_t at)
{
	enum listen_proto proto = listen_proto_of(p->proto);
	bool served = s == LISTEN_OPEN, is;

	if (proto == LISTEN_PROTOS || s == LISTEN_UNKNOWN)
		return;
	is = listen_snapshot_has(&n->listening, proto, p->dport);
	if (s == LISTEN_RECENT && !is) { /* it was served before the first of these frames, or is remembered already */
		set_port(n, proto, p->dport, true);
		engine_listening(e, &n->listening, at);
		is = true;
	}
	if (is == served)
		return;
	set_port(n, proto, p->dport, served);
	engine_listening(e, &n->listening, at);
}

static void tell_neighbour(struct replay_notes *n, struct engine *e, const struct addr *a)
{
	for (size_t i = 0; i < n->n_neighbours; i++)
		if (prefix_holds(&n->neighbours[i], a))
			return;
	if (n->n_neighbours == NEIGHBOURS)
		return;
	n->neighbours[n->n_neighbours++] = source_prefix(source_key(a));
	engine_set_neighbours(e, n->neighbours, n->n_neighbours);
}

void replay_notes_tell(struct replay_notes *n, struct engine *e, const struct replay_noted *w, const struct packet *p,
	mono_t at)
{
	if (w->hook == HOOK_OUTPUT)
		return;
	tell_port(n, e, (enum listen_state)w->port, p, at);
	if (w->neighbour)
		tell_neighbour(n, e, &p->src);
}
