/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidegate __complete -- WORD...: what may stand for the last word, for the completion of shells (packaging/completion). A
 * line is a word, a tab and what it means; a line that begins with a colon asks the shell for names of its own: ":files",
 * ":folders", ":users". It says nothing else, never fails, and ends within a quarter of a second, whoever hangs.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/ctl.h"
#include "app/ctl_complete.h"
#include "app/ctl_operands.h"

#define PATIENCE_US 250000
#define CONFIG "/etc/tidegate/tidegate.conf"

/* ---- the command line so far ---- */

/* The row of "--mode" (n bytes of the name) or "-c"; NULL: none. */
static const struct ctl_option_row *row_of(const char *word, size_t n)
{
	const struct ctl_option_row *r;

	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++) {
		if (strncmp(word, "--", 2) == 0 && strlen(r->name) == n && strncmp(r->name, word + 2, n) == 0)
			return r;
		if (word[1] != '-' && r->letter && r->letter == word[1])
			return r;
	}
	return NULL;
}

static void note_value(struct complete *c, const struct ctl_option_row *r, const char *value)
{
	if (strcmp(r->name, "socket") == 0)
		c->tool->socket = value;
	else if (r->bit == CTL_CONF_FILE)
		c->config = value;
}

/* An option; the row whose value the next word is, or NULL. */
static const struct ctl_option_row *take_option(struct complete *c, const char *word)
{
	const char *equals = strchr(word, '=');
	const struct ctl_option_row *r = row_of(word, strcspn(word, "=") - 2);

	if (!r)
		return NULL;
	c->had |= r->bit;
	if (!r->argument)
		return NULL;
	if (word[1] == '-' && !equals)
		return r;
	if (word[1] != '-' && !word[2])
		return r;
	note_value(c, r, word[1] == '-' ? equals + 1 : word + 2);
	return NULL;
}

static void take_operand(struct complete *c, const char *word)
{
	if (!c->verb && c->n_given == 0) {
		c->verb = ctl_verb_find(word);
		if (c->verb || strcmp(word, "help") == 0)
			return;
	}
	if (c->n_given < COMPLETE_GIVEN)
		c->given[c->n_given++] = word;
}

/* "--mode=en": the value alone is looked for, and both are offered. */
static bool complete_joined(struct complete *c)
{
	static char ahead[64];
	const char *equals = strchr(c->word, '=');
	const struct ctl_option_row *r;

	if (strncmp(c->word, "--", 2) != 0 || !equals || (size_t)(equals + 1 - c->word) >= sizeof(ahead))
		return false;
	r = row_of(c->word, (size_t)(equals - c->word) - 2);
	snprintf(ahead, sizeof(ahead), "%.*s", (int)(equals + 1 - c->word), c->word);
	c->ahead = ahead;
	c->word = equals + 1;
	if (r && r->argument)
		complete_value(c, r);
	return true;
}

static void complete(struct complete *c, const struct ctl_option_row *value)
{
	if (value)
		complete_value(c, value);
	else if (complete_joined(c))
		return;
	else if (c->word[0] == '-')
		complete_options(c);
	else if (!c->verb && c->n_given == 0)
		complete_verbs(c);
	else if (c->verb)
		ctl_operands_next(c->verb->operands, c->given, c->n_given, complete_operand, c);
}

static void give_up(int signal)
{
	(void)signal;
	_exit(CTL_OK);
}

/* Lines go out as they are made, so that what was found before somebody hangs is not lost. */
static void bound_the_time(void)
{
	const struct itimerval patience = { .it_value.tv_usec = PATIENCE_US };
	struct sigaction a = { .sa_handler = give_up };

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &patience, NULL);
}

static int ctl_complete(struct ctl_tool *t)
{
	struct complete c = { .tool = t, .word = "", .ahead = "", .config = CONFIG };
	const struct ctl_option_row *value = NULL;
	bool only_operands = false;

	bound_the_time();
	if (!freopen("/dev/null", "w", stderr))
		return CTL_OK;
	t->output = CTL_TABLE;
	for (int i = 0; i + 1 < t->n_operands; i++) {
		const char *word = t->operands[i];

		if (value) {
			note_value(&c, value, word);
			value = NULL;
		} else if (!only_operands && strcmp(word, "--") == 0) {
			only_operands = true;
		} else if (!only_operands && word[0] == '-' && word[1]) {
			value = take_option(&c, word);
		} else {
			take_operand(&c, word);
		}
	}
	if (t->n_operands > 0)
		c.word = t->operands[t->n_operands - 1];
	complete(&c, value);
	return CTL_OK;
}

const struct ctl_verb ctl_verb_complete = {
	"__complete", { NULL }, "-- WORD...", "what may stand for the last word; for the completion of shells", 0, 4096, 0,
	ctl_complete,
};
