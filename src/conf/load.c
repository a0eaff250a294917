/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files are read, and in which order they weigh:
 *
 *   presets < rules_path/ *.conf < the policy < main file < conf.d/ *.conf
 *
 * The main file comes first all the same, because it says where the others are. So its
 * settings are read in a first round and its rules in a last one.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "conf/allow.h"
#include "conf/doc.h"
#include "conf/feeds.h"
#include "conf/reactions.h"
#include "conf/read.h"
#include "conf/rules.h"

struct load {
	struct conf conf;
	struct conf_report *report;
	size_t errors;               /* that the report held before us */
	struct doc docs[CONF_FILES]; /* first the main file and conf.d, then the others */
	size_t n_docs, n_main;
	char folder[CONF_PATH];      /* of the main file; "" for the current one */
	bool alone;                  /* no other file may be read */
	const char *policy_name;     /* chosen so far, by name ... */
	const config_setting_t *policy_group; /* ... or written out */
	struct conf_place policy_at;
	struct rule_book rules;
	struct reaction_book reactions;
	struct feed_book feeds;
	struct allow_book allow;
	conf_user_fn user_id;
	void *user_ctx;
	const struct conf_draft *draft;
};

static struct value_reader reader_of(const struct load *l, const struct doc *d)
{
	return (struct value_reader){
		.report = l->report, .file = d->file, .folder = l->folder,
		.user_id = l->user_id, .user_ctx = l->user_ctx,
	};
}

static struct conf_place whole(const struct load *l)
{
	return (struct conf_place){ .file = l->docs[0].file };
}

/* Opens one more file, or says why not. */
static struct doc *add_doc(struct load *l, const char *file)
{
	struct doc *d = &l->docs[l->n_docs];

	if (l->n_docs == CONF_FILES) {
		conf_error(l->report, whole(l), "more than %d files", CONF_FILES);
		return NULL;
	}
	if (!doc_open(d, file, l->report))
		return NULL;
	l->n_docs++;
	return d;
}

/* The same for a name in the first of n folders that has it; silent where none has. */
static struct doc *find_doc(struct load *l, char (*folders)[CONF_PATH], size_t n,
	const char *name)
{
	char file[CONF_PATH];

	return doc_find(folders, n, name, file) ? add_doc(l, file) : NULL;
}

static void list_failed(struct load *l, const char *folder, int result)
{
	if (result == ERR_IO)
		conf_error(l->report, whole(l), "cannot read the folder %s: %s", folder,
			strerror(errno));
	if (result == ERR_FULL)
		conf_error(l->report, whole(l), "there are more than %d files, at %s",
			DOC_NAMES, folder);
}

static void set_folder(struct load *l, const char *file)
{
	const char *slash = strrchr(file, '/');

	text_copy(l->folder, sizeof(l->folder), file);
	if (slash && (size_t)(slash - file) < sizeof(l->folder))
		l->folder[slash == file ? 1 : slash - file] = '\0';
	else
		l->folder[0] = '\0';
}

static void add_draft(struct load *l, const char *folder)
{
	struct doc *d = &l->docs[l->n_docs];
	char file[CONF_PATH];

	if (l->n_docs == CONF_FILES || !doc_path(folder, l->draft->name, file, sizeof(file)))
		conf_error(l->report, whole(l), "no room for %s", l->draft->name);
	else if (doc_parse(d, file, l->draft->text, l->draft->len, l->report))
		l->n_docs++;
}

static void open_conf_d(struct load *l)
{
	struct doc_names names = { .n = 0 };
	const char *draft = l->draft ? l->draft->name : NULL;
	char folder[1][CONF_PATH];
	int result;

	if (!doc_path(l->folder, "conf.d", folder[0], sizeof(folder[0])))
		return;
	result = doc_list(folder[0], &names);
	list_failed(l, folder[0], result);
	for (size_t i = 0; i < names.n; i++) {
		const int order = draft ? strcmp(draft, names.list[i]) : 1;

		if (order <= 0) {
			add_draft(l, folder[0]);
			draft = NULL;
		}
		if (order != 0)
			find_doc(l, folder, 1, names.list[i]);
	}
	if (draft)
		add_draft(l, folder[0]);
}

static void choose_policy(struct load *l, const struct doc *d)
{
	const config_setting_t *s = config_setting_get_member(
		config_root_setting(&d->config), "policy");
	struct value_reader r = reader_of(l, d);

	if (!s)
		return;
	l->policy_at = value_place(&r, s);
	l->policy_name = config_setting_type(s) == CONFIG_TYPE_STRING ?
		config_setting_get_string(s) : NULL;
	l->policy_group = config_setting_is_group(s) ? s : NULL;
	if (!l->policy_name && !l->policy_group)
		conf_error(l->report, l->policy_at,
			"'policy' must be a name in quotes or a group");
}

