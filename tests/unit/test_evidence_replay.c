/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole way of evidence: a daemon's engine decides, its inputs go into a log on disk, the packets of each finding are
 * searched for there and written as a capture, and a replay of that file with nothing else to go by finds the same.
 */
#include <check.h>
#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/evidence_parts.h"
#include "app/replay.h"
#include "base/err.h"
#include "codec/evidence.h"
#include "support/whatif_lab.h"

#define FOUND 64
#define ATTACKER "198.51.100.66"
#define INNOCENT "203.0.113.20"

struct found {
	struct finding list[FOUND];
	size_t n;
};

static char folder[64], file[96];
static struct lab lab;
static struct obslog *obs;
static struct found live, again;

static void keep(struct found *f, const struct event *e)
{
	if (e->kind != EVENT_FINDING)
		return;
	ck_assert_uint_lt(f->n, FOUND);
	f->list[f->n++] = e->finding;
}

static void on_event(void *ctx, const struct event *e)
{
	(void)ctx;
	keep(&live, e);
}

static void on_input(void *ctx, const struct observation *o)
{
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = o->at, .observation = *o };
	char why[OBSLOG_WHY];

	(void)ctx;
	if (!e.at.ns)
		e.at = lab.now; /* who the neighbours are has no time of its own */
	ck_assert_msg(obslog_put(obs, &e, why) == 0, "%s", why);
}

static bool silent_fate(void *ctx, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent)
{
	lab_fate(ctx, a, now, fate, silent);
	*fate = FATE_SOCKET;
	*silent = true;
	return true;
}

static void start(stage_fate_fn fate)
{
	static struct listen_snapshot ports;
	struct stage_opts o = { .conf = &lab.conf, .start = { LAB_START }, .emit = on_event, .observe = on_input,
		.fate = fate };
	struct obslog_opts l = { .folder = folder, .max_bytes = 64 << 20 };

	hash_key_from_seed(&o.key, 3);
	l.run = (struct observation_run){ .id = 1, .boot = "boot", .start = o.start, .wall_ns = LAB_WALL, .key = o.key,
		.sizes = lab.conf.sizes };
	ck_assert_msg(obslog_create(&obs, &l) == 0, "no log");
	ck_assert_int_eq(stage_create(&lab.live, &o), 0);
	lab.now = o.start;
	memset(&ports, 0, sizeof(ports));
	ports.known[LISTEN_TCP] = ports.known[LISTEN_UDP] = true;
	for (uint16_t port = 80; port < 100; port++)
		listen_snapshot_add(&ports, LISTEN_TCP, port);
	listen_snapshot_add(&ports, LISTEN_TCP, 22);
	engine_listening(stage_engine(lab.live), &ports, lab.now);
	lab_pass(&lab, 3600 * NS_PER_S); /* no daemon of interest is young */
}

static void setup(void)
{
	strcpy(folder, "/tmp/tidegate-evidence-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/T-1.pcap", folder);
	memset(&lab, 0, sizeof(lab));
	memset(&live, 0, sizeof(live));
	lab_load(&lab.conf, NULL);
}

static void teardown(void)
{
	DIR *d = opendir(folder);
	char name[512];

	stage_destroy(lab.live);
	obslog_destroy(obs);
	obs = NULL;
	for (const struct dirent *e; d && (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		unlink(name);
	}
	closedir(d);
	rmdir(folder);
}

/* ---- search, and replay ---- */

static int search(const struct finding *f, size_t before, size_t after)
{
	struct evidence_search s = { .log = folder, .file = file, .subject = f->subject,
		.first = { f->first.ns + LAB_WALL - 2 * NS_PER_S }, .trigger = { f->at.ns + LAB_WALL },
		.before = before, .after = after, .snap = 128 };
	char why[OBSLOG_WHY] = "";
	int n;

	s.until.ns = s.trigger.ns + 60 * NS_PER_S;
	stage_flush(lab.live);
	ck_assert_int_eq(obslog_flush(obs, why), 0);
	n = evidence_search(&s, why);
	ck_assert_msg(n >= 0, "%s", why);
	return n;
}

static void on_event_again(void *ctx, const struct event *e)
{
	(void)ctx;
	keep(&again, e);
}

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	ck_abort_msg("%s", text);
}

