/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS tunnels under simulated time: those that tools make, at three speeds, among a host's ordinary look-ups, none of
 * which may be found. TUNNEL_FIGURES=1 in the environment prints after how many bytes and minutes each was found.
 */
#include "../support/tunnel_lab.h"

#include "core/tunnel_name.h"

START_TEST(an_ordinary_week_is_left_alone)
{
	for (uint64_t of = 1; of <= 6; of++) {
		set_up_seed(of);
		for (; now.ns < 7 * DAY; now.ns += 10 * NS_PER_S)
			ordinary();
		ck_assert_msg(n == 0, "seed %u: %s", (unsigned)of, found[0].about);
	}
}
END_TEST

START_TEST(reverse_look_ups_of_whole_networks_are_left_alone)
{
	for (unsigned i = 0; i < 65536; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%u.%u.168.192.in-addr.arpa", i & 255, i >> 8);
		ask(DNS_TYPE_PTR, name);
		for (unsigned j = 0; j < 32; j++) {
			name[62 - 2 * j] = hex[below(16)];
			name[63 - 2 * j] = '.';
		}
		strcpy(name + 64, "ip6.arpa");
		ask(DNS_TYPE_PTR, name);
		now.ns += NS_PER_S / 100;
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* A thousand senders an hour, each asked of a list that nobody has exempted. */
START_TEST(lists_of_senders_of_spam_are_left_alone)
{
	for (unsigned i = 0; i < 4000; i++) {
		char name[128];

		snprintf(name, sizeof(name), "%u.%u.%u.%u.bl.example", below(256), below(256), below(256), below(256));
		ask(DNS_TYPE_A, name);
		now.ns += HOUR / 1000;
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(what_is_exempt_may_ask_as_much_as_it_likes)
{
	strcpy(o.exempt[0], "av.example");
	o.n_exempt = 1;
	for (unsigned i = 0; i < 20000; i++) {
		scan_a_file();
		now.ns += NS_PER_S;
	}
	ck_assert_uint_eq(n, 0);
	strcpy(o.exempt[0], "v.example"); /* of which av.example is no part */
	for (unsigned i = 0; i < 3000; i++)
		scan_a_file();
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* ---- tunnels among it ---- */

struct result {
	unsigned bytes;
	int64_t after_ns;
};

/* Runs a tool at so many bytes in a thousand seconds from the third day on; all that is found must be of that domain. */
static struct result until_found(tool_fn tool, uint64_t rate, const char *about, uint64_t of, int64_t most_ns)
{
	struct result r = { 0, 0 };
	mono_t begin;
	uint64_t due = 0, cost = 1000 * 30; /* of the next step; the first one comes early */

	set_up_seed(of);
	for (; now.ns < 2 * DAY + 9 * HOUR; now.ns += 10 * NS_PER_S)
		ordinary();
	begin = now;
	while (n == 0 && mono_since(now, begin) < most_ns) {
		if (mono_since(now, begin) % (10 * NS_PER_S) == 0)
			ordinary();
		for (due += rate; due >= cost && n == 0;) {
			unsigned bytes = tool();

			r.bytes += bytes;
			due -= cost;
			cost = 1000 * bytes;
		}
		now.ns += NS_PER_S;
	}
	r.after_ns = mono_since(now, begin);
	ck_assert_msg(n == 1, "%s: not found in %d s", about, (int)(r.after_ns / NS_PER_S));
	ck_assert_msg(strstr(found[0].about, about), "%s is not %s", found[0].about, about);
	return r;
}

static void figures(const char *what, uint64_t rate, struct result r, const char *about)
{
	if (getenv("TUNNEL_FIGURES"))
		printf("%-16s %4u.%u B/s: after %6u bytes, %4u min %2u s (%s)\n", what, (unsigned)(rate / 1000),
			(unsigned)(rate % 1000 / 100), r.bytes, (unsigned)(r.after_ns / MINUTE),
			(unsigned)(r.after_ns % MINUTE / NS_PER_S), about);
}

static const struct {
	const char *what;
	tool_fn tool;
	const char *about[3]; /* at each speed */
	int64_t most[3];      /* it is found by then, in minutes */
} tools[] = {
	{ "iodine", iodine, { "evil.example: ", "evil.example: ", "evil.example: " }, { 360, 5, 1 } },
	{ "dnscat2", dnscat2, { "cat.example: ", "cat.example: ", "cat.example: " }, { 360, 5, 1 } },
	{ "A, hex", pos, { "pos-malware.example: ", "pos-malware.example: ", "pos-malware.example: " }, { 1200, 5, 1 } },
	{ "TXT, ten domains", rotating, { "all domains: ", "evil", "evil" }, { 1200, 30, 1 } },
};

static const uint64_t rates[] = { 700, 50000, 5000000 };

START_TEST(tunnels_are_found_at_any_speed)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		for (size_t j = 0; j < 3; j++)
			for (uint64_t of = 1; of <= 3; of++) {
				struct result r = until_found(tools[i].tool, rates[j], tools[i].about[j], of, 2 * DAY);

				figures(tools[i].what, rates[j], r, found[0].about);
				ck_assert_msg(r.after_ns <= tools[i].most[j] * MINUTE, "%s at %u: %d min", tools[i].what,
					(unsigned)rates[j], (int)(r.after_ns / MINUTE));
			}
}
END_TEST

START_TEST(rotation_in_ordinary_types_is_found_within_a_day_or_two)
{
	struct result r = until_found(rotating_plain, 2000, "all domains: ", 3, 2 * DAY);

	figures("A, ten domains", 2000, r, found[0].about);
}
END_TEST

START_TEST(what_comes_back_is_found_however_few_names_there_are)
{
	static const uint64_t speeds[] = { 2000, 50000, 5000000 };

	for (size_t j = 0; j < 3; j++) {
		struct result r = until_found(download, speeds[j], "stage.example: ", 2, DAY);

		figures("TXT, downwards", speeds[j], r, found[0].about);
		ck_assert(strstr(found[0].about, " KiB came back in 1d"));
		ck_assert_uint_ge(r.bytes, 90000);
		ck_assert_uint_le(r.bytes, 180000);
	}
}
END_TEST

START_TEST(a_record_that_is_fetched_again_is_no_news)
{
	for (unsigned i = 0; i < 20000; i++) {
		ask(DNS_TYPE_TXT, "_spf.big.example");
		get(DNS_TYPE_TXT, "_spf.big.example", 500, 42);
		now.ns += NS_PER_S;
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(answers_that_nobody_asked_for_count_for_nothing)
{
	for (unsigned i = 0; i < 20000; i++)
		get(DNS_TYPE_TXT, "p1.stage.example", 500, i + 1);
	for (unsigned i = 0; i < 2000; i++) {
		ask(DNS_TYPE_TXT, "p1.stage.example");
		now.ns += 6 * NS_PER_S;
		get(DNS_TYPE_TXT, "p1.stage.example", 500, i + 1);
	}
	ask(DNS_TYPE_TXT, "p1.stage.example");
	for (unsigned i = 0; i < 20000; i++)
		get(DNS_TYPE_TXT, "p1.stage.example", 500, i + 1);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* ---- the edges of what is counted ---- */

START_TEST(repeating_a_name_changes_nothing)
{
	for (unsigned i = 0; i < 100000; i++) {
		char name[128];

		snprintf(name, sizeof(name), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%02u.evil.example", i % 30);
		ask(DNS_TYPE_TXT, name);
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_tunnel_does_not_hide_behind_short_names)
{
	for (unsigned i = 0; i < 200 && n == 0; i++) {
		for (unsigned j = 0; j < 100; j++)
			ask(DNS_TYPE_A, "w.evil.example");
		iodine();
		now.ns += NS_PER_S;
	}
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(a_tunnel_does_not_hide_behind_new_domains)
{
	for (unsigned i = 0; i < 200 && n == 0; i++) {
		iodine();
		for (unsigned j = 0; j < 1000; j++) {
			char name[64];

			snprintf(name, sizeof(name), "www.d%u.example", i * 1000 + j);
			ask(DNS_TYPE_A, name);
		}
		now.ns += NS_PER_S;
	}
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_ge(found[0].count, 50);
}
END_TEST

START_TEST(a_finding_says_whom_how_much_and_once_a_day)
{
	const struct finding *f = &found[0];

	for (unsigned i = 0; i < 3600; i++) {
		iodine();
		now.ns += NS_PER_S;
	}
	ck_assert_uint_eq(n, 2);
	ck_assert(strstr(found[1].about, " came back in 1d"));
	ck_assert_int_eq((int)f->kind, FINDING_TUNNEL);
	ck_assert_int_eq((int)f->proof, PROOF_LOCAL);
	ck_assert_int_eq((int)f->subject.kind, SUBJECT_DESTINATION);
	ck_assert_uint_eq(f->subject.source.len, 32);
	ck_assert(addr_equal(&f->subject.source.addr, &f->dst));
	ck_assert_uint_eq(f->dport, 53);
	ck_assert_int_eq(f->threshold, 204800);
	ck_assert_int_ge(f->score, f->threshold);
	ck_assert_uint_ge(f->count, 64);
	ck_assert(strncmp(f->about, "evil.example: ", 14) == 0);
	ck_assert(strstr(f->about, " names, ") && strstr(f->about, " KiB in 1h"));
	now.ns += DAY;
	for (unsigned i = 0; i < 100; i++)
		iodine();
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(a_long_domain_loses_its_beginning)
{
	for (unsigned i = 0; i < 400 && n == 0; i++) {
		char data[80], name[200];

		random_text(data, 60, base32);
		snprintf(name, sizeof(name), "%s.a-domain-of-very-many-letters-and-no-sense-at-all.example", data);
		ask(DNS_TYPE_TXT, name);
	}
	ck_assert_uint_eq(n, 1);
	ck_assert(strncmp(found[0].about, "...d-no-sense-at-all.example: ", 30) == 0);
	ck_assert(strstr(found[0].about, "in 1h"));
}
END_TEST

START_TEST(a_rule_that_is_off_counts_nothing)
{
	struct tunnel_stats s;

	o.rule.enabled = false;
	for (unsigned i = 0; i < 1000; i++)
		iodine();
	ck_assert_uint_eq(n, 0);
	tunnel_stats(t, &s);
	ck_assert_uint_eq(s.counted, 0);
}
END_TEST

START_TEST(it_is_no_larger_than_was_promised)
{
	ck_assert_uint_le(tunnel_bytes(), (3 << 20) / 2);
}
END_TEST

START_TEST(names_are_taken_apart_at_the_registered_domain)
{
	static const struct {
		const char *name, *domain;
		uint32_t bytes;
		enum tunnel_form form;
	} cases[] = {
		{ "", "", 0, TUNNEL_FREE },
		{ "localhost", "localhost", 0, TUNNEL_FREE },
		{ "example.net", "example.net", 0, TUNNEL_FREE },
		{ "www.example.net", "example.net", 3, TUNNEL_FREE },
		{ "a.b.example.co.uk", "example.co.uk", 2, TUNNEL_FREE },
		{ "example.co.uk", "example.co.uk", 0, TUNNEL_FREE },
		{ "co.uk", "co.uk", 0, TUNNEL_FREE },
		{ "x.go.com", "go.com", 1, TUNNEL_FREE },
		{ "x.com.au", "x.com.au", 0, TUNNEL_FREE },
		{ "\\255\\000a.example.net", "example.net", 3, TUNNEL_FREE },
		{ "\\046\\046.example.net", "example.net", 2, TUNNEL_FREE },
		{ "4.3.2.1.zen.bl.example", "bl.example", 7, TUNNEL_OCTETS },
		{ "4.3.2.256.zen.bl.example", "bl.example", 9, TUNNEL_FREE },
		{ "4.3.2.01.bl.example", "bl.example", 5, TUNNEL_FREE },
		{ "5.4.3.2.1.bl.example", "bl.example", 5, TUNNEL_FREE },
		{ "4.3.2.1.in-addr.arpa", "in-addr.arpa", 4, TUNNEL_REVERSE },
		{ "168.192.in-addr.arpa", "in-addr.arpa", 6, TUNNEL_REVERSE },
		{ "secret.4.3.2.in-addr.arpa", "in-addr.arpa", 9, TUNNEL_FREE },
		{ "a.b.8.e.f.ip6.arpa", "ip6.arpa", 5, TUNNEL_REVERSE },
		{ "ab.8.e.f.ip6.arpa", "ip6.arpa", 5, TUNNEL_FREE },
		{ "1.2.3.4.a.b.ip6.arpa", "ip6.arpa", 6, TUNNEL_REVERSE },
		{ "0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.bl.example", "bl.example", 32, TUNNEL_NIBBLES },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tunnel_name name;

		tunnel_name_read(cases[i].name, &name);
		ck_assert_str_eq(name.domain, cases[i].domain);
		ck_assert_msg(name.bytes == cases[i].bytes, "%s: %u", cases[i].name, name.bytes);
		ck_assert_msg(name.form == cases[i].form, "%s: form %d", cases[i].name, (int)name.form);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_tunnel");
	TCase *c = tcase_create("detect_tunnel");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, c);
	tcase_set_timeout(c, 300);
	tcase_add_checked_fixture(c, set_up, NULL);
	tcase_add_test(c, an_ordinary_week_is_left_alone);
	tcase_add_test(c, reverse_look_ups_of_whole_networks_are_left_alone);
	tcase_add_test(c, lists_of_senders_of_spam_are_left_alone);
	tcase_add_test(c, what_is_exempt_may_ask_as_much_as_it_likes);
	tcase_add_test(c, tunnels_are_found_at_any_speed);
	tcase_add_test(c, rotation_in_ordinary_types_is_found_within_a_day_or_two);
	tcase_add_test(c, what_comes_back_is_found_however_few_names_there_are);
	tcase_add_test(c, a_record_that_is_fetched_again_is_no_news);
	tcase_add_test(c, answers_that_nobody_asked_for_count_for_nothing);
	tcase_add_test(c, repeating_a_name_changes_nothing);
	tcase_add_test(c, a_tunnel_does_not_hide_behind_short_names);
	tcase_add_test(c, a_tunnel_does_not_hide_behind_new_domains);
	tcase_add_test(c, a_finding_says_whom_how_much_and_once_a_day);
	tcase_add_test(c, a_long_domain_loses_its_beginning);
	tcase_add_test(c, a_rule_that_is_off_counts_nothing);
	tcase_add_test(c, it_is_no_larger_than_was_promised);
	tcase_add_test(c, names_are_taken_apart_at_the_registered_domain);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
