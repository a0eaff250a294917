/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real captures, and files that were made to break readers: every frame is read, its link layer taken off and its
 * packet parsed. A file's frames are held against what its list says, its end against what tcpdump said of it.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/link.h"
#include "core/packet.h"
#include "edge/capture.h"

#define PATH 512
#define LINE 8192
#define COLUMNS 40

/* One line of a list, by the names of its columns. */
struct list {
	FILE *in;
	char head[LINE], line[LINE];
	char *names[COLUMNS], *values[COLUMNS];
	size_t n_names;
};

struct outcome {
	unsigned long frames, packets;
	int opened, damage; /* results of opening, and of the read that ended it */
	char why[CAPTURE_WHY];
};

static char folder[PATH];

static size_t split(char *line, char *out[COLUMNS])
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && n < COLUMNS)
		out[n++] = strsep(&line, "\t");
	return n;
}

static void list_open(struct list *l, const char *name)
{
	char path[PATH + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	l->in = fopen(path, "r");
	ck_assert_ptr_nonnull(l->in);
	ck_assert_ptr_nonnull(fgets(l->head, sizeof(l->head), l->in));
	l->n_names = split(l->head, l->names);
}

static bool list_next(struct list *l)
{
	if (!fgets(l->line, sizeof(l->line), l->in))
		return false;
	ck_assert_uint_eq(split(l->line, l->values), l->n_names);
	return true;
}

static const char *value(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->n_names; i++) {
		if (!strcmp(l->names[i], name))
			return l->values[i];
	}
	ck_abort_msg("no column %s", name);
	return "";
}

/* The bytes in memory of just their size, so that a sanitizer sees a read past them. */
static bool is_packet(const struct capture_frame *f)
{
	uint8_t *copy = malloc(f->bytes.len ? f->bytes.len : 1);
	struct link_packet link;
	struct packet p;
	bool found;

	ck_assert_ptr_nonnull(copy);
	if (f->bytes.len)
		memcpy(copy, f->bytes.at, f->bytes.len);
	found = link_decode(f->link, (struct slice){ copy, f->bytes.len }, f->wire_len, &link) == LINK_IP &&
		!packet_parse(link.ip, link.wire_len, &p);
	free(copy);
	return found;
}

static void read_file(const char *name, struct outcome *out)
{
	char path[PATH + 256];
	const char *const paths[] = { path };
	struct capture *c = NULL;
	struct capture_frame f;
	int result;

	*out = (struct outcome){ .frames = 0 };
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out->opened = capture_open(&c, paths, 1, NULL, out->why);
	if (out->opened)
		return;
	while ((result = capture_next(c, &f, out->why)) == 1) {
		out->frames++;
		out->packets += is_packet(&f);
	}
	out->damage = result;
	ck_assert_int_eq(capture_next(c, &f, out->why), 0);
	capture_close(c);
}

/* libpcap ends where it ends; a tolerant reader's count is the most that there can be. */
static void judge_abuse(const struct list *l, const struct outcome *o)
{
	const char *name = value(l, "file");
	const unsigned long most = strtoul(value(l, "packets_reader"), NULL, 10);
	const bool refused = strcmp(value(l, "tcpdump_rc"), "0") != 0;

	if (o->opened && !refused) {
		ck_assert_int_eq(o->opened, ERR_INVALID);
		ck_assert_msg(strstr(o->why, "link type"), "%s: %s", name, o->why);
		return;
	}
	if (refused)
		ck_assert_msg(o->opened || o->damage == ERR_TRUNCATED, "%s: is read to its end", name);
	else
		ck_assert_msg(!o->damage && o->frames == most, "%s: %lu frames of %lu, %d: %s", name, o->frames,
			most, o->damage, o->why);
	ck_assert_msg(o->frames <= most, "%s: %lu frames of %lu", name, o->frames, most);
}

START_TEST(files_that_break_readers_end_where_libpcap_ends)
{
	unsigned files = 0, opened = 0;
	static struct list l;
	struct outcome o;
	char name[256];

	list_open(&l, "parser/manifest.tsv");
	while (list_next(&l)) {
		snprintf(name, sizeof(name), "parser/%s", value(&l, "file"));
		read_file(name, &o);
		judge_abuse(&l, &o);
		files++;
		opened += !o.opened;
	}
	fclose(l.in);
	ck_assert_uint_gt(files, 100);
	ck_assert_uint_gt(opened, files / 2);
}
END_TEST

START_TEST(real_captures_give_every_frame_that_their_list_counts)
{
	unsigned long files = 0;
	static struct list l;
	struct outcome o;

	list_open(&l, "manifest.tsv");
	while (list_next(&l)) {
		const char *name = value(&l, "file");

		read_file(name, &o);
		ck_assert_msg(!o.opened && !o.damage, "%s: %s", name, o.why);
		ck_assert_msg(o.frames == strtoul(value(&l, "packets"), NULL, 10), "%s: %lu frames", name, o.frames);
		ck_assert_msg(o.packets > o.frames / 2, "%s: %lu packets of %lu frames", name, o.packets, o.frames);
		files++;
	}
	fclose(l.in);
	ck_assert_uint_gt(files, 20);
}
END_TEST

static TCase *corpus(void)
{
	TCase *c = tcase_create("corpus");

	tcase_set_timeout(c, 50);
	tcase_add_test(c, files_that_break_readers_end_where_libpcap_ends);
	tcase_add_test(c, real_captures_give_every_frame_that_their_list_counts);
	return c;
}

int main(void)
{
	const char *where = getenv("CORPUS");
	Suite *s;
	SRunner *r;
	int failed;

	snprintf(folder, sizeof(folder), "%s", where ? where : "../shared/corpus");
	if (access(folder, R_OK)) {
		printf("skipped: no corpus\n");
		return EXIT_SUCCESS;
	}
	s = suite_create("capture_corpus");
	suite_add_tcase(s, corpus());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
