/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is offered to a shell: words of our tables, of the daemon, of folders.
 *
 * A shell puts words where it may run them later: whatever is not a plain word is left out, by whomever it was named.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl_complete.h"
#include "app/ctl_operands.h"
#include "app/top.h"
#include "conf/conf.h"

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

void complete_operand(void *ctx, const char *word)
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

void complete_value(struct complete *c, const struct ctl_option_row *r)
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

void complete_options(const struct complete *c)
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

void complete_verbs(const struct complete *c)
{
	const struct ctl_verb *v;

	for (size_t i = 0; (v = ctl_verb_at(i)) != NULL; i++)
		offer(c, v->name, v->help);
}
