/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files for tests, made byte by byte in a folder that lives as long as the test, and what they are held against
 * when they are read.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_CAPTURE_LAB_H
#define TIDEGATE_TESTS_SUPPORT_CAPTURE_LAB_H

#include "edge/capture.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

#define FILES 4
#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du

/* A file in the making, in one byte order. */
struct file {
	uint8_t at[4096];
	size_t len;
	bool big;
};

static char folder[] = "/tmp/tidegate-capture-XXXXXX";
static char paths[FILES][64], why[CAPTURE_WHY];
static struct capture *capture;

static inline void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (size_t i = 0; i < FILES; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%zu", folder, i);
	why[0] = '\0';
	capture = NULL;
}

static inline void tear_down(void)
{
	capture_close(capture);
	for (size_t i = 0; i < FILES; i++)
		unlink(paths[i]);
	rmdir(folder);
}

/* ---- making files ---- */

static inline void put(struct file *f, uint64_t value, unsigned bytes)
{
	ck_assert_uint_le(f->len + bytes, sizeof(f->at));
	for (unsigned i = 0; i < bytes; i++)
		f->at[f->len++] = (uint8_t)(value >> 8 * (f->big ? bytes - 1 - i : i));
}

static inline void put_head(struct file *f, uint32_t magic, uint32_t link)
{
	put(f, magic, 4);
	put(f, 2, 2);
	put(f, 4, 2);
	put(f, 0, 8);
	put(f, 65535, 4);
	put(f, link, 4);
}

/* A frame of len bytes, each one mark. */
static inline void put_frame(struct file *f, uint32_t s, uint32_t fraction, uint32_t len, uint32_t wire_len, uint8_t mark)
{
	put(f, s, 4);
	put(f, fraction, 4);
	put(f, len, 4);
	put(f, wire_len, 4);
	for (uint32_t i = 0; i < len; i++)
		put(f, mark, 1);
}

static inline void put_block(struct file *f, uint32_t type, const struct file *body)
{
	const uint32_t len = (uint32_t)(12 + (body->len + 3) / 4 * 4);

	put(f, type, 4);
	put(f, len, 4);
	for (size_t i = 0; i < body->len; i++)
		put(f, body->at[i], 1);
	while (f->len % 4)
		put(f, 0, 1);
	put(f, len, 4);
}

static inline void put_section(struct file *f)
{
	struct file body = { .big = f->big };

	put(&body, 0x1a2b3c4d, 4);
	put(&body, 1, 2);
	put(&body, 0, 2);
	put(&body, UINT64_MAX, 8);
	put_block(f, 0x0a0d0d0a, &body);
}

/* Its times are counted in 10^-digits seconds. */
static inline void put_interface(struct file *f, uint16_t link, uint8_t digits)
{
	struct file body = { .big = f->big };

	put(&body, link, 2);
	put(&body, 0, 2);
	put(&body, 65535, 4);
	put(&body, 9, 2); /* if_tsresol */
	put(&body, 1, 2);
	put(&body, digits, 1);
	put(&body, 0, 3);
	put(&body, 0, 4);
	put_block(f, 1, &body);
}

static inline void put_packet(struct file *f, uint32_t interface, uint64_t ticks, uint32_t len, uint8_t mark)
{
	struct file body = { .big = f->big };

	put(&body, interface, 4);
	put(&body, ticks >> 32, 4);
	put(&body, ticks & UINT32_MAX, 4);
	put(&body, len, 4);
	put(&body, len, 4);
	for (uint32_t i = 0; i < len; i++)
		put(&body, mark, 1);
	put_block(f, 6, &body);
}

static inline void save(const struct file *f, size_t i)
{
	FILE *out = fopen(paths[i], "wb");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(f->at, 1, f->len, out), f->len);
	ck_assert_int_eq(fclose(out), 0);
}

static inline void save_one_frame(size_t i, uint32_t s, uint8_t mark)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, s, 0, 20, 20, mark);
	save(&f, i);
}

/* ---- reading them ---- */

static inline int open_n(size_t n, const char *filter)
{
	const char *const list[FILES] = { paths[0], paths[1], paths[2], paths[3] };

	return capture_open(&capture, list, n, filter, why);
}

static inline int open_path(const char *path)
{
	return capture_open(&capture, &path, 1, NULL, why);
}

static inline void refused(int result, int err, const char *words)
{
	ck_assert_int_eq(result, err);
	ck_assert_ptr_null(capture);
	ck_assert_msg(strstr(why, words), "\"%s\" does not say \"%s\"", why, words);
}

static inline void next_is(int64_t s, int64_t ns, size_t len, uint8_t mark)
{
	struct capture_frame f = { .link = -1 };

	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_int_eq(f.at.ns, s * NS_PER_S + ns);
	ck_assert_uint_eq(f.bytes.len, len);
	ck_assert_int_eq(f.link, 1);
	for (size_t i = 0; i < len; i++)
		ck_assert_uint_eq(f.bytes.at[i], mark);
}

static inline void next_is_end(void)
{
	struct capture_frame f;

	ck_assert_int_eq(capture_next(capture, &f, why), 0);
	ck_assert_int_eq(capture_next(capture, &f, why), 0);
}

static inline void next_is_damage(const char *words)
{
	struct capture_frame f;

	ck_assert_int_eq(capture_next(capture, &f, why), ERR_TRUNCATED);
	ck_assert_msg(strstr(why, words), "\"%s\" does not say \"%s\"", why, words);
}

#endif
