/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading of capture files: forms, byte orders, merging, filters, cut and damaged files, pipes.
 */
#include <stdlib.h>

#include "support/capture_lab.h"

/* Microseconds and nanoseconds, in both byte orders. */
START_TEST(every_form_of_pcap_gives_nanoseconds)
{
	const bool nano = _i & 1;
	struct file f = { .big = _i & 2 };
	struct capture_frame got;

	put_head(&f, nano ? MAGIC_NS : MAGIC_US, 1);
	put_frame(&f, 1700000000, nano ? 123456789 : 123456, 60, 1514, 7);
	put_frame(&f, 1700000001, 5, 14, 14, 8);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &got, why), 1);
	ck_assert_int_eq(got.at.ns, INT64_C(1700000000) * NS_PER_S + (nano ? 123456789 : 123456000));
	ck_assert_uint_eq(got.bytes.len, 60);
	ck_assert_uint_eq(got.bytes.at[59], 7);
	ck_assert_uint_eq(got.wire_len, 1514);
	ck_assert_uint_eq(got.file, 0);
	next_is(1700000001, nano ? 5 : 5000, 14, 8);
	next_is_end();
}
END_TEST

START_TEST(pcapng_gives_nanoseconds_whatever_its_interface_counts_in)
{
	struct file f = { .big = _i & 1 };

	put_section(&f);
	put_interface(&f, 1, 6);
	put_interface(&f, 1, 9);
	put_packet(&f, 0, 1700000000 * UINT64_C(1000000) + 250000, 20, 1);
	put_packet(&f, 1, 1700000000 * UINT64_C(1000000000) + 123456789, 21, 2);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(1700000000, 250000000, 20, 1);
	next_is(1700000000, 123456789, 21, 2);
	next_is_end();
}
END_TEST

START_TEST(pcapng_of_two_link_types_is_refused_with_the_name_of_the_file)
{
	struct file f = { .len = 0 };

	put_section(&f);
	put_interface(&f, 1, 6);
	put_packet(&f, 0, 1, 20, 1);
	put_interface(&f, 113, 6);
	put_packet(&f, 1, 2, 20, 2);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(0, 1000, 20, 1);
	next_is_damage("different from the type of the first");
	ck_assert_ptr_nonnull(strstr(why, paths[0]));
	next_is_end();
}
END_TEST

START_TEST(files_are_merged_by_time)
{
	struct file a = { .len = 0 }, b = { .big = true }, d = { .len = 0 };

	put_head(&a, MAGIC_US, 1);
	put_frame(&a, 10, 0, 20, 20, 1);
	put_frame(&a, 13, 0, 21, 21, 4);
	put_frame(&a, 15, 0, 22, 22, 6);
	save(&a, 0);
	put_head(&b, MAGIC_NS, 1);
	put_frame(&b, 11, 999999999, 23, 23, 2);
	put_frame(&b, 13, 0, 24, 24, 5);
	save(&b, 1);
	put_section(&d);
	put_interface(&d, 1, 6);
	put_packet(&d, 0, 12000000, 25, 3);
	save(&d, 2);
	ck_assert_int_eq(open_n(3, NULL), 0);
	next_is(10, 0, 20, 1);
	next_is(11, 999999999, 23, 2);
	next_is(12, 0, 25, 3);
	next_is(13, 0, 21, 4); /* at one time the file that was named first */
	next_is(13, 0, 24, 5);
	next_is(15, 0, 22, 6);
	next_is_end();
}
END_TEST

START_TEST(a_file_that_steps_back_in_time_keeps_its_order)
{
	struct file a = { .len = 0 };

	put_head(&a, MAGIC_US, 1);
	put_frame(&a, 10, 0, 20, 20, 1);
	put_frame(&a, 5, 0, 20, 20, 2);
	put_frame(&a, 12, 0, 20, 20, 4);
	save(&a, 0);
	save_one_frame(1, 11, 3);
	ck_assert_int_eq(open_n(2, NULL), 0);
	for (uint8_t mark = 1; mark <= 4; mark++)
		next_is((const int64_t[]){ 10, 5, 11, 12 }[mark - 1], 0, 20, mark);
	next_is_end();
}
END_TEST

START_TEST(a_frame_says_which_file_it_came_from)
{
	struct capture_frame f;

	save_one_frame(0, 2, 0);
	save_one_frame(1, 1, 0);
	ck_assert_int_eq(open_n(2, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_uint_eq(f.file, 1);
	ck_assert_int_eq(capture_next(capture, &f, why), 1);
	ck_assert_uint_eq(f.file, 0);
}
END_TEST

START_TEST(a_filter_leaves_out_what_does_not_match)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, 1, 0, 20, 20, 0);
	put_frame(&f, 2, 0, 20, 60, 1);
	put_frame(&f, 3, 0, 20, 20, 2);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, "greater 60"), 0);
	next_is(2, 0, 20, 1);
	next_is_end();
}
END_TEST

START_TEST(a_filter_that_does_not_compile_is_refused_in_libpcaps_words)
{
	save_one_frame(0, 1, 0);
	refused(open_n(1, "prot tcp"), ERR_INVALID, "the filter \"prot tcp\": ");
}
END_TEST

START_TEST(a_cut_file_gives_its_whole_frames_and_is_said_once)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, 1, 0, 20, 20, 1);
	put_frame(&f, 2, 0, 20, 20, 2);
	f.len -= (size_t)_i; /* within the bytes, or within the header */
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is(1, 0, 20, 1);
	next_is_damage("truncated dump file");
	ck_assert_ptr_nonnull(strstr(why, paths[0]));
	next_is_end();
}
END_TEST

