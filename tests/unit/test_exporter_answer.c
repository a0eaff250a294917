/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the exporter answers, of a daemon that is well, gone, mute or mad (a child that says what it was told to), and of a
 * folder of reports.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/exporter.h"

#define END "{\"v\":1,\"end\":true,\"code\":0}\n"

static char folder[40], path[64], name[128];
static struct exporter_desk desk;
static pid_t child;

static void serve(int fd, const char *says)
{
	char line[2048];

	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0 || read(c, line, sizeof(line)) <= 0)
			_exit(1);
		/* Mute: it takes the question and says nothing, for ever. */
		while (!says)
			pause();
		if (write(c, says, strlen(says)) < 0)
			_exit(1);
		close(c);
	}
}

/* says NULL: nothing at all. */
static void daemon_that_says(const char *says)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	child = fork();
	if (child == 0)
		serve(fd, says);
	close(fd);
}

static void set_up(void)
{
	strcpy(folder, "/tmp/tidegate-exporter-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/view.sock", folder);
	memset(&desk, 0, sizeof(desk));
	desk.asker.path = path;
	desk.reports = folder;
	child = 0;
}

static const char *in_folder(const char *file)
{
	snprintf(name, sizeof(name), "%s/%s", folder, file);
	return name;
}

static void tear_down(void)
{
	exporter_desk_clear(&desk);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	unlink(path);
	unlink(in_folder("latest.html"));
	unlink(in_folder("latest.json"));
	unlink(in_folder("day.html"));
	rmdir(folder);
}

/* The status, and the body as a string. */
static int ask(enum http_place p, uint32_t from, char *body, size_t size)
{
	struct http_route r = { .place = p, .from = from };
	struct exporter_answer a;

	exporter_answer(&desk, &r, &a);
	ck_assert_uint_lt(a.len, size);
	memcpy(body, a.body, a.len);
	body[a.len] = '\0';
	free(a.body);
	return a.status;
}

static char said[65536];

START_TEST(the_daemons_metrics_come_first_and_ours_behind_them)
{
	daemon_that_says("{\"v\":1,\"metrics\":\"tidegate_mode{mode=\\\"detect\\\"} 1\\n\"}\n"
			 "{\"v\":1,\"metrics\":\"tidegate_b 2\\n\"}\n" END);
	ck_assert_int_eq(ask(HTTP_METRICS, 0, said, sizeof(said)), 200);
	ck_assert_int_eq(strncmp(said, "tidegate_mode{mode=\"detect\"} 1\ntidegate_b 2\n# HELP tidegate_up ", 63), 0);
	ck_assert_ptr_nonnull(strstr(said, "\ntidegate_up 1\n"));
	ck_assert_ptr_nonnull(strstr(said, "\ntidegate_exporter_questions_total{result=\"answered\"} 1\n"));
}
END_TEST

START_TEST(without_a_daemon_the_scrape_says_so_and_goes_well)
{
	ck_assert_int_eq(ask(HTTP_METRICS, 0, said, sizeof(said)), 200);
	ck_assert_int_eq(strncmp(said, "# HELP tidegate_up ", 19), 0);
	ck_assert_ptr_nonnull(strstr(said, "\ntidegate_up 0\n"));
}
END_TEST

START_TEST(half_of_an_answer_is_none)
{
	daemon_that_says("{\"v\":1,\"metrics\":\"tidegate_half 1\\n\"}\n{\"v\":1,\"end\":true,\"code\":75,\"error\":\"no\"}\n");
	ck_assert_int_eq(ask(HTTP_METRICS, 0, said, sizeof(said)), 200);
	ck_assert_ptr_null(strstr(said, "tidegate_half"));
	ck_assert_ptr_nonnull(strstr(said, "\ntidegate_up 0\n"));
}
END_TEST

START_TEST(a_daemon_that_hangs_up_in_the_middle_is_no_answer)
{
	daemon_that_says("{\"v\":1,\"metrics\":\"tidegate_half 1\\n\"}\n{\"v\":1,\"met");
	ck_assert_int_eq(ask(HTTP_METRICS, 0, said, sizeof(said)), 200);
	ck_assert_ptr_null(strstr(said, "tidegate_half"));
}
END_TEST

