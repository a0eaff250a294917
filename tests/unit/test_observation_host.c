/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host says of itself goes into the log of observations and comes out of it, and costs little. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/observation_log.h"

static struct observation_writer writer;
static struct observation_reader reader;
static struct observation_room *room;
static uint8_t block[256 * 1024];
static const struct pressure none;

static void begin(void)
{
	room = calloc(1, sizeof(*room));
	observation_writer_begin(&writer, block, sizeof(block));
}

static void end(void)
{
	free(room);
}

/* How many bytes it took. */
static size_t put(const struct observation *o)
{
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = { 1000 }, .observation = *o };
	size_t before = writer.len;

	ck_assert_int_eq(observation_write(&writer, &e), 0);
	return writer.len - before;
}

static void read_from_start(void)
{
	observation_reader_begin(&reader, (struct slice){ block, writer.len }, writer.first, room);
}

static const struct observation *get(enum observation_kind k)
{
	static struct log_entry back;

	ck_assert_int_eq(observation_read(&reader, &back), 1);
	ck_assert_int_eq(back.observation.kind, k);
	return &back.observation;
}

static size_t put_sample(const struct host_sample *s)
{
	return put(&(struct observation){ .kind = OBSERVATION_SAMPLE, .sample = s });
}

static size_t put_census(const struct service_census *c, size_t n, const struct pressure *p)
{
	return put(&(struct observation){ .kind = OBSERVATION_CENSUS, .census = { c, n, p } });
}

/* Every byte of it other than 0, padding aside. */
static struct host_sample full(void)
{
	struct host_sample s = { .wall = { INT64_C(1800000000) * NS_PER_S + 17 }, .utc_offset_s = -12600,
		.known = 31, .links_cut = 2, .n_links = 2, .opened = { 1, UINT64_MAX }, .resets_sent = 3,
		.unreachable_sent = 4, .states_age_ms = 6, .conntrack = 7, .conntrack_max = 262144 };

	for (size_t i = 0; i < HOST_PROTOS; i++)
		s.packets[i][HOST_IN] = s.packets[i][HOST_OUT] = i + (UINT64_C(1) << 40);
	for (uint32_t i = 0; i < SOCKET_STATES; i++)
		s.states[i] = i + 1;
	s.links[0] = (struct link_counters){ .index = 2, .name = "eth0", .bytes = { 1, 2 }, .packets = { 3, 4 },
		.dropped = { 5, 6 }, .errors = { 7, 8 } };
	s.links[1] = (struct link_counters){ .index = 9, .name = "a-name-of-15-ch" };
	return s;
}

static void same_sample(const struct host_sample *a, const struct host_sample *b)
{
	ck_assert_int_eq(a->wall.ns, b->wall.ns);
	ck_assert_int_eq(a->utc_offset_s, b->utc_offset_s);
	ck_assert_uint_eq(a->known, b->known);
	ck_assert_uint_eq(a->links_cut, b->links_cut);
	ck_assert_uint_eq(a->n_links, b->n_links);
	ck_assert_mem_eq(a->links, b->links, sizeof(a->links));
	ck_assert_mem_eq(a->packets, b->packets, sizeof(a->packets));
	ck_assert_mem_eq(a->opened, b->opened, sizeof(a->opened));
	ck_assert_mem_eq(a->states, b->states, sizeof(a->states));
	ck_assert_uint_eq(a->resets_sent, b->resets_sent);
	ck_assert_uint_eq(a->unreachable_sent, b->unreachable_sent);
	ck_assert_uint_eq(a->states_age_ms, b->states_age_ms);
	ck_assert_uint_eq(a->conntrack, b->conntrack);
	ck_assert_uint_eq(a->conntrack_max, b->conntrack_max);
}

START_TEST(a_sample_comes_back_whole)
{
	struct host_sample one = full(), two = full();

	two.wall.ns -= 5;
	two.opened[HOST_OUT] = 0;
	two.n_links = 1;
	two.links[1] = (struct link_counters){ 0 };
	two.utc_offset_s = 50400;
	put_sample(&one);
	put_sample(&two);
	put_sample(&one);
	read_from_start();
	same_sample(get(OBSERVATION_SAMPLE)->sample, &one);
	same_sample(get(OBSERVATION_SAMPLE)->sample, &two);
	same_sample(get(OBSERVATION_SAMPLE)->sample, &one);
	ck_assert_int_eq(observation_read(&reader, &(struct log_entry){ 0 }), 0);
}
END_TEST