static void read_settings(struct load *l)
{
	struct read_into into = { &schema_main, &l->conf };

	for (size_t i = 0; i < l->n_main; i++) {
		struct value_reader r = reader_of(l, &l->docs[i]);

		read_group(&r, config_root_setting(&l->docs[i].config), "", &into, 1);
		feeds_read(&r, config_root_setting(&l->docs[i].config), &l->conf.feeds, &l->feeds);
		choose_policy(l, &l->docs[i]);
	}
}

static void read_rules_file(struct load *l, const struct doc *d)
{
	const config_setting_t *root = config_root_setting(&d->config);
	struct read_into into = { &schema_rules_file, &l->conf.rules };
	struct value_reader r = reader_of(l, d);

	read_group(&r, root, "", &into, 1);
	rules_read(&r, root, &l->conf.rules, &l->rules);
}

static void read_rules_path(struct load *l)
{
	struct doc_names names = { .n = 0 };
	bool there = l->conf.n_rules_path == 0;

	for (size_t i = 0; i < l->conf.n_rules_path; i++) {
		const char *folder = l->conf.rules_path[i];
		int result = doc_list(folder, &names);

		there = there || result != ERR_ABSENT;
		list_failed(l, folder, result);
	}
	if (!there)
		conf_error(l->report, whole(l), "no folder of rules_path is there (%s%s)",
			l->conf.rules_path[0], l->conf.n_rules_path > 1 ? ", ..." : "");
	for (size_t i = 0; i < names.n; i++) {
		const struct doc *d = find_doc(l, l->conf.rules_path,
			l->conf.n_rules_path, names.list[i]);

		if (d)
			read_rules_file(l, d);
	}
}

