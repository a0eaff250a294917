/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may go where, by all that was said, held against what the kernel ends up with. */
#include "../support/allow_lab.h"

#include "core/packet.h"

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
	Suite *suite = suite_create("allow_want_model");
	TCase *tc = tcase_create("allow_want_model");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, fresh, over);
	tcase_add_loop_test(tc, whatever_happens_the_kernel_ends_up_with_what_is_wanted, 0, 20);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