START_TEST(a_second_of_a_quiet_host_takes_few_bytes)
{
	struct host_sample s = full();
	size_t bytes;

	put_sample(&s);
	s.wall.ns += NS_PER_S;
	s.links[0].bytes[HOST_IN] += 900;
	s.links[0].packets[HOST_IN] += 9;
	s.links[0].bytes[HOST_OUT] += 800;
	s.links[0].packets[HOST_OUT] += 8;
	s.packets[HOST_TCP][HOST_IN] += 9;
	s.packets[HOST_TCP][HOST_OUT] += 8;
	bytes = put_sample(&s);
	ck_assert_uint_le(bytes, 28);
}
END_TEST

START_TEST(flows_and_holders_come_back_whole)
{
	struct flow_end f = { .direction = FLOW_OUT, .teller = TELLER_CAPTURE, .proof = PROOF_ANSWERED, .so_far = true,
		.weight = 64, .packets = { 3, UINT64_MAX }, .bytes = { 0, 70000 }, .lasted_ns = -1,
		.owner = { .uid = OWNER_UNKNOWN, .inode = 77, .cgroup = UINT64_MAX } };
	struct service_holders h[2] = { { .proto = 6, .port = 443, .open = 70000, .slow = 1, .close_wait = 2, .peers = 3,
		.median = 4, .n_top = 2 }, { .proto = 6, .port = 65535 } };
	const struct observation *o;

	ck_assert_int_eq(addr_parse("2001:db8::1", &f.tuple.src), 0);
	ck_assert_int_eq(addr_parse("192.0.2.1", &f.tuple.dst), 0);
	f.tuple.sport = 65535;
	f.tuple.dport = 22;
	f.tuple.proto = 132;
	h[0].top[0] = (struct holder){ .peer = f.tuple.src, .open = 69999, .slow = 1 };
	h[0].top[1] = (struct holder){ .peer = f.tuple.dst, .open = 1, .close_wait = 2 };
	put(&(struct observation){ .kind = OBSERVATION_FLOW_END, .flow_end = &f });
	put(&(struct observation){ .kind = OBSERVATION_HOLDERS, .holders = { h, 2 } });
	put(&(struct observation){ .kind = OBSERVATION_HOLDERS });
	read_from_start();
	o = get(OBSERVATION_FLOW_END);
	ck_assert(tuple_equal(&o->flow_end->tuple, &f.tuple));
	ck_assert_uint_eq(o->flow_end->direction, FLOW_OUT);
	ck_assert_uint_eq(o->flow_end->teller, TELLER_CAPTURE);
	ck_assert_uint_eq(o->flow_end->proof, PROOF_ANSWERED);
	ck_assert(o->flow_end->so_far);
	ck_assert_uint_eq(o->flow_end->weight, 64);
	ck_assert_mem_eq(o->flow_end->packets, f.packets, sizeof(f.packets));
	ck_assert_mem_eq(o->flow_end->bytes, f.bytes, sizeof(f.bytes));
	ck_assert_int_eq(o->flow_end->lasted_ns, -1);
	ck_assert_uint_eq(o->flow_end->owner.uid, OWNER_UNKNOWN);
	ck_assert_uint_eq(o->flow_end->owner.inode, 77);
	ck_assert_uint_eq(o->flow_end->owner.cgroup, UINT64_MAX);
	o = get(OBSERVATION_HOLDERS);
	ck_assert_uint_eq(o->holders.n, 2);
	ck_assert_uint_eq(o->holders.services[0].open, 70000);
	ck_assert_uint_eq(o->holders.services[0].median, 4);
	ck_assert_uint_eq(o->holders.services[0].n_top, 2);
	ck_assert(addr_equal(&o->holders.services[0].top[1].peer, &f.tuple.dst));
	ck_assert_uint_eq(o->holders.services[0].top[1].close_wait, 2);
	ck_assert_uint_eq(o->holders.services[1].port, 65535);
	ck_assert_uint_eq(get(OBSERVATION_HOLDERS)->holders.n, 0);
}
END_TEST

START_TEST(names_come_back_and_are_cut_at_their_bound)
{
	static struct service_name list[SERVICE_NAMES + 1];
	const struct observation *o;

	list[0] = (struct service_name){ 6, 22, "sshd (pid 812, root, ssh.service)" };
	list[1] = (struct service_name){ 17, 65535, "" };
	memset(list[1].who, 'x', FINDING_WHO); /* not terminated */
	put(&(struct observation){ .kind = OBSERVATION_NAMES, .names = { list, 2 } });
	put(&(struct observation){ .kind = OBSERVATION_NAMES, .names = { list, SERVICE_NAMES + 1 } });
	read_from_start();
	o = get(OBSERVATION_NAMES);
	ck_assert_uint_eq(o->names.n, 2);
	ck_assert_str_eq(o->names.list[0].who, "sshd (pid 812, root, ssh.service)");
	ck_assert_uint_eq(o->names.list[1].port, 65535);
	ck_assert_uint_eq(strlen(o->names.list[1].who), FINDING_WHO - 1);
	ck_assert_uint_eq(get(OBSERVATION_NAMES)->names.n, SERVICE_NAMES);
}
END_TEST