static void replay(void)
{
	const char *const paths[] = { file };
	struct replay_opts o = { .conf = &lab.conf, .paths = paths, .n_paths = 1, .emit = on_event_again,
		.warn = warn };
	char why[CAPTURE_WHY];
	struct replay *r;

	memset(&again, 0, sizeof(again));
	ck_assert_msg(replay_open(&r, &o, why) == 0, "%s", why);
	ck_assert_msg(replay_run(r, why) == 0, "%s", why);
	replay_close(r);
}

static const struct finding *find(const struct found *f, const char *rule, enum proof proof)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].rule.name, rule) == 0 && f->list[i].proof == proof)
			return &f->list[i];
	return NULL;
}

/* The counts of a fast scan and of a spray are estimates under the engine's key, of which evidence must not tell; and a
 * spray is looked at every ten seconds since the start, which evidence does not know. All else is counted. */
static uint32_t slack_of(const struct finding *f)
{
	if (strcmp(f->rule.name, "scan.fast") == 0)
		return 1 + f->count / 8;
	return strcmp(f->rule.name, "spray.hosts") == 0 ? f->count / 2 : 0;
}

static void check_count(const struct finding *was, const struct finding *is)
{
	uint32_t slack = slack_of(was);

	ck_assert_uint_le(was->count, is->count + slack);
	ck_assert_uint_le(is->count, was->count + slack);
	if (!slack)
		ck_assert_uint_eq(was->dport, is->dport);
}

/* The engine found this, and the replay of its evidence alone finds it again. */
static void holds(const char *rule, enum proof proof)
{
	const struct finding *was = find(&live, rule, proof), *is;

	ck_assert_msg(was != NULL, "the engine did not find %s", rule);
	ck_assert_int_gt(search(was, 2048, 0), 0);
	replay();
	is = find(&again, rule, proof);
	ck_assert_msg(is != NULL, "the replay did not find %s", rule);
	ck_assert(subject_equal(&was->subject, &is->subject));
	check_count(was, is);
	ck_assert_int_eq(was->threshold, is->threshold);
}

/* ---- findings ---- */

/* A peer that is served all the while. */
static void serve_innocent(unsigned n)
{
	lab_connect(&lab, INNOCENT, 80, n, NS_PER_S / 10);
}

START_TEST(a_fast_scan)
{
	start(lab_fate);
	serve_innocent(5);
	lab_scan(&lab, ATTACKER, 20);
	holds("scan.fast", PROOF_CLAIMED);
}
END_TEST

START_TEST(a_slow_scan)
{
	start(lab_fate);
	for (uint16_t i = 0; i < 12; i++) {
		lab_syn(&lab, ATTACKER, 40000, (uint16_t)(7000 + i));
		serve_innocent(3);
		lab_pass(&lab, 600 * NS_PER_S);
	}
	holds("scan.slow", PROOF_CLAIMED);
}
END_TEST

START_TEST(a_scan_that_is_proven_by_silent_connections)
{
	start(silent_fate);
	for (uint16_t i = 0; i < 20; i++)
		lab_connect(&lab, ATTACKER, (uint16_t)(80 + i), 1, NS_PER_S / 5);
	lab_pass(&lab, 10 * NS_PER_S);
	holds("scan.proven", PROOF_ANSWERED);
}
END_TEST

START_TEST(a_rate_that_is_claimed)
{
	start(lab_fate);
	lab_connect(&lab, ATTACKER, 22, 60, NS_PER_S / 20);
	lab_pass(&lab, 10 * NS_PER_S);
	holds("rate.ssh", PROOF_CLAIMED);
}
END_TEST

