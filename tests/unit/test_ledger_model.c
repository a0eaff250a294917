/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of the ledger under random operations, against a model of the kernel that
 * executes late, answers later and in any order, refuses at random, and sometimes loses
 * everything. Ten seeds each.
 */
#include "core/ledger.h"

#include <check.h>
#include <string.h>

#include "../support/ledger_lab.h"
#include "base/err.h"

#define SEEDS 10
#define STEPS 3000
#define FLIGHTS 64

static const char *const prefixes[] = {
	"10.0.0.1", "10.0.0.2", "10.0.0.200", "10.0.1.1", "10.9.9.9", "192.0.2.1",
		"192.0.2.2",
	"10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.0.0/28", "10.0.0.192/26",
		"10.0.1.0/24",
	"192.0.2.0/31", "2001:db8::/64", "2001:db8:0:1::/64", "2001:db8::/48",
		"2001:db8::/32",
	"2001:db8::1", "2001:db8::2", "2001:db8::/120",
};

#define PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

/* A change on its way. */
struct flight {
	struct change change;
	bool executed;
	int result;
};

struct world {
	struct ledger_lab lab;
	struct model_kernel kernel;
	struct flight flights[FLIGHTS];
	size_t n_flights;
	uint64_t seed;
	unsigned trouble; /* refusals in a hundred */
	bool shadows;
};

static struct world w;

static size_t below(size_t n)
{
	return (size_t)(random_next(&w.seed) % n);
}

static struct subject any_subject(enum scope *scope)
{
	struct subject s;

	*scope = SCOPE_SOURCE;
	switch (below(12)) {
	case 0:
		return lab_host();
	case 1:
		return lab_service(PROTO_TCP, (uint16_t)(80 + below(2)));
	case 2:
	case 3:
		*scope = SCOPE_SERVICE;
		break;
	}
	s = lab_source(prefixes[below(PREFIXES)]);
	if (*scope == SCOPE_SERVICE) {
		s.proto = PROTO_TCP;
		s.port = (uint16_t)(80 + below(2));
	}
	return s;
}

static enum response any_response(const struct subject *s, enum scope scope)
{
	if (s->kind == SUBJECT_SERVICE)
		return RESPONSE_SERVICE_LIMIT;
	if (s->kind == SUBJECT_HOST)
		return RESPONSE_SHIELD;
	if (scope == SCOPE_SERVICE)
		return below(2) ? RESPONSE_LIMIT : RESPONSE_REFUSE;
	return (enum response)(RESPONSE_SHIELD + below(4));
}

static void want(void)
{
	enum scope scope;
	struct subject s = any_subject(&scope);
	enum response r = any_response(&s, scope);
	struct decision d = lab_decision(s, r, (int64_t)(1 + below(60)) * NS_PER_S);
	enum measure_origin origin = below(8) ? ORIGIN_DETECTOR : ORIGIN_MANUAL;
	bool shadow = w.shadows && !below(8);
	const struct measure *m = NULL;
	int err;

	d.scope = scope;
	d.limit_rate = 1 + (uint32_t)below(3);
	d.base_ttl_ns = (int64_t)(1 + below(5)) * NS_PER_S;
	if (s.kind == SUBJECT_SOURCE && below(2)) {
		d.rungs = 3;
		d.rung = (uint8_t)below(3);
		d.ladder[0] = RESPONSE_SHIELD;
		d.ladder[1] = RESPONSE_LIMIT;
		d.ladder[2] = RESPONSE_DROP;
		d.ladder[d.rung] = r;
	}
	d.offence = ledger_offences(w.lab.l, &s, w.lab.now);
	err = ledger_want(w.lab.l, &d, origin, 1, shadow, w.lab.now, w.lab.now, &m);
	ck_assert(err == 0 || err == ERR_EXISTS || err == ERR_FULL);
	ck_assert(err == ERR_FULL || m != NULL);
	if (err || shadow || m->state == MEASURE_SHADOW)
		return;
	ck_assert_int_ge(m->response, r); /* what stands is never weaker than this */
}

