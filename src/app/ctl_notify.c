/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidegate notify: a service of its own beside the daemon, which executes nothing. Once a second it reads on in the
 * daemon's events; what is to be told becomes a message, and each hook is given each message.
 */
#include "app/ctl_notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ctl_offline.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define STATE_DIR "/var/lib/tidegate-notify"
#define ASK_NS NS_PER_S
#define KEEP_NS (30 * NS_PER_S)
#define TURN_MS 500
#define LOOK_MS 50 /* while a hook runs */
#define TEST_TEXT "this is a test of your notifications; nothing has happened"

static volatile sig_atomic_t stopped, reload, test;

static void on_signal(int signal)
{
	if (signal == SIGHUP)
		reload = 1;
	else if (signal == SIGUSR1)
		test = 1;
	else
		stopped = 1;
}

/* Blocked but for the wait, so that none comes between a look at its flag and that. */
static void catch_signals(sigset_t *waiting)
{
	static const int ours[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	struct sigaction a = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		sigaddset(&set, ours[i]);
		sigaction(ours[i], &a, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, waiting);
}

/* ---- configuration ---- */

/* Its socket for those who only look, where there is one. */
static void choose_socket(struct ctl_tool *t, const char *run_dir)
{
	static char path[CONF_PATH + 16];

	if (strcmp(t->socket, CTL_SOCKET) != 0)
		return;
	snprintf(path, sizeof(path), "%s/view.sock", run_dir);
	if (access(path, W_OK))
		snprintf(path, sizeof(path), "%s/control.sock", run_dir);
	t->socket = path;
}

static int load(struct notifier *n)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	int code;

	if (!conf)
		return ctl_complain(CTL_INTERNAL, "no memory");
	code = ctl_load_conf(n->tool, conf);
	if (!code) {
		n->conf = conf->notify;
		notify_set(&n->core, &conf->notify.opts);
		choose_socket(n->tool, conf->paths.run_dir);
	}
	free(conf);
	return code;
}

/* systemd's StateDirectory=, the first of them. */
static const char *state_folder(const struct ctl_tool *t, char room[SPOOL_PATH])
{
	const char *given = ctl_value(t, CTL_STATE_DIR), *service = getenv("STATE_DIRECTORY");

	if (given)
		return given;
	text_copy(room, SPOOL_PATH, service && *service ? service : STATE_DIR);
	room[strcspn(room, ":")] = '\0';
	return room;
}

/* ---- the service ---- */

static void do_wishes(struct notifier *n)
{
	if (reload) {
		reload = 0;
		log_at(LOG_LEVEL_NOTICE, load(n) ? "the configuration has errors; the old one stays" :
			"the configuration was read again");
	}
	if (test) {
		test = 0;
		notifier_send_test(n, notifier_own_event(n, "notice", TEST_TEXT));
	}
}

static void turn(struct notifier *n)
{
	const mono_t now = clock_mono();

	do_wishes(n);
	if (n->more || mono_since(now, n->ask_at) >= 0) {
		n->ask_at = mono_add(now, ASK_NS);
		notifier_find_hooks(n);
		notifier_read(n);
	}
	/* All that is there first: the first message of a flood shall say how much it was. */
	if (!n->more)
		notifier_send(n, clock_wall());
	notifier_run_hooks(n, clock_mono());
	if (strcmp(n->cursor, n->kept) == 0 || mono_since(now, n->keep_at) < 0)
		return;
	n->keep_at = mono_add(now, KEEP_NS);
	notifier_keep(n);
}

static void rest(const struct notifier *n, const sigset_t *waiting)
{
	const int ms = n->more ? 0 : notifier_any_runs(n) ? LOOK_MS : TURN_MS;
	const struct timespec t = { .tv_nsec = (long)ms * 1000000 };

	ppoll(NULL, 0, &t, waiting);
}

/* Who runs may end; who is not done by then is killed, and given its message again after the next start. */
static void finish(struct notifier *n)
{
	const mono_t begun = clock_mono();
	const int64_t most = n->conf.time_limit_ns < 20 * NS_PER_S ? n->conf.time_limit_ns : 20 * NS_PER_S;

	for (size_t i = 0; i < n->n_hooks; i++)
		n->hooks[i].there = false; /* no new ones */
	while (notifier_any_runs(n) && mono_since(clock_mono(), begun) < most) {
		notifier_run_hooks(n, clock_mono());
		poll(NULL, 0, LOOK_MS);
	}
	for (size_t i = 0; i < n->n_hooks; i++)
		hook_kill(&n->hooks[i].run);
	notifier_keep(n);
}

static void serve(struct notifier *n)
{
	sigset_t waiting;

	catch_signals(&waiting);
	notifier_find_hooks(n);
	log_at(LOG_LEVEL_NOTICE, "events of %s, for %zu hooks of %s%s", n->tool->socket, n->n_hooks, n->conf.hooks,
		n->n_hooks ? "" : ": nobody is told anything until there is one");
	while (!stopped) {
		turn(n);
		rest(n, &waiting);
	}
	finish(n);
}

static int run_service(struct notifier *n)
{
	char room[SPOOL_PATH], why[WHY_TEXT];
	const char *folder = state_folder(n->tool, room);
	int err = spool_open(&n->spool, folder, why);
	int code;

	if (err)
		return ctl_complain(ctl_code_of(err), "%s", why);
	code = notifier_recall(n);
	if (!code)
		serve(n);
	for (uint32_t i = 0; i < n->core.counts.events; i++)
		json_decref(n->waiting[i]);
	return code;
}

/* ---- a test ---- */

/* In a folder of its own, with the rights of whoever asks: the service is not disturbed. */
static int run_test(struct notifier *n)
{
	char folder[] = "/tmp/tidegate-notify-XXXXXX", lock[sizeof(folder) + 8], why[WHY_TEXT];
	size_t failed;
	int err;

	notifier_find_hooks(n);
	if (!n->n_hooks)
		return ctl_complain(CTL_NONE, "%s has no hook: nobody is told anything", n->conf.hooks);
	if (!mkdtemp(folder))
		return ctl_complain(CTL_INTERNAL, "%s: %s", folder, strerror(errno));
	err = spool_open(&n->spool, folder, why);
	if (!err)
		err = notifier_send_test(n, notifier_own_event(n, "notice", TEST_TEXT));
	failed = err ? n->n_hooks : notifier_try_hooks(n, n->number);
	notifier_forget(n, n->number);
	snprintf(lock, sizeof(lock), "%s/lock", folder);
	unlink(lock);
	rmdir(folder);
	if (err)
		return ctl_complain(ctl_code_of(err), "the test cannot be written to %s", folder);
	return failed ? ctl_complain(CTL_NONE, "%zu of %zu hooks failed", failed, n->n_hooks) : CTL_OK;
}

int ctl_notify(struct ctl_tool *t)
{
	struct notifier *n = calloc(1, sizeof(*n));
	int code;

	if (!n)
		return ctl_complain(CTL_INTERNAL, "no memory");
	n->tool = t;
	t->output = CTL_TABLE; /* rows come to us */
	t->quiet = false;
	if (gethostname(n->host, sizeof(n->host) - 1))
		text_copy(n->host, sizeof(n->host), "unknown");
	code = load(n);
	if (!code)
		code = t->given & CTL_TEST ? run_test(n) : run_service(n);
	spool_close(n->spool);
	free(n);
	return code;
}