START_TEST(a_census_like_the_one_before_takes_two_bytes)
{
	struct service_census c[2] = { { .proto = 6, .port = 22, .backlog = 128, .established = 2 },
		{ .proto = 6, .port = 443, .backlog = 511, .established = 40, .time_wait = 300, .close_wait = 1 } };
	struct pressure p = { .cookies_sent = 3 };

	put_census(c, 2, &none);
	ck_assert_uint_eq(put_census(c, 2, &none), 2);
	c[1].established = 41;
	ck_assert_uint_le(put_census(c, 2, &none), 18);
	ck_assert_uint_eq(put_census(c, 2, &none), 2);
	put_census(c, 2, &p); /* pressure is never left out */
	put_census(c, 1, &none);
	read_from_start();
	get(OBSERVATION_CENSUS);
	ck_assert_uint_eq(get(OBSERVATION_CENSUS)->census.services[1].established, 40);
	ck_assert_uint_eq(get(OBSERVATION_CENSUS)->census.services[1].established, 41);
	ck_assert_uint_eq(get(OBSERVATION_CENSUS)->census.services[1].time_wait, 300);
	ck_assert_uint_eq(get(OBSERVATION_CENSUS)->census.pressure->cookies_sent, 3);
	ck_assert_uint_eq(get(OBSERVATION_CENSUS)->census.n, 1);
}
END_TEST

START_TEST(a_census_of_more_services_than_are_remembered_comes_back)
{
	static struct service_census c[HOST_SAID_SERVICES + 72];
	const struct observation *o;

	for (size_t i = 0; i < HOST_SAID_SERVICES + 72; i++)
		c[i] = (struct service_census){ .proto = 6, .port = (uint16_t)(i + 1), .established = (uint32_t)i };
	put_census(c, HOST_SAID_SERVICES + 72, &none);
	put_census(c, HOST_SAID_SERVICES + 72, &none);
	put_census(c, HOST_SAID_SERVICES, &none);
	read_from_start();
	get(OBSERVATION_CENSUS);
	o = get(OBSERVATION_CENSUS);
	ck_assert_uint_eq(o->census.n, HOST_SAID_SERVICES + 72);
	ck_assert_uint_eq(o->census.services[199].established, 199);
	ck_assert_uint_eq(get(OBSERVATION_CENSUS)->census.n, HOST_SAID_SERVICES);
}
END_TEST

START_TEST(no_cut_and_no_flipped_bit_of_it_is_read_beyond_its_end)
{
	struct host_sample s = full();
	struct service_holders h = { .proto = 6, .port = 80, .n_top = HOLDERS_TOP };
	struct log_entry e;
	size_t len;

	put_sample(&s);
	put(&(struct observation){ .kind = OBSERVATION_HOLDERS, .holders = { &h, 1 } });
	len = writer.len;
	for (size_t cut = 1; cut < len; cut++) {
		observation_reader_begin(&reader, (struct slice){ block, cut }, writer.first, room);
		while (observation_read(&reader, &e) == 1)
			;
	}
	for (size_t bit = 0; bit < len * 8; bit++) {
		block[bit / 8] ^= (uint8_t)(1 << bit % 8);
		read_from_start();
		while (observation_read(&reader, &e) == 1)
			if (e.kind == LOG_OBSERVATION && e.observation.kind == OBSERVATION_SAMPLE)
				ck_assert_uint_le(e.observation.sample->n_links, SAMPLE_LINKS);
		block[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("observation_host");
	TCase *c = tcase_create("observation_host");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, a_sample_comes_back_whole);
	tcase_add_test(c, a_second_of_a_quiet_host_takes_few_bytes);
	tcase_add_test(c, flows_and_holders_come_back_whole);
	tcase_add_test(c, names_come_back_and_are_cut_at_their_bound);
	tcase_add_test(c, a_census_like_the_one_before_takes_two_bytes);
	tcase_add_test(c, a_census_of_more_services_than_are_remembered_comes_back);
	tcase_add_test(c, no_cut_and_no_flipped_bit_of_it_is_read_beyond_its_end);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
