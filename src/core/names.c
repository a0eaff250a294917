/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which answers are believed, and what of them. What is known is names_book.c's, what is waited for names_asked.c's.
 */
#include "core/names.h"

#include <string.h>

#include "core/names_parts.h"

#define ALIGNED(n) (((n) + 63) / 64 * 64)

struct names {
	struct hash_key key;
	struct addr resolvers[NAMES_RESOLVERS];
	size_t n_resolvers;
	struct names_stats stats;
	struct names_asked asked;
	struct names_book book;
};

size_t names_bytes(void)
{
	return ALIGNED(sizeof(struct names)) + ALIGNED(map_bytes(NAMES_ASKED)) + ALIGNED(map_bytes(NAMES_KNOWN)) +
		ALIGNED(map_bytes(NAMES_ADDRESSES));
}

/* It fails for a misaligned or small memory alone, which is its caller's mistake and ours. */
static uint8_t *lay_map(uint8_t *at, struct map **out, size_t entries, const struct hash_key *key)
{
	(void)map_create(out, at, map_bytes(entries), entries, key);
	return at + ALIGNED(map_bytes(entries));
}

void names_create(struct names **out, void *memory, const struct hash_key *key)
{
	struct names *n = memory;
	uint8_t *at = (uint8_t *)memory + ALIGNED(sizeof(*n));

	memset(n, 0, sizeof(*n));
	n->key = *key;
	n->book.key = &n->key;
	at = lay_map(at, &n->asked.by_key, NAMES_ASKED, key);
	at = lay_map(at, &n->book.by_name, NAMES_KNOWN, key);
	(void)lay_map(at, &n->book.by_addr, NAMES_ADDRESSES, key);
	names_book_clear(&n->book);
	*out = n;
}

void names_resolvers(struct names *n, const struct addr *list, size_t count)
{
	n->n_resolvers = count < NAMES_RESOLVERS ? count : NAMES_RESOLVERS;
	for (size_t i = 0; i < n->n_resolvers; i++)
		n->resolvers[i] = list[i];
}

static bool is_resolver(const struct names *n, const struct addr *a)
{
	for (size_t i = 0; i < n->n_resolvers; i++)
		if (addr_equal(&n->resolvers[i], a))
			return true;
	return false;
}

/* What programs read as an address before they ask anybody: "10.0.0.1", "0x7f.1" (the last label is a number). */
static bool is_like_an_address(const char *name)
{
	const char *last = strrchr(name, '.');

	last = last ? last + 1 : name;
	if (last[0] == '0' && last[1] == 'x')
		return last[2 + strspn(last + 2, "0123456789abcdef")] == '\0';
	return last[strspn(last, "0123456789")] == '\0';
}

static bool is_believable(const struct addr *a)
{
	return !addr_is_unspecified(a) && !addr_is_loopback(a) && !addr_is_multicast(a);
}

static mono_t end_of(uint32_t ttl_s, mono_t now)
{
	uint32_t s = ttl_s < NAMES_FLOOR_S ? NAMES_FLOOR_S : ttl_s;

	s = s > NAMES_CEILING_S ? NAMES_CEILING_S : s;
	return mono_add(now, (int64_t)(s + NAMES_LINGER_S) * NS_PER_S);
}

static void learn(struct names *n, const struct dns_message *m, mono_t now, names_learned_fn learned, void *ctx)
{
	bool named = m->name[0] && strlen(m->name) < NAMES_TEXT && !is_like_an_address(m->name);

	for (size_t i = 0; i < m->n_addresses && i < DNS_ADDRESSES; i++) {
		const struct dns_address *a = &m->addresses[i];
		mono_t until;

		if (!named || !is_believable(&a->addr)) {
			n->stats.refused++;
			continue;
		}
		until = names_book_learn(&n->book, m->name, &a->addr, end_of(a->ttl_s, now), now);
		n->stats.learned++;
		if (learned)
			learned(ctx, m->name, &a->addr, until);
	}
}

void names_message(struct names *n, const struct dns_message *m, mono_t now, names_learned_fn learned, void *ctx)
{
	names_book_sweep(&n->book, now);
	if (!is_resolver(n, &m->server)) {
		n->stats.strangers++;
		return;
	}
	if (!m->answer) {
		n->stats.questions++;
		names_asked_add(&n->asked, dns_question_key(&n->key, m), now, &n->stats.unasked);
		return;
	}
	if (!names_asked_take(&n->asked, dns_question_key(&n->key, m), now)) {
		n->stats.stray++;
		return;
	}
	n->stats.answers++;
	learn(n, m, now, learned, ctx);
}

const char *names_of(const struct names *n, const struct addr *a, mono_t now)
{
	return names_book_of(&n->book, a, now);
}

/* As dns_message has them; false: no name that could be known. */
static bool fold(const char *name, char *out)
{
	size_t len = strnlen(name, NAMES_TEXT + 1);

	if (len && name[len - 1] == '.')
		len--;
	if (len == 0 || len >= NAMES_TEXT)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + ('a' - 'A')) : name[i];
	out[len] = '\0';
	return true;
}

size_t names_addresses(const struct names *n, const char *name, mono_t now, struct addr *out, mono_t *until, size_t max)
{
	char folded[NAMES_TEXT];
	uint16_t known;
	size_t found = 0;

	if (!fold(name, folded))
		return 0;
	known = names_book_find(&n->book, folded);
	if (known == NAMES_NONE)
		return 0;
	for (uint16_t i = n->book.names[known].first; i != NAMES_NONE && found < max; i = n->book.bindings[i].next) {
		const struct names_binding *v = &n->book.bindings[i];

		if (v->until.ns < now.ns)
			continue;
		if (until)
			until[found] = v->until;
		out[found++] = v->addr;
	}
	return found;
}

void names_stats(const struct names *n, struct names_stats *out)
{
	*out = n->stats;
	out->evicted = n->book.evicted;
	out->addresses = n->book.used;
}
