/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing of passwords: found soon, at whatever pace; and who gets in, mistypes or looks after this host is left alone.
 * The sessions are those that clients and guessers had with OpenSSH 9.2, as a capture showed them.
 */
#include "core/detect_brute.h"

#include <check.h>
#include <stdlib.h>

#define MINUTE 60
#define HOUR 3600
#define DAY (24 * HOUR)

static const struct brute_opts opts = {
	.login_rule = { .name = "brute.login", .enabled = true },
	.known_rule = { .name = "brute.known", .enabled = true },
	.spread_rule = { .name = "brute.spread", .enabled = true },
	.ports = { 22, 3389 },
	.n_ports = 2,
	.least_bytes = 600,
	.short_bytes = 8192,
	.answer_bytes = 1750,
	.short_ns = 30 * NS_PER_S,
	.fast_limit = 8,
	.slow_limit = 20,
	.robot_limit = 60,
	.spread_allowance = 2,
	.spread_limit = 40,
};

/* Bytes as programs wrote them, packets of IP, tenths of a second. */
struct session {
	const char *what;
	uint32_t there, back, packets_there, packets_back, tenths;
	enum brute_word word;
};

static const struct session sessions[] = {
	{ "hydra, two tries", 1133, 1863, 16, 25, 118, BRUTE_ATTEMPT },
	{ "hydra's first look", 1147, 1821, 11, 11, 1, BRUTE_ATTEMPT },
	{ "hydra, six tries", 1475, 2201, 18, 19, 140, BRUTE_ATTEMPT },
	{ "nmap ssh-brute", 1376, 1617, 12, 11, 18, BRUTE_ATTEMPT },
	{ "medusa", 1948, 2193, 19, 20, 94, BRUTE_ATTEMPT },
	{ "ncrack", 2396, 1881, 18, 17, 186, BRUTE_ATTEMPT },
	{ "ssh, a wrong password", 3097, 2997, 15, 13, 21, BRUTE_ATTEMPT },
	{ "ssh, three of them", 3685, 3497, 26, 24, 159, BRUTE_ATTEMPT },
	{ "ssh, six of them", 3937, 3677, 31, 28, 132, BRUTE_ATTEMPT },
	{ "ssh, a key that is refused", 3069, 2937, 13, 12, 2, BRUTE_ATTEMPT },
	{ "paramiko, a wrong password", 1417, 1881, 11, 11, 24, BRUTE_ATTEMPT },
	{ "plink, a wrong password", 3420, 3177, 15, 14, 21, BRUTE_ATTEMPT },
	{ "rdp, a wrong password", 1132, 1581, 11, 7, 48, BRUTE_ATTEMPT },
	{ "a mere connection", 0, 41, 4, 3, 0, BRUTE_NOTHING },
	{ "a look at the banner", 21, 1177, 5, 5, 0, BRUTE_NOTHING },
	{ "ssh HOST true", 3673, 4169, 21, 21, 2, BRUTE_SERVED },
	{ "the same by password", 3457, 3833, 20, 20, 2, BRUTE_SERVED },
	{ "the same, with one key of the host", 3673, 3609, 20, 20, 2, BRUTE_SERVED },
	{ "paramiko, true", 1657, 2841, 17, 16, 2, BRUTE_SERVED },
	{ "dbclient, true", 1250, 2749, 17, 16, 1, BRUTE_SERVED },
	{ "curl, scp", 1984, 2833, 21, 21, 2, BRUTE_SERVED },
	{ "git ls-remote", 3825, 4453, 22, 22, 2, BRUTE_SERVED },
	{ "scp of a line", 4125, 4933, 27, 26, 2, BRUTE_SERVED },
	{ "a backup", 400000000, 90000, 290000, 9000, 600, BRUTE_LONG },
	{ "somebody who works", 60000, 190000, 900, 1000, 36000, BRUTE_LONG },
	{ "a login that waits", 3097, 2997, 15, 13, 1200, BRUTE_NOTHING },
};

