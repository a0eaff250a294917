/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: a fixed array of watches over one epoll descriptor. An epoll event
 * names its watch by slot and by the slot's generation, so that an event of a watch that
 * another callback of the same wake-up removed is recognised and dropped.
 */
#include "edge/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/clock.h"

#define EVENTS 32 /* taken at once; the others come with the next wake-up */

enum kind {
	KIND_FREE = 0,
	KIND_FD,
	KIND_TIMER,
	KIND_SIGNALS,
	KIND_WAKE,
};

struct watch {
	enum kind kind;
	uint32_t generation;
	int fd;
	loop_fn fn;
	loop_signal_fn signal_fn;
	void *ctx;
};

struct loop {
	int epoll;
	int wake;
	loop_fn after;
	void *after_ctx;
	atomic_bool stop;
	atomic_uint_least64_t rounds;
	struct loop_stats stats;
	struct watch watches[LOOP_WATCHES];
};

static struct watch *find(struct loop *l, enum kind kind, int fd)
{
	for (size_t i = 0; i < LOOP_WATCHES; i++) {
		if (l->watches[i].kind == kind && l->watches[i].fd == fd)
			return &l->watches[i];
	}
	return NULL;
}

static struct watch *find_free(struct loop *l)
{
	for (size_t i = 0; i < LOOP_WATCHES; i++) {
		if (l->watches[i].kind == KIND_FREE)
			return &l->watches[i];
	}
	return NULL;
}

static int control(struct loop *l, int op, const struct watch *w, unsigned wishes)
{
	uint64_t slot = (uint64_t)(w - l->watches);
	struct epoll_event ev = { .data.u64 = (uint64_t)w->generation << 32 | slot };

	if (wishes & LOOP_READ)
		ev.events |= EPOLLIN;
	if (wishes & LOOP_WRITE)
		ev.events |= EPOLLOUT;
	return epoll_ctl(l->epoll, op, w->fd, &ev) ? ERR_IO : 0;
}

static int add(struct loop *l, const struct watch *want)
{
	struct watch *w = find_free(l);
	uint32_t generation;
	int err;

	if (!w)
		return ERR_FULL;
	generation = w->generation + 1;
	*w = *want;
	w->generation = generation;
	err = control(l, EPOLL_CTL_ADD, w, LOOP_READ);
	if (err)
		w->kind = KIND_FREE;
	return err;
}

static void forget(struct loop *l, struct watch *w)
{
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	if (w->kind != KIND_FD)
		close(w->fd);
	w->kind = KIND_FREE;
}

int loop_watch(struct loop *l, int fd, loop_fn fn, void *ctx)
{
	if (find(l, KIND_FD, fd))
		return ERR_EXISTS;
	return add(l, &(struct watch){ .kind = KIND_FD, .fd = fd, .fn = fn, .ctx = ctx });
}

int loop_wish(struct loop *l, int fd, unsigned wishes)
{
	struct watch *w = find(l, KIND_FD, fd);

	return w ? control(l, EPOLL_CTL_MOD, w, wishes) : ERR_ABSENT;
}

int loop_unwatch(struct loop *l, int fd)
{
	struct watch *w = find(l, KIND_FD, fd);

	if (!w)
		return ERR_ABSENT;
	forget(l, w);
	return 0;
}