static void end_one(void)
{
	enum scope scope;
	struct subject s = any_subject(&scope);

	if (below(3))
		ledger_end(w.lab.l, &s, scope, below(2) == 0, w.lab.now);
	else if (s.kind == SUBJECT_SOURCE)
		ledger_end_source(w.lab.l, &s, below(2) == 0, w.lab.now);
}

static void take(void)
{
	struct flight *f = &w.flights[w.n_flights];

	if (w.n_flights == FLIGHTS || !ledger_take_change(w.lab.l, &f->change))
		return;
	f->executed = false;
	w.n_flights++;
}

static int trouble(void)
{
	static const int kinds[] = { ERR_AGAIN, ERR_FULL, ERR_IO, ERR_PERMISSION };

	return below(100) < w.trouble ? kinds[below(4)] : 0;
}

/* Changes reach the kernel in their order. */
static void execute(void)
{
	for (size_t i = 0; i < w.n_flights; i++) {
		struct flight *f = &w.flights[i];

		if (f->executed)
			continue;
		f->executed = true;
		f->result = trouble();
		if (!f->result)
			f->result = model_apply(&w.kernel, &f->change, w.lab.now);
		ck_assert_msg(f->result != ERR_EXISTS, "a prefix was sent onto another");
		return;
	}
}

/* Answers come back in any order. */
static void answer(void)
{
	size_t i = w.n_flights ? below(w.n_flights) : 0;

	if (!w.n_flights || !w.flights[i].executed)
		return;
	ledger_answer(w.lab.l, &w.flights[i].change, w.flights[i].result, w.lab.now);
	memmove(&w.flights[i], &w.flights[i + 1],
		(w.n_flights - i - 1) * sizeof(w.flights[0]));
	w.n_flights--;
}

static void pass(int64_t ns)
{
	w.lab.now = mono_add(w.lab.now, ns);
	model_pass(&w.kernel, w.lab.now);
	ledger_tick(w.lab.l, w.lab.now, SIZE_MAX, 20 * NS_PER_S, NULL, NULL);
}

static void step(bool losses)
{
	switch (below(16)) {
	case 0:
	case 1:
	case 2:
		want();
		break;
	case 3:
		end_one();
		break;
	case 4:
		pass((int64_t)below(3000) * NS_PER_MS);
		break;
	case 5:
		if (losses && !below(10)) {
			w.kernel.n = 0;
			ledger_rewant(w.lab.l);
		}
		break;
	case 6:
	case 7:
	case 8:
		execute();
		break;
	case 9:
	case 10:
	case 11:
	case 12:
		answer();
		break;
	default:
		take();
	}
}

/* Lets everything on its way arrive, without any more trouble. */
static void settle(void)
{
	struct change c;

	w.trouble = 0;
	for (unsigned round = 0; round < 20; round++) {
		while (w.n_flights) {
			execute();
			answer();
		}
		for (size_t n = 0; w.n_flights < FLIGHTS && ledger_take_change(w.lab.l,
			&c); n++)
			w.flights[w.n_flights++] = (struct flight){ .change = c };
		if (round % 4 == 3 && round < 19) /* a tick may want more */
			pass(NS_PER_MS);
	}
	ck_assert_uint_eq(w.n_flights, 0);
}

static bool broader_stands(const struct measure *m)
{
	const struct measure *o;

	for (size_t at = 0; (o = ledger_next(w.lab.l, &at));)
		if (o->state == MEASURE_APPLIED && o->scope == m->scope &&
			o->id != m->id &&
			prefix_covers(&o->subject.source, &m->subject.source) &&
			o->subject.port == m->subject.port && o->response == m->response)
			return true;
	return false;
}