#define SESSIONS (sizeof(sessions) / sizeof(sessions[0]))
#define HYDRA (&sessions[0])
#define SSH_WRONG (&sessions[6])
#define KEY_REFUSED (&sessions[9])
#define RDP_WRONG (&sessions[12])
#define SSH_TRUE (&sessions[15])
#define WORK (&sessions[24])
#define MOST 256

struct world {
	struct brute *brute;
	struct brute_opts o;
	int64_t now; /* s */
	unsigned raised[4]; /* login, known, spread, wave */
	unsigned wrong;     /* findings about sources 1 .. 99, who are people */
	struct finding found;
};

static struct world world_of(uint64_t seed)
{
	struct world w = { .o = opts, .now = 100000 };
	struct hash_key key;

	hash_key_from_seed(&key, seed);
	brute_create(&w.brute, aligned_alloc(64, (brute_bytes() + 63) / 64 * 64), &key);
	return w;
}

static struct world world(void)
{
	return world_of(1);
}

static void raise_one(void *ctx, const struct finding *f)
{
	struct world *w = ctx;
	const uint8_t *a = f->subject.source.addr.bytes;

	w->found = *f;
	if (f->kind == FINDING_BRUTE)
		w->raised[f->rule.name[6] == 'k']++;
	else
		w->raised[f->subject.kind == SUBJECT_SERVICE ? 2 : 3]++;
	w->wrong += f->subject.kind == SUBJECT_SOURCE && !a[2] && a[3] < 100;
}

static void until(struct world *w, int64_t s)
{
	while (w->now < s) {
		w->now++;
		brute_tick(w->brute, &w->o, (mono_t){ w->now * NS_PER_S }, raise_one, w);
	}
}

static void after(struct world *w, int64_t s)
{
	until(w, w->now + s);
}

static struct flow_end end_of(const struct session *s, uint16_t source, enum flow_teller teller)
{
	uint32_t header = teller == TELLER_SOCKET ? 0 : 52;

	return (struct flow_end){
		.tuple = { .src = addr_v4((const uint8_t[]){ 198, 18, (uint8_t)(source >> 8), (uint8_t)source }),
			.dst = addr_v4((const uint8_t[]){ 192, 0, 2, 1 }), .sport = 40000, .dport = 22,
			.proto = PROTO_TCP },
		.direction = FLOW_IN, .teller = (uint8_t)teller, .proof = PROOF_ANSWERED, .weight = 1,
		.packets = { s->packets_there, s->packets_back },
		.bytes = { s->there + s->packets_there * header, s->back + s->packets_back * header },
		.lasted_ns = s->tenths * (NS_PER_S / 10) + (teller == TELLER_CONNTRACK ? 120 * NS_PER_S : 0),
	};
}

static void give(struct world *w, const struct flow_end *f)
{
	brute_flow(w->brute, &w->o, f, (mono_t){ w->now * NS_PER_S }, raise_one, w);
}

static void comes(struct world *w, uint16_t source, const struct session *s)
{
	struct flow_end f = end_of(s, source, TELLER_SOCKET);

	give(w, &f);
}

/* How many sessions, one each so many seconds, until a source is found; MOST: it is not. */
static unsigned until_found(struct world *w, uint16_t source, const struct session *s, int64_t every)
{
	for (unsigned n = 1; n < MOST; n++) {
		comes(w, source, s);
		if (w->raised[0] + w->raised[1])
			return n;
		after(w, every);
	}
	return MOST;
}

static void end(struct world *w)
{
	free(w->brute);
}

START_TEST(sessions_say_the_same_whoever_counts_them)
{
	for (size_t i = 0; i < SESSIONS; i++)
		for (unsigned teller = TELLER_SOCKET; teller <= TELLER_CAPTURE; teller++) {
			struct flow_end f = end_of(&sessions[i], 1, (enum flow_teller)teller);

			ck_assert_msg(brute_word_of(&opts, &f) == sessions[i].word, "%s, told by %u: %d",
				sessions[i].what, teller, (int)brute_word_of(&opts, &f));
		}
}
END_TEST

