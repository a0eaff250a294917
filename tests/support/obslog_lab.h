/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One log of observations in a folder of its own, for the tests of its writer and its reader. */
#ifndef TIDEGATE_TESTS_SUPPORT_OBSLOG_LAB_H
#define TIDEGATE_TESTS_SUPPORT_OBSLOG_LAB_H

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "craft.h"
#include "edge/obslog.h"

#define WALL INT64_C(1700000000000000000) /* wall minus mono in these logs */

static char folder[64], why[OBSLOG_WHY];
static struct obslog *obs;
static struct obslog_reader *reader;
static struct obslog_item item;
static struct obslog_opts opts;

static inline void begin(void)
{
	strcpy(folder, "/tmp/test_obslog.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	memset(&opts, 0, sizeof(opts));
	opts.folder = folder;
	opts.max_bytes = 64 << 20;
	opts.run = (struct observation_run){ .id = 1, .host = "here", .wall_ns = WALL, .start = { 5 } };
	hash_key_from_seed(&opts.run.key, 9);
	obs = NULL;
	reader = NULL;
}

static inline void remove_all(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[512];

	while (d && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

static inline void end(void)
{
	obslog_destroy(obs);
	obslog_close(reader);
	remove_all();
}

static inline void start(void)
{
	ck_assert_int_eq(obslog_create(&obs, &opts), 0);
}

static inline void stop(void)
{
	ck_assert_int_eq(obslog_flush(obs, why), 0);
	obslog_destroy(obs);
	obs = NULL;
}

static inline void flush(void)
{
	ck_assert_int_eq(obslog_flush(obs, why), 0);
}

static inline void put(int64_t at, const struct observation *o)
{
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = { at }, .observation = *o };

	ck_assert_int_eq(obslog_put(obs, &e, why), 0);
}

static inline void put_tick(int64_t at)
{
	put(at, &(struct observation){ .kind = OBSERVATION_TICK });
}

static inline void put_mode(int64_t at, bool on)
{
	put(at, &(struct observation){ .kind = OBSERVATION_MODE, .on = on });
}

/* A SYN of 10.0.x.y, that nobody can pack much shorter. */
static inline void put_syn(int64_t at, unsigned source)
{
	static uint8_t bytes[64];
	uint64_t state = (uint64_t)at * 31 + source, noise = random_next(&state), more = random_next(&state);
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .dport = 80, .sport = (uint16_t)noise,
		.seq = (uint32_t)(noise >> 32), .ip_id = (uint16_t)(noise >> 16), .ack = (uint32_t)more };
	struct engine_input in;

	c.src = craft_addr("10.0.0.0");
	c.src.bytes[2] = (uint8_t)(source >> 8);
	c.src.bytes[3] = (uint8_t)source;
	c.dst = craft_addr("192.0.2.1");
	in = (struct engine_input){ .bytes = { bytes, craft_packet(&c, bytes, sizeof(bytes)) },
		.meta = { .at = { at }, .wire_len = 40, .held = true } };
	put(at, &(struct observation){ .kind = OBSERVATION_PACKETS, .packets = { &in, 1 } });
}

static inline void look(const struct obslog_look *l)
{
	struct obslog_look x = *l;

	x.path = x.path ? x.path : folder;
	ck_assert_msg(obslog_open(&reader, &x, why) == 0, "%s", why);
}

static inline void next(enum obslog_kind k)
{
	int got = obslog_next(reader, &item, why);

	ck_assert_int_eq(item.kind, k);
	ck_assert_int_eq(got, k != OBSLOG_END);
}

static inline void next_entry(int64_t at, enum observation_kind k)
{
	next(OBSLOG_ENTRY);
	ck_assert_int_eq(item.entry.kind, LOG_OBSERVATION);
	ck_assert_int_eq(item.entry.observation.kind, k);
	ck_assert_int_eq(item.entry.at.ns, at);
}

/* All entries from here on; how many gaps there were. */
static inline size_t count(size_t *gaps)
{
	size_t n = 0;

	*gaps = 0;
	while (obslog_next(reader, &item, why)) {
		n += item.kind == OBSLOG_ENTRY;
		*gaps += item.kind == OBSLOG_GAP;
	}
	return n;
}

static inline size_t damage(void)
{
	struct obslog_progress p;

	obslog_progress(reader, &p);
	return p.damaged;
}

static inline const char *file(unsigned n)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%08u.obs", folder, n);
	return path;
}

static inline off_t size_of(unsigned n)
{
	struct stat st;

	return stat(file(n), &st) ? -1 : st.st_size;
}

/* The byte that far from the beginning, or from the end. */
static inline void bend(unsigned n, off_t at)
{
	int fd = open(file(n), O_RDWR);
	uint8_t byte;

	ck_assert_int_ge(fd, 0);
	at = at < 0 ? size_of(n) + at : at;
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 0x55;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Some 10 MB of noise. */
static inline void put_much(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_syn((int64_t)i * 1000, i);
}

static inline int run(const char *name, TCase *t)
{
	Suite *s = suite_create(name);
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

#endif
