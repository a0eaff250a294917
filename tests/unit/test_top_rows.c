/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of `tidegate top` as lines: whatever the daemon says, a line is as wide as the screen and holds nothing that moves
 * a cursor; sorted and filtered as it was asked for.
 */
#include <check.h>
#include <string.h>

#include "app/top.h"
#include "base/text.h"

static json_t *rows_of(const char *text)
{
	json_t *rows = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(rows);
	return rows;
}

static const char *cell(enum top_view v, size_t column, const char *text)
{
	static char out[TOP_CELL];
	json_t *row = rows_of(text);

	top_cell(v, column, row, out);
	json_decref(row);
	return out;
}

/* The first words of the sorted rows, one after the other. */
static const char *order(enum top_view v, const char *text, size_t column, bool reverse, const char *filter)
{
	static char out[TOP_LINE];
	json_t *rows = rows_of(text), *row;
	json_t *sorted = top_sorted(v, rows, column, reverse, filter);
	struct text t = text_over(out, sizeof(out));
	char first[TOP_CELL];
	size_t i;

	json_array_foreach(sorted, i, row) {
		top_cell(v, 0, row, first);
		text_addf(&t, "%.32s ", first);
	}
	json_decref(sorted);
	json_decref(rows);
	return out;
}

START_TEST(amounts_fit_six_columns_and_keep_their_magnitude)
{
	static const struct {
		double n;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 999, "999" }, { 999.6, "1.0k" }, { 1000, "1.0k" }, { 99949, "99.9k" }, { 99951, "100k" },
		{ 999499, "999k" }, { 999501, "1.0M" }, { 1.5e6, "1.5M" }, { 1.8446744e19, "18.4E" }, { 9.9e20, "990E" },
	};
	char out[FORMAT_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(top_bytes(cases[i].n, out), cases[i].text);
}
END_TEST

START_TEST(a_line_is_exactly_as_wide_as_the_screen)
{
	const int widths[] = { 1, 20, 40, 80, 81, 132, 511, 4000 };
	json_t *nothing = json_object();
	char line[TOP_LINE];

	for (int v = 0; v < TOP_VIEWS; v++)
		for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
			size_t wanted = widths[i] < TOP_LINE ? (size_t)widths[i] : TOP_LINE - 1;

			top_line((enum top_view)v, NULL, widths[i], line);
			ck_assert_uint_eq(strlen(line), wanted);
			top_line((enum top_view)v, nothing, widths[i], line);
			ck_assert_uint_eq(strlen(line), wanted);
		}
	json_decref(nothing);
}
END_TEST

/* All titles whole, and the columns side by side: what is not cut at 80 is not cut at all. */
START_TEST(eighty_columns_hold_every_title)
{
	char line[TOP_LINE];

	for (int v = 0; v < TOP_VIEWS; v++) {
		int end = -1, at, wide;

		top_line((enum top_view)v, NULL, 80, line);
		for (size_t c = 0; c < top_columns((enum top_view)v); c++) {
			top_place((enum top_view)v, c, 80, &at, &wide);
			ck_assert_int_eq(at, end + 1);
			end = at + wide;
			ck_assert_msg(strstr(line, top_column_title((enum top_view)v, c)), "%s: %s", line,
				top_column_title((enum top_view)v, c));
		}
		ck_assert_int_eq(end, 80);
	}
}
END_TEST

START_TEST(a_row_stands_under_its_titles)
{
	json_t *row = rows_of("{\"proto\":\"TCP\",\"local_port\":443,\"direction\":\"in\",\"remote\":\"203.0.113.20\","
		"\"remote_port\":51000,\"in_bytes_s\":1200,\"out_bytes_s\":3400000,\"state\":\"ESTAB\",\"age_s\":75,"
		"\"comm\":\"nginx\"}");
	char line[TOP_LINE];

	top_line(TOP_FLOWS, NULL, 80, line);
	ck_assert_str_eq(line, "PRO  PORT    REMOTE                     IN/s  OUT/s STATE     AGE OWNER         ");
	top_line(TOP_FLOWS, row, 80, line);
	ck_assert_str_eq(line, "TCP   443 <- 203.0.113.20:51000         1.2k   3.4M ESTAB      1m nginx         ");
	json_decref(row);
}
END_TEST