static struct timespec span(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

int loop_timer(struct loop *l, int64_t period_ns, loop_fn fn, void *ctx, int *timer)
{
	struct itimerspec spec = { .it_interval = span(period_ns),
		.it_value = span(period_ns) };
	int fd, err;

	if (period_ns <= 0)
		return ERR_RANGE;
	fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	err = timerfd_settime(fd, 0, &spec, NULL) ? ERR_IO : 0;
	if (!err)
		err = add(l, &(struct watch){ .kind = KIND_TIMER, .fd = fd, .fn = fn,
			.ctx = ctx });
	if (err) {
		close(fd);
		return err;
	}
	if (timer)
		*timer = fd;
	return 0;
}

int loop_timer_stop(struct loop *l, int timer)
{
	struct watch *w = find(l, KIND_TIMER, timer);

	if (!w)
		return ERR_ABSENT;
	forget(l, w);
	return 0;
}

int loop_signals(struct loop *l, const sigset_t *set, loop_signal_fn fn, void *ctx)
{
	int fd, err;

	if (pthread_sigmask(SIG_BLOCK, set, NULL))
		return ERR_IO;
	fd = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	err = add(l, &(struct watch){ .kind = KIND_SIGNALS, .fd = fd, .signal_fn = fn,
		.ctx = ctx });
	if (err)
		close(fd);
	return err;
}

void loop_after(struct loop *l, loop_fn fn, void *ctx)
{
	l->after = fn;
	l->after_ctx = ctx;
}

static int call_timer(struct loop *l, const struct watch *w, mono_t now)
{
	uint64_t times = 0;

	if (read(w->fd, &times, sizeof(times)) != sizeof(times) || times == 0)
		return 0;
	l->stats.timer_misses += times - 1;
	w->fn(w->ctx, now);
	return 1;
}

/* The watch may vanish in a callback: what is needed of it is kept here. */
static int call_signals(const struct watch *w, mono_t now)
{
	const struct watch self = *w;
	struct signalfd_siginfo info;
	int calls = 0;

	while (w->kind == KIND_SIGNALS && w->generation == self.generation &&
	       read(self.fd, &info, sizeof(info)) == sizeof(info)) {
		self.signal_fn(self.ctx, (int)info.ssi_signo, now);
		calls++;
	}
	return calls;
}

static int call_wake(const struct watch *w)
{
	uint64_t count;
	ssize_t n = read(w->fd, &count, sizeof(count));

	(void)n; /* it is only there to end the wait */
	return 0;
}

static int call(struct loop *l, uint64_t name, mono_t now)
{
	size_t slot = (size_t)(name & 0xffffffff);
	struct watch *w = &l->watches[slot];

	assert(slot < LOOP_WATCHES);
	if (w->generation != (uint32_t)(name >> 32))
		return 0;
	switch (w->kind) {
	case KIND_FREE:
		return 0;
	case KIND_FD:
		w->fn(w->ctx, now);
		return 1;
	case KIND_TIMER:
		return call_timer(l, w, now);
	case KIND_SIGNALS:
		return call_signals(w, now);
	case KIND_WAKE:
		return call_wake(w);
	}
	return 0;
}

int loop_once(struct loop *l, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int calls = 0;
	mono_t now;
	int n = epoll_wait(l->epoll, events, EVENTS, timeout_ms);

	if (n < 0 && errno != EINTR)
		return ERR_IO;
	now = clock_mono();
	l->stats.wakeups++;
	for (int i = 0; i < n; i++)
		calls += call(l, events[i].data.u64, now);
	l->stats.callbacks += (uint64_t)calls;
	if (l->after)
		l->after(l->after_ctx, now);
	atomic_fetch_add_explicit(&l->rounds, 1, memory_order_relaxed);
	return calls;
}

int loop_run(struct loop *l)
{
	while (!atomic_load(&l->stop)) {
		int n = loop_once(l, -1);

		if (n < 0)
			return n;
	}
	return 0;
}

void loop_wake(struct loop *l)
{
	uint64_t one = 1;
	ssize_t n = write(l->wake, &one, sizeof(one));

	(void)n; /* it fails only where it is full of wake-ups already */
}

void loop_stop(struct loop *l)
{
	atomic_store(&l->stop, true);
	loop_wake(l);
}

void loop_stats(const struct loop *l, struct loop_stats *out)
{
	*out = l->stats;
}

uint64_t loop_rounds(const struct loop *l)
{
	return atomic_load_explicit(&l->rounds, memory_order_relaxed);
}

int loop_create(struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));
	int err = ERR_IO;

	if (!l)
		return ERR_MEMORY;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		goto free_loop;
	l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->wake < 0)
		goto close_epoll;
	err = add(l, &(struct watch){ .kind = KIND_WAKE, .fd = l->wake });
	if (err)
		goto close_wake;
	*out = l;
	return 0;

close_wake:
	close(l->wake);
close_epoll:
	close(l->epoll);
free_loop:
	free(l);
	return err;
}

void loop_destroy(struct loop *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LOOP_WATCHES; i++) {
		if (l->watches[i].kind != KIND_FREE)
			forget(l, &l->watches[i]);
	}
	close(l->epoll);
	free(l);
}
