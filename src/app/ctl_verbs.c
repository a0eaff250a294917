/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of verbs: dispatch, aliases, help and "did you mean" all read this one.
 */
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "app/ctl_complete.h"
#include "app/version.h"
#include "base/text.h"

static const struct ctl_verb verbs[] = {
	{ "status", { NULL }, "", "how the daemon is, what it has seen and done", 0, 0, 0,
		ctl_status },
	{ "top", { NULL }, "[VIEW] [--interval 1s] [--frames N]",
		"what happens now: sources, services, flows, interfaces, processes", 0, 1, CTL_FRAMES | CTL_INTERVAL,
		ctl_top },
	{ "list", { "banned" }, "[blocks|limits|unenforced|allow|guards|incidents|excuses]",
		"what stands, against whom, for how long", 0, 1, 0, ctl_list },
	{ "explain", { NULL }, "ADDRESS|INCIDENT|uid:N|cgroup:N",
		"why it is blocked, or how near it is to that", 1, 1, 0, ctl_explain },
	{ "evidence", { NULL }, "INCIDENT [--pcap FILE]",
		"the packets that led to an incident; as a capture for Wireshark and replay", 1, 1, CTL_PCAP,
		ctl_evidence },
	{ "check-ip", { NULL }, "ADDRESS",
		"exit 0 where it is blocked, 1 where it is not", 1, 1, 0, ctl_check_ip },
	{ "events", { NULL }, "[-f]", "the latest events; -f goes on", 0, 0, CTL_FOLLOW,
		ctl_events },
	{ "ban", { "banip" },
		"ADDRESS[/LEN] [--for 1h] [--reason TEXT] [--response NAME]",
		"block by hand; it ends by itself", 1, 1,
		CTL_FOR | CTL_REASON | CTL_RESPONSE | CTL_RATE | CTL_WIDE, ctl_ban },
	{ "unban", { "unbanip" }, "ADDRESS[/LEN]|uid:N|cgroup:N|--all [--false-positive]",
		"end what stands", 0, 1, CTL_ALL | CTL_FALSE_POSITIVE, ctl_unban },
	{ "allow", { NULL }, "add|remove|list [ADDRESS[/LEN]|--me]",
		"addresses that are never acted on", 1, 2, CTL_ME | CTL_WIDE, ctl_allow },
	{ "mode", { NULL }, "detect|enforce [--try 10m]", "decide only, or act as well",
		1, 1, CTL_TRY, ctl_mode },
	{ "confirm", { NULL }, "", "keep what is on trial: a mode, a configuration, or an allowlist", 0,
		0, 0, ctl_confirm },
	{ "panic", { NULL }, "[off]",
		"nothing is done to anybody, until 'panic off'", 0, 1, 0, ctl_panic },
	{ "reload", { NULL }, "[--try 10m]",
		"read the configuration again; a bad one changes nothing", 0, 0, CTL_TRY,
		ctl_reload },
	{ "check", { NULL }, "", "check the configuration that a reload would read", 0, 0,
		0, ctl_check },
	{ "setup", { NULL }, "[--dry-run | --yes] [--policy NAME] [-c FILE]",
		"what this host is for, and the policy and guards that suit it, written to conf.d/10-setup.conf", 0, 0,
		CTL_CONF_FILE | CTL_POLICY | CTL_DRY_RUN | CTL_YES, ctl_setup },
	{ "doctor", { NULL }, "", "which promises hold on this host; a fix for each that does not",
		0, 0, 0, ctl_doctor },
	{ "support-dump", { NULL }, "[FILE.tar.gz|-] [--plain] [-c FILE]",
		"what a maintainer asks for, in one archive, without addresses, hosts and users", 0, 1,
		CTL_AS_IT_IS | CTL_CONF_FILE, ctl_support },
	{ "replay", { NULL },
		"FILE... [-c CONFIG] [--home ADDRESS[/LEN],...] [--filter BPF] [--listening tcp/22,...]",
		"what the engine would have decided on captures; no daemon is needed", 1, 64,
		CTL_CONF_FILE | CTL_POLICY | CTL_MODE | CTL_HOME | CTL_FILTER | CTL_LISTENING | CTL_ROUTER |
			CTL_FRESH | CTL_SEED, ctl_replay },
	{ "what-if", { NULL },
		"[--since 7d] [-c NEW.conf] [--policy NAME] [--mode detect|enforce]",
		"who was stopped lately, and who would have been by other rules; no daemon is needed", 0, 0,
		CTL_SINCE | CTL_CONF_FILE | CTL_POLICY | CTL_MODE | CTL_STATE_DIR | CTL_PRESENT, ctl_whatif },
	{ "baseline", { NULL },
		"show | learn FILE... [--home ADDRESS[/LEN],...] [--filter BPF] | export FILE|- | import FILE|- | reset",
		"how much is known of what is normal; captures and other hosts teach it, too", 1, 65,
		CTL_CONF_FILE | CTL_POLICY | CTL_HOME | CTL_FILTER | CTL_ROUTER | CTL_STATE_DIR, ctl_baseline },
	{ "history", { "vnstat" },
		"[SERIES|links|services|protocols|peers|ADDRESS] [--by hour] [--since 7d] [--top]",
		"how much traffic there was; SERIES as eth0, 443/tcp, udp out, host; no daemon is needed", 0, 3,
		CTL_CONF_FILE | CTL_STATE_DIR | CTL_SINCE | CTL_BY | CTL_TOP, ctl_history },
	{ "feed", { NULL }, "list | find ADDRESS | load NAME [FILE] [--force] | refresh",
		"lists of bad addresses, in files: what is in force, and what was refused", 1, 3, CTL_FORCE, ctl_feed },
	{ "ingest", { NULL }, "--eve FILE|- [-f]",
		"Suricata's alerts become findings, with a class of proof of their own", 0, 0, CTL_EVE | CTL_FOLLOW,
		ctl_ingest },
	{ "egress", { NULL },
		"[show [NAME]] | propose --user NAME|--unit NAME|--host [FILE|FOLDER] | apply NAME --try 10m | "
		"drift [NAME] [--since 7d]",
		"where users, units and this host may go: allowlists, and whom they hit", 0, 2,
		CTL_USER | CTL_UNIT | CTL_HOST | CTL_TRY | CTL_SINCE | CTL_ALL, ctl_egress },
	{ "metrics", { NULL }, "[families]",
		"all numbers as Prometheus reads them; 'families' explains each, without a daemon", 0, 1, 0, ctl_metrics },
	{ "notify", { NULL }, "[--test] [-c CONFIG]",
		"a service: gives what happens to the programs in hooks.d, for mails and chats", 0, 0,
		CTL_TEST | CTL_CONF_FILE | CTL_STATE_DIR, ctl_notify },
	{ "report", { NULL },
		"[--since 24h] [--text] [-o json] [--html FILE] [--out DIR [--keep 30]]",
		"what happened, what was done about it, and what is not known; no daemon is needed", 0, 0,
		CTL_SINCE | CTL_TEXT | CTL_HTML | CTL_OUT | CTL_KEEP | CTL_CONF_FILE | CTL_STATE_DIR, ctl_report },
	{ "version", { NULL }, "", "of this tool and of the daemon", 0, 0, 0,
		ctl_version },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

const struct ctl_verb *ctl_verb_find(const char *word)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, word) == 0)
			return &verbs[i];
		for (size_t a = 0; a < 2 && verbs[i].aliases[a]; a++)
			if (strcmp(verbs[i].aliases[a], word) == 0)
				return &verbs[i];
	}
	return strcmp(ctl_verb_complete.name, word) == 0 ? &ctl_verb_complete : NULL;
}