START_TEST(a_packet_of_ipv6_has_a_longer_header)
{
	struct flow_end f = end_of(SSH_WRONG, 1, TELLER_CAPTURE);

	f.tuple.src = addr_v6((const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, [15] = 1 });
	f.bytes[FLOW_THERE] += f.packets[FLOW_THERE] * 20;
	f.bytes[FLOW_BACK] += f.packets[FLOW_BACK] * 20;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_ATTEMPT);
}
END_TEST

START_TEST(bytes_that_are_less_than_headers_are_none)
{
	struct flow_end f = end_of(SSH_WRONG, 1, TELLER_CAPTURE);

	f.bytes[FLOW_THERE] = f.bytes[FLOW_BACK] = 10;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_NOTHING);
	f.bytes[FLOW_THERE] = f.bytes[FLOW_BACK] = UINT64_MAX / 2;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_LONG);
}
END_TEST

START_TEST(a_time_that_is_not_known_is_short)
{
	struct flow_end f = end_of(SSH_WRONG, 1, TELLER_SOCKET);

	f.lasted_ns = -1;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_ATTEMPT);
	f.teller = TELLER_CONNTRACK;
	f.bytes[FLOW_THERE] += f.packets[FLOW_THERE] * 52;
	f.bytes[FLOW_BACK] += f.packets[FLOW_BACK] * 52;
	ck_assert_int_eq(brute_word_of(&opts, &f), BRUTE_ATTEMPT);
}
END_TEST

START_TEST(three_guesses_a_minute_are_found_within_ten)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct world w = world_of(seed);
		unsigned n = until_found(&w, 300, HYDRA, 20);

		ck_assert_uint_ge(n, 7);
		ck_assert_uint_le(n, 10);
		ck_assert_uint_eq(w.raised[0], 1);
		ck_assert_int_eq(w.found.proof, PROOF_ANSWERED);
		ck_assert_int_eq(w.found.subject.kind, SUBJECT_SOURCE);
		ck_assert_int_ge(w.found.score, w.found.threshold);
		ck_assert_uint_eq(w.found.dport, 22);
		end(&w);
	}
}
END_TEST

START_TEST(one_guess_a_minute_is_found_too)
{
	struct world w = world();

	ck_assert_uint_le(until_found(&w, 300, SSH_WRONG, MINUTE), 14);
	end(&w);
}
END_TEST

START_TEST(one_guess_in_ten_minutes_is_found_by_the_longer_memory)
{
	struct world w = world();

	ck_assert_uint_le(until_found(&w, 300, RDP_WRONG, 10 * MINUTE), 25);
	ck_assert_int_eq(w.found.window_ns, DAY * NS_PER_S);
	end(&w);
}
END_TEST

START_TEST(limits_differ_from_source_to_source_and_not_from_run_to_run)
{
	unsigned of[64], other = 0;

	for (int run = 0; run < 2; run++)
		for (uint16_t source = 0; source < 64; source++) {
			struct world w = world();
			unsigned n = until_found(&w, (uint16_t)(300 + source), HYDRA, 1);

			if (run)
				ck_assert_uint_eq(of[source], n);
			of[source] = n;
			other += n != of[0];
			end(&w);
		}
	ck_assert_uint_gt(other, 20);
}
END_TEST

