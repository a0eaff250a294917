/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main() of the exporter: words of the command line, rights given up, HTTP in threads of its own, and a look once a second
 * until a signal ends it.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/exporter.h"
#include "app/version.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/renounce.h"
#include "edge/sandbox.h"

#define VIEW_SOCKET "/run/tidegate/view.sock"
#define REPORTS "/var/lib/tidegate/reports"
#define LISTENS 4

/* Prometheus' list of exporters' ports ends at 9999 and is full, so any number in it is shared. This one is registered for a
 * time service of Windows, which no Linux host runs beside us. */
#define PORT 9909
#define PORT_TEXT "9909"

#define DESCRIPTORS 192 /* seats, those on their way out, of two addresses; the library's own; a report; the daemon */

struct line {
	struct exporter_listen listen[LISTENS];
	size_t n_listen;
	struct http_names names;
	const char *socket, *reports;
	bool metrics_only;
};

static const char usage[] =
	"usage: tidegate-exporter [--listen ADDRESS:PORT]... [--host NAME]... [--metrics-only]\n"
	"                         [--socket PATH] [--reports DIR]\n"
	"       tidegate-exporter --version | --help\n"
	"  --listen ADDRESS:PORT  up to 4 of them (127.0.0.1:" PORT_TEXT " and [::1]:" PORT_TEXT ")\n"
	"  --host NAME            another name that it may be asked by, up to 8 (localhost and addresses)\n"
	"  --metrics-only         /metrics and /healthz, nothing that tells of single addresses\n"
	"  --socket PATH          of the daemon (" VIEW_SOCKET ")\n"
	"  --reports DIR          where latest.html and latest.json are (" REPORTS ")\n";

static const struct option words[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "host", required_argument, NULL, 'n' },
	{ "metrics-only", no_argument, NULL, 'm' },
	{ "socket", required_argument, NULL, 's' },
	{ "reports", required_argument, NULL, 'r' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int wrong(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "tidegate-exporter: %s %s: %s\n", option, value, why);
	return CTL_USAGE;
}

static int take_listen(struct line *l, const char *value)
{
	struct exporter_listen *x = &l->listen[l->n_listen];

	if (l->n_listen == LISTENS)
		return wrong("--listen", value, "there are four already");
	if (http_listen_parse(value, &x->addr, &x->port))
		return wrong("--listen", value, "it is ADDRESS:PORT or [ADDRESS]:PORT");
	l->n_listen++;
	return -1;
}

static int take_host(struct line *l, const char *value)
{
	if (l->names.n == HTTP_NAMES)
		return wrong("--host", value, "there are eight already");
	if (!http_name_is_valid(value))
		return wrong("--host", value, "it is a name without a port");
	text_copy(l->names.names[l->names.n++], HTTP_NAME, value);
	return -1;
}

/* -1: go on; else the exit code. */
static int one_word(struct line *l, int word)
{
	switch (word) {
	case 'l':
		return take_listen(l, optarg);
	case 'n':
		return take_host(l, optarg);
	case 'm':
		l->metrics_only = true;
		return -1;
	case 's':
		l->socket = optarg;
		return -1;
	case 'r':
		l->reports = optarg;
		return -1;
	case 'V':
		printf("tidegate-exporter %s\n", TIDEGATE_VERSION);
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 0;
	default:
		fputs(usage, stderr);
		return CTL_USAGE;
	}
}

static int read_line(struct line *l, int argc, char **argv)
{
	int word, code;

	while ((word = getopt_long(argc, argv, "Vh", words, NULL)) != -1) {
		code = one_word(l, word);
		if (code >= 0)
			return code;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "tidegate-exporter: %s: not understood\n%s", argv[optind], usage);
	return CTL_USAGE;
}

static const char *listen_text(const struct exporter_listen *l, char out[ADDR_TEXT + 8])
{
	char name[ADDR_TEXT];

	addr_format(&l->addr, name, sizeof(name));
	snprintf(out, ADDR_TEXT + 8, l->addr.family == FAMILY_V6 ? "[%s]:%u" : "%s:%u", name, l->port);
	return out;
}

static void listen_by_default(struct line *l)
{
	http_listen_parse("127.0.0.1:" PORT_TEXT, &l->listen[0].addr, &l->listen[0].port);
	http_listen_parse("[::1]:" PORT_TEXT, &l->listen[1].addr, &l->listen[1].port);
	l->n_listen = 2;
}

/* Whoever listens for others has said so; what that means is said back. */
static void own_addresses(struct line *l)
{
	char text[ADDR_TEXT + 8];

	for (size_t i = 0; i < l->n_listen; i++) {
		const struct addr *a = &l->listen[i].addr;

		if (addr_is_loopback(a))
			continue;
		if (addr_is_unspecified(a))
			l->names.any_address = true;
		else
			l->names.own[l->names.n_own++] = *a;
		log_at(LOG_LEVEL_WARNING, "%s is open to others, without a password and in clear text%s",
			listen_text(&l->listen[i], text), l->metrics_only ? "" : "; --metrics-only tells no addresses");
	}
}

static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return set;
}

static void serve(struct exporter_http *h, const sigset_t *set)
{
	const struct timespec second = { .tv_sec = 1 };
	int s;

	sandbox_notify("READY=1");
	while ((s = sigtimedwait(set, NULL, &second)) != SIGINT && s != SIGTERM) {
		exporter_http_look(h);
		sandbox_notify("WATCHDOG=1");
	}
	sandbox_notify("STOPPING=1");
}

static int code_of(int err)
{
	switch (err) {
	case ERR_BUSY:
		return CTL_AGAIN;
	case ERR_PERMISSION:
		return CTL_PERMISSION;
	case ERR_ABSENT:
		return CTL_UNAVAILABLE;
	default:
		return CTL_INTERNAL;
	}
}

static int run(struct line *l)
{
	static struct exporter_desk desk;
	struct exporter_http_opts o = { .listen = l->listen, .desk = &desk, .spare_missing = l->n_listen == 0 };
	struct exporter_http *h = NULL;
	char why[WHY_TEXT], text[ADDR_TEXT + 8];
	sigset_t set = block_signals();
	int err = renounce(DESCRIPTORS, why);

	if (err) {
		log_at(LOG_LEVEL_ERROR, "rights cannot be given up: %s", why);
		return code_of(err);
	}
	if (l->n_listen == 0)
		listen_by_default(l);
	o.n_listen = l->n_listen;
	own_addresses(l);
	o.names = l->names;
	desk.asker.path = l->socket;
	desk.reports = l->reports;
	desk.metrics_only = l->metrics_only;
	err = exporter_http_start(&h, &o, why);
	if (err) {
		log_at(LOG_LEVEL_ERROR, "%s", why);
		return code_of(err);
	}
	if (renounce_processes())
		log_at(LOG_LEVEL_WARNING, "RLIMIT_NPROC: %s", strerror(errno));
	log_at(LOG_LEVEL_NOTICE, "tidegate-exporter %s: http://%s/, asking %s", TIDEGATE_VERSION,
		listen_text(&l->listen[0], text), l->socket);
	serve(h, &set);
	exporter_http_stop(h);
	exporter_desk_clear(&desk);
	return 0;
}

int main(int argc, char **argv)
{
	struct line l = { .socket = VIEW_SOCKET, .reports = REPORTS };
	int code = read_line(&l, argc, argv);

	return code >= 0 ? code : run(&l);
}
