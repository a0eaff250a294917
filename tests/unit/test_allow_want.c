/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/allow_want.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/packet.h"

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

/* ---- a kernel: elements end by themselves, and none may overlap ---- */

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

/* ---- lists ---- */

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

static size_t user_list(const char *title, uint32_t uid)
{
	size_t list;

	ck_assert_int_eq(allowlist_begin(&lists, title, &list), 0);
	lists.lists[list].actor = (struct actor){ .kind = ACTOR_USER, .uid = uid };
	return list;
}

static void learn(const char *name, const char *a, int64_t for_s)
{
	struct addr to = addr(a);

	allow_want_name(w, name, &to, mono_add(now, (for_s + LINGER) * NS_PER_S), now);
}

static bool reaches(uint32_t uid, const char *to, uint8_t proto, uint16_t port)
{
	struct actor a = { .kind = ACTOR_USER, .uid = uid };
	struct addr d = addr(to);

	kernel_time();
	return kernel_permits(&a, &d, proto, port);
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

START_TEST(prefixes_are_there_at_once_and_only_where_the_list_is_in_force)
{
	size_t a = user_list("a", 33), b = user_list("b", 34);

	entry(&lists, a, "", "10.0.0.0/8", 0, 443, 443);
	entry(&lists, b, "", "10.0.0.0/8", PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1u << a, now);
	ck_assert_uint_eq(drain(), 2);
	ck_assert(reaches(33, "10.1.2.3", PROTO_TCP, 443));
	ck_assert(reaches(33, "10.1.2.3", PROTO_UDP, 443));
	ck_assert(!reaches(33, "10.1.2.3", PROTO_TCP, 444));
	ck_assert(!reaches(34, "10.1.2.3", PROTO_TCP, 443));
	allow_want_rules(w, &lists, 0, now);
	ck_assert_uint_eq(drain(), 2);
	ck_assert_uint_eq(n_kernel, 0);
	ck_assert_uint_eq(stats().elements, 0);
}
END_TEST

START_TEST(a_new_address_of_a_name_is_there_at_once_and_lingers)
{
	size_t a = user_list("a", 33);

	entry(&lists, a, "*.example.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	learn("www.example.net", "192.0.2.1", 60);
	learn("www.example.com", "192.0.2.2", 60);
	drain();
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ck_assert(!reaches(33, "192.0.2.2", PROTO_TCP, 443));
	ticks(60 + LINGER - 1);
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ticks(20);
	ck_assert(!reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ck_assert_uint_eq(stats().elements, 0);
	ck_assert_uint_eq(stats().addresses, 0);
	ck_assert_uint_eq(stats().lapsed, 1);
}
END_TEST

START_TEST(a_name_that_is_asked_for_each_second_costs_few_changes)
{
	size_t a = user_list("a", 33), before;

	entry(&lists, a, "a.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	for (int i = 0; i < 3600; i++) {
		learn("a.net", "192.0.2.1", 60);
		ticks(1);
		ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	}
	before = stats().changes;
	ck_assert_uint_ge(before, 3600 / (60 + LINGER));
	ck_assert_uint_le(before, 30);
}
END_TEST

START_TEST(a_list_that_comes_into_force_has_the_addresses_learned_before)
{
	size_t a = user_list("a", 33);
	struct addr to = addr("192.0.2.1");

	entry(&lists, a, "*.a.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 0, now);
	learn("x.a.net", "192.0.2.1", 60);
	ck_assert_uint_eq(drain(), 0);
	ck_assert(allow_want_permits(w, a, &to, PROTO_TCP, 443, now));
	ck_assert(!allow_want_permits(w, a, &to, PROTO_TCP, 80, now));
	ck_assert_uint_eq(allow_want_known(w, a, now), 1);
	allow_want_rules(w, &lists, 1, now);
	ck_assert(!allow_want_settled(w, &lists.lists[a].actor));
	drain();
	ck_assert(allow_want_settled(w, &lists.lists[a].actor));
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
}
END_TEST

START_TEST(what_the_host_knows_of_new_names_is_recalled)
{
	size_t a = user_list("a", 33);

	recalled = addr("192.0.2.7");
	entry(&lists, a, "known.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	allow_want_recall(w, NULL, now);
	drain();
	ck_assert(reaches(33, "192.0.2.7", PROTO_TCP, 443));
}
END_TEST

START_TEST(two_names_of_one_address_with_ports_that_overlap_do_not)
{
	size_t a = user_list("a", 33);

	entry(&lists, a, "all.net", NULL, 0, 0, 65535);
	entry(&lists, a, "web.net", NULL, PROTO_TCP, 80, 443);
	entry(&lists, a, "", "192.0.2.0/24", PROTO_TCP, 100, 200);
	entry(&lists, a, "", "192.0.0.0/16", PROTO_TCP, 150, 300);
	allow_want_rules(w, &lists, 1, now);
	learn("all.net", "192.0.2.1", 60);
	learn("web.net", "192.0.2.1", 600);
	drain();
	ck_assert_uint_eq(stats().failed, 0); /* none overlaps */
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 0));
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 65535));
	ck_assert(reaches(33, "192.0.2.1", PROTO_UDP, 1));
	ticks(60 + LINGER + 20);
	ck_assert(!reaches(33, "192.0.2.1", PROTO_TCP, 79));
	for (unsigned port = 80; port <= 443; port++)
		ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, (uint16_t)port));
	ck_assert(!reaches(33, "192.0.2.1", PROTO_TCP, 444));
	ck_assert(!reaches(33, "192.0.2.1", PROTO_UDP, 1));
}
END_TEST