START_TEST(a_check_each_minute_for_days_is_left_alone)
{
	struct world w = world();

	for (int i = 0; i < 3 * DAY / MINUTE; i++) {
		comes(&w, 1, SSH_TRUE);
		after(&w, MINUTE);
	}
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(a_burst_of_deployments_is_left_alone)
{
	struct world w = world();

	for (int i = 0; i < 400; i++)
		comes(&w, 1, SSH_TRUE);
	after(&w, HOUR);
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(looks_at_the_banner_are_no_attempts)
{
	struct flow_end f = end_of(&sessions[14], 1, TELLER_SOCKET);
	struct world w = world();

	for (int i = 0; i < 1000; i++)
		give(&w, &f);
	ck_assert_uint_eq(w.raised[0] + w.raised[1], 0);
	end(&w);
}
END_TEST

START_TEST(somebody_who_mistypes_five_times_is_left_alone)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct world w = world_of(seed);

		for (int day = 0; day < 5; day++) {
			for (int i = 0; i < 5; i++) {
				comes(&w, 1, SSH_WRONG);
				after(&w, 10);
			}
			comes(&w, 1, WORK);
			after(&w, DAY);
		}
		ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[3], 0);
		end(&w);
	}
}
END_TEST

START_TEST(evidence_that_nobody_answered_is_not_counted)
{
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET), out = f;
	struct world w = world();

	f.proof = PROOF_CLAIMED;
	out.direction = FLOW_OUT;
	for (int i = 0; i < 100; i++) {
		give(&w, &f);
		give(&w, &out);
	}
	after(&w, HOUR);
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(ports_that_nobody_named_are_not_watched)
{
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET);
	struct world w = world();

	ck_assert(brute_watches(&w.o, PROTO_TCP, 22));
	ck_assert(!brute_watches(&w.o, PROTO_UDP, 22));
	ck_assert(!brute_watches(&w.o, PROTO_TCP, 80));
	f.tuple.dport = 80;
	for (int i = 0; i < 100; i++)
		give(&w, &f);
	ck_assert_uint_eq(w.raised[0] + w.raised[1], 0);
	end(&w);
}
END_TEST

static void earns_a_history(struct world *w, uint16_t source)
{
	for (int i = 0; i < 6; i++) {
		comes(w, source, SSH_TRUE);
		after(w, 11 * MINUTE);
	}
}

START_TEST(a_history_doubles_the_patience_and_softens_the_answer)
{
	struct world w = world(), stranger = world();
	unsigned n, of_stranger;

	earns_a_history(&w, 1);
	n = until_found(&w, 1, KEY_REFUSED, 1);
	of_stranger = until_found(&stranger, 1, KEY_REFUSED, 1);
	ck_assert_uint_ge(n, 2 * of_stranger - 1);
	ck_assert_uint_le(n, 2 * of_stranger + 2);
	ck_assert_uint_eq(w.raised[0], 0);
	ck_assert_uint_eq(w.raised[1], 1);
	ck_assert_uint_eq(stranger.raised[0], 1);
	end(&w);
	end(&stranger);
}
END_TEST

START_TEST(a_history_excuses_no_robot)
{
	struct world w = world();

	earns_a_history(&w, 1);
	for (int i = 0; i < 70; i++)
		comes(&w, 1, KEY_REFUSED);
	ck_assert_uint_eq(w.raised[1], 1);
	ck_assert_uint_eq(w.raised[0], 1);
	end(&w);
}
END_TEST

START_TEST(a_history_is_not_to_be_had_in_a_hurry)
{
	struct world w = world();

	for (int i = 0; i < 100; i++)
		comes(&w, 300, SSH_TRUE);
	until_found(&w, 300, HYDRA, 1);
	ck_assert_uint_eq(w.raised[0], 1);
	end(&w);
}
END_TEST

START_TEST(who_was_found_is_found_again_after_a_measure)
{
	struct world w = world();
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET);
	unsigned n;

	until_found(&w, 300, HYDRA, 20);
	for (int i = 0; i < 20; i++)
		comes(&w, 300, HYDRA);
	ck_assert_uint_eq(w.raised[0], 1);
	brute_rearm(w.brute, source_key(&f.tuple.src));
	brute_rearm(w.brute, 12345);
	w.raised[0] = 0;
	n = until_found(&w, 300, HYDRA, 20);
	ck_assert_uint_lt(n, 10);
	end(&w);
}
END_TEST

