/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main() of the daemon: words of the command line, the configuration, and then daemon_run. What only looks
 * (--check-config, --print-ruleset, --print-config, --print-keys) needs no right and touches nothing.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/daemon.h"
#include "app/version.h"
#include "base/text.h"
#include "codec/nft_text.h"
#include "edge/log.h"
#include "edge/process.h"

#define DEFAULT_CONFIG "/etc/tidegate/tidegate.conf"
#define DEFAULT_RUN_DIR "/run/tidegate"

enum action {
	ACTION_RUN = 0,
	ACTION_CHECK,
	ACTION_RULESET,
	ACTION_PRINT,
	ACTION_KEYS,
	ACTION_CLEAR,
};

struct line {
	struct conf_source source;
	const char *mode, *run_dir, *state_dir, *log_dir;
	enum action action;
};

static const char usage[] =
	"usage: tidegated [-c FILE] [--mode detect|enforce] [--policy NAME]\n"
	"                 [--run-dir DIR] [--state-dir DIR] [--log-dir DIR] [-v]\n"
	"       tidegated [-c FILE] [--policy NAME] --check-config | --print-ruleset | --print-config\n"
	"       tidegated --print-keys               every key that files may have, and its bounds\n"
	"       tidegated [--run-dir DIR] --clear    takes what a dead one left out of the kernel\n"
	"       tidegated --version | --help\n"
	"Without -c it reads " DEFAULT_CONFIG ".\n";

static const struct option words[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "mode", required_argument, NULL, 'm' },
	{ "policy", required_argument, NULL, 'p' },
	{ "run-dir", required_argument, NULL, 'r' },
	{ "state-dir", required_argument, NULL, 's' },
	{ "log-dir", required_argument, NULL, 'l' },
	{ "check-config", no_argument, NULL, 'C' },
	{ "print-ruleset", no_argument, NULL, 'R' },
	{ "print-config", no_argument, NULL, 'P' },
	{ "print-keys", no_argument, NULL, 'Y' },
	{ "clear", no_argument, NULL, 'K' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* -1: go on; else the exit code. */
static int one_word(struct line *l, int word)
{
	switch (word) {
	case 'c':
		l->source.file = optarg;
		return -1;
	case 'm':
		l->mode = optarg;
		return -1;
	case 'p':
		l->source.policy = optarg;
		return -1;
	case 'r':
		l->run_dir = optarg;
		return -1;
	case 's':
		l->state_dir = optarg;
		return -1;
	case 'l':
		l->log_dir = optarg;
		return -1;
	case 'C':
		l->action = ACTION_CHECK;
		return -1;
	case 'R':
		l->action = ACTION_RULESET;
		return -1;
	case 'P':
		l->action = ACTION_PRINT;
		return -1;
	case 'Y':
		l->action = ACTION_KEYS;
		return -1;
	case 'K':
		l->action = ACTION_CLEAR;
		return -1;
	case 'v':
		log_set_level(LOG_LEVEL_DEBUG);
		return -1;
	case 'V':
		printf("tidegate %s\n", TIDEGATE_VERSION);
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 0;
	default:
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
}

static int read_line(struct line *l, int argc, char **argv)
{
	int word, code;

	while ((word = getopt_long(argc, argv, "c:vVh", words, NULL)) != -1) {
		code = one_word(l, word);
		if (code >= 0)
			return code;
	}
	if (optind < argc) {
		fprintf(stderr, "tidegated: %s: not understood\n%s", argv[optind], usage);
		return EXIT_USAGE;
	}
	if (l->mode && strcmp(l->mode, "detect") && strcmp(l->mode, "enforce")) {
		fprintf(stderr, "tidegated: --mode %s: detect or enforce\n", l->mode);
		return EXIT_USAGE;
	}
	return -1;
}

static bool put_path(char *out, const char *value, const char *option)
{
	if (!value || text_copy(out, CONF_PATH, value))
		return true;
	fprintf(stderr, "tidegated: %s: the path is too long\n", option);
	return false;
}

/* The command line is stronger than the files. */
static bool override(const struct line *l, struct conf *c)
{
	if (l->mode)
		c->enforce = !strcmp(l->mode, "enforce");
	return put_path(c->paths.run_dir, l->run_dir, "--run-dir") &&
		put_path(c->paths.state_dir, l->state_dir, "--state-dir") &&
		put_path(c->paths.log_dir, l->log_dir, "--log-dir");
}

static int print_ruleset(const struct conf *c)
{
	static struct nft_ruleset set;
	struct nft_opts o = daemon_ruleset(c);
	char *memory = malloc(NFT_TEXT_BYTES);
	struct text t;

	if (!memory)
		return EXIT_INTERNAL;
	t = text_over(memory, NFT_TEXT_BYTES);
	nft_ruleset_build(&o, &set);
	nft_text_write(&set, true, &t);
	fputs(memory, stdout);
	free(memory);
	return 0;
}

static int check(const struct conf_report *r, const char *file)
{
	if (r->errors)
		return EXIT_CONFIG;
	printf("%s: fine, %zu warning%s\n", file, r->warnings, r->warnings == 1 ? "" : "s");
	return 0;
}

static int act(const struct line *l, struct conf *c, struct conf_report *r)
{
	struct daemon_opts o = { .conf = c, .source = l->source };
	int err = conf_load(&l->source, c, r);

	conf_check_print(r, stderr);
	if (l->action == ACTION_CHECK)
		return check(r, l->source.file);
	if (err)
		return EXIT_CONFIG;
	if (!override(l, c))
		return EXIT_USAGE;
	switch (l->action) {
	case ACTION_CHECK:
	case ACTION_KEYS:
	case ACTION_CLEAR:
		break;
	case ACTION_RULESET:
		return print_ruleset(c);
	case ACTION_PRINT:
		conf_print(c, stdout);
		return 0;
	case ACTION_RUN:
		return daemon_run(&o);
	}
	return EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
	static struct conf_report report;
	static struct conf conf;
	struct line l = { .source = { .file = DEFAULT_CONFIG, .user_id = process_uid_of } };
	int code = read_line(&l, argc, argv);

	if (code >= 0)
		return code;
	if (l.action == ACTION_CLEAR) /* without the configuration: who removes tidegate may have broken it */
		return daemon_clear(l.run_dir ? l.run_dir : DEFAULT_RUN_DIR);
	if (l.action == ACTION_KEYS) {
		conf_print_keys(&conf, stdout);
		return 0;
	}
	return act(&l, &conf, &report);
}