START_TEST(a_page_tells_where_the_next_one_begins)
{
	daemon_that_says("{\"v\":1,\"subject\":\"a\"}\n{\"v\":1,\"subject\":\"b\"}\n{\"v\":1,\"next\":64}\n" END);
	ck_assert_int_eq(ask(HTTP_API_BLOCKS, 0, said, sizeof(said)), 200);
	ck_assert_str_eq(said, "{\"v\":1,\"blocks\":[{\"subject\":\"a\"},{\"subject\":\"b\"}],\"next\":64}");
	ck_assert_int_eq(ask(HTTP_API_INCIDENTS, 0, said, sizeof(said)), 200);
	ck_assert_int_eq(strncmp(said, "{\"v\":1,\"incidents\":[", 20), 0);
}
END_TEST

START_TEST(the_last_page_has_no_next)
{
	daemon_that_says(END);
	ck_assert_int_eq(ask(HTTP_API_LIMITS, 5, said, sizeof(said)), 200);
	ck_assert_str_eq(said, "{\"v\":1,\"limits\":[]}");
}
END_TEST

START_TEST(the_versions_are_told_with_and_without_a_daemon)
{
	ck_assert_int_eq(ask(HTTP_API_VERSION, 0, said, sizeof(said)), 200);
	ck_assert_ptr_nonnull(strstr(said, "\"daemon\":null"));
	exporter_desk_clear(&desk);
	desk.asker.shunned.ns = 0;
	daemon_that_says("{\"v\":1,\"version\":\"9.9\"}\n" END);
	ck_assert_int_eq(ask(HTTP_API_VERSION, 0, said, sizeof(said)), 200);
	ck_assert_ptr_nonnull(strstr(said, "\"daemon\":\"9.9\""));
}
END_TEST

START_TEST(nobody_asks_twice_in_a_second)
{
	daemon_that_says("{\"v\":1,\"version\":\"9.9\"}\n" END);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(ask(HTTP_API_VERSION, 0, said, sizeof(said)), 200);
	ck_assert_uint_le(desk.asker.answered, 3); /* a second may begin anew here and there */
}
END_TEST

START_TEST(pages_beyond_the_rate_never_reach_the_daemon)
{
	int good = 0, bad = 0;

	daemon_that_says(END);
	for (uint32_t from = 0; from < 200; from++) {
		int status = ask(HTTP_API_BLOCKS, from, said, sizeof(said));

		good += status == 200;
		bad += status == 503;
	}
	ck_assert_int_eq(good + bad, 200);
	ck_assert_int_ge(good, ASK_BURST);
	ck_assert_uint_ge(desk.asker.refused, 100);
	ck_assert_uint_eq(desk.asker.answered, (uint64_t)good);
}
END_TEST

START_TEST(a_mute_daemon_is_waited_for_once)
{
	daemon_that_says(NULL);
	ck_assert_int_eq(ask(HTTP_HEALTHZ, 0, said, sizeof(said)), 503);
	ck_assert_ptr_nonnull(strstr(said, "did not answer within"));
	ck_assert_int_eq(ask(HTTP_API_STATUS, 0, said, sizeof(said)), 503);
	ck_assert_int_eq(ask(HTTP_API_EVENTS, 0, said, sizeof(said)), 503);
	ck_assert_uint_eq(desk.asker.failed, 1);
}
END_TEST

START_TEST(a_mad_daemon_is_a_bad_gateway)
{
	daemon_that_says("<html>\n");
	ck_assert_int_eq(ask(HTTP_API_STATUS, 0, said, sizeof(said)), 502);
	ck_assert_int_eq(strncmp(said, "{\"v\":1,\"error\":{\"code\":502,", 27), 0);
}
END_TEST

START_TEST(an_endless_answer_has_an_end)
{
	static char much[2 * ASK_BYTES];
	size_t n = 0;

	while (n + 64 < sizeof(much))
		n += (size_t)sprintf(much + n, "{\"v\":1,\"subject\":\"198.51.100.66\"}\n");
	daemon_that_says(much);
	ck_assert_int_eq(ask(HTTP_API_BLOCKS, 0, said, sizeof(said)), 502);
	ck_assert_ptr_nonnull(strstr(said, "too long"));
}
END_TEST