START_TEST(what_is_not_measured_is_not_nought)
{
	ck_assert_str_eq(cell(TOP_FLOWS, 4, "{\"proto\":\"UDP\"}"), "-");
	ck_assert_str_eq(cell(TOP_FLOWS, 4, "{\"in_bytes_s\":0}"), "0");
	ck_assert_str_eq(cell(TOP_SERVICES, 4, "{}"), "-");
}
END_TEST

START_TEST(an_owner_is_told_by_the_best_name_there_is)
{
	ck_assert_str_eq(cell(TOP_FLOWS, 8, "{\"comm\":\"sshd\",\"unit\":\"ssh.service\",\"uid\":0}"), "sshd");
	ck_assert_str_eq(cell(TOP_FLOWS, 8, "{\"unit\":\"ssh.service\",\"user\":\"root\",\"uid\":0}"), "ssh.service");
	ck_assert_str_eq(cell(TOP_FLOWS, 8, "{\"user\":\"www-data\",\"uid\":33}"), "user www-data");
	ck_assert_str_eq(cell(TOP_FLOWS, 8, "{\"uid\":4711}"), "uid 4711");
	ck_assert_str_eq(cell(TOP_FLOWS, 8, "{}"), "-");
}
END_TEST

START_TEST(a_name_from_outside_cannot_move_the_cursor)
{
	ck_assert_str_eq(cell(TOP_PROCESSES, 2, "{\"comm\":\"\\u001b[2J\\n\\u009bx\\u00e4\\u0007\"}"), "?[2J???x???");
}
END_TEST

START_TEST(what_is_cut_shows_it)
{
	json_t *row = rows_of("{\"address\":\"2001:db8:1234:5678::/64 and what does not belong there at all\"}");
	char line[TOP_LINE];

	top_line(TOP_SOURCES, row, 80, line);
	ck_assert(strncmp(line, "2001:db8:1234:5678::/64 a~ ", 27) == 0);
	json_decref(row);
}
END_TEST

static const char flows[] = "[{\"proto\":\"a\",\"in_bytes_s\":5,\"state\":\"ESTAB\"},{\"proto\":\"b\",\"in_bytes_s\":50},"
	"{\"proto\":\"c\"},{\"proto\":\"d\",\"in_bytes_s\":5,\"state\":\"SYN-RECV\"}]";

START_TEST(numbers_are_sorted_greatest_first_and_the_unknown_last)
{
	ck_assert_str_eq(order(TOP_FLOWS, flows, 4, false, ""), "b a d c ");
	ck_assert_str_eq(order(TOP_FLOWS, flows, 4, true, ""), "c a d b ");
}
END_TEST

START_TEST(words_are_sorted_from_a_to_z)
{
	ck_assert_str_eq(order(TOP_FLOWS, flows, 0, false, ""), "a b c d ");
	ck_assert_str_eq(order(TOP_FLOWS, flows, 0, true, ""), "d c b a ");
	ck_assert_str_eq(order(TOP_FLOWS, flows, 6, false, ""), "b c a d ");
}
END_TEST

START_TEST(services_are_sorted_by_number_not_by_letters)
{
	static const char services[] = "[{\"proto\":\"TCP\",\"port\":80},{\"proto\":\"TCP\",\"port\":443},"
		"{\"proto\":\"TCP\",\"port\":9}]";

	ck_assert_str_eq(order(TOP_SERVICES, services, 0, false, ""), "tcp/443 tcp/80 tcp/9 ");
}
END_TEST

START_TEST(incidents_are_sorted_latest_first)
{
	static const char incidents[] = "[{\"incident\":\"T-1\",\"opened\":\"2026-11-21T18:00:00.000000+0000\"},"
		"{\"incident\":\"T-2\",\"opened\":\"2026-11-21T19:00:00.000000+0000\"}]";

	ck_assert_str_eq(order(TOP_INCIDENTS, incidents, 5, false, ""), "T-2 T-1 ");
	ck_assert_str_eq(order(TOP_INCIDENTS, incidents, 5, true, ""), "T-1 T-2 ");
}
END_TEST

START_TEST(behind_the_last_column_rows_stay_as_they_came)
{
	ck_assert_str_eq(order(TOP_FLOWS, flows, top_columns(TOP_FLOWS), false, ""), "a b c d ");
	ck_assert_str_eq(order(TOP_FLOWS, flows, top_columns(TOP_FLOWS), true, ""), "d c b a ");
}
END_TEST

