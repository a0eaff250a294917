/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop, with pipes for the world.
 */
#include "edge/loop.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

/* What callbacks leave behind. */
struct notes {
	struct loop *loop;
	int pipe[2];
	int other; /* a descriptor that the first callback takes away */
	int calls, afters, signal;
	mono_t seen[4];
};

static struct notes notes_new(void)
{
	struct notes n = { .other = -1 };

	ck_assert_int_eq(loop_create(&n.loop), 0);
	ck_assert_int_eq(pipe(n.pipe), 0);
	return n;
}

static void notes_end(struct notes *n)
{
	loop_destroy(n->loop);
	close(n->pipe[0]);
	close(n->pipe[1]);
}

static void poke(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

static void on_readable(void *ctx, mono_t now)
{
	struct notes *n = ctx;

	if (n->calls < 4)
		n->seen[n->calls] = now;
	n->calls++;
	if (n->other >= 0)
		ck_assert_int_eq(loop_unwatch(n->loop, n->other), 0);
}

static void on_after(void *ctx, mono_t now)
{
	struct notes *n = ctx;

	n->seen[3] = now;
	n->afters++;
}

static void on_stop(void *ctx, mono_t now)
{
	struct notes *n = ctx;

	n->seen[0] = now;
	n->calls++;
	loop_stop(n->loop);
}

static void on_signal(void *ctx, int signal, mono_t now)
{
	struct notes *n = ctx;

	n->seen[0] = now;
	n->signal = signal;
}

START_TEST(a_readable_descriptor_calls_back_until_it_is_read)
{
	struct notes n = notes_new();

	ck_assert_int_eq(loop_watch(n.loop, n.pipe[0], on_readable, &n), 0);
	ck_assert_int_eq(loop_once(n.loop, 0), 0);
	poke(n.pipe[1]);
	ck_assert_int_eq(loop_once(n.loop, 0), 1);
	ck_assert_int_eq(loop_once(n.loop, 0), 1);
	ck_assert_int_eq(n.calls, 2);
	notes_end(&n);
}
END_TEST

START_TEST(a_descriptor_is_watched_once_and_unwatched_once)
{
	struct notes n = notes_new();

	ck_assert_int_eq(loop_watch(n.loop, n.pipe[0], on_readable, &n), 0);
	ck_assert_int_eq(loop_watch(n.loop, n.pipe[0], on_readable, &n), ERR_EXISTS);
	ck_assert_int_eq(loop_unwatch(n.loop, n.pipe[0]), 0);
	ck_assert_int_eq(loop_unwatch(n.loop, n.pipe[0]), ERR_ABSENT);
	poke(n.pipe[1]);
	ck_assert_int_eq(loop_once(n.loop, 0), 0);
	notes_end(&n);
}
END_TEST

START_TEST(what_one_callback_unwatches_is_not_called_in_the_same_wake_up)
{
	struct notes n = notes_new();
	struct notes m = notes_new();

	loop_destroy(m.loop);
	m.loop = n.loop;
	n.other = m.pipe[0];
	m.other = n.pipe[0];
	ck_assert_int_eq(loop_watch(n.loop, n.pipe[0], on_readable, &n), 0);
	ck_assert_int_eq(loop_watch(n.loop, m.pipe[0], on_readable, &m), 0);
	poke(n.pipe[1]);
	poke(m.pipe[1]);
	ck_assert_int_eq(loop_once(n.loop, 0), 1);
	ck_assert_int_eq(n.calls + m.calls, 1);
	notes_end(&n);
}
END_TEST

START_TEST(all_callbacks_of_a_wake_up_are_handed_the_same_time)
{
	struct notes n = notes_new();
	int second[2];

	ck_assert_int_eq(pipe(second), 0);
	loop_after(n.loop, on_after, &n);
	ck_assert_int_eq(loop_watch(n.loop, n.pipe[0], on_readable, &n), 0);
	ck_assert_int_eq(loop_watch(n.loop, second[0], on_readable, &n), 0);
	poke(n.pipe[1]);
	poke(second[1]);
	ck_assert_int_eq(loop_once(n.loop, 0), 2);
	ck_assert_int_gt(n.seen[0].ns, 0);
	ck_assert_int_eq(n.seen[0].ns, n.seen[1].ns);
	ck_assert_int_eq(n.seen[0].ns, n.seen[3].ns);
	notes_end(&n);
}
END_TEST

START_TEST(after_runs_once_a_wake_up_also_an_empty_one)
{
	struct notes n = notes_new();

	loop_after(n.loop, on_after, &n);
	ck_assert_int_eq(loop_once(n.loop, 0), 0);
	ck_assert_int_eq(n.afters, 1);
	loop_wake(n.loop);
	loop_wake(n.loop);
	ck_assert_int_eq(loop_once(n.loop, -1), 0);
	ck_assert_int_eq(n.afters, 2);
	notes_end(&n);
}
END_TEST

START_TEST(a_wish_to_write_calls_back_where_there_is_room)
{
	struct notes n = notes_new();

	ck_assert_int_eq(loop_watch(n.loop, n.pipe[1], on_readable, &n), 0);
	ck_assert_int_eq(loop_once(n.loop, 0), 0);
	ck_assert_int_eq(loop_wish(n.loop, n.pipe[1], LOOP_READ | LOOP_WRITE), 0);
	ck_assert_int_eq(loop_once(n.loop, 0), 1);
	ck_assert_int_eq(loop_wish(n.loop, n.pipe[1], LOOP_NOTHING), 0);
	ck_assert_int_eq(loop_once(n.loop, 0), 0);
	ck_assert_int_eq(loop_wish(n.loop, n.pipe[0], LOOP_READ), ERR_ABSENT);
	notes_end(&n);
}
END_TEST

START_TEST(a_timer_runs_until_it_is_stopped)
{
	struct notes n = notes_new();
	int timer;

	ck_assert_int_eq(loop_timer(n.loop, 0, on_stop, &n, &timer), ERR_RANGE);
	ck_assert_int_eq(loop_timer(n.loop, NS_PER_MS, on_stop, &n, &timer), 0);
	ck_assert_int_eq(loop_run(n.loop), 0);
	ck_assert_int_eq(n.calls, 1);
	ck_assert_int_eq(loop_timer_stop(n.loop, timer), 0);
	ck_assert_int_eq(loop_timer_stop(n.loop, timer), ERR_ABSENT);
	notes_end(&n);
}
END_TEST

START_TEST(a_signal_of_the_set_calls_back_instead_of_killing)
{
	struct notes n = notes_new();
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	ck_assert_int_eq(loop_signals(n.loop, &set, on_signal, &n), 0);
	ck_assert_int_eq(pthread_kill(pthread_self(), SIGUSR2), 0);
	ck_assert_int_eq(loop_once(n.loop, 0), 1);
	ck_assert_int_eq(n.signal, SIGUSR2);
	notes_end(&n);
}
END_TEST

START_TEST(more_watches_than_there_is_room_for_are_refused)
{
	struct notes n = notes_new();
	int err = 0;
	int made = 0;

	while (!err && made < LOOP_WATCHES) {
		err = loop_timer(n.loop, 3600 * NS_PER_S, on_stop, &n, NULL);
		made += !err;
	}
	ck_assert_int_eq(err, ERR_FULL);
	ck_assert_int_eq(made, LOOP_WATCHES - 1); /* one is the wake-up's own */
	notes_end(&n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("loop");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_readable_descriptor_calls_back_until_it_is_read);
	tcase_add_test(t, a_descriptor_is_watched_once_and_unwatched_once);
	tcase_add_test(t, what_one_callback_unwatches_is_not_called_in_the_same_wake_up);
	tcase_add_test(t, all_callbacks_of_a_wake_up_are_handed_the_same_time);
	tcase_add_test(t, after_runs_once_a_wake_up_also_an_empty_one);
	tcase_add_test(t, a_wish_to_write_calls_back_where_there_is_room);
	tcase_add_test(t, a_timer_runs_until_it_is_stopped);
	tcase_add_test(t, a_signal_of_the_set_calls_back_instead_of_killing);
	tcase_add_test(t, more_watches_than_there_is_room_for_are_refused);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