START_TEST(a_rate_that_is_proven)
{
	start(lab_fate);
	serve_innocent(5);
	lab_connect(&lab, ATTACKER, 22, 60, NS_PER_S / 20);
	lab_pass(&lab, 10 * NS_PER_S);
	holds("rate.ssh", PROOF_ANSWERED);
}
END_TEST

START_TEST(a_rate_of_many_connections)
{
	start(lab_fate);
	lab_connect(&lab, ATTACKER, 80, 400, NS_PER_S / 100);
	lab_pass(&lab, 10 * NS_PER_S);
	holds("rate.web", PROOF_ANSWERED);
}
END_TEST

START_TEST(a_neighbours_scan_which_takes_twice_as_much)
{
	struct prefix nets[1];

	start(lab_fate);
	ck_assert_int_eq(prefix_parse("198.51.100.0/24", &nets[0]), 0);
	engine_set_neighbours(stage_engine(lab.live), nets, 1);
	lab_scan(&lab, ATTACKER, 30);
	ck_assert_uint_ge(find(&live, "scan.fast", PROOF_CLAIMED)->count, 10);
	holds("scan.fast", PROOF_CLAIMED);
}
END_TEST

static void send_one(const char *from, uint8_t proto, uint16_t dport, uint8_t flags)
{
	struct craft c = { .src = craft_addr(from), .dst = craft_addr("192.0.2.1"), .proto = proto, .sport = 40000,
		.dport = dport, .tcp_flags = flags };
	struct engine_input in = { .meta = { .at = lab.now, .held = true, .state_known = true } };
	uint8_t bytes[128];

	in.bytes = (struct slice){ bytes, craft_packet(&c, bytes, sizeof(bytes)) };
	in.meta.wire_len = (uint32_t)in.bytes.len;
	stage_packet(lab.live, &in);
	lab_pass(&lab, NS_PER_S / 10);
}

START_TEST(a_scan_of_datagram_ports)
{
	start(lab_fate);
	for (uint16_t port = 7000; port < 7020; port++)
		send_one(ATTACKER, PROTO_UDP, port, 0);
	holds("scan.fast", PROOF_CLAIMED);
}
END_TEST

START_TEST(packets_that_no_honest_stack_sends)
{
	start(lab_fate);
	for (int i = 0; i < 20; i++)
		send_one(ATTACKER, PROTO_TCP, 80, TCP_SYN | TCP_FIN);
	holds("odd.flags", PROOF_CLAIMED);
}
END_TEST

START_TEST(a_spray_of_many_sources)
{
	char from[32];

	start(lab_fate);
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(from, sizeof(from), "198.18.%u.%u", i / 250, 1 + i % 250);
		send_one(from, PROTO_TCP, 3389, TCP_SYN);
	}
	lab_pass(&lab, 120 * NS_PER_S);
	holds("spray.hosts", PROOF_CLAIMED);
}
END_TEST

/* ---- bounds ---- */

static size_t read_file(struct evidence_packet *last, bool *innocent)
{
	const char *const paths[] = { file };
	char why[CAPTURE_WHY];
	struct capture_frame f;
	struct capture *c;
	struct packet p;
	struct addr peer = craft_addr(INNOCENT);
	size_t n = 0;

	*innocent = false;
	ck_assert_msg(capture_open(&c, paths, 1, NULL, why) == 0, "%s", why);
	while (capture_next(c, &f, why) == 1) {
		ck_assert_int_eq(evidence_frame_read(f.bytes, f.at, last), 0);
		ck_assert_int_eq(packet_parse(last->bytes, last->wire_len, &p), PACKET_FINE);
		*innocent |= addr_equal(&p.src, &peer) || addr_equal(&p.dst, &peer);
		n++;
	}
	capture_close(c);
	return n;
}