START_TEST(a_refused_change_is_tried_again_later_and_less_and_less)
{
	size_t a = user_list("a", 33), tries = 0;
	struct allow_change c;

	entry(&lists, a, "", "10.0.0.0/8", PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	for (int s = 0; s < 600; s++) {
		now = mono_add(now, NS_PER_S / 4);
		allow_want_tick(w, now);
		for (; allow_want_take(w, now, &c); tries++)
			allow_want_answer(w, &c, ERR_AGAIN, now);
	}
	ck_assert_uint_ge(tries, 4);
	ck_assert_uint_le(tries, 9);
	ck_assert_uint_eq(stats().failed, tries);
	ck_assert_uint_eq(stats().pending, 1);
	ticks(64 + 16);
	ck_assert(reaches(33, "10.0.0.1", PROTO_TCP, 443));
	ck_assert_uint_eq(stats().pending, 0);
}
END_TEST

START_TEST(after_the_table_was_lost_late_answers_say_nothing)
{
	size_t a = user_list("a", 33);
	struct allow_change late, c;

	entry(&lists, a, "", "10.0.0.0/8", PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	ck_assert(allow_want_take(w, now, &late));
	allow_want_lost(w, now);
	allow_want_answer(w, &late, 0, now);
	ck_assert(!allow_want_settled(w, &lists.lists[a].actor));
	ck_assert(allow_want_take(w, now, &c));
	ck_assert_int_eq(c.op, ALLOW_ADD);
	allow_want_answer(w, &c, 0, now);
	ck_assert(allow_want_settled(w, &lists.lists[a].actor));
	ck_assert(!allow_want_take(w, now, &c));
}
END_TEST

START_TEST(a_group_made_anew_has_its_elements_under_its_new_id)
{
	size_t a = user_list("a", 0);
	struct actor old, anew;
	struct addr to = addr("192.0.2.1");

	lists.lists[a].actor = (struct actor){ .kind = ACTOR_GROUP, .level = 2 };
	strcpy(lists.lists[a].group, "a.slice/b.service");
	entry(&lists, a, "*.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	learn("a.net", "192.0.2.1", 60);
	ck_assert_uint_eq(drain(), 0); /* there is no such group yet */
	allowlist_bind(&lists, "a.slice/b.service", 77);
	old = lists.lists[a].actor;
	allow_want_rules(w, &lists, 1, now);
	drain();
	ck_assert(kernel_permits(&old, &to, PROTO_TCP, 443));
	allowlist_bind(&lists, "a.slice/b.service", 78);
	anew = lists.lists[a].actor;
	allow_want_rules(w, &lists, 1, now);
	drain();
	ck_assert(!kernel_permits(&old, &to, PROTO_TCP, 443));
	ck_assert(kernel_permits(&anew, &to, PROTO_TCP, 443));
}
END_TEST

START_TEST(more_than_there_is_room_for_is_counted_and_what_stands_stays)
{
	size_t a = user_list("a", 33);
	struct addr to = addr("10.0.0.0");

	entry(&lists, a, "", "192.0.2.1", PROTO_TCP, 443, 443);
	entry(&lists, a, "*.net", NULL, PROTO_TCP, 443, 443);
	entry(&lists, a, "*.net", NULL, PROTO_TCP, 80, 80);
	entry(&lists, a, "*.net", NULL, PROTO_TCP, 25, 25);
	allow_want_rules(w, &lists, 1, now);
	for (unsigned i = 0; i < ALLOW_WANT_ADDRESSES + 10; i++) {
		to.bytes[2] = (uint8_t)(i >> 8);
		to.bytes[3] = (uint8_t)i;
		allow_want_name(w, "a.net", &to, mono_add(now, (60 + LINGER) * NS_PER_S), now);
		drain();
	}
	ck_assert_uint_eq(stats().addresses, ALLOW_WANT_ADDRESSES);
	ck_assert_uint_eq(stats().addresses_full, 10);
	ck_assert_uint_eq(stats().elements, ALLOW_WANT_ELEMENTS);
	ck_assert_uint_gt(stats().elements_full, 0);
	ck_assert_uint_eq(n_kernel, ALLOW_WANT_ELEMENTS);
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ck_assert(reaches(33, "10.0.0.0", PROTO_TCP, 25));
	ticks(60 + LINGER + 20);
	ck_assert_uint_eq(stats().addresses, 0);
	ck_assert_uint_eq(n_kernel, 1);
}
END_TEST

/* ---- a model: who may go where, by all that was said ---- */

#define NAMES 6
#define HOSTS 12
#define SETS 4

static struct allowlists sets[SETS];
static mono_t known[NAMES][HOSTS];
static uint64_t dice;
static size_t set;
static uint32_t mask;

static unsigned roll(unsigned n)
{
	return (unsigned)(random_next(&dice) % n);
}

static const char *name_of(unsigned i)
{
	static const char *const names[NAMES] = { "a.net", "x.a.net", "y.a.net", "x.y.a.net", "b.net", "c.org" };

	return names[i];
}

static struct addr host(unsigned i)
{
	struct addr a = i % 2 ? addr("10.0.0.0") : addr("2001:db8::");

	a.bytes[a.family == FAMILY_V6 ? 15 : 3] = (uint8_t)i;
	return a;
}

static void random_set(struct allowlists *l)
{
	static const char *const prefixes[] = { "10.0.0.0/8", "10.0.0.0/29", "10.0.0.3", "2001:db8::/64", "2001:db8::4", "::/0" };
	static const char *const patterns[] = { "a.net", "*.a.net", "b.net", "*.net", "x.y.a.net" };
	static const uint8_t protos[] = { 0, PROTO_TCP, PROTO_UDP, PROTO_ICMP };

	memset(l, 0, sizeof(*l));
	for (unsigned i = 0; i < 3; i++) {
		size_t list;
		char title[8];

		snprintf(title, sizeof(title), "l%u", i);
		ck_assert_int_eq(allowlist_begin(l, title, &list), 0);
		l->lists[list].actor = i == 0 ? (struct actor){ .kind = ACTOR_HOST } :
			i == 1 ? (struct actor){ .kind = ACTOR_USER, .uid = 33 } :
			(struct actor){ .kind = ACTOR_GROUP, .cgroup = roll(3), .level = 2 };
		for (unsigned n = roll(6); n; n--) {
			uint16_t first = (uint16_t)roll(8), last = (uint16_t)(first + roll(5));
			uint8_t proto = protos[roll(4)];

			if (roll(2))
				entry(l, list, "", prefixes[roll(6)], proto, first, last);
			else
				entry(l, list, patterns[roll(5)], NULL, proto, first, last);
		}
	}
}

static bool model_permits(size_t list, const struct addr *to, unsigned h, uint8_t proto, uint16_t port)
{
	const struct allowlist *l = &sets[set].lists[list];

	if (!(mask >> list & 1) || !actor_valid(&l->actor))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		const struct allow_entry *e = &sets[set].entries[l->first + i];

		if (!allow_entry_serves(e, to, proto, port))
			continue;
		if (!e->name[0] && prefix_holds(&e->prefix, to))
			return true;
		for (unsigned n = 0; e->name[0] && n < NAMES; n++)
			if (known[n][h].ns > now.ns && allow_name_holds(e->name, name_of(n)))
				return true;
	}
	return false;
}

static void compare(void)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ICMP6 };

	kernel_time();
	for (size_t list = 0; list < 3; list++)
		for (unsigned h = 0; h < HOSTS; h++)
			for (size_t p = 0; p < 4; p++)
				for (uint16_t port = 0; port < 13; port++) {
					struct addr to = host(h);
					const struct actor *a = &sets[set].lists[list].actor;

					ck_assert(model_permits(list, &to, h, protos[p], port) ==
						(actor_valid(a) && kernel_permits(a, &to, protos[p], port)));
				}
	ck_assert_uint_eq(stats().elements, n_kernel);
	ck_assert_uint_eq(stats().pending, 0);
}

