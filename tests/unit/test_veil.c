/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is veiled is gone, the same thing is always the same, and what explains the fault stays. */
#include "core/veil.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct veil veil;
static char room[4096];

static void begin(void)
{
	memset(&veil, 0, sizeof(veil));
	hash_key_from_seed(&veil.key, 4711);
	veil_add_word(&veil, "web-0001", "host");
	veil_add_word(&veil, "anna", "user");
}

static const char *veiled(const char *s)
{
	struct text t = text_over(room, sizeof(room));

	veil_text(&veil, (struct slice){ (const uint8_t *)s, strlen(s) }, &t);
	ck_assert(!t.cut);
	return room;
}

static void stays(const char *s)
{
	ck_assert_str_eq(veiled(s), s);
}

static void goes(const char *s, const char *word)
{
	ck_assert_msg(strstr(veiled(s), word) == NULL, "%s", room);
}

static struct addr ip(const char *s)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(s, &a), 0);
	return a;
}

static unsigned common(const struct addr *a, const struct addr *b)
{
	unsigned n = 0;

	while (n < addr_bits(a) && !((a->bytes[n / 8] ^ b->bytes[n / 8]) & (0x80u >> n % 8)))
		n++;
	return n;
}

START_TEST(two_addresses_share_as_many_bits_as_before)
{
	static const char *const all[] = { "198.51.100.66", "198.51.100.67", "198.51.101.66", "203.0.113.20", "8.8.8.8",
		"2001:db8::1", "2001:db8::2", "2001:db8:66::66", "2a00::1" };

	for (size_t i = 0; i < 9; i++)
		for (size_t k = 0; k < 9; k++) {
			const struct addr a = ip(all[i]), b = ip(all[k]), va = veil_addr(&veil, &a), vb = veil_addr(&veil, &b);

			if (a.family != b.family)
				continue;
			ck_assert_uint_eq(common(&a, &b), common(&va, &vb));
			ck_assert(i == k || !addr_equal(&va, &vb));
		}
}
END_TEST

START_TEST(another_key_gives_other_addresses)
{
	const struct addr a = ip("198.51.100.66");
	const struct addr one = veil_addr(&veil, &a);

	hash_key_from_seed(&veil.key, 4712);
	const struct addr two = veil_addr(&veil, &a);
	ck_assert(!addr_equal(&one, &two) && !addr_equal(&one, &a));
}
END_TEST

START_TEST(what_kind_of_address_it_is_can_still_be_told)
{
	static const char *const inside[] = { "10.1.2.3", "172.20.1.9", "192.168.7.7", "100.64.3.3", "169.254.9.9", "fd12::1",
		"fe80::fc:ff:fe00:1" };

	for (size_t i = 0; i < 7; i++) {
		const struct addr a = ip(inside[i]), v = veil_addr(&veil, &a);

		ck_assert_msg(addr_is_private(&v) && !addr_equal(&a, &v), "%s", inside[i]);
		ck_assert_int_eq(addr_is_link_local(&a), addr_is_link_local(&v));
	}
	stays("127.0.0.1 ::1 0.0.0.0 :: 224.0.0.1 ff02::1");
}
END_TEST

