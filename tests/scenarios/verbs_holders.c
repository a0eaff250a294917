/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The word for who holds the connections of a service. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static uint32_t number_after(const struct story *s, const char *key)
{
	const char *word = story_after(s, key);

	return word ? (uint32_t)strtoul(word, NULL, 10) : 0;
}

static void add_top(struct service_holders *h, const struct addr *first, uint32_t n, uint32_t open, uint32_t slow)
{
	for (uint32_t i = 0; i < n && h->n_top < HOLDERS_TOP; i++) {
		struct holder *top = &h->top[h->n_top++];

		*top = (struct holder){ .peer = *first, .open = open, .slow = slow };
		top->peer.bytes[first->family == FAMILY_V4 ? 3 : 7] += (uint8_t)i;
	}
}

/* As many are open in the census as these hold. */
static bool take(struct story *s, const struct service_holders *h)
{
	struct world *w = &s->world;
	size_t at = 0;

	for (size_t i = 0; i < w->n_census; i++)
		if (w->census[i].port == h->port && w->census[i].proto == h->proto)
			w->census[i].established = h->open;
	while (at < w->n_holders && (w->holders[at].port != h->port || w->holders[at].proto != h->proto))
		at++;
	if (at == sizeof(w->holders) / sizeof(w->holders[0]))
		return story_fail(s, "holders of four services at most");
	w->holders[at] = *h;
	w->n_holders += at == w->n_holders;
	return true;
}

/* holders tcp/80 peers 400 each 1 hoard 203.0.113.1 4 open 200 slow 0; holders none */
bool verb_holders(struct story *s)
{
	struct service_holders h = { .peers = number_after(s, "peers"), .median = number_after(s, "each") };
	uint32_t open = number_after(s, "open"), slow = number_after(s, "slow"), hoard = 0;
	struct addr first = { 0 }, quiet;

	if (s->n_words == 2 && !strcmp(s->words[1], "none")) {
		s->world.n_holders = 0;
		return true;
	}
	if (s->n_words < 2 || !story_service(s, s->words[1], &h.proto, &h.port))
		return false;
	for (size_t i = 2; i + 2 < s->n_words; i++)
		if (!strcmp(s->words[i], "hoard")) {
			if (addr_parse(s->words[i + 1], &first))
				return story_fail(s, "hoard ADDR N");
			hoard = (uint32_t)strtoul(s->words[i + 2], NULL, 10);
		}
	addr_parse("198.18.0.1", &quiet);
	h.open = h.peers * h.median + hoard * open;
	h.slow = hoard * slow;
	add_top(&h, &first, hoard, open, slow);
	add_top(&h, &quiet, h.peers, h.median, 0);
	h.peers += hoard;
	return take(s, &h);
}
