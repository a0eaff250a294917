/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that are known, and the questions and answers that make them, under simulated time.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_NAMES_LAB_H
#define TIDEGATE_TESTS_SUPPORT_NAMES_LAB_H

#include "core/names.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct names *n;
static mono_t now;
static struct {
	char name[DNS_NAME];
	struct addr addr;
	mono_t until;
} told[64];
static size_t n_told;

static inline struct addr v4(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return addr_v4((const uint8_t[]){ (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d });
}

static inline struct addr nth(unsigned i)
{
	return v4(203, i >> 16 & 255, i >> 8 & 255, i & 255);
}

static inline struct addr resolver(void)
{
	return v4(10, 0, 0, 53);
}

static inline void note(void *ctx, const char *name, const struct addr *a, mono_t until)
{
	(void)ctx;
	if (n_told < 64) {
		snprintf(told[n_told].name, sizeof(told[0].name), "%s", name);
		told[n_told].addr = *a;
		told[n_told].until = until;
	}
	n_told++;
}

static inline void set_up(void)
{
	const struct addr list[] = { resolver(), v4(127, 0, 0, 53) };
	struct hash_key key;
	void *memory;

	hash_key_from_seed(&key, 7);
	ck_assert_int_eq(posix_memalign(&memory, 64, names_bytes()), 0);
	names_create(&n, memory, &key);
	names_resolvers(n, list, 2);
	now = (mono_t){ .ns = 1000 * NS_PER_S };
	n_told = 0;
}

static inline void tear_down(void)
{
	free(n);
}

static inline struct dns_message ask(const char *name, uint16_t id)
{
	struct dns_message m = { .client = v4(10, 0, 0, 1), .server = resolver(), .client_port = 40000, .id = id,
		.type = DNS_TYPE_A };

	snprintf(m.name, sizeof(m.name), "%s", name);
	return m;
}

static inline struct dns_message answer(const char *name, uint16_t id, struct addr a, uint32_t ttl_s)
{
	struct dns_message m = ask(name, id);

	m.answer = true;
	m.addresses[0] = (struct dns_address){ .addr = a, .ttl_s = ttl_s };
	m.n_addresses = 1;
	return m;
}

static inline void tell(const struct dns_message *m)
{
	names_message(n, m, now, note, NULL);
}

static inline void look_up(const char *name, struct addr a, uint32_t ttl_s)
{
	static uint16_t id;
	struct dns_message q = ask(name, ++id), r = answer(name, id, a, ttl_s);

	tell(&q);
	tell(&r);
}

static inline void later(int64_t seconds)
{
	now = mono_add(now, seconds * NS_PER_S);
}

static inline struct names_stats stats(void)
{
	struct names_stats s;

	names_stats(n, &s);
	return s;
}

static const char *of(struct addr a)
{
	return names_of(n, &a, now);
}

static inline size_t count_of(const char *name)
{
	struct addr out[NAMES_PER_NAME];

	return names_addresses(n, name, now, out, NULL, NAMES_PER_NAME);
}

#endif
