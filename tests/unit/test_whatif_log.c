/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What-if over a log on disk: what went through files and blocks decides as what did not, and what is damaged is a gap. */
#include "app/whatif.h"

#include "support/obslog_lab.h"
#include "support/whatif_lab.h"

#define FLOODER "198.51.100.66"
#define SCANNER "198.51.100.77"

static struct lab lab;
static struct lab_alerts again;
static struct whatif *w;
static struct whatif_stats stats;
static struct obslog_progress progress;

static const struct conf *rules(void *ctx, uint64_t digest, const char *policy, bool *same)
{
	(void)policy;
	*same = digest == LAB_RULES;
	return &((struct lab *)ctx)->conf;
}

static void on_event(void *ctx, const struct event *e)
{
	lab_keep_alert(ctx, e);
}

/* The daemon's recorder, without its ring. */
static void record(void *ctx, const struct obslog_item *it)
{
	(void)ctx;
	if (it->kind == OBSLOG_RUN) {
		obslog_destroy(obs);
		opts.run = *it->run;
		start();
		return;
	}
	ck_assert_int_eq(obslog_put(obs, &it->entry, why), 0);
}

static void set_up(void)
{
	begin();
	memset(&lab, 0, sizeof(lab));
	memset(&again, 0, sizeof(again));
	lab.now = (mono_t){ LAB_START };
	lab.take = record;
	lab_load(&lab.conf, "web-server");
	lab.conf.enforce = false;
	w = NULL;
}

static void tear_down(void)
{
	stage_destroy(lab.live);
	whatif_destroy(w);
	end();
}

static void read_all(int64_t from_ns)
{
	struct whatif_opts o = { .rules = rules, .rules_ctx = &lab, .compare = true, .changed_enforce = true,
		.emit = on_event, .emit_ctx = &again, .from = { from_ns } };

	hash_key_from_seed(&o.key, 5);
	ck_assert_int_eq(whatif_create(&w, &o), 0);
	look(&(struct obslog_look){ .path = NULL });
	while (obslog_next(reader, &item, why) > 0)
		ck_assert_int_eq(whatif_take(w, &item), 0);
	whatif_end(w);
	whatif_stats(w, &stats);
	obslog_progress(reader, &progress);
}

static bool has(const char *subject)
{
	const struct whatif_row *row;
	struct prefix p;

	ck_assert_int_eq(prefix_parse(subject, &p), 0);
	for (size_t at = 0; (row = whatif_rows_next(whatif_get_rows(w), &at));)
		if (row->subject.kind == SUBJECT_SOURCE && prefix_equal(&row->subject.source, &p))
			return row->did[WHATIF_PRESENT].stopped && row->did[WHATIF_NEW].stopped;
	return false;
}

static void two_offenders(bool between)
{
	lab_scan(&lab, SCANNER, 20);
	if (between) {
		flush();
		lab_pass(&lab, 60 * NS_PER_S);
		flush();
	}
	lab_connect(&lab, FLOODER, 22, 60, NS_PER_S / 2);
}

static void a_day_of_the_daemon(void)
{
	lab_start(&lab);
	two_offenders(false);
	lab_stop(&lab);
	stop();
}

/* Enforcing, it would restore its measures at the second start; the lab has no store to do it. */
START_TEST(a_log_on_disk_has_the_daemons_alerts_in_it)
{
	unsigned days = _i ? 1 : 2;

	lab.conf.enforce = _i;
	for (unsigned i = 0; i < days; i++)
		a_day_of_the_daemon();
	read_all(0);
	ck_assert_uint_ge(lab.decided.n, 2);
	ck_assert_uint_eq(again.n, lab.decided.n);
	ck_assert_str_eq(again.text, lab.decided.text);
	ck_assert_uint_eq(stats.runs, days);
	ck_assert(has(SCANNER) && has(FLOODER));
}
END_TEST

START_TEST(a_damaged_block_is_a_gap_and_what_is_behind_it_decides)
{
	off_t first;

	lab_start(&lab);
	lab_pass(&lab, NS_PER_S);
	flush();
	first = size_of(1);
	two_offenders(true);
	lab_stop(&lab);
	stop();
	bend(1, first + 80); /* the scan's */
	read_all(0);
	ck_assert_uint_eq(stats.gaps, 1);
	ck_assert_uint_eq(progress.damaged, 1);
	ck_assert(!has(SCANNER));
	ck_assert(has(FLOODER));
}
END_TEST

START_TEST(a_log_from_before_the_period_has_nothing_of_it)
{
	a_day_of_the_daemon();
	read_all(LAB_WALL + LAB_START + 3600 * NS_PER_S);
	ck_assert_int_eq(stats.first.ns, 0);
	ck_assert_uint_eq(again.n, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("whatif_log");
	TCase *t = tcase_create("whatif_log");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_log_on_disk_has_the_daemons_alerts_in_it, 0, 2);
	tcase_add_test(t, a_damaged_block_is_a_gap_and_what_is_behind_it_decides);
	tcase_add_test(t, a_log_from_before_the_period_has_nothing_of_it);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