/* One that nobody told us of is kept by the model alone where it is in a list: what no list names is not learned. */
static void model_learn(void)
{
	unsigned n = roll(NAMES), h = roll(HOSTS);
	struct addr to = host(h);
	mono_t until = mono_add(now, (int64_t)(roll(200) + LINGER) * NS_PER_S);
	bool named = false;

	for (size_t i = 0; i < sets[set].n_entries; i++)
		named = named || allow_name_holds(sets[set].entries[i].name, name_of(n));
	allow_want_name(w, name_of(n), &to, until, now);
	if (named && until.ns > known[n][h].ns)
		known[n][h] = until;
}

static void model_rules(void)
{
	set = roll(SETS);
	mask = roll(8);
	allow_want_rules(w, &sets[set], mask, now);
	for (unsigned n = 0; n < NAMES; n++) {
		bool named = false;

		for (size_t i = 0; i < sets[set].n_entries; i++)
			named = named || allow_name_holds(sets[set].entries[i].name, name_of(n));
		for (unsigned h = 0; !named && h < HOSTS; h++)
			known[n][h] = (mono_t){ 0 };
	}
}

static struct allow_change late[64];
static size_t n_late;

static void answer_some(unsigned fail_percent)
{
	struct allow_change c;

	while (n_late < 64 && roll(4) && allow_want_take(w, now, &c))
		late[n_late++] = c;
	while (n_late && roll(4)) {
		bool fails = roll(100) < fail_percent;

		/* In the order in which they were taken, as the kernel's worker does it. */
		allow_want_answer(w, &late[0], fails ? ERR_AGAIN : kernel_do(&late[0]), now);
		memmove(late, late + 1, --n_late * sizeof(late[0]));
	}
}

