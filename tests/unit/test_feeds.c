/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feeds: what is accepted, what changes nothing, what a restart goes on with, and that no guard is ever listed. */
#include "app/feeds.h"

#include <check.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/log.h"

static char folder[64], file[128], why[FEEDS_WHY];
static struct conf_feeds conf;
static struct guards guards;
static struct feeds *feeds;
static struct feed_info info;

static void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* n addresses from 198.51.x.0 on. */
static void write_many(unsigned n)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "198.51.%u.%u\n", i / 256, i % 256);
	fclose(f);
}

static void configure(const char *name, const char *path)
{
	struct conf_feed *c = &conf.list[conf.n++];

	*c = (struct conf_feed){ .max_entries = 1000, .max_change = 50 };
	text_copy(c->name, sizeof(c->name), name);
	text_copy(c->file, sizeof(c->file), path);
}

static void make(void)
{
	const struct feeds_opts o = { .state_dir = folder, .conf = &conf, .guards = &guards };

	ck_assert_int_eq(feeds_create(&feeds, &o), 0);
}

static void again(void)
{
	ck_assert(feeds_destroy(feeds));
	make();
}

static void setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	strcpy(folder, "/tmp/tidegate-feeds-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/list", folder);
	memset(&conf, 0, sizeof(conf));
	memset(&guards, 0, sizeof(guards));
	configure("drop", file);
	make();
}

static void teardown(void)
{
	char command[128];

	ck_assert(feeds_destroy(feeds));
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const struct feed_info *drop(void)
{
	ck_assert(feeds_info(feeds, 0, &info));
	return &info;
}

static uint16_t lists(const char *address)
{
	char told[LISTED_NAME];
	struct addr a;

	ck_assert_int_eq(addr_parse(address, &a), 0);
	return feeds_find(feeds, &a, told);
}

START_TEST(what_a_file_lists_is_listed)
{
	write_many(300);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(drop()->entries, 300);
	ck_assert_int_gt(info.accepted.ns, 0);
	ck_assert(!info.kept && !info.error[0]);
	ck_assert_uint_eq(lists("198.51.1.43"), 1);
	ck_assert_uint_eq(lists("198.51.1.44"), 0);
}
END_TEST

START_TEST(a_file_that_is_gone_broken_or_empty_changes_nothing)
{
	write_many(10);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	unlink(file);
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_ptr_nonnull(strstr(drop()->error, "No such file"));
	write_to(file, "<html>\n<p>198.51.0.1\n</html>\n198.51.0.1\n");
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_ptr_nonnull(strstr(drop()->error, "1 entries, and 3 lines that are none; line 1: no address"));
	write_to(file, "");
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_ptr_nonnull(strstr(drop()->error, "no address in it"));
	write_to(file, "{\"cidr\":\"198.51.0.0/24\"}\n{\"type\":\"metadata\",\"records\":10}\n");
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_ptr_nonnull(strstr(drop()->error, "it says that it has 10 entries, and has 1"));
	write_to(file, "{\"cidr\":\"198.51.0.0/24\"}\n");
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_ptr_nonnull(strstr(drop()->error, "the metadata, is missing"));
	ck_assert_uint_eq(info.entries, 10);
	ck_assert_uint_eq(lists("198.51.0.9"), 1);
	write_many(9);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert(!drop()->error[0]);
	ck_assert_uint_eq(lists("198.51.0.9"), 0);
}
END_TEST

START_TEST(a_list_that_changes_too_much_waits_to_be_forced)
{
	write_many(100);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	write_many(49);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, false, why), ERR_RANGE);
	ck_assert_str_eq(why, "49 entries, and 100 until now: a change by more than 50 %; "
		"'tidegate feed load drop --force' takes it");
	write_many(151);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, false, why), ERR_RANGE);
	ck_assert_uint_eq(drop()->entries, 100);
	write_many(150);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, false, why), 0);
	write_many(75);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, false, why), 0);
	write_many(2);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, true, why), 0);
	ck_assert_uint_eq(drop()->entries, 2);
	ck_assert_str_eq(why, "");
}
END_TEST