static void policy_absent(struct load *l)
{
	const char *list[DOC_NAMES], *near;
	struct doc_names names = { .n = 0 };

	for (size_t i = 0; i < l->conf.n_policy_path; i++)
		doc_list(l->conf.policy_path[i], &names);
	for (size_t i = 0; i < names.n; i++) {
		names.list[i][strlen(names.list[i]) - strlen(".conf")] = '\0';
		list[i] = names.list[i];
	}
	near = text_nearest(l->policy_name, list, names.n);
	conf_error(l->report, l->policy_at, "no folder of policy_path has the policy "
		"'%.64s'%s%s%s", l->policy_name, near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
}

static void read_policy_doc(struct load *l, const struct doc *d)
{
	const config_setting_t *root = config_root_setting(&d->config);
	struct policy *policy = &l->conf.rules.policy;
	struct read_into into = { &schema_policy_file, policy };
	struct value_reader r = reader_of(l, d);

	text_copy(l->conf.policy_file, sizeof(l->conf.policy_file), d->file);
	text_copy(policy->name, sizeof(policy->name), l->policy_name);
	rules_origin((struct conf_place){ d->file, 1 }, policy->origin,
		sizeof(policy->origin));
	read_group(&r, root, "", &into, 1);
	rules_read(&r, root, &l->conf.rules, &l->rules);
	reactions_read(&r, root, policy, &l->reactions);
	allow_read(&r, root, &l->conf.rules.allow, &l->allow);
}

static void read_policy_file(struct load *l)
{
	char file[DOC_NAME];
	struct text t = text_over(file, sizeof(file));
	const struct doc *d;
	size_t errors;

	text_addf(&t, "%s.conf", l->policy_name);
	if (t.cut || strlen(l->policy_name) >= CONF_NAME || strchr(file, '/')) {
		conf_error(l->report, l->policy_at, "'%.64s' is no name of a policy: "
			"at most %d letters and no folder", l->policy_name,
			CONF_NAME - 1);
		return;
	}
	errors = l->report->errors;
	d = find_doc(l, l->conf.policy_path, l->conf.n_policy_path, file);
	if (d)
		read_policy_doc(l, d);
	else if (l->report->errors == errors)
		policy_absent(l);
}

static void read_policy(struct load *l)
{
	struct policy *policy = &l->conf.rules.policy;
	struct read_into into = { &schema_policy, policy };
	struct value_reader r = {
		.report = l->report, .file = l->policy_at.file, .folder = l->folder,
		.user_id = l->user_id, .user_ctx = l->user_ctx,
	};

	if (l->policy_group) {
		read_group(&r, l->policy_group, "policy", &into, 1);
		reactions_read(&r, l->policy_group, policy, &l->reactions);
		allow_read(&r, l->policy_group, &l->conf.rules.allow, &l->allow);
		rules_origin(l->policy_at, policy->origin, sizeof(policy->origin));
	} else if (l->policy_name && l->alone) {
		conf_error(l->report, l->policy_at, "a policy by name is in a file of "
			"its own, and none is read here: it must be a group");
	} else if (l->policy_name) {
		read_policy_file(l);
	}
}

static void read_main_rules(struct load *l)
{
	for (size_t i = 0; i < l->n_main; i++) {
		struct value_reader r = reader_of(l, &l->docs[i]);

		rules_read(&r, config_root_setting(&l->docs[i].config), &l->conf.rules,
			&l->rules);
		allow_read(&r, config_root_setting(&l->docs[i].config), &l->conf.rules.allow, &l->allow);
	}
}

/* Lists that go by names live by the answers to look-ups, and these come from resolvers. */
static void judge_names(struct load *l)
{
	const struct allowlists *a = &l->conf.rules.allow;
	bool enforced = false, named = false;

	for (size_t i = 0; i < a->n_lists; i++)
		enforced |= a->lists[i].enforce;
	for (size_t i = 0; i < a->n_entries; i++)
		named |= a->entries[i].name[0] != '\0';
	if (enforced && !l->conf.guards.resolvers)
		conf_warn(l->report, whole(l), "guards.resolvers is false: who is held by an allowlist looks no name up, "
			"unless the list has the resolvers");
	if (named && !l->conf.divert.dns_copies)
		conf_warn(l->report, whole(l), "divert.dns_copies is 0: no address of the names in allowlists is ever known");
}

static void judge(struct load *l)
{
	const struct conf_divert *d = &l->conf.divert;
	const struct conf_guards *g = &l->conf.guards;

	rules_judge(&l->conf.rules, &l->rules, whole(l), l->report);
	allow_judge(&l->conf.rules.allow, &l->allow, l->report);
	judge_names(l);
	/* A policy that was chosen and could not be read has been told about already. */
	if (!l->policy_at.file || l->conf.rules.policy.origin[0])
		reactions_judge(&l->conf.rules, &l->reactions,
			l->policy_at.file ? l->policy_at : whole(l), l->report);
	if (!g->own_addresses && !g->gateways && !g->resolvers && !g->time_servers &&
	    !g->dhcp && !g->admin_session && g->n_never_block == 0)
		conf_warn(l->report, whole(l), "there is no guard at all: nothing keeps "
			"the gateway, the resolvers or yourself from being blocked");
	for (size_t i = 0; i < g->n_never_block; i++) {
		if (g->never_block[i].len == 0)
			conf_warn(l->report, whole(l), "never_block holds every address "
				"of a family: nothing of it will ever be acted on");
	}
	if (d->input == CONF_TAKE_OFF && d->forward == CONF_TAKE_OFF)
		conf_warn(l->report, whole(l), "neither input nor forward is diverted: "
			"nothing will be seen");
	if (d->fail == CONF_FAIL_CLOSED)
		conf_warn(l->report, whole(l), "fail is \"closed\": whenever tidegated "
			"is not running nobody new gets in, you included");
}

/* Rules and policy weigh less than the main file, so they stand before it. */
static void list_files(struct load *l)
{
	for (size_t i = 0; i < l->n_docs; i++) {
		const struct doc *d = &l->docs[(i + l->n_main) % l->n_docs];

		text_copy(l->conf.files[i], CONF_PATH, d->file);
	}
	l->conf.n_files = l->n_docs;
}

/* docs[0..n_main) are open. */
static int finish(struct load *l, const char *policy, struct conf *out)
{
	value_preset(&schema_main, l->folder, &l->conf);
	rules_preset(&l->conf.rules);
	value_preset(&schema_policy, "", &l->conf.rules.policy);
	read_settings(l);
	if (policy) {
		l->policy_name = policy;
		l->policy_group = NULL;
		l->policy_at = (struct conf_place){ .file = "--policy", .line = 0 };
	}
	if (!l->alone)
		read_rules_path(l);
	read_policy(l);
	read_main_rules(l);
	judge(l);
	list_files(l);
	if (l->report->errors > l->errors)
		return ERR_INVALID;
	memcpy(out, &l->conf, sizeof(*out));
	return 0;
}

static void destroy(struct load *l)
{
	for (size_t i = 0; i < l->n_docs; i++)
		doc_close(&l->docs[i]);
	free(l);
}

int conf_load(const struct conf_source *src, struct conf *out, struct conf_report *report)
{
	struct load *l = calloc(1, sizeof(*l));
	int result = ERR_INVALID;

	if (!l)
		return ERR_MEMORY;
	l->report = report;
	l->errors = report->errors;
	l->user_id = src->user_id;
	l->user_ctx = src->user_ctx;
	l->draft = src->draft;
	if (strlen(src->file) >= CONF_PATH) {
		conf_error(report, (struct conf_place){ .file = src->file },
			"this path is too long");
	} else if (add_doc(l, src->file)) {
		set_folder(l, src->file);
		open_conf_d(l);
		l->n_main = l->n_docs;
		result = finish(l, src->policy, out);
	}
	destroy(l);
	return result;
}

int conf_load_string(const char *text, size_t len, const char *name, struct conf *out,
	struct conf_report *report)
{
	struct load *l = calloc(1, sizeof(*l));
	char *copy = malloc(len + 1);
	int result = ERR_INVALID;

	if (!l || !copy) {
		result = ERR_MEMORY;
	} else {
		memcpy(copy, text, len);
		copy[len] = '\0';
		l->report = report;
		l->errors = report->errors;
		l->alone = true;
		l->n_docs = l->n_main = doc_parse(&l->docs[0], name, copy, len, report);
		if (l->n_docs)
			result = finish(l, NULL, out);
	}
	free(copy);
	if (l)
		destroy(l);
	return result;
}