START_TEST(a_filter_looks_at_every_cell_whatever_its_case)
{
	ck_assert_str_eq(order(TOP_FLOWS, flows, 0, false, "syn"), "d ");
	ck_assert_str_eq(order(TOP_FLOWS, flows, 0, false, "50"), "b ");
	ck_assert_str_eq(order(TOP_FLOWS, flows, 0, false, "nobody"), "");
}
END_TEST

START_TEST(states_become_rows_with_their_share)
{
	json_t *head = rows_of("{\"states\":{\"ESTAB\":3,\"LISTEN\":1},\"conntrack\":50,\"conntrack_max\":100,"
		"\"protos\":[{\"proto\":\"tcp\",\"in_packets_s\":7,\"out_packets_s\":8}],\"in_opened_s\":2}");
	json_t *rows = top_state_rows(head);
	char text[TOP_CELL];

	ck_assert_int_eq(top_share(TOP_STATES, json_array_get(rows, 0)), 750);
	top_cell(TOP_STATES, 2, json_array_get(rows, 0), text);
	ck_assert_str_eq(text, "75.0%");
	ck_assert_int_eq(top_share(TOP_STATES, json_array_get(rows, 2)), 500);
	ck_assert_int_eq(top_share(TOP_STATES, json_array_get(rows, 3)), -1);
	ck_assert_uint_eq(json_array_size(rows), 6);
	json_decref(rows);
	json_decref(head);
}
END_TEST

/* One endpoint may have many flows: what is followed on the screen must be one of them. */
START_TEST(flows_of_one_peer_have_identities_of_their_own)
{
	json_t *rows = rows_of("[{\"proto\":\"TCP\",\"local\":\"192.0.2.1\",\"local_port\":80,\"remote\":\"192.0.2.9\","
		"\"remote_port\":1},{\"proto\":\"TCP\",\"local\":\"192.0.2.1\",\"local_port\":80,\"remote\":\"192.0.2.9\","
		"\"remote_port\":2}]");
	char a[TOP_CELL], b[TOP_CELL];

	top_identity(TOP_FLOWS, json_array_get(rows, 0), a);
	top_identity(TOP_FLOWS, json_array_get(rows, 1), b);
	ck_assert_str_ne(a, b);
	top_subject(TOP_FLOWS, json_array_get(rows, 1), b);
	ck_assert_str_eq(b, "192.0.2.9");
	top_subject(TOP_SERVICES, json_array_get(rows, 1), b);
	ck_assert_str_eq(b, "");
	json_decref(rows);
}
END_TEST

START_TEST(a_row_of_nonsense_is_a_row_all_the_same)
{
	json_t *row = rows_of("{\"pid\":\"x\",\"comm\":7,\"remote\":[],\"in_bytes_s\":\"many\",\"share\":{},\"opened\":\"\","
		"\"age_s\":-5,\"percent\":null,\"connections_s\":1e300,\"begun_s\":-1e300}");
	char line[TOP_LINE];

	for (int v = 0; v < TOP_VIEWS; v++) {
		top_line((enum top_view)v, row, 80, line);
		ck_assert_uint_eq(strlen(line), 80);
	}
	json_decref(row);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_rows");
	TCase *c = tcase_create("top_rows");
	SRunner *runner;
	int failed;

	tcase_add_test(c, amounts_fit_six_columns_and_keep_their_magnitude);
	tcase_add_test(c, a_line_is_exactly_as_wide_as_the_screen);
	tcase_add_test(c, eighty_columns_hold_every_title);
	tcase_add_test(c, a_row_stands_under_its_titles);
	tcase_add_test(c, what_is_not_measured_is_not_nought);
	tcase_add_test(c, an_owner_is_told_by_the_best_name_there_is);
	tcase_add_test(c, a_name_from_outside_cannot_move_the_cursor);
	tcase_add_test(c, what_is_cut_shows_it);
	tcase_add_test(c, numbers_are_sorted_greatest_first_and_the_unknown_last);
	tcase_add_test(c, words_are_sorted_from_a_to_z);
	tcase_add_test(c, services_are_sorted_by_number_not_by_letters);
	tcase_add_test(c, incidents_are_sorted_latest_first);
	tcase_add_test(c, behind_the_last_column_rows_stay_as_they_came);
	tcase_add_test(c, a_filter_looks_at_every_cell_whatever_its_case);
	tcase_add_test(c, states_become_rows_with_their_share);
	tcase_add_test(c, flows_of_one_peer_have_identities_of_their_own);
	tcase_add_test(c, a_row_of_nonsense_is_a_row_all_the_same);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