START_TEST(whatever_happens_the_kernel_ends_up_with_what_is_wanted)
{
	dice = (uint64_t)_i * 7919 + 1;
	n_late = 0;
	memset(known, 0, sizeof(known));
	for (size_t i = 0; i < SETS; i++)
		random_set(&sets[i]);
	model_rules();
	for (int round = 0; round < 20; round++) {
		for (unsigned n = roll(60); n; n--) {
			unsigned what = roll(20);

			now = mono_add(now, (int64_t)roll(8000) * NS_PER_MS);
			kernel_time();
			if (what < 12)
				model_learn();
			else if (what == 12)
				model_rules();
			else if (what == 13 && roll(3) == 0) {
				n_kernel = 0;
				allow_want_lost(w, now);
				n_late = 0; /* they went to a table that is no more */
			}
			allow_want_tick(w, now);
			answer_some(30);
		}
		for (; n_late; n_late--)
			memmove(late, (allow_want_answer(w, &late[0], kernel_do(&late[0]), now), late + 1),
				(n_late - 1) * sizeof(late[0]));
		ticks(80);
		for (int i = 0; i < 16; i++) {
			allow_want_tick(w, now);
			drain();
		}
		compare();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("allow_want");
	TCase *tc = tcase_create("allow_want");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, fresh, over);
	tcase_add_test(tc, prefixes_are_there_at_once_and_only_where_the_list_is_in_force);
	tcase_add_test(tc, a_new_address_of_a_name_is_there_at_once_and_lingers);
	tcase_add_test(tc, a_name_that_is_asked_for_each_second_costs_few_changes);
	tcase_add_test(tc, a_list_that_comes_into_force_has_the_addresses_learned_before);
	tcase_add_test(tc, what_the_host_knows_of_new_names_is_recalled);
	tcase_add_test(tc, two_names_of_one_address_with_ports_that_overlap_do_not);
	tcase_add_test(tc, a_refused_change_is_tried_again_later_and_less_and_less);
	tcase_add_test(tc, after_the_table_was_lost_late_answers_say_nothing);
	tcase_add_test(tc, a_group_made_anew_has_its_elements_under_its_new_id);
	tcase_add_test(tc, more_than_there_is_room_for_is_counted_and_what_stands_stays);
	tcase_add_loop_test(tc, whatever_happens_the_kernel_ends_up_with_what_is_wanted, 0, 20);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
