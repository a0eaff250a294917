/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidegate __complete -- WORD...: what may stand for the last word, for the completion of shells (packaging/completion). A
 * line is a word, a tab and what it means; a line that begins with a colon asks the shell for names of its own: ":files",
 * ":folders", ":users". It says nothing else, never fails, and ends within a quarter of a second, whoever hangs.
 *
 * A shell puts words where it may run them later: whatever is not a plain word is left out, by whomever it was named.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "app/ctl.h"
#include "app/ctl_complete.h"
#include "app/ctl_operands.h"
#include "app/top.h"
#include "conf/conf.h"

#define GIVEN 16
#define PATIENCE_US 250000
#define CONFIG "/etc/tidegate/tidegate.conf"

struct complete {
	struct ctl_tool *tool;
	const char *word;        /* the last one, as far as it was typed */
	const char *ahead;       /* of it, what is offered with each: "--mode=" */
	const struct ctl_verb *verb;
	const char *given[GIVEN];
	size_t n_given;
	ctl_option had;          /* bits of options that stand there already */
	const char *config;
	const char *field;       /* of the daemon's answer, which is asked for */
};

/* ---- offers ---- */

static bool is_plain(const char *word)
{
	static const char more[] = "._:/@,+-=%";

	for (const char *c = word; *c; c++) {
		const bool alnum = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');

		if (!alnum && !strchr(more, *c))
			return false;
	}
	return *word != '\0';
}

static void offer(const struct complete *c, const char *word, const char *help)
{
	if (is_plain(word) && strncmp(word, c->word, strlen(c->word)) == 0)
		printf("%s%s\t%s\n", c->ahead, word, help);
}

/* ---- what the daemon knows ---- */

static void take_field(struct ctl_tool *t, json_t *o)
{
	const struct complete *c = t->work;
	const char *word = field_text(o, c->field);

	offer(c, word, field_text(o, strcmp(c->field, "incident") == 0 ? "subject" : "response"));
}

static void ask(struct complete *c, const char *verb, const char *what, const char *field)
{
	struct ctl_request r = { .verb = "" };

	snprintf(r.verb, sizeof(r.verb), "%s", verb);
	if (what)
		ctl_request_add_text(&r, "what", what);
	c->field = field;
	c->tool->work = c;
	ctl_ask(c->tool, &r, take_field);
}

static void offer_addresses(struct complete *c)
{
	const char *verb = c->verb->name;

	if (strcmp(verb, "allow") == 0 && strcmp(c->given[0], "remove") == 0) {
		ask(c, "list", "allow", "prefix");
		return;
	}
	if (strcmp(verb, "unban") == 0 || strcmp(verb, "check-ip") == 0 || strcmp(verb, "explain") == 0)
		ask(c, "list", "all", "subject");
	if (strcmp(verb, "explain") == 0 || strcmp(verb, "ban") == 0 || strcmp(verb, "allow") == 0)
		ask(c, "list", "incidents", "subject");
}

/* ---- what files know ---- */

static void offer_policies(const struct complete *c)
{
	static struct conf conf;
	static struct conf_report report;
	struct conf_policy_names names = { .n = 0 };
	struct conf_source source = { .file = c->config };

	if (conf_load(&source, &conf, &report) == 0)
		conf_policy_names(&conf, &names);
	for (size_t i = 0; i < names.n; i++)
		offer(c, names.list[i], "");
}

/* The names in a folder that end so. */
static void offer_folder(const struct complete *c, const char *folder, const char *end, const char *help)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		const size_t len = strlen(e->d_name), tail = strlen(end);

		if (e->d_name[0] != '.' && len >= tail && strcmp(e->d_name + len - tail, end) == 0)
			offer(c, e->d_name, help);
	}
	if (d)
		closedir(d);
}

static void offer_series(const struct complete *c)
{
	offer_folder(c, "/sys/class/net", "", "interface");
	offer(c, "host", "all of this host");
}

