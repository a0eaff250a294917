/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate replay: words of the command line to a replay. It talks to no daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ctl.h"
#include "app/ctl_offline.h"
#include "app/replay_tell.h"
#include "base/err.h"

/* "tcp/22,udp/53", or "none". */
static int read_listening(const char *text, struct listen_snapshot *out)
{
	static const char *const names[] = { "tcp", "udp", "sctp" };
	char list[4096], *save, *word, end;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < LISTEN_PROTOS; i++)
		out->known[i] = true;
	if (strcmp(text, "none") == 0)
		return CTL_OK;
	snprintf(list, sizeof(list), "%s", text);
	for (word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char name[8];
		unsigned port;
		int proto = 0;

		if (sscanf(word, "%7[a-z]/%5u%c", name, &port, &end) != 2 || port > 65535)
			return ctl_complain(CTL_USAGE, "--listening: '%s' is no port; write tcp/22,udp/53", word);
		while (proto < LISTEN_PROTOS && strcmp(names[proto], name) != 0)
			proto++;
		if (proto == LISTEN_PROTOS)
			return ctl_complain(CTL_USAGE, "--listening: '%s' is none of tcp, udp, sctp", name);
		listen_snapshot_add(out, (enum listen_proto)proto, (uint16_t)port);
	}
	return CTL_OK;
}

struct wanted {
	struct conf conf;
	struct home home;
	struct listen_snapshot listening;
	struct replay_opts opts;
};

static int read_seed(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-')
		return ctl_complain(CTL_USAGE, "--seed: '%s' is no number", text);
	return CTL_OK;
}

static int read_words(struct ctl_tool *t, struct wanted *w)
{
	const char *home = ctl_value(t, CTL_HOME), *ports = ctl_value(t, CTL_LISTENING);
	const char *seed = ctl_value(t, CTL_SEED);
	char why[WHY_TEXT];
	int code = ctl_load_conf(t, &w->conf);

	if (!code && home && home_parse(home, &w->home, why))
		code = ctl_complain(CTL_USAGE, "--home: %s", why);
	if (!code && ports)
		code = read_listening(ports, &w->listening);
	if (!code && seed)
		code = read_seed(seed, &w->opts.seed);
	w->opts.conf = &w->conf;
	w->opts.paths = (const char *const *)t->operands;
	w->opts.n_paths = (size_t)t->n_operands;
	w->opts.filter = ctl_value(t, CTL_FILTER);
	w->opts.home = home ? &w->home : NULL;
	w->opts.listening = ports ? &w->listening : NULL;
	w->opts.router = t->given & CTL_ROUTER || w->conf.divert.forward != CONF_TAKE_OFF;
	w->opts.fresh = t->given & CTL_FRESH;
	return code;
}

static int code_of(int err)
{
	switch (err) {
	case ERR_MEMORY:
	case ERR_IO:
		return CTL_INTERNAL;
	case ERR_PERMISSION:
		return CTL_PERMISSION;
	default:
		return CTL_DATA;
	}
}

static int run(struct tell *tell, struct replay_opts *o)
{
	char why[CAPTURE_WHY];
	struct replay *r;
	int err;

	o->emit = tell_event;
	o->warn = tell_warning;
	o->progress = tell_progress;
	o->ctx = tell;
	err = replay_open(&r, o, why);
	if (!err) {
		tell_begin(tell, r);
		err = replay_run(r, why);
		if (!err)
			tell_end(tell);
		replay_close(r);
	}
	return err ? ctl_complain(code_of(err), "%s", why) : CTL_OK;
}

int ctl_replay(struct ctl_tool *t)
{
	struct wanted *w = calloc(1, sizeof(*w));
	struct tell *tell = NULL;
	int code;

	if (!w || tell_create(&tell, t)) {
		free(w);
		return ctl_complain(CTL_INTERNAL, "no memory");
	}
	code = read_words(t, w);
	if (!code)
		code = run(tell, &w->opts);
	tell_destroy(tell);
	free(w);
	return code;
}
