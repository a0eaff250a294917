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

#define NUMBERED 256 /* options without a letter: behind all characters, by their row */

/* The rows of ctl_options.c as getopt wants them. */
struct options {
	size_t n;
	struct option list[CTL_OPTIONS + 1];
	char letters[2 * CTL_OPTIONS + 1];
};

static void make_options(struct options *o)
{
	const struct ctl_option_row *r;
	struct text letters = text_over(o->letters, sizeof(o->letters));

	for (o->n = 0; o->n < CTL_OPTIONS && (r = ctl_option_at(o->n)) != NULL; o->n++) {
		o->list[o->n] = (struct option){
			.name = r->name,
			.has_arg = r->argument ? required_argument : no_argument,
			.val = r->letter ? r->letter : NUMBERED + (int)o->n,
		};
		if (r->letter)
			text_addf(&letters, "%c%s", r->letter, r->argument ? ":" : "");
	}
	o->list[o->n] = (struct option){ .name = NULL };
}

static const struct ctl_option_row *row_of(int value)
{
	const struct ctl_option_row *r;

	if (value >= NUMBERED)
		return ctl_option_at((size_t)(value - NUMBERED));
	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++)
		if (r->letter && r->letter == value)
			return r;
	return NULL;
}

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

static int wrong_option(const struct options *o, char **argv)
{
	const char *names[CTL_OPTIONS];
	const char *word = argv[optind - 1];

	if (optopt > 0 && optopt < NUMBERED && !row_of(optopt))
		return ctl_complain(CTL_USAGE, "there is no option -%c", optopt);
	if (optopt != 0)
		return ctl_complain(CTL_USAGE, "%s wants a value, or takes none", word);
	for (size_t i = 0; i < o->n; i++)
		names[i] = o->list[i].name;
	const char *nearest = strncmp(word, "--", 2) == 0
		? text_nearest(word + 2, names, o->n)
		: NULL;
	if (nearest)
		return ctl_complain(CTL_USAGE,
			"there is no option %s; did you mean --%s?", word, nearest);
	return ctl_complain(CTL_USAGE, "there is no option %s", word);
}

struct wishes {
	bool help, version, plain;
};

static int take_general(struct ctl_tool *t, struct wishes *w, const char *name)
{
	if (strcmp(name, "output") == 0)
		return take_output(t, optarg);
	if (strcmp(name, "quiet") == 0)
		t->quiet = true;
	else if (strcmp(name, "help") == 0)
		w->help = true;
	else if (strcmp(name, "version") == 0)
		w->version = true;
	else if (strcmp(name, "socket") == 0)
		t->socket = optarg;
	else if (strcmp(name, "no-color") == 0)
		w->plain = true;
	return CTL_OK;
}

static int take_option(struct ctl_tool *t, struct wishes *w, const struct ctl_option_row *r)
{
	if (!r->bit)
		return take_general(t, w, r->name);
	t->given |= r->bit;
	t->values[ctl_option_number(r->bit)] = optarg;
	return CTL_OK;
}

/* https://no-color.org: set and not empty. */
static bool wants_plain(const struct wishes *w)
{
	const char *no = getenv("NO_COLOR");

	return w->plain || (no && *no);
}

static bool wants_colour(const struct wishes *w)
{
	const char *term = getenv("TERM");
	bool dumb = !term || strcmp(term, "dumb") == 0;

	return !wants_plain(w) && !dumb && isatty(STDOUT_FILENO);
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
	const ctl_option wrong = t->given & ~t->verb->options;
	const struct ctl_option_row *r;

	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++)
		if (wrong & r->bit)
			return ctl_complain(CTL_USAGE, "--%s is not for '%s'", r->name, t->verb->name);
	if (t->n_operands < t->verb->least || t->n_operands > t->verb->most)
		return ctl_complain(CTL_USAGE, "usage: tidegate %s %s", t->verb->name,
			t->verb->operands);
	return CTL_OK;
}

static int take_options(struct ctl_tool *t, struct wishes *w, int argc, char **argv)
{
	struct options o;
	int code = CTL_OK;
	int option;

	make_options(&o);
	opterr = 0;
	while (code == CTL_OK && (option = getopt_long(argc, argv, o.letters, o.list, NULL)) != -1) {
		const struct ctl_option_row *r = option == '?' ? NULL : row_of(option);

		code = r ? take_option(t, w, r) : wrong_option(&o, argv);
	}
	return code;
}

static int run(struct ctl_tool *t, int argc, char **argv)
{
	struct wishes w = { .help = false };
	int code = take_options(t, &w, argc, argv);

	t->colour = wants_colour(&w);
	t->ascii = wants_plain(&w);
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
