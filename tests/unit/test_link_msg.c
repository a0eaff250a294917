/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink's word about interfaces: which ones count, what is read of them, and what is refused. */
#include "codec/link_msg.h"

#include <check.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "wire.h"

static const struct rtnl_link_stats64 stats = { .rx_packets = 1, .tx_packets = 2, .rx_bytes = 1ULL << 40, .tx_bytes = 4,
	.rx_errors = 5, .tx_errors = 6, .rx_dropped = 7, .tx_dropped = 8, .rx_missed_errors = 100 };

/* Padded to whole words, as the kernel's are. */
static struct wire a_link(uint32_t flags, const char *name, size_t stats_len)
{
	struct ifinfomsg head = { .ifi_index = 3, .ifi_flags = flags };
	struct wire body = { .len = 0 }, w = { .len = 0 };
	uint32_t mtu = 1500;

	wire_put(&body, &head, sizeof(head));
	if (name)
		wire_attribute(&body, IFLA_IFNAME, name, strlen(name) + 1);
	wire_attribute(&body, IFLA_MTU, &mtu, sizeof(mtu));
	if (stats_len)
		wire_attribute(&body, IFLA_STATS64, &stats, stats_len);
	wire_message(&w, RTM_NEWLINK, 1, body.bytes, body.len);
	return w;
}

static int read_wire(const struct wire *w, struct link_counters *out)
{
	struct cursor c = cursor_over((struct slice){ w->bytes, w->len });
	struct netlink_message m;

	ck_assert(netlink_next(&c, &m));
	return link_msg_counters(&m, out);
}

START_TEST(the_counters_of_an_interface_that_is_up_are_read)
{
	struct wire w = a_link(IFF_UP, "eth0", sizeof(stats));
	struct link_counters l;

	ck_assert_int_eq(read_wire(&w, &l), 0);
	ck_assert_uint_eq(l.index, 3);
	ck_assert_str_eq(l.name, "eth0");
	ck_assert_uint_eq(l.bytes[HOST_IN], 1ULL << 40);
	ck_assert_uint_eq(l.bytes[HOST_OUT], 4);
	ck_assert_uint_eq(l.packets[HOST_IN], 1);
	ck_assert_uint_eq(l.packets[HOST_OUT], 2);
	ck_assert_uint_eq(l.errors[HOST_IN], 5);
	ck_assert_uint_eq(l.errors[HOST_OUT], 6);
	ck_assert_uint_eq(l.dropped[HOST_IN], 107); /* no room in the card is dropped, too */
	ck_assert_uint_eq(l.dropped[HOST_OUT], 8);
}
END_TEST

START_TEST(loopback_and_what_is_down_are_left_out)
{
	struct wire lo = a_link(IFF_UP | IFF_LOOPBACK, "lo", sizeof(stats)), down = a_link(0, "eth1", sizeof(stats));
	struct wire mute = a_link(IFF_UP, "eth2", 0);
	struct link_counters l = { .index = 77 };

	ck_assert_int_eq(read_wire(&lo, &l), ERR_ABSENT);
	ck_assert_int_eq(read_wire(&down, &l), ERR_ABSENT);
	ck_assert_int_eq(read_wire(&mute, &l), ERR_ABSENT);
	ck_assert_uint_eq(l.index, 77);
}
END_TEST

START_TEST(counters_of_an_older_kernel_are_shorter)
{
	const size_t least = offsetof(struct rtnl_link_stats64, rx_missed_errors) + 8;
	struct wire old = a_link(IFF_UP, "eth0", least), less = a_link(IFF_UP, "eth0", least - 8);
	struct link_counters l;

	ck_assert_int_eq(read_wire(&old, &l), 0);
	ck_assert_uint_eq(l.dropped[HOST_IN], 107);
	ck_assert_int_eq(read_wire(&less, &l), ERR_ABSENT);
}
END_TEST

START_TEST(a_name_is_printable_and_fits)
{
	struct wire odd = a_link(IFF_UP, "a\033[2J\xc3\xa4 b", sizeof(stats));
	struct wire lengthy = a_link(IFF_UP, "abcdefghijklmnopqrst", sizeof(stats));
	struct link_counters l;

	ck_assert_int_eq(read_wire(&odd, &l), 0);
	ck_assert_str_eq(l.name, "a?[2J???b");
	ck_assert_int_eq(read_wire(&lengthy, &l), 0);
	ck_assert_str_eq(l.name, "abcdefghijklmno");
}
END_TEST

START_TEST(another_message_or_a_cut_one_is_refused)
{
	struct wire w = a_link(IFF_UP, "eth0", sizeof(stats)), other = { .len = 0 };
	struct link_counters l = { .index = 77 };
	struct netlink_message m;
	struct cursor c;

	wire_message(&other, RTM_DELLINK, 1, w.bytes + 16, w.len - 16);
	ck_assert_int_eq(read_wire(&other, &l), ERR_INVALID);
	c = cursor_over((struct slice){ w.bytes, w.len });
	ck_assert(netlink_next(&c, &m));
	for (size_t len = 0; len < m.body.len; len++) {
		struct netlink_message cut = { .type = m.type, .body = { m.body.at, len } };

		ck_assert_int_ne(link_msg_counters(&cut, &l), 0);
	}
	ck_assert_uint_eq(l.index, 77);
}
END_TEST

START_TEST(the_question_is_a_dump_of_all)
{
	_Alignas(NETLINK_ALIGN) uint8_t buf[LINK_MSG_REQUEST_BYTES];
	struct netlink_message m;
	struct cursor c;
	size_t len;

	ck_assert_int_eq(link_msg_dump(buf, sizeof(buf), 9, &len), 0);
	c = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&c, &m));
	ck_assert_uint_eq(m.type, RTM_GETLINK);
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_DUMP);
	ck_assert_uint_eq(m.seq, 9);
	ck_assert_uint_eq(m.body.len, sizeof(struct ifinfomsg));
	ck_assert_int_eq(link_msg_dump(buf, sizeof(buf) - 1, 9, &len), ERR_FULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link_msg");
	TCase *t = tcase_create("link_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, the_counters_of_an_interface_that_is_up_are_read);
	tcase_add_test(t, loopback_and_what_is_down_are_left_out);
	tcase_add_test(t, counters_of_an_older_kernel_are_shorter);
	tcase_add_test(t, a_name_is_printable_and_fits);
	tcase_add_test(t, another_message_or_a_cut_one_is_refused);
	tcase_add_test(t, the_question_is_a_dump_of_all);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
