/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Panic: our table out of the kernel at once, and back. What the run directory remembers is asked for by the daemon
 * before it installs anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/door_state.h"
#include "base/err.h"
#include "edge/log.h"

static void path_of(const char *run_dir, char *out, size_t size)
{
	snprintf(out, size, "%s/panic", run_dir);
}

bool door_panics_at_start(const char *run_dir)
{
	char path[CONF_PATH + 16];

	path_of(run_dir, path, sizeof(path));
	return access(path, F_OK) == 0;
}

/* That it could not be remembered must not keep anybody from panicking. */
static void remember(const char *run_dir, bool on)
{
	char path[CONF_PATH + 16];
	int fd;

	path_of(run_dir, path, sizeof(path));
	if (!on) {
		if (unlink(path) && errno != ENOENT)
			log_at(LOG_LEVEL_WARNING, "%s: %s; the next start will find panic", path,
				strerror(errno));
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		log_at(LOG_LEVEL_WARNING, "%s: %s; a restart would end the panic", path, strerror(errno));
	else
		close(fd);
}

struct panic_visit {
	struct packets *packets;
	bool on;
	int err;
};

static void visit(void *ctx, struct engine *e, mono_t now)
{
	struct panic_visit *v = ctx;

	(void)e;
	v->err = packets_panic(v->packets, v->on, now);
}

int door_panic(struct door *d, bool on, char *why, size_t size)
{
	struct panic_visit v = { .packets = d->packets, .on = on };
	bool before = door_panics_at_start(d->conf.paths.run_dir);
	int err;

	if (on)
		remember(d->conf.paths.run_dir, true);
	err = door_call(d, visit, &v);
	if (!err)
		err = v.err;
	/* What nobody has done must not be found by the next start. */
	if ((!on && !err) || (on && err == ERR_AGAIN && !before))
		remember(d->conf.paths.run_dir, false);
	if (err == ERR_EXISTS)
		snprintf(why, size, on ? "it is panic already" : "there is no panic to end");
	else if (err)
		snprintf(why, size, "the table could not be %s: %s", on ? "taken out" : "put back",
			err_text(err));
	return err;
}
