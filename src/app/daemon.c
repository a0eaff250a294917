/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's life: up (daemon_up.c), its threads, signals, and down. Order down: the gate, the queue, the table.
 */
#include "app/daemon.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "app/daemon_state.h"
#include "app/door_serve.h"
#include "app/watchdog.h"
#include "base/err.h"
#include "edge/clock.h"
#include "edge/log.h"
#include "edge/sandbox_seccomp.h"

static void *packets_main(void *ctx)
{
	pthread_setname_np(pthread_self(), "packets");
	packets_run(((struct daemon *)ctx)->packets);
	return NULL;
}

static void *control_main(void *ctx)
{
	pthread_setname_np(pthread_self(), "control");
	if (control_run(((struct daemon *)ctx)->control))
		log_die("the control loop");
	return NULL;
}

/* Signals are the main thread's: blocked before the others are made. */
static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is a write that fails, as a full disk is */
	return set;
}

static int start(struct daemon *d)
{
	if (worker_start(d->worker) || observer_start(d->observer) ||
		pthread_create(&d->control_thread, NULL, control_main, d))
		return daemon_say(EXIT_INTERNAL, "threads", "cannot be made");
	d->control_running = true;
	if (pthread_create(&d->packets_thread, NULL, packets_main, d))
		return daemon_say(EXIT_INTERNAL, "threads", "cannot be made");
	d->packets_running = true;
	if (keeper_start(d->keeper, d->door) || recorder_start(d->recorder) || evidence_start(d->evidence) ||
		chronicle_start(d->chronicle, d->door) || feeds_start(d->feeds, d->door) || textfile_start(d->textfile))
		return daemon_say(EXIT_INTERNAL, "threads", "cannot be made");
	return 0;
}

static void reload(struct daemon *d)
{
	char *why = malloc(DOOR_WHY), *save, *line;
	int err;

	if (!why)
		return;
	err = door_reload(d->door, why, DOOR_WHY);
	for (line = strtok_r(why, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		log_at(err ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "%s", line);
	log_at(LOG_LEVEL_NOTICE, err ? "reload failed: the old configuration stays" :
		"configuration reloaded");
	free(why);
}

static void act_on(struct daemon *d, int signal)
{
	if (signal == SIGHUP)
		reload(d);
	else if (signal == SIGUSR1)
		control_reopen(d->control);
}

/* Signals do not put the service manager off: who is asked to reload every second is still seen to live. Returns the one
 * that ends us. */
static int wait_for_the_end(struct daemon *d, const sigset_t *set)
{
	struct watchdog w;

	watchdog_begin(&w, d, clock_mono());
	for (;;) {
		int64_t left = watchdog_left(&w, clock_mono());
		struct timespec t = { .tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S };
		int s = w.every_ns ? sigtimedwait(set, NULL, &t) : sigwaitinfo(set, NULL);

		if (s == SIGINT || s == SIGTERM || s == SIGUSR2)
			return s;
		act_on(d, s);
		if (w.every_ns && !watchdog_left(&w, clock_mono()))
			watchdog_look(&w, d, clock_mono());
	}
}

/*
 * SIGUSR2 ends us for one who comes at once, as an upgrade does: what stands in the kernel holds on meanwhile and is
 * adopted, as after a crash, but nothing is lost on the way to the disk. Connections pass, by the queue's bypass.
 */
static void end(struct daemon *d)
{
	int s = wait_for_the_end(d, &d->signals);

	sandbox_notify("STOPPING=1");
	d->leave = s == SIGUSR2;
	log_at(LOG_LEVEL_NOTICE, d->leave ? "ending: measures stay in the kernel, for the one who takes over" :
		"ending: nothing of tidegate stays in the kernel");
}

/* False: a thread waits for the disk, and what it can reach must stay: d, too. */
static bool stop(struct daemon *d)
{
	if (d->packets_running) {
		packets_stop(d->packets);
		pthread_join(d->packets_thread, NULL);
		engine_finish(d->engine);
	}
	door_shut(d->door);
	if (d->control_running) {
		control_stop(d->control);
		pthread_join(d->control_thread, NULL);
	}
	worker_destroy(d->worker);
	observer_destroy(d->observer);
	control_destroy(d->control);
	outlets_destroy(d->outlets);
	if (d->installed && !d->leave && nft_remove(d->nft))
		log_at(LOG_LEVEL_ERROR, "the table inet %s could not be removed", NFT_TABLE);
	if (d->engine && d->chronicle)
		engine_hand_reach(d->engine, REACH_RECORDS, chronicle_reach, d->chronicle);
	/* The kernel is rid of us; the disk may take its time. Where it does not answer at all, the process ends next. */
	if (!keeper_destroy(d->keeper, d->engine) || !evidence_destroy(d->evidence) || !recorder_destroy(d->recorder) ||
		!chronicle_destroy(d->chronicle) || !feeds_destroy(d->feeds) || !textfile_destroy(d->textfile))
		return false;
	packets_destroy(d->packets);
	door_destroy(d->door);
	if (d->nfq)
		nfq_close(d->nfq);
	if (d->answers)
		nfq_close(d->answers);
	if (d->nflog)
		nflog_close(d->nflog);
	if (d->nft)
		nft_close(d->nft);
	if (d->memory)
		munmap(d->memory, d->memory_bytes);
	setup_free(&d->setup);
	sandbox_give(d->lock);
	return true;
}

int daemon_run(const struct daemon_opts *o)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int code;

	if (!d)
		return daemon_say(EXIT_INTERNAL, "tidegated", "no memory");
	d->conf = o->conf;
	d->source = o->source;
	d->signals = block_signals();
	if (sandbox_confine())
		log_at(LOG_LEVEL_WARNING, "this kernel keeps no list of what we may not do: no program is run all the same, "
			"but a hole in us could run one");
	code = daemon_bring_up(d);
	if (!code)
		code = start(d);
	if (!code) {
		sandbox_notify("READY=1");
		end(d);
	}
	if (stop(d))
		free(d);
	return code;
}

int daemon_clear(const char *run_dir)
{
	struct sandbox_lock *lock;
	struct nft *nft;
	char why[WHY_TEXT];
	int err = sandbox_take(&lock, run_dir, why), code = 0;

	if (err)
		return daemon_say(err == ERR_BUSY ? EXIT_TEMPORARY : EXIT_UNAVAILABLE, "nothing is removed", why);
	if (nft_open(&nft)) {
		code = daemon_say(EXIT_UNAVAILABLE, "nftables", "this kernel has no nfnetlink");
	} else {
		err = nft_remove(nft);
		nft_close(nft);
	}
	if (err)
		code = daemon_say(err == ERR_PERMISSION ? EXIT_NO_PERMISSION : EXIT_UNAVAILABLE,
			"the table inet " NFT_TABLE, "it could not be removed");
	sandbox_give(lock);
	return code;
}