#define STATUS(members) "{\"v\":1,\"status\":{" members "}}\n" END

static int health_of(const char *says)
{
	int status;

	daemon_that_says(says);
	status = ask(HTTP_HEALTHZ, 0, said, sizeof(said));
	return status;
}

START_TEST(well_is_who_answers_and_sees_traffic)
{
	ck_assert_int_eq(
		health_of(STATUS("\"responding\":true,\"panic\":false,\"mode\":\"enforce\",\"divert\":{\"alive\":true}")), 200);
	ck_assert_str_eq(said, "ok: mode enforce\n");
}
END_TEST

START_TEST(ill_is_whose_packet_thread_is_silent)
{
	ck_assert_int_eq(health_of(STATUS("\"responding\":false,\"divert\":{\"alive\":true}")), 503);
}
END_TEST

START_TEST(ill_is_whose_traffic_passes_unseen)
{
	ck_assert_int_eq(health_of(STATUS("\"responding\":true,\"panic\":false,\"divert\":{\"alive\":false}")), 503);
}
END_TEST

START_TEST(panic_is_by_an_administrators_word_and_well)
{
	ck_assert_int_eq(health_of(STATUS("\"responding\":true,\"panic\":true,\"divert\":{\"alive\":false}")), 200);
	ck_assert_ptr_nonnull(strstr(said, "panic"));
}
END_TEST

START_TEST(a_status_without_a_status_is_ill)
{
	ck_assert_int_eq(health_of(END), 503);
}
END_TEST

START_TEST(what_the_daemon_says_is_no_markup)
{
	daemon_that_says("{\"v\":1,\"end\":true,\"code\":70,\"error\":\"<script>alert(1)</script>\"}\n");
	ck_assert_int_eq(ask(HTTP_INDEX, 0, said, sizeof(said)), 200);
	ck_assert_ptr_null(strstr(said, "<script"));
	ck_assert_ptr_nonnull(strstr(said, "not well"));
}
END_TEST

START_TEST(with_metrics_only_nothing_tells_of_addresses)
{
	desk.metrics_only = true;
	ck_assert_int_eq(ask(HTTP_API_BLOCKS, 0, said, sizeof(said)), 404);
	ck_assert_int_eq(ask(HTTP_API_STATUS, 0, said, sizeof(said)), 404);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 404);
	ck_assert_int_eq(ask(HTTP_METRICS, 0, said, sizeof(said)), 200);
	ck_assert_int_eq(ask(HTTP_INDEX, 0, said, sizeof(said)), 200);
	ck_assert_ptr_null(strstr(said, "/api/v1/blocks"));
	ck_assert_uint_eq(desk.asker.answered, 0);
}
END_TEST

/* ---- reports ---- */

static void write_file(const char *file, const char *text)
{
	FILE *f = fopen(in_folder(file), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static struct exporter_answer report(void)
{
	struct http_route r = { .place = HTTP_REPORT };
	struct exporter_answer a;

	exporter_answer(&desk, &r, &a);
	return a;
}

START_TEST(a_report_comes_with_a_tag_that_changes_with_it)
{
	char tag[EXPORTER_TAG];

	write_file("latest.html", "<p>one</p>");
	struct exporter_answer a = report();
	ck_assert_int_eq(a.status, 200);
	ck_assert_int_eq((int)a.type, EXPORTER_REPORT);
	ck_assert_uint_eq(a.len, 10);
	ck_assert_int_eq(memcmp(a.body, "<p>one</p>", 10), 0);
	strcpy(tag, a.tag);
	ck_assert_int_eq(tag[0], '"');
	free(a.body);
	a = report();
	ck_assert_str_eq(a.tag, tag);
	free(a.body);
	write_file("latest.html", "<p>three</p>");
	a = report();
	ck_assert_str_ne(a.tag, tag);
	free(a.body);
}
END_TEST

START_TEST(no_report_yet_is_told_with_how_to_get_one)
{
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 404);
	ck_assert_ptr_nonnull(strstr(said, "tidegate-report"));
	ck_assert_int_eq(ask(HTTP_API_REPORT, 0, said, sizeof(said)), 404);
	ck_assert_int_eq(said[0], '{');
}
END_TEST

START_TEST(the_folder_itself_may_be_missing)
{
	desk.reports = "/nonexistent/reports";
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 404);
}
END_TEST