START_TEST(addresses_go_wherever_they_stand)
{
	static const char *const lines[] = { "198.51.100.66", "\"src_ip\":\"198.51.100.66\",", "198.51.100.66:443", "198.51.100.66.",
		"(198.51.100.66)", "from=198.51.100.66", "198.51.100.66-198.51.100.66", "{ 198.51.100.66, 198.51.100.66 }",
		"ban\\n198.51.100.66\\n", "addr198.51.100.66", "_198.51.100.66_", "::ffff:198.51.100.66", "[198.51.100.66]:22",
		"198.51.100.66/32", "198.51.100.66,198.51.100.66" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		goes(lines[i], "198.51.100.66");
	goes("[2001:db8:66::66]:22", "66::66");
	goes("to 2001:DB8:66:0:0:0:0:66.", "66:");
	goes("\"\\n2001:db8:66::66\"", "66::66");
}
END_TEST

START_TEST(the_same_address_is_the_same_in_every_line)
{
	const char *s = veiled("198.51.100.66 and 198.51.100.66");
	const size_t n = strcspn(s, " ");

	ck_assert(strncmp(s, s + n + 5, n) == 0 && strlen(s + n + 5) == n);
}
END_TEST

START_TEST(a_prefix_stays_one)
{
	const char *s = veiled("198.51.100.0/24 2001:db8:66::/48");
	struct prefix p;
	char word[64];

	ck_assert_int_eq(sscanf(s, "%63s", word), 1);
	ck_assert_int_eq(prefix_parse(word, &p), 0);
	ck_assert_uint_eq(p.len, 24);
	ck_assert_int_eq(prefix_parse(strchr(s, ' ') + 1, &p), 0);
	ck_assert_uint_eq(p.len, 48);
	ck_assert(strstr(s, "198.51.100") == NULL && strstr(s, "db8:66") == NULL);
}
END_TEST

START_TEST(hosts_and_users_go_in_any_case_and_as_whole_words_alone)
{
	goes("web-0001 said", "web-0001");
	goes("/home/anna/x", "anna");
	goes("uid 1000 (ANNA)", "ANNA");
	goes("\"host\":\"WEB-0001\"", "0001");
	goes("\"\\nanna\"", "anna");
	stays("susanna, annalist, anna_b");
}
END_TEST

START_TEST(names_of_the_dns_go_and_those_of_files_units_and_rules_stay)
{
	goes("curl to mail.example.org port 443", "example");
	goes("www.evil.sh.", "evil");
	goes("\"name\":\"*.example.net\"", "example");
	goes("rate.example.com", "example");
	stays("/etc/tidegate/tidegate.conf:14 conf.d/10-setup.conf nginx.service system.slice/ssh.service eve.json control.sock");
	stays("scan.fast rate.ssh-slow guards.never_block divert.forward net.ipv4.tcp_syncookies=1 egress.sweep");
	stays("\"rule\":\"manual.ban\",\"reported.alert\"");
	stays("2026-11-22T01:02:03.123456+0000 1.5 0.1.0 12:34:56");
}
END_TEST

START_TEST(secrets_and_urls_go)
{
	goes("hook https://user:pw@host/path?key=abc done", "pw");
	goes("token = \"abcdef\";", "abcdef");
	goes("\"password\": \"abcdef\", \"x\":1", "abcdef");
	goes("webhook: abcdef", "abcdef");
	ck_assert_ptr_nonnull(strstr(veiled("\"password\": \"abcdef\", \"x\":1"), "\"x\":1"));
	stays("tokens are counted; the url is not said");
}
END_TEST

START_TEST(network_cards_go)
{
	goes("link/ether 52:54:00:12:34:56 brd", "12:34");
	stays("std::string deadbeef face");
}
END_TEST

START_TEST(more_words_than_there_is_room_for_are_counted)
{
	char word[16];

	for (int i = 0; i < VEIL_WORDS + 5; i++) {
		snprintf(word, sizeof(word), "user%d", i);
		veil_add_word(&veil, word, "user");
	}
	ck_assert_uint_eq(veil.n_words, VEIL_WORDS);
	ck_assert_uint_eq(veil.cut, 7);
	veil_add_word(&veil, "a", "user");
	ck_assert_uint_eq(veil.cut, 7);
}
END_TEST

START_TEST(any_bytes_go_through)
{
	char all[256];
	struct text t = text_over(room, sizeof(room));

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	for (size_t n = 0; n <= 256; n++) {
		t = text_over(room, sizeof(room));
		veil_text(&veil, (struct slice){ (const uint8_t *)all, n }, &t);
		ck_assert(!t.cut);
	}
	ck_assert_uint_eq(t.len, 256);
	t = text_over(room, 8);
	veil_text(&veil, (struct slice){ (const uint8_t *)"198.51.100.66 x", 15 }, &t);
	ck_assert(t.cut);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("veil");
	TCase *c = tcase_create("veil");

	tcase_add_checked_fixture(c, begin, NULL);
	tcase_add_test(c, two_addresses_share_as_many_bits_as_before);
	tcase_add_test(c, another_key_gives_other_addresses);
	tcase_add_test(c, what_kind_of_address_it_is_can_still_be_told);
	tcase_add_test(c, addresses_go_wherever_they_stand);
	tcase_add_test(c, the_same_address_is_the_same_in_every_line);
	tcase_add_test(c, a_prefix_stays_one);
	tcase_add_test(c, hosts_and_users_go_in_any_case_and_as_whole_words_alone);
	tcase_add_test(c, names_of_the_dns_go_and_those_of_files_units_and_rules_stay);
	tcase_add_test(c, secrets_and_urls_go);
	tcase_add_test(c, network_cards_go);
	tcase_add_test(c, more_words_than_there_is_room_for_are_counted);
	tcase_add_test(c, any_bytes_go_through);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
