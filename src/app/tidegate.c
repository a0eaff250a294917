/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control tool: reads the command line, finds the verb, runs it. Everything that it
 * knows of the daemon comes through the control socket; it needs no rights of its own.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ctl.h"
#include "app/version.h"
#include "base/text.h"

/* Numbers of options that have no letter: behind all characters. */
enum {
	OPT_VERB = 256, /* CTL_* option with bit number (value - OPT_VERB) */
	OPT_NO_COLOR = 300,
	OPT_SOCKET,
};

static const struct option options[] = {
	{ "for", required_argument, NULL, OPT_VERB + 0 },
	{ "reason", required_argument, NULL, OPT_VERB + 1 },
	{ "response", required_argument, NULL, OPT_VERB + 2 },
	{ "rate", required_argument, NULL, OPT_VERB + 3 },
	{ "all", no_argument, NULL, OPT_VERB + 4 },
	{ "false-positive", no_argument, NULL, OPT_VERB + 5 },
	{ "follow", no_argument, NULL, OPT_VERB + 6 },
	{ "me", no_argument, NULL, OPT_VERB + 7 },
	{ "try", required_argument, NULL, OPT_VERB + 8 },
	{ "wide", no_argument, NULL, OPT_VERB + 9 },
	{ "config", required_argument, NULL, OPT_VERB + 10 },
	{ "policy", required_argument, NULL, OPT_VERB + 11 },
	{ "mode", required_argument, NULL, OPT_VERB + 12 },
	{ "home", required_argument, NULL, OPT_VERB + 13 },
	{ "filter", required_argument, NULL, OPT_VERB + 14 },
	{ "listening", required_argument, NULL, OPT_VERB + 15 },
	{ "router", no_argument, NULL, OPT_VERB + 16 },
	{ "fresh", no_argument, NULL, OPT_VERB + 17 },
	{ "seed", required_argument, NULL, OPT_VERB + 18 },
	{ "since", required_argument, NULL, OPT_VERB + 19 },
	{ "pcap", required_argument, NULL, OPT_VERB + 20 },
	{ "state-dir", required_argument, NULL, OPT_VERB + 21 },
	{ "present", required_argument, NULL, OPT_VERB + 22 },
	{ "frames", required_argument, NULL, OPT_VERB + 23 },
	{ "interval", required_argument, NULL, OPT_VERB + 24 },
	{ "by", required_argument, NULL, OPT_VERB + 25 },
	{ "top", no_argument, NULL, OPT_VERB + 26 },
	{ "force", no_argument, NULL, OPT_VERB + 27 },
	{ "user", required_argument, NULL, OPT_VERB + 28 },
	{ "unit", required_argument, NULL, OPT_VERB + 29 },
	{ "host", no_argument, NULL, OPT_VERB + 30 },
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "no-color", no_argument, NULL, OPT_NO_COLOR },
	{ NULL, 0, NULL, 0 },
};

#define OPTIONS_ALL (sizeof(options) / sizeof(options[0]) - 1)

static const char *const outputs[] = { "table", "json", "plain" };

static int take_output(struct ctl_tool *t, const char *name)
{
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(outputs[i], name) != 0)
			continue;
		t->output = (enum ctl_output)i;
		return CTL_OK;
	}
	return ctl_complain(CTL_USAGE, "-o %s: it is one of table, json, plain", name);
}

static int wrong_option(char **argv)
{
	const char *names[OPTIONS_ALL];
	const char *word = argv[optind - 1];

	if (optopt > 0 && optopt < 256 && strchr("cofqhV", optopt) == NULL)
		return ctl_complain(CTL_USAGE, "there is no option -%c", optopt);
	if (optopt != 0)
		return ctl_complain(CTL_USAGE, "%s wants a value, or takes none", word);
	for (size_t i = 0; i < OPTIONS_ALL; i++)
		names[i] = options[i].name;
	const char *nearest = strncmp(word, "--", 2) == 0
		? text_nearest(word + 2, names, OPTIONS_ALL)
		: NULL;
	if (nearest)
		return ctl_complain(CTL_USAGE,
			"there is no option %s; did you mean --%s?", word, nearest);
	return ctl_complain(CTL_USAGE, "there is no option %s", word);
}