/* The kernel has what is wanted, all of it and nothing else. */
static void compare(bool refusals)
{
	const struct measure *m;
	size_t applied = 0;

	ck_assert(!model_overlaps(&w.kernel));
	for (size_t at = 0; (m = ledger_next(w.lab.l, &at));) {
		const struct model_element *e = model_find(&w.kernel, m);

		if (m->state == MEASURE_FREE || m->state == MEASURE_SHADOW)
			continue;
		ck_assert_int_gt(m->until.ns, w.lab.now.ns);
		if (m->state == MEASURE_COVERED) {
			ck_assert(broader_stands(m));
			continue;
		}
		if (m->state == MEASURE_REFUSED && refusals) {
			applied += e != NULL;
			continue;
		}
		ck_assert_msg(m->state == MEASURE_APPLIED, "state %s",
			measure_state_name(m->state));
		ck_assert_ptr_nonnull(e);
		ck_assert_int_eq(e->response, m->response);
		ck_assert_int_eq(e->until.ns, m->until.ns);
		applied++;
	}
	for (size_t i = 0; i < w.kernel.n; i++) /* a moment late is gone enough */
		applied += w.kernel.elements[i].until.ns <= w.lab.now.ns;
	ck_assert_uint_eq(applied, w.kernel.n);
}

static void check_stats(void)
{
	struct ledger_stats s, mine = { .subjects = 0 };
	const struct measure *m;

	ledger_stats(w.lab.l, &s);
	for (size_t at = 0; (m = ledger_next(w.lab.l, &at));) {
		mine.by_state[m->state]++;
		if (m->state != MEASURE_FREE && m->state != MEASURE_REFUSED)
			mine.by_response[m->response]++;
		if (m->state != MEASURE_APPLIED && m->state != MEASURE_COVERED)
			continue;
		mine.enforced[m->response]++;
		if (m->subject.kind != SUBJECT_SOURCE || m->response == RESPONSE_LIMIT)
			continue;
		mine.blocked_v4[m->origin] += m->subject.source.addr.family == FAMILY_V4;
		mine.blocked_v6[m->origin] += m->subject.source.addr.family == FAMILY_V6;
	}
	ck_assert_mem_eq(s.enforced, mine.enforced, sizeof(s.enforced));
	ck_assert_mem_eq(s.blocked_v4, mine.blocked_v4, sizeof(s.blocked_v4));
	ck_assert_mem_eq(s.blocked_v6, mine.blocked_v6, sizeof(s.blocked_v6));
	for (size_t i = MEASURE_SHADOW; i <= MEASURE_COVERED; i++)
		ck_assert_uint_eq(s.by_state[i], mine.by_state[i]);
	for (size_t i = 0; i < RESPONSES; i++)
		ck_assert_uint_eq(s.by_response[i], mine.by_response[i]);
	ck_assert_uint_le(s.subjects, s.capacity);
}

/* Every match is the strongest that a plain walk finds. */
static void check_match(void)
{
	static const char *const sources[] = { "10.0.0.1", "10.0.0.2", "10.0.0.200",
		"10.0.1.1",
		"10.77.0.1", "192.0.2.1", "2001:db8::1", "2001:db8::9", "2001:db8:0:1::5",
		"2001:db8:9::1", "203.0.113.1" };
	const char *source = sources[below(sizeof(sources) / sizeof(sources[0]))];
	uint16_t port = (uint16_t)(80 + below(3));
	enum response best = RESPONSE_OBSERVE;
	const struct measure *m, *found = lab_match(&w.lab, source, port);
	struct addr a;

	ck_assert_int_eq(addr_parse(source, &a), 0);
	for (size_t at = 0; (m = ledger_next(w.lab.l, &at));) {
		bool live = m->state == MEASURE_WANTED || m->state == MEASURE_SENT ||
			m->state == MEASURE_APPLIED || m->state == MEASURE_COVERED;

		if (live && m->until.ns > w.lab.now.ns &&
			m->subject.kind == SUBJECT_SOURCE &&
			prefix_holds(&m->subject.source, &a) && m->response > best &&
			(m->scope == SCOPE_SOURCE || m->subject.port == port))
			best = m->response;
	}
	ck_assert_int_eq(found ? found->response : RESPONSE_OBSERVE, best);
}

static void run(uint64_t seed, size_t subjects, unsigned refusals, bool losses)
{
	memset(&w, 0, sizeof(w));
	w.lab = lab_open(subjects);
	w.seed = w.kernel.seed = seed;
	w.kernel.most = MODEL_ELEMENTS;
	w.shadows = refusals > 0;
	for (size_t round = 0; round < 10; round++) {
		w.trouble = refusals;
		for (size_t i = 0; i < STEPS / 10; i++) {
			step(losses);
			check_match();
		}
		check_stats();
		settle();
		compare(refusals > 0);
		check_stats();
	}
}