START_TEST(a_sampled_session_stands_for_many)
{
	struct flow_end f = end_of(HYDRA, 300, TELLER_SOCKET);
	struct world w = world();

	f.weight = 8;
	give(&w, &f);
	give(&w, &f);
	ck_assert_uint_eq(w.raised[0], 1);
	end(&w);
}
END_TEST

START_TEST(rules_that_are_off_stay_silent)
{
	struct world w = world();

	w.o.login_rule.enabled = w.o.known_rule.enabled = w.o.spread_rule.enabled = false;
	for (uint16_t i = 0; i < 900; i++) {
		comes(&w, (uint16_t)(300 + i % 200), HYDRA);
		after(&w, 4);
	}
	ck_assert_uint_eq(w.raised[0] + w.raised[1] + w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

/* Twenty people, each a session or two an hour; every third of them begins with a wrong password. */
static void people(struct world *w, int64_t second)
{
	for (uint16_t p = 1; p <= 20; p++)
		if (second % 1800 == p * 83) {
			if (p % 3 == 0)
				comes(w, p, SSH_WRONG);
			comes(w, p, p % 2 ? WORK : SSH_TRUE);
		}
}

START_TEST(two_hundred_sources_with_three_guesses_each_are_named_and_no_user_is)
{
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct world w = world_of(seed);

		for (int64_t s = 0; s < 4 * HOUR; s++) {
			people(&w, s);
			/* The third hour: a guess each six seconds, from the next one. */
			if (s >= 2 * HOUR && s < 3 * HOUR && s % 6 == 0)
				comes(&w, (uint16_t)(300 + (s / 6) % 200), SSH_WRONG);
			if (s == 2 * HOUR)
				ck_assert_uint_eq(w.raised[2], 0);
			if (s == 2 * HOUR + 20 * MINUTE)
				ck_assert_uint_eq(w.raised[2], 1);
			after(&w, 1);
		}
		ck_assert_uint_eq(w.raised[2], 1);
		ck_assert_uint_ge(w.raised[3], 190);
		ck_assert_uint_le(w.raised[3], 200);
		ck_assert_uint_eq(w.wrong, 0);
		end(&w);
	}
}
END_TEST

START_TEST(a_wave_is_about_the_service_and_claimed)
{
	struct world w = world();

	after(&w, 5);
	for (uint16_t i = 0; i < 400 && !w.raised[2]; i++) {
		comes(&w, (uint16_t)(300 + i), SSH_WRONG);
		after(&w, 3);
	}
	ck_assert_uint_eq(w.raised[2], 1);
	ck_assert_int_eq(w.found.proof, PROOF_CLAIMED);
	ck_assert_int_eq(w.found.subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(w.found.subject.port, 22);
	ck_assert_uint_ge(w.found.count, BRUTE_WAVE);
	end(&w);
}
END_TEST

START_TEST(few_sources_make_no_wave)
{
	struct world w = world();

	w.o.login_rule.enabled = false;
	for (int i = 0; i < 3000; i++) {
		comes(&w, (uint16_t)(300 + i % 5), SSH_WRONG);
		after(&w, 2);
	}
	ck_assert_uint_eq(w.raised[2] + w.raised[3], 0);
	end(&w);
}
END_TEST

START_TEST(who_is_new_and_gets_in_at_last_is_not_named)
{
	struct world w = world();

	after(&w, 5);
	for (int i = 0; i < 900; i++) {
		comes(&w, (uint16_t)(300 + i % 200), SSH_WRONG);
		if (i == 500 || i == 503)
			comes(&w, 77, SSH_WRONG);
		if (i == 510)
			comes(&w, 77, SSH_TRUE);
		after(&w, 5);
	}
	ck_assert_uint_ge(w.raised[3], 190);
	ck_assert_uint_eq(w.wrong, 0);
	end(&w);
}
END_TEST

START_TEST(who_was_named_is_named_again_only_for_new_attempts)
{
	struct flow_end f = end_of(SSH_WRONG, 301, TELLER_SOCKET);
	struct world w = world();
	unsigned named;

	after(&w, 5);
	for (int i = 0; i < 600; i++) {
		comes(&w, (uint16_t)(300 + i % 200), SSH_WRONG);
		after(&w, 4);
	}
	after(&w, 3 * MINUTE);
	named = w.raised[3];
	ck_assert_uint_ge(named, 190);
	brute_rearm(w.brute, source_key(&f.tuple.src));
	after(&w, 3 * MINUTE);
	ck_assert_uint_eq(w.raised[3], named);
	comes(&w, 301, SSH_WRONG);
	comes(&w, 301, SSH_WRONG);
	after(&w, 3 * MINUTE);
	ck_assert_uint_eq(w.raised[3], named + 1);
	end(&w);
}
END_TEST

START_TEST(the_din_of_the_internet_becomes_usual)
{
	struct world w = world();
	unsigned late = 0;

	for (int day = 0; day < 10; day++) {
		w.raised[2] = 0;
		for (int i = 0; i < DAY / 10; i++) {
			comes(&w, (uint16_t)(300 + (i * 7919 + day * 131) % 20000), SSH_WRONG);
			after(&w, 10);
		}
		late = w.raised[2];
	}
	ck_assert_uint_eq(late, 0);
	end(&w);
}
END_TEST

START_TEST(more_sources_than_there_is_room_for_break_nothing)
{
	struct world w = world();

	for (uint32_t i = 0; i < 60000; i++)
		comes(&w, (uint16_t)(300 + i), HYDRA);
	until_found(&w, 299, HYDRA, 1);
	ck_assert_uint_ge(w.raised[0], 1);
	ck_assert_uint_eq(brute_untracked(w.brute), 0);
	end(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detect_brute");
	TCase *one = tcase_create("one source"), *all = tcase_create("all of a service");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(all, 60);
	tcase_add_test(one, sessions_say_the_same_whoever_counts_them);
	tcase_add_test(one, a_packet_of_ipv6_has_a_longer_header);
	tcase_add_test(one, bytes_that_are_less_than_headers_are_none);
	tcase_add_test(one, a_time_that_is_not_known_is_short);
	tcase_add_test(one, three_guesses_a_minute_are_found_within_ten);
	tcase_add_test(one, one_guess_a_minute_is_found_too);
	tcase_add_test(one, one_guess_in_ten_minutes_is_found_by_the_longer_memory);
	tcase_add_test(one, limits_differ_from_source_to_source_and_not_from_run_to_run);
	tcase_add_test(one, a_check_each_minute_for_days_is_left_alone);
	tcase_add_test(one, a_burst_of_deployments_is_left_alone);
	tcase_add_test(one, looks_at_the_banner_are_no_attempts);
	tcase_add_test(one, somebody_who_mistypes_five_times_is_left_alone);
	tcase_add_test(one, evidence_that_nobody_answered_is_not_counted);
	tcase_add_test(one, ports_that_nobody_named_are_not_watched);
	tcase_add_test(one, a_history_doubles_the_patience_and_softens_the_answer);
	tcase_add_test(one, a_history_excuses_no_robot);
	tcase_add_test(one, a_history_is_not_to_be_had_in_a_hurry);
	tcase_add_test(one, who_was_found_is_found_again_after_a_measure);
	tcase_add_test(one, a_sampled_session_stands_for_many);
	tcase_add_test(one, rules_that_are_off_stay_silent);
	suite_add_tcase(suite, one);
	tcase_add_test(all, two_hundred_sources_with_three_guesses_each_are_named_and_no_user_is);
	tcase_add_test(all, a_wave_is_about_the_service_and_claimed);
	tcase_add_test(all, few_sources_make_no_wave);
	tcase_add_test(all, who_is_new_and_gets_in_at_last_is_not_named);
	tcase_add_test(all, who_was_named_is_named_again_only_for_new_attempts);
	tcase_add_test(all, the_din_of_the_internet_becomes_usual);
	tcase_add_test(all, more_sources_than_there_is_room_for_break_nothing);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