START_TEST(a_cut_file_among_others_does_not_end_them)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, 1, 0, 20, 20, 1);
	put_frame(&f, 2, 0, 20, 20, 2);
	f.len--;
	save(&f, 0);
	f.len = 30; /* cut within its first frame */
	save(&f, 1);
	save_one_frame(2, 3, 3);
	ck_assert_int_eq(open_n(3, NULL), 0);
	next_is_damage(paths[1]);
	next_is(1, 0, 20, 1);
	next_is_damage(paths[0]);
	next_is(3, 0, 20, 3);
	next_is_end();
}
END_TEST

START_TEST(a_file_with_no_frame_is_read_to_its_end)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is_end();
}
END_TEST

START_TEST(a_frame_longer_than_it_was_on_the_wire_was_that_long)
{
	struct file f = { .len = 0 };
	struct capture_frame got;

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, 1, 0, 60, 20, 1);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &got, why), 1);
	ck_assert_uint_eq(got.bytes.len, 60);
	ck_assert_uint_eq(got.wire_len, 60);
}
END_TEST

/* A damaged length must not make the reader take memory of its size. */
START_TEST(a_frame_of_four_gigabytes_is_damage)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, 1, 0, 0, 0, 0);
	memset(f.at + 24 + 8, 0xff, 8);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	next_is_damage("invalid packet capture length");
}
END_TEST

/* Two such times must have a distance, too. */
START_TEST(times_beyond_what_can_be_told_are_held_within_it)
{
	struct file f = { .len = 0 };
	struct capture_frame got;

	put_section(&f);
	put_interface(&f, 1, 0); /* counts seconds */
	put_packet(&f, 0, UINT64_C(1) << 62, 20, 1);
	save(&f, 0);
	ck_assert_int_eq(open_n(1, NULL), 0);
	ck_assert_int_eq(capture_next(capture, &got, why), 1);
	ck_assert_int_eq(got.at.ns, INT64_MAX / 2);
}
END_TEST

/* ---- standard input ---- */

static void feed_standard_input(const struct file *f)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], f->at, f->len), (ssize_t)f->len);
	close(ends[1]);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
}

START_TEST(a_pipe_on_standard_input_is_read)
{
	struct capture_progress progress;
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	put_frame(&f, 1, 0, 20, 20, 1);
	feed_standard_input(&f);
	ck_assert_int_eq(open_path("-"), 0);
	next_is(1, 0, 20, 1);
	next_is_end();
	capture_progress(capture, &progress);
	ck_assert_uint_eq(progress.read, f.len);
	ck_assert_uint_eq(progress.total, 0);
}
END_TEST

START_TEST(standard_input_is_named_in_words)
{
	struct file f = { .len = 200 };

	feed_standard_input(&f);
	refused(open_path("-"), ERR_INVALID, "standard input: unknown file format");
}
END_TEST

START_TEST(standard_input_is_not_read_twice)
{
	const char *const twice[] = { "-", "-" };

	refused(capture_open(&capture, twice, 2, NULL, why), ERR_INVALID, "once");
}
END_TEST

START_TEST(progress_ends_at_the_size_of_all_files)
{
	struct capture_progress progress;

	save_one_frame(0, 1, 1);
	save_one_frame(1, 2, 2);
	ck_assert_int_eq(open_n(2, NULL), 0);
	next_is(1, 0, 20, 1);
	next_is(2, 0, 20, 2);
	next_is_end();
	capture_progress(capture, &progress);
	ck_assert_uint_eq(progress.total, 2 * (24 + 16 + 20));
	ck_assert_uint_eq(progress.read, progress.total);
}
END_TEST

static TCase *forms(void)
{
	TCase *c = tcase_create("forms");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, every_form_of_pcap_gives_nanoseconds, 0, 4);
	tcase_add_loop_test(c, pcapng_gives_nanoseconds_whatever_its_interface_counts_in, 0, 2);
	tcase_add_test(c, pcapng_of_two_link_types_is_refused_with_the_name_of_the_file);
	tcase_add_test(c, files_are_merged_by_time);
	tcase_add_test(c, a_file_that_steps_back_in_time_keeps_its_order);
	tcase_add_test(c, a_frame_says_which_file_it_came_from);
	tcase_add_test(c, a_filter_leaves_out_what_does_not_match);
	tcase_add_test(c, a_filter_that_does_not_compile_is_refused_in_libpcaps_words);
	tcase_add_loop_test(c, a_cut_file_gives_its_whole_frames_and_is_said_once, 1, 36);
	tcase_add_test(c, a_cut_file_among_others_does_not_end_them);
	tcase_add_test(c, a_file_with_no_frame_is_read_to_its_end);
	tcase_add_test(c, a_frame_longer_than_it_was_on_the_wire_was_that_long);
	tcase_add_test(c, a_frame_of_four_gigabytes_is_damage);
	tcase_add_test(c, times_beyond_what_can_be_told_are_held_within_it);
	tcase_add_test(c, a_pipe_on_standard_input_is_read);
	tcase_add_test(c, standard_input_is_named_in_words);
	tcase_add_test(c, standard_input_is_not_read_twice);
	tcase_add_test(c, progress_ends_at_the_size_of_all_files);
	return c;
}

int main(void)
{
	Suite *s = suite_create("capture");
	SRunner *r;
	int failed;

	suite_add_tcase(s, forms());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