/* Nothing of all that was wanted is left when everything has ended. */
static void finish(void)
{
	struct ledger_stats s;

	ledger_end_all(w.lab.l, w.lab.now);
	settle();
	for (size_t i = 0; i < w.kernel.n; i++)
		ck_assert_int_le(w.kernel.elements[i].until.ns, w.lab.now.ns);
	for (size_t i = 0; i < 200; i++)
		pass(60 * NS_PER_S);
	ledger_stats(w.lab.l, &s);
	ck_assert_uint_eq(s.subjects, 0);
	for (size_t i = 0; i <= MEASURE_COVERED; i++)
		ck_assert_uint_eq(s.by_state[i], 0);
	lab_close(&w.lab);
}

START_TEST(the_kernel_comes_to_hold_exactly_what_is_wanted)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		run(seed, 200, 0, false);
		finish();
	}
}
END_TEST

START_TEST(refusals_and_shadows_leave_nothing_in_the_kernel_that_nobody_wants)
{
	for (uint64_t seed = 100; seed < 100 + SEEDS; seed++) {
		run(seed, 200, 20, false);
		finish();
	}
}
END_TEST

START_TEST(a_lost_table_is_wanted_again_whatever_was_on_its_way)
{
	for (uint64_t seed = 200; seed < 200 + SEEDS; seed++) {
		run(seed, 200, 5, true);
		finish();
	}
}
END_TEST

START_TEST(a_small_ledger_refuses_and_counts_but_loses_nothing)
{
	struct ledger_stats s;
	uint64_t full = 0, evicted = 0;

	for (uint64_t seed = 300; seed < 300 + SEEDS; seed++) {
		run(seed, 9, 5, true);
		ledger_stats(w.lab.l, &s);
		full += s.full;
		evicted += s.evicted;
		finish();
	}
	ck_assert_uint_gt(full, 0);
	ck_assert_uint_gt(evicted, 0);
}
END_TEST

/* Two responses, ends as they were wanted: at each moment the strongest that has not
 * ended is in force. */
START_TEST(each_measure_ends_at_its_time_under_whatever_is_stronger)
{
	struct decision d;
	mono_t shield = { 0 }, drop = { 0 };
	const struct measure *m;

	memset(&w, 0, sizeof(w));
	w.seed = 5;
	w.lab = lab_open(4);
	for (size_t i = 0; i < 20000; i++) {
		bool hard = below(2);
		mono_t *end = hard ? &drop : &shield;
		enum response best;

		d = lab_decision(lab_source("192.0.2.9"), hard ?
			RESPONSE_DROP : RESPONSE_SHIELD,
			(int64_t)(1 + below(20000)) * NS_PER_MS);
		if (!below(4)) {
			lab_want(&w.lab, &d, NULL);
			if (end->ns < w.lab.now.ns + d.ttl_ns)
				end->ns = w.lab.now.ns + d.ttl_ns;
		}
		lab_answer_all(&w.lab, 0);
		lab_pass(&w.lab, (int64_t)below(3000) * NS_PER_MS);
		best = drop.ns > w.lab.now.ns ? RESPONSE_DROP :
			shield.ns > w.lab.now.ns ? RESPONSE_SHIELD : RESPONSE_OBSERVE;
		m = lab_match(&w.lab, "192.0.2.9", 22);
		ck_assert_int_eq(m ? m->response : RESPONSE_OBSERVE, best);
	}
	lab_close(&w.lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_model");
	TCase *c = tcase_create("ledger_model");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_test(c, the_kernel_comes_to_hold_exactly_what_is_wanted);
	tcase_add_test(c,
		refusals_and_shadows_leave_nothing_in_the_kernel_that_nobody_wants);
	tcase_add_test(c, a_lost_table_is_wanted_again_whatever_was_on_its_way);
	tcase_add_test(c, a_small_ledger_refuses_and_counts_but_loses_nothing);
	tcase_add_test(c, each_measure_ends_at_its_time_under_whatever_is_stronger);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
