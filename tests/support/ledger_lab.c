/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ledgers and decisions for the tests of the ledger.
 */
#include "ledger_lab.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

struct ledger_lab lab_open(size_t subjects)
{
	struct ledger_lab lab = { .now = { 1000 * NS_PER_S } };
	size_t bytes = ledger_bytes(subjects);

	hash_key_from_seed(&lab.key, 7);
	lab.memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	ck_assert_ptr_nonnull(lab.memory);
	ck_assert_int_eq(ledger_create(&lab.l, lab.memory, bytes, subjects, &lab.key), 0);
	return lab;
}

void lab_close(struct ledger_lab *lab)
{
	free(lab->memory);
}

struct subject lab_source(const char *prefix)
{
	struct subject s = { .kind = SUBJECT_SOURCE };

	ck_assert_int_eq(prefix_parse(prefix, &s.source), 0);
	return s;
}

struct subject lab_service(uint8_t proto, uint16_t port)
{
	return (struct subject){ .kind = SUBJECT_SERVICE, .proto = proto, .port = port };
}

struct subject lab_host(void)
{
	return (struct subject){ .kind = SUBJECT_HOST };
}

struct decision lab_decision(struct subject s, enum response r, int64_t ttl_ns)
{
	return (struct decision){ .response = r, .subject = s, .ttl_ns = ttl_ns,
		.base_ttl_ns = ttl_ns, .ladder = { r }, .rungs = 1,
		.limit_rate = 10, .limit_burst = 5 };
}

int lab_want(struct ledger_lab *lab, const struct decision *d, const struct measure **out)
{
	return ledger_want(lab->l, d, ORIGIN_DETECTOR, 0, false, lab->now, lab->now, out);
}

const struct measure *lab_applied(struct ledger_lab *lab, const char *prefix,
	enum response r,
	int64_t ttl_ns)
{
	struct decision d = lab_decision(lab_source(prefix), r, ttl_ns);
	const struct measure *m = NULL;

	ck_assert_int_eq(lab_want(lab, &d, &m), 0);
	lab_answer_all(lab, 0);
	ck_assert_int_eq(m->state, MEASURE_APPLIED);
	return m;
}

const struct measure *lab_find(const struct ledger_lab *lab, const char *prefix)
{
	struct subject s = lab_source(prefix);

	return ledger_find(lab->l, &s, SCOPE_SOURCE);
}

struct measure *lab_match(const struct ledger_lab *lab, const char *source, uint16_t port)
{
	struct addr a;
	struct ledger_flow f = { .src = &a, .proto = PROTO_TCP, .port = port };

	ck_assert_int_eq(addr_parse(source, &a), 0);
	f.key = source_key(&a);
	f.hash = hash_u64(&lab->key, f.key);
	return ledger_match(lab->l, &f, lab->now);
}

size_t lab_answer_all(struct ledger_lab *lab, int result)
{
	struct change c;
	size_t n = 0;

	for (; ledger_take_change(lab->l, &c); n++) {
		ck_assert_uint_lt(n, 100000);
		ledger_answer(lab->l, &c, result, lab->now);
	}
	return n;
}

void lab_pass(struct ledger_lab *lab, int64_t ns)
{
	lab->now = mono_add(lab->now, ns);
	ledger_tick(lab->l, lab->now, SIZE_MAX, 60 * MINUTE, NULL, NULL);
}

const char *lab_take(struct ledger_lab *lab, struct change *out)
{
	static char said[128];
	const struct subject *s = &out->measure.subject;
	char whom[PREFIX_TEXT] = "host";

	if (!ledger_take_change(lab->l, out))
		return "";
	if (s->kind == SUBJECT_SOURCE)
		prefix_format(&s->source, whom, sizeof(whom));
	else if (s->kind == SUBJECT_SERVICE)
		snprintf(whom, sizeof(whom), "service");
	if (out->measure.scope == SCOPE_SERVICE)
		snprintf(said, sizeof(said), "%s %s %s:%u", out->add ? "add" : "remove",
			response_name(out->measure.response), whom, s->port);
	else
		snprintf(said, sizeof(said), "%s %s %s", out->add ? "add" : "remove",
			response_name(out->measure.response), whom);
	return said;
}
