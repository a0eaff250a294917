/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of contacts: what a packet meets at this host, and the order of time. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define ROUND_TRIP (30 * NS_PER_MS)
#define REFUSAL NS_PER_MS
#define PATIENCE (5 * NS_PER_S) /* after which a SYN without an answer counts as given up */

void stream_open(struct stream *s, uint64_t seed, bool services)
{
	static const uint16_t open[] = { 22, 80, 443, 993 };

	*s = (struct stream){ .random = seed * UINT64_C(0x9e3779b97f4a7c15), .sport = 20000 };
	if (services)
		memcpy(s->open, open, sizeof(open));
}

void stream_close(struct stream *s)
{
	free(s->list);
	s->list = NULL;
	s->n = s->room = 0;
}

uint32_t stream_between(struct stream *s, uint32_t least, uint32_t most)
{
	return least + (uint32_t)((random_next(&s->random) >> 32) * (most - least + UINT64_C(1)) >> 32);
}

int64_t stream_gap(struct stream *s, int64_t mean_ns)
{
	return mean_ns / 2 + mean_ns / 1000 * stream_between(s, 0, 1000);
}

bool stream_serves(const struct stream *s, uint8_t proto, uint16_t port)
{
	if (proto != PROTO_TCP)
		return false;
	for (size_t i = 0; i < sizeof(s->open) / sizeof(s->open[0]); i++)
		if (s->open[i] && s->open[i] == port)
			return true;
	return false;
}

static enum ending ending_of(const struct stream *s, const struct visit *c)
{
	bool down = c->dport == s->down_port && c->at >= s->down_from && c->at < s->down_until;

	if (!c->service || down)
		return ENDING_REFUSED;
	/* Whoever listens says nothing to FIN, NULL and XMAS (RFC 9293, 3.10.7.2). */
	return c->flags == TCP_SYN ? ENDING_SERVED : ENDING_SILENT;
}

struct visit *stream_add(struct stream *s, struct visit c)
{
	static const int64_t takes[] = { [ENDING_SERVED] = ROUND_TRIP, [ENDING_BARE] = ROUND_TRIP,
		[ENDING_RESET] = ROUND_TRIP, [ENDING_REFUSED] = REFUSAL, [ENDING_SILENT] = PATIENCE };

	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 4096;
		s->list = realloc(s->list, s->room * sizeof(*s->list));
		if (!s->list) {
			fprintf(stderr, "rivals: no memory for %zu contacts\n", s->room);
			exit(70);
		}
	}
	if (!c.sport) {
		c.sport = s->sport;
		s->sport = s->sport == 59999 ? 20000 : (uint16_t)(s->sport + 1);
	}
	c.service = !c.sent && stream_serves(s, c.proto, c.dport);
	if (c.ending == ENDING_NONE)
		c.ending = c.sent ? ENDING_SERVED : (uint8_t)ending_of(s, &c);
	c.ended = c.at + takes[c.ending];
	s->list[s->n] = c;
	return &s->list[s->n++];
}

/* qsort keeps no order of its own, so nothing may be equal: no source has two contacts from one port at one moment. */
static int earlier(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->src != y->src)
		return x->src < y->src ? -1 : 1;
	return (x->sport > y->sport) - (x->sport < y->sport);
}

void stream_sort(struct stream *s)
{
	qsort(s->list, s->n, sizeof(*s->list), earlier);
}