static void offer_views(const struct complete *c)
{
	for (int i = 0; i < TOP_VIEWS; i++)
		offer(c, top_view_name((enum top_view)i), "");
}

static void offer_all(const struct complete *c, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		offer(c, words[i], "");
}

/* ---- operands ---- */

static void offer_names(struct complete *c)
{
	if (strcmp(c->verb->name, "feed") == 0)
		ask(c, "feeds", NULL, "feed");
	else
		ask(c, "egress", "lists", "allowlist");
}

static void offer_operand(void *ctx, const char *word)
{
	struct complete *c = ctx;

	if (!ctl_operand_stands_for(word))
		offer(c, word, "");
	else if (strcmp(word, "ADDRESS") == 0)
		offer_addresses(c);
	else if (strcmp(word, "INCIDENT") == 0)
		ask(c, "list", "incidents", "incident");
	else if (strcmp(word, "NAME") == 0)
		offer_names(c);
	else if (strncmp(word, "FILE", 4) == 0)
		puts(":files");
	else if (strcmp(word, "FOLDER") == 0)
		puts(":folders");
	else if (strcmp(word, "VIEW") == 0)
		offer_views(c);
	else if (strcmp(word, "SERIES") == 0)
		offer_series(c);
}

/* ---- options ---- */

static void offer_literals(const struct complete *c, const char *argument)
{
	char words[64], *rest = words, *word;

	snprintf(words, sizeof(words), "%s", argument);
	while ((word = strsep(&rest, "|")) != NULL)
		offer(c, word, "");
}

static void offer_value(struct complete *c, const struct ctl_option_row *r)
{
	static const char *const periods[] = { "5min", "hour", "day", "month", "year" };
	static const char *const responses[] = { "shield", "limit", "refuse", "drop" };
	static const char *const times[] = { "90s", "10m", "1h", "4h", "1d", "7d" };

	if (!ctl_operand_stands_for(r->argument))
		offer_literals(c, r->argument);
	else if (strcmp(r->argument, "FILE") == 0 || strcmp(r->argument, "PATH") == 0)
		puts(":files");
	else if (strcmp(r->argument, "DIR") == 0)
		puts(":folders");
	else if (strcmp(r->argument, "TIME") == 0)
		offer_all(c, times, sizeof(times) / sizeof(times[0]));
	else if (r->bit == CTL_BY)
		offer_all(c, periods, sizeof(periods) / sizeof(periods[0]));
	else if (r->bit == CTL_RESPONSE)
		offer_all(c, responses, sizeof(responses) / sizeof(responses[0]));
	else if (r->bit == CTL_POLICY)
		offer_policies(c);
	else if (r->bit == CTL_USER)
		puts(":users");
	else if (r->bit == CTL_UNIT)
		offer_folder(c, "/sys/fs/cgroup/system.slice", ".service", "");
}

static void offer_options(const struct complete *c)
{
	const struct ctl_option_row *r;
	char name[40];

	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++) {
		if (c->had & r->bit || (r->bit && !(c->verb && c->verb->options & r->bit)))
			continue;
		snprintf(name, sizeof(name), "--%s", r->name);
		offer(c, name, r->help);
	}
}

static void offer_verbs(const struct complete *c)
{
	const struct ctl_verb *v;

	for (size_t i = 0; (v = ctl_verb_at(i)) != NULL; i++)
		offer(c, v->name, v->help);
}

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
	if (c->n_given < GIVEN)
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
		offer_value(c, r);
	return true;
}

static void complete(struct complete *c, const struct ctl_option_row *value)
{
	if (value)
		offer_value(c, value);
	else if (complete_joined(c))
		return;
	else if (c->word[0] == '-')
		offer_options(c);
	else if (!c->verb && c->n_given == 0)
		offer_verbs(c);
	else if (c->verb)
		ctl_operands_next(c->verb->operands, c->given, c->n_given, offer_operand, c);
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