START_TEST(force_takes_no_longer_list_than_was_configured)
{
	write_many(1001);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, true, why), ERR_FULL);
	ck_assert_ptr_nonnull(strstr(why, "more than 1000 entries"));
	write_many(1000);
	ck_assert_int_eq(feeds_load(feeds, "drop", NULL, true, why), 0);
}
END_TEST

START_TEST(a_feed_may_change_as_it_likes_where_that_is_wished_for)
{
	conf.list[0].max_change = 0;
	feeds_configure(feeds, &conf);
	write_many(100);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	write_many(1);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(drop()->entries, 1);
	write_to(file, "[]"); /* CrowdSec bans nobody just now */
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(drop()->entries, 0);
	ck_assert_uint_eq(lists("198.51.0.0"), 0);
}
END_TEST

START_TEST(a_restart_goes_on_with_what_was_accepted_last)
{
	write_many(100);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	unlink(file);
	again();
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_uint_eq(drop()->entries, 100);
	ck_assert(info.kept);
	ck_assert_int_gt(info.accepted.ns, 0);
	ck_assert_uint_eq(lists("198.51.0.99"), 1);
	write_many(10); /* and measures what comes by it */
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_uint_eq(drop()->entries, 100);
	write_many(90);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert(!drop()->kept);
}
END_TEST

START_TEST(a_copy_that_was_cut_is_not_gone_on_with)
{
	char kept[192];

	write_many(100);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	snprintf(kept, sizeof(kept), "%s/feeds/drop.netset", folder);
	ck_assert_int_eq(truncate(kept, 300), 0);
	unlink(file);
	again();
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_uint_eq(drop()->entries, 0);
	ck_assert_uint_eq(lists("198.51.0.1"), 0);
}
END_TEST

START_TEST(guards_are_cut_out_of_what_is_listed)
{
	struct prefix gateway, net;

	ck_assert_int_eq(prefix_parse("198.51.100.1", &gateway), 0);
	ck_assert_int_eq(prefix_parse("203.0.113.0/24", &net), 0);
	ck_assert_int_eq(guards_add(&guards, &gateway, GUARD_GATEWAY), 0);
	ck_assert_int_eq(guards_add(&guards, &net, GUARD_NEVER_BLOCK), 0);
	write_to(file, "198.51.100.0/24\n203.0.113.7\n192.0.2.1\n");
	again();
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(drop()->entries, 3);
	ck_assert_uint_eq(info.guarded, 2);
	ck_assert_uint_eq(lists("198.51.100.0"), 1);
	ck_assert_uint_eq(lists("198.51.100.1"), 0);
	ck_assert_uint_eq(lists("198.51.100.2"), 1);
	ck_assert_uint_eq(lists("203.0.113.7"), 0);
	ck_assert_uint_eq(lists("192.0.2.1"), 1);
}
END_TEST

START_TEST(feeds_come_stay_and_go_with_the_configuration)
{
	char other[160];

	snprintf(other, sizeof(other), "%s/other", folder);
	write_many(100);
	write_to(other, "192.0.2.1\n198.51.0.5\n");
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	unlink(file);
	conf.list[1] = conf.list[0]; /* the one there was is the second now */
	conf.n = 2;
	text_copy(conf.list[0].name, CONF_NAME, "mine");
	text_copy(conf.list[0].file, CONF_PATH, other);
	feeds_configure(feeds, &conf);
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	ck_assert_uint_eq(lists("198.51.0.5"), 3);
	ck_assert_uint_eq(lists("198.51.0.6"), 2);
	ck_assert_uint_eq(lists("192.0.2.1"), 1);
	conf.n = 1;
	feeds_configure(feeds, &conf);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(lists("198.51.0.6"), 0);
	ck_assert_uint_eq(lists("198.51.0.5"), 1);
	conf.n = 0;
	feeds_configure(feeds, &conf);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(lists("198.51.0.5"), 0);
	ck_assert(!feeds_info(feeds, 0, &info));
}
END_TEST