START_TEST(a_link_within_the_folder_is_followed_and_none_out_of_it)
{
	write_file("day.html", "day");
	ck_assert_int_eq(symlink("day.html", in_folder("latest.html")), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 200);
	ck_assert_str_eq(said, "day");
	unlink(in_folder("latest.html"));
	ck_assert_int_eq(symlink("/etc/passwd", in_folder("latest.html")), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 500);
	unlink(in_folder("latest.html"));
	ck_assert_int_eq(symlink("../../etc/passwd", in_folder("latest.html")), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 500);
	ck_assert_ptr_null(strstr(said, "root:"));
}
END_TEST

START_TEST(what_is_no_file_holds_nobody_up)
{
	ck_assert_int_eq(mkfifo(in_folder("latest.html"), 0600), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 500);
	unlink(in_folder("latest.html"));
	ck_assert_int_eq(mkdir(in_folder("latest.html"), 0700), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 500);
	rmdir(in_folder("latest.html"));
}
END_TEST

START_TEST(a_report_of_any_size_is_not_read)
{
	write_file("latest.html", "");
	ck_assert_int_eq(truncate(in_folder("latest.html"), (off_t)EXPORTER_REPORT_BYTES + 1), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 500);
	ck_assert_ptr_nonnull(strstr(said, "too large"));
	ck_assert_int_eq(truncate(in_folder("latest.html"), 0), 0);
	ck_assert_int_eq(ask(HTTP_REPORT, 0, said, sizeof(said)), 200);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("exporter_answer");
	TCase *t = tcase_create("daemon");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, the_daemons_metrics_come_first_and_ours_behind_them);
	tcase_add_test(t, without_a_daemon_the_scrape_says_so_and_goes_well);
	tcase_add_test(t, half_of_an_answer_is_none);
	tcase_add_test(t, a_daemon_that_hangs_up_in_the_middle_is_no_answer);
	tcase_add_test(t, a_page_tells_where_the_next_one_begins);
	tcase_add_test(t, the_last_page_has_no_next);
	tcase_add_test(t, the_versions_are_told_with_and_without_a_daemon);
	tcase_add_test(t, nobody_asks_twice_in_a_second);
	tcase_add_test(t, pages_beyond_the_rate_never_reach_the_daemon);
	tcase_add_test(t, a_mute_daemon_is_waited_for_once);
	tcase_add_test(t, a_mad_daemon_is_a_bad_gateway);
	tcase_add_test(t, an_endless_answer_has_an_end);
	tcase_add_test(t, well_is_who_answers_and_sees_traffic);
	tcase_add_test(t, ill_is_whose_packet_thread_is_silent);
	tcase_add_test(t, ill_is_whose_traffic_passes_unseen);
	tcase_add_test(t, panic_is_by_an_administrators_word_and_well);
	tcase_add_test(t, a_status_without_a_status_is_ill);
	tcase_add_test(t, what_the_daemon_says_is_no_markup);
	tcase_add_test(t, with_metrics_only_nothing_tells_of_addresses);
	suite_add_tcase(s, t);
	t = tcase_create("reports");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_report_comes_with_a_tag_that_changes_with_it);
	tcase_add_test(t, no_report_yet_is_told_with_how_to_get_one);
	tcase_add_test(t, the_folder_itself_may_be_missing);
	tcase_add_test(t, a_link_within_the_folder_is_followed_and_none_out_of_it);
	tcase_add_test(t, what_is_no_file_holds_nobody_up);
	tcase_add_test(t, a_report_of_any_size_is_not_read);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	SRunner *r = srunner_create(suite());

	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