static void give(struct ctl_tool *t, int number)
{
	t->given |= 1U << number;
	t->values[number] = optarg;
}

struct wishes {
	bool help, version, plain;
};

static int take_option(struct ctl_tool *t, struct wishes *w, int option, char **argv)
{
	if (option >= OPT_VERB && option < OPT_VERB + CTL_OPTIONS) {
		give(t, option - OPT_VERB);
		return CTL_OK;
	}
	switch (option) {
	case 'o':
		return take_output(t, optarg);
	case 'q':
		t->quiet = true;
		return CTL_OK;
	case 'c':
		give(t, 10);
		return CTL_OK;
	case 'f':
		t->given |= CTL_FOLLOW;
		return CTL_OK;
	case 'h':
		w->help = true;
		return CTL_OK;
	case 'V':
		w->version = true;
		return CTL_OK;
	case OPT_SOCKET:
		t->socket = optarg;
		return CTL_OK;
	case OPT_NO_COLOR:
		w->plain = true;
		return CTL_OK;
	default:
		return wrong_option(argv);
	}
}

/* https://no-color.org: set and not empty. */
static bool wants_colour(const struct wishes *w)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool dumb = !term || strcmp(term, "dumb") == 0;

	return !w->plain && !(no && *no) && !dumb && isatty(STDOUT_FILENO);
}

static int find_verb(struct ctl_tool *t, const char *word)
{
	t->word = word;
	t->verb = ctl_verb_find(word);
	if (t->verb)
		return CTL_OK;
	const char *nearest = ctl_verb_nearest(word);
	if (nearest)
		return ctl_complain(
			CTL_USAGE, "'%s' is no verb; did you mean '%s'?", word, nearest);
	return ctl_complain(CTL_USAGE, "'%s' is no verb; see tidegate --help", word);
}

static int check_use(const struct ctl_tool *t)
{
	unsigned wrong = t->given & ~t->verb->options;

	for (int i = 0; i < CTL_OPTIONS; i++)
		if (wrong & 1U << i)
			return ctl_complain(CTL_USAGE, "--%s is not for '%s'",
				options[i].name, t->verb->name);
	if (t->n_operands < t->verb->least || t->n_operands > t->verb->most)
		return ctl_complain(CTL_USAGE, "usage: tidegate %s %s", t->verb->name,
			t->verb->operands);
	return CTL_OK;
}

static int run(struct ctl_tool *t, int argc, char **argv)
{
	struct wishes w = { .help = false };
	int code = CTL_OK;
	int option;

	opterr = 0;
	while (code == CTL_OK &&
		(option = getopt_long(argc, argv, "c:o:qfhV", options, NULL)) != -1)
		code = take_option(t, &w, option, argv);
	t->colour = wants_colour(&w);
	if (code == CTL_OK && optind < argc && strcmp(argv[optind], "help") == 0) {
		w.help = true;
		optind++;
	}
	if (code == CTL_OK && optind < argc)
		code = find_verb(t, argv[optind++]);
	if (code)
		return code;
	if (w.version) {
		puts("tidegate " TIDEGATE_VERSION);
		return CTL_OK;
	}
	if (w.help || !t->verb) {
		ctl_help(t);
		return w.help ? CTL_OK : CTL_USAGE;
	}
	t->operands = argv + optind;
	t->n_operands = argc - optind;
	code = check_use(t);
	return code ? code : t->verb->run(t);
}

const char *ctl_value(const struct ctl_tool *t, enum ctl_option o)
{
	for (int i = 0; i < CTL_OPTIONS; i++)
		if ((unsigned)o == 1U << i)
			return t->values[i];
	return NULL;
}

int main(int argc, char **argv)
{
	/* The buffer for a line of the protocol, 64 KiB, is inside. */
	struct ctl_tool t = { .socket = CTL_SOCKET, .fd = -1, .next = -1 };
	int code = run(&t, argc, argv);

	ctl_hang_up(&t);
	if (fflush(stdout) || ferror(stdout))
		return code ? code : CTL_INTERNAL;
	return code;
}