const struct ctl_verb *ctl_verb_at(size_t i)
{
	return i < VERBS ? &verbs[i] : NULL;
}

const char *ctl_verb_nearest(const char *word)
{
	const char *words[VERBS * 3];
	size_t n = 0;

	for (size_t i = 0; i < VERBS; i++) {
		words[n++] = verbs[i].name;
		for (size_t a = 0; a < 2 && verbs[i].aliases[a]; a++)
			words[n++] = verbs[i].aliases[a];
	}
	return text_nearest(word, words, n);
}

static void help_all(const struct ctl_tool *t)
{
	printf("%stidegate%s VERB [OPTIONS]   talks to the daemon of this host\n\n",
		ctl_sgr(t, CTL_BOLD), ctl_sgr(t, CTL_NORMAL));
	for (size_t i = 0; i < VERBS; i++)
		printf("  %s%-9s%s %s\n", ctl_sgr(t, CTL_CYAN), verbs[i].name,
			ctl_sgr(t, CTL_NORMAL), verbs[i].help);
	puts("\n"
	     "  -o, --output table|json|plain   for people, one object a line, or tabs\n"
	     "      --socket PATH               of the daemon (" CTL_SOCKET ")\n"
	     "      --no-color                  as NO_COLOR in the environment\n"
	     "  -q, --quiet                     only the exit code, and errors\n"
	     "  -h, --help                      also of one verb: tidegate ban --help\n\n"
	     "Times are written 90s, 10m, 4h, 2d. Exit codes: 0 done, 1 there is none,\n"
	     "64 usage, 65 bad input, 69 no daemon, 70 internal, 75 try again, 77 permission,\n"
	     "78 configuration.");
}

static void help_aliases(const struct ctl_verb *v)
{
	for (size_t a = 0; a < 2 && v->aliases[a]; a++)
		printf("  also: tidegate %s\n", v->aliases[a]);
}

/* What is too long for a line goes on under its beginning. */
static void help_option(const struct ctl_option_row *o)
{
	char left[64];
	struct text t = text_over(left, sizeof(left));

	if (o->letter)
		text_addf(&t, "-%c, ", o->letter);
	text_addf(&t, "--%s", o->name);
	if (o->argument)
		text_addf(&t, " %s", o->argument);
	printf("  %-21s %s\n", left, o->help);
}

void ctl_help(const struct ctl_tool *t)
{
	const struct ctl_verb *v = t->verb;
	const struct ctl_option_row *o;

	if (!v) {
		help_all(t);
		return;
	}
	printf("%stidegate %s%s %s\n  %s\n", ctl_sgr(t, CTL_BOLD), v->name,
		ctl_sgr(t, CTL_NORMAL), v->operands, v->help);
	help_aliases(v);
	for (size_t i = 0; (o = ctl_option_at(i)) != NULL; i++)
		if (v->options & o->bit)
			help_option(o);
}