START_TEST(another_file_stands_in_and_a_strange_feed_is_none)
{
	char other[160];

	snprintf(other, sizeof(other), "%s/other", folder);
	write_to(other, "192.0.2.1\n");
	ck_assert_int_eq(feeds_load(feeds, "drop", other, false, why), 0);
	ck_assert_uint_eq(lists("192.0.2.1"), 1);
	ck_assert_int_eq(feeds_load(feeds, "drup", other, false, why), ERR_ABSENT);
	ck_assert_str_eq(why, "there is no such feed");
	ck_assert_int_eq(feeds_load(feeds, "drop", "/nowhere", false, why), ERR_IO);
	ck_assert_ptr_nonnull(strstr(why, "/nowhere: No such file"));
}
END_TEST

/* Reloads, while the other two look and load. */
static void *reload_often(void *ctx)
{
	(void)ctx;
	for (int i = 0; i < 200; i++)
		feeds_configure(feeds, &conf);
	return NULL;
}

START_TEST(its_thread_and_all_who_ask_get_on_with_each_other)
{
	pthread_t reloads;

	write_many(100);
	ck_assert_int_eq(feeds_start(feeds, NULL), 0);
	ck_assert_int_eq(pthread_create(&reloads, NULL, reload_often, NULL), 0);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(feeds_load(feeds, "drop", NULL, i % 2, why), 0);
		ck_assert_uint_eq(drop()->entries, 100);
		ck_assert_uint_eq(lists("198.51.0.99"), 1);
	}
	pthread_join(reloads, NULL);
}
END_TEST

START_TEST(a_hundred_thousand_prefixes_are_taken)
{
	struct feeds_stats s;
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	for (unsigned i = 0; i < 100000; i++)
		fprintf(f, "%u.%u.%u.0/24\n", 11 + i / 65536, i / 256 % 256, i % 256);
	fclose(f);
	conf.list[0].max_entries = 100000;
	feeds_configure(feeds, &conf);
	ck_assert_uint_eq(feeds_refresh(feeds), 0);
	ck_assert_uint_eq(drop()->entries, 100000);
	feeds_stats(feeds, &s);
	ck_assert_uint_eq(s.prefixes, 100000);
	ck_assert_uint_eq(s.feeds, 1);
	ck_assert_uint_eq(s.failing, 0);
	unlink(file);
	ck_assert_uint_eq(feeds_refresh(feeds), 1);
	feeds_stats(feeds, &s);
	ck_assert_uint_eq(s.failing, 1);
	ck_assert_uint_eq(lists("12.134.159.255"), 1);
	ck_assert_uint_eq(lists("12.134.160.0"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feeds");
	TCase *t = tcase_create("app");
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_a_file_lists_is_listed);
	tcase_add_test(t, a_file_that_is_gone_broken_or_empty_changes_nothing);
	tcase_add_test(t, a_list_that_changes_too_much_waits_to_be_forced);
	tcase_add_test(t, force_takes_no_longer_list_than_was_configured);
	tcase_add_test(t, a_feed_may_change_as_it_likes_where_that_is_wished_for);
	tcase_add_test(t, a_restart_goes_on_with_what_was_accepted_last);
	tcase_add_test(t, a_copy_that_was_cut_is_not_gone_on_with);
	tcase_add_test(t, guards_are_cut_out_of_what_is_listed);
	tcase_add_test(t, feeds_come_stay_and_go_with_the_configuration);
	tcase_add_test(t, another_file_stands_in_and_a_strange_feed_is_none);
	tcase_add_test(t, its_thread_and_all_who_ask_get_on_with_each_other);
	tcase_add_test(t, a_hundred_thousand_prefixes_are_taken);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