START_TEST(no_more_is_kept_than_is_wanted_and_nothing_of_an_innocent)
{
	struct evidence_packet last;
	bool innocent;

	start(lab_fate);
	serve_innocent(20);
	lab_scan(&lab, ATTACKER, 10);
	serve_innocent(20);
	lab_scan(&lab, ATTACKER, 20);
	ck_assert_int_eq(search(find(&live, "scan.fast", PROOF_CLAIMED), 4, 3), 7);
	ck_assert_uint_eq(read_file(&last, &innocent), 7);
	ck_assert(!innocent);
}
END_TEST

START_TEST(of_what_the_log_does_not_know_no_file_is_written)
{
	struct finding f;

	start(lab_fate);
	lab_scan(&lab, ATTACKER, 10);
	f = *find(&live, "scan.fast", PROOF_CLAIMED);
	f.subject.source.addr = craft_addr("192.0.2.200");
	ck_assert_int_eq(search(&f, 100, 100), 0);
	ck_assert_int_ne(access(file, F_OK), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_said)
{
	struct evidence_search s = { .log = folder, .file = "/proc/1/nothing/T-1.pcap", .before = 100, .snap = 128 };
	char why[OBSLOG_WHY] = "";
	const struct finding *f;

	start(lab_fate);
	lab_scan(&lab, ATTACKER, 10);
	f = find(&live, "scan.fast", PROOF_CLAIMED);
	search(f, 100, 0);
	s.subject = f->subject;
	s.first.ns = LAB_WALL;
	s.until.ns = s.trigger.ns = f->at.ns + LAB_WALL;
	ck_assert_int_lt(evidence_search(&s, why), 0);
	ck_assert_ptr_nonnull(strstr(why, "T-1.pcap"));
	s.log = "/nonexistent";
	ck_assert_int_lt(evidence_search(&s, why), 0);
}
END_TEST

START_TEST(a_search_ends_with_the_daemon)
{
	_Atomic int64_t end_ns = 1; /* long ago */
	struct evidence_search s = { .log = folder, .file = file, .before = 100, .snap = 128, .end_ns = &end_ns };
	char why[OBSLOG_WHY] = "";
	const struct finding *f;

	start(lab_fate);
	lab_scan(&lab, ATTACKER, 10);
	f = find(&live, "scan.fast", PROOF_CLAIMED);
	search(f, 100, 0);
	ck_assert_int_eq(unlink(file), 0);
	s.subject = f->subject;
	s.first.ns = LAB_WALL;
	s.until.ns = s.trigger.ns = f->at.ns + LAB_WALL;
	ck_assert_int_eq(evidence_search(&s, why), ERR_AGAIN);
	ck_assert_str_eq(why, "there was no time for a search");
	ck_assert_int_ne(access(file, F_OK), 0);
	atomic_store(&end_ns, 0);
	ck_assert_int_gt(evidence_search(&s, why), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence_replay");
	TCase *t = tcase_create("the same is found again");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_fast_scan);
	tcase_add_test(t, a_slow_scan);
	tcase_add_test(t, a_scan_that_is_proven_by_silent_connections);
	tcase_add_test(t, a_rate_that_is_claimed);
	tcase_add_test(t, a_rate_that_is_proven);
	tcase_add_test(t, a_rate_of_many_connections);
	tcase_add_test(t, a_neighbours_scan_which_takes_twice_as_much);
	tcase_add_test(t, a_scan_of_datagram_ports);
	tcase_add_test(t, packets_that_no_honest_stack_sends);
	tcase_add_test(t, a_spray_of_many_sources);
	tcase_add_test(t, no_more_is_kept_than_is_wanted_and_nothing_of_an_innocent);
	tcase_add_test(t, of_what_the_log_does_not_know_no_file_is_written);
	tcase_add_test(t, a_file_that_cannot_be_written_is_said);
	tcase_add_test(t, a_search_ends_with_the_daemon);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
