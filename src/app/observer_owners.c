/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose a flow is that has just begun: on a thread of its own, for a process that lives for 20 ms waits for no walk over
 * sockets and no rest of the observer's. First the kernel's socket (microseconds), then the few processes that may hold it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/observer_state.h"
#include "base/err.h"
#include "edge/clock.h"

static void ring_bell(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_die("the bell of owners");
}

static void hush(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		log_die("the bell of owners");
}

/* ---- the second thread ---- */

static void note(struct owner_desk *k, uint64_t cookie, const struct socket_owner *owner, mono_t at)
{
	const struct owner_note n = { .cookie = cookie, .owner = *owner, .at = at };

	if (cookie && owner->inode)
		ring_put(k->notes, &n);
}

static void answer(struct owner_desk *k, const struct owner_question *q, mono_t now)
{
	struct owner_answer a = { .tuple = q->tuple, .blame = { .owner = { .uid = OWNER_UNKNOWN } } };
	struct socket_owner owner;
	uint64_t cookie;

	if (sockdiag_owner(k->sockdiag, &q->tuple, now, &owner, &cookie) == 0) {
		atomic_fetch_add(&k->found, 1);
		if (q->tuple.proto == PROTO_TCP)
			note(k, cookie, &owner, q->at);
		process_now(k->process, &owner, now, &a.blame);
		process_group(k->process, owner.cgroup, now, a.group, sizeof(a.group));
		atomic_fetch_add(&k->named, a.blame.pid != 0);
	}
	ring_put(k->answers, &a);
	atomic_store(&k->took_ns, mono_since(clock_mono(), q->at));
	ring_bell(k->answered_fd);
}

static void on_questions(void *ctx, mono_t now)
{
	struct owner_desk *k = ctx;
	struct process_stats s;
	struct owner_question q;

	hush(k->asked_fd);
	while (ring_take(k->questions, &q)) {
		answer(k, &q, now);
		now = clock_mono();
	}
	process_stats(k->process, &s);
	atomic_store(&k->spared, s.now_spared);
}

static void *run(void *ctx)
{
	struct owner_desk *k = ctx;

	pthread_setname_np(pthread_self(), "owners");
	if (loop_run(k->loop))
		log_die("the loop of owners");
	return NULL;
}

/* ---- its life ---- */

static int make_ring(struct ring **out, void **memory, size_t slots, size_t item)
{
	size_t bytes = ring_bytes(slots, item);

	*memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	return *memory ? ring_create(out, *memory, bytes, slots, item) : ERR_MEMORY;
}

static int make_rings(struct owner_desk *k)
{
	int err = make_ring(&k->questions, &k->questions_memory, OBSERVER_ASKED, sizeof(struct owner_question));

	if (!err)
		err = make_ring(&k->answers, &k->answers_memory, OBSERVER_ASKED, sizeof(struct owner_answer));
	if (!err)
		err = make_ring(&k->notes, &k->notes_memory, OBSERVER_NOTES, sizeof(struct owner_note));
	return err;
}

static int make_loop(struct owner_desk *k)
{
	int err;

	k->asked_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	k->answered_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (k->asked_fd < 0 || k->answered_fd < 0)
		return ERR_IO;
	err = loop_create(&k->loop);
	return err ? err : loop_watch(k->loop, k->asked_fd, on_questions, k);
}

/* The descriptors of its own walks are fewer: who asks meanwhile waits for them. */
int owner_desk_create(struct observer *o, char why[WHY_TEXT])
{
	struct owner_desk *k = &o->owners_desk;
	struct process_opts p = process_opts_default();
	int err = make_rings(k);

	p.descriptors = 4096;
	if (!err)
		err = make_loop(k);
	if (err)
		return log_why(why, err, "to ask for owners: %s", err_text(err));
	err = sockdiag_open(&k->sockdiag, why);
	return err ? err : process_open(&k->process, &p, why);
}

int owner_desk_start(struct observer *o)
{
	if (pthread_create(&o->owners_desk.thread, NULL, run, &o->owners_desk))
		return ERR_MEMORY;
	o->owners_desk.started = true;
	return 0;
}

void owner_desk_destroy(struct observer *o)
{
	struct owner_desk *k = &o->owners_desk;

	if (k->started) {
		loop_stop(k->loop);
		pthread_join(k->thread, NULL);
	}
	if (k->loop)
		loop_destroy(k->loop);
	if (k->process)
		process_close(k->process);
	if (k->sockdiag)
		sockdiag_close(k->sockdiag);
	if (k->asked_fd >= 0)
		close(k->asked_fd);
	if (k->answered_fd >= 0)
		close(k->answered_fd);
	free(k->questions_memory);
	free(k->answers_memory);
	free(k->notes_memory);
}

/* ---- the observer's thread ---- */

void owner_desk_take_notes(struct observer *o)
{
	struct owner_note n;

	while (ring_take(o->owners_desk.notes, &n))
		if (o->flow_ends)
			flow_ends_note_socket(o->flow_ends, n.cookie, &n.owner, n.at);
}

/* ---- the packet thread ---- */

bool observer_ask_owner(struct observer *o, const struct tuple *t)
{
	struct owner_desk *k = &o->owners_desk;
	const struct owner_question q = { .tuple = *t, .at = clock_mono() };

	atomic_fetch_add(&k->asked, 1);
	if (!ring_put(k->questions, &q))
		return false;
	ring_bell(k->asked_fd);
	return true;
}

/* Empties the eventfd before the last look: who puts one in meanwhile rings again. */
bool observer_owner(struct observer *o, struct owner_answer *out)
{
	struct owner_desk *k = &o->owners_desk;

	if (ring_take(k->answers, out))
		return true;
	hush(k->answered_fd);
	return ring_take(k->answers, out);
}

int observer_owner_fd(const struct observer *o)
{
	return o->owners_desk.answered_fd;
}

void owner_desk_stats(struct observer *o, struct observer_stats *out)
{
	struct owner_desk *k = &o->owners_desk;

	out->owners_asked = atomic_load(&k->asked);
	out->owners_found = atomic_load(&k->found);
	out->owners_named = atomic_load(&k->named);
	out->owners_spared = atomic_load(&k->spared);
	out->owners_lost = ring_lost(k->questions) + ring_lost(k->answers);
	out->owner_ns = atomic_load(&k->took_ns);
}
