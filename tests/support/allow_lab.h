/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel for allow_want: elements end by themselves, and none may overlap. Included by its tests alone. */
#ifndef TIDEGATE_TESTS_SUPPORT_ALLOW_LAB_H
#define TIDEGATE_TESTS_SUPPORT_ALLOW_LAB_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/allow_want.h"

#define S(n) ((mono_t){ (int64_t)(n) * NS_PER_S })
#define LINGER NAMES_LINGER_S

static struct allow_want *w;
static void *memory;
static struct allowlists lists;
static mono_t now;

/* What the host knows of one name. */
static struct addr recalled;

size_t names_addresses(const struct names *n, const char *name, mono_t at, struct addr *out, mono_t *until, size_t max)
{
	(void)n;
	ck_assert_uint_ge(max, 1);
	if (strcmp(name, "known.net") != 0)
		return 0;
	out[0] = recalled;
	until[0] = mono_add(at, 60 * NS_PER_S);
	return 1;
}

static struct allowance kernel[ALLOW_WANT_ELEMENTS];
static size_t n_kernel;

static bool same_element(const struct allowance *a, const struct allowance *b)
{
	return actor_equal(&a->actor, &b->actor) && prefix_equal(&a->to, &b->to) && a->proto == b->proto &&
		a->port_first == b->port_first && a->port_last == b->port_last;
}

static bool overlap(const struct allowance *a, const struct allowance *b)
{
	return actor_equal(&a->actor, &b->actor) && a->proto == b->proto && a->port_first <= b->port_last &&
		b->port_first <= a->port_last && (prefix_covers(&a->to, &b->to) || prefix_covers(&b->to, &a->to));
}

static void kernel_time(void)
{
	for (size_t i = 0; i < n_kernel;)
		if (kernel[i].until.ns && kernel[i].until.ns <= now.ns)
			kernel[i] = kernel[--n_kernel];
		else
			i++;
}

static int kernel_do(const struct allow_change *c)
{
	size_t i = 0;

	kernel_time();
	while (i < n_kernel && !same_element(&kernel[i], &c->what))
		i++;
	if (c->op == ALLOW_ADD && i < n_kernel)
		return ERR_EXISTS;
	if (c->op == ALLOW_ADD) {
		for (size_t k = 0; k < n_kernel; k++)
			if (overlap(&kernel[k], &c->what))
				return ERR_BUSY;
		kernel[n_kernel++] = c->what;
		return 0;
	}
	if (i == n_kernel)
		return ERR_ABSENT;
	if (c->op == ALLOW_EXTEND)
		kernel[i].until = c->what.until;
	else
		kernel[i] = kernel[--n_kernel];
	return 0;
}

static bool kernel_permits(const struct actor *a, const struct addr *to, uint8_t proto, uint16_t port)
{
	for (size_t i = 0; i < n_kernel; i++)
		if (actor_equal(&kernel[i].actor, a) && kernel[i].proto == proto && kernel[i].port_first <= port &&
		    port <= kernel[i].port_last && prefix_holds(&kernel[i].to, to))
			return true;
	return false;
}

static size_t drain(void)
{
	struct allow_change c;
	size_t n = 0;

	for (; allow_want_take(w, now, &c); n++)
		allow_want_answer(w, &c, kernel_do(&c), now);
	return n;
}

static struct addr addr(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static void entry(struct allowlists *l, size_t list, const char *name, const char *prefix, uint8_t proto, uint16_t first,
	uint16_t last)
{
	struct allow_entry e = { .proto = proto, .port_first = first, .port_last = last };

	snprintf(e.name, sizeof(e.name), "%s", name);
	if (prefix)
		ck_assert_int_eq(prefix_parse(prefix, &e.prefix), 0);
	ck_assert_int_eq(allowlist_add(l, list, &e), 0);
}

static void ticks(int64_t s)
{
	for (int64_t i = 0; i < s; i++) {
		now = mono_add(now, NS_PER_S);
		allow_want_tick(w, now);
		drain();
	}
}

static struct allow_want_stats stats(void)
{
	struct allow_want_stats s;

	allow_want_stats(w, &s);
	return s;
}

static void fresh(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 7);
	ck_assert_uint_le(allow_want_bytes(), 2u << 20);
	memory = calloc(1, allow_want_bytes());
	allow_want_create(&w, memory, &key);
	memset(&lists, 0, sizeof(lists));
	n_kernel = 0;
	now = S(1000);
}

static void over(void)
{
	free(memory);
}

#endif
