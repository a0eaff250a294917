/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table, how each column is counted, and where we do not win. */
#include <stdio.h>
#include <string.h>

#include "figures.h"

static const char head[] =
	"                       recall in %: a scan that is ...          decoys ssh, one  benign days  forged\n"
	"                probes fast 1/    1/   FIN  con- UDP  with dis- hurt,  guess in  per 1000:    drops\n"
	"rule            needed      min   15m  etc. nect      -D   trib of 10  0.6s  20s said  harm  of 1000\n";

static const char notes[] =
	"probes  sent in a SYN scan of 1000 ports of a host that refuses all, until it is reported (median)\n"
	"recall  the scanner is reported, of 20 seeds, while clients of 4 services are served. fast: 200\n"
	"        ports a second; 1/min for 2 hours; 1/15m for a day; FIN, NULL or XMAS; -sT; -sU; nmap -D\n"
	"        with 10 decoys (the real one is named); 64 sources with 2 to 4 ports each within a minute\n"
	"        (half of them are named, or the attack as such). \"-\": there is no rule for it\n"
	"decoys  innocents among the addresses of nmap -D that lose services by the reaction\n"
	"ssh     recall of hydra with 4 tasks, and of one guess in 20 s for two hours. Found is who loses the\n"
	"        service by it\n"
	"benign  sources of days without an attack that are reported (said), or that lose services (harm),\n"
	"        for each 1000 sources and days\n"
	"forged  20,000 SYNs in the name of an innocent with live sessions: how many of its next 1000\n"
	"        connections are refused\n"
	"(n)     an alarm only, as shipped: what an hour's block of each reported source would do (psad: its\n"
	"        own block at danger level 5, which is off)\n"
	"The rules are rebuilt from what is published, see tests/bench/rivals. FastNetMon's 20,000 packets a\n"
	"second are not in the table: they watch volumes, and nothing here is one.\n";

static const char *const kinds[ROLES] = { [ROLE_WEB] = "web", [ROLE_MAIL] = "mail", [ROLE_OFFICE] = "office",
	[ROLE_MONITOR] = "monitoring", [ROLE_PEER] = "peers", [ROLE_RESOLVER] = "resolvers",
	[ROLE_RETRY] = "restart", [ROLE_SSH] = "ssh", [ROLE_TEAM] = "team", [ROLE_BACKSCATTER] = "backscatter" };

static void cell(int width, double value, bool alarm_only)
{
	char bare[24], text[32];

	snprintf(bare, sizeof(bare), "%.0f", value);
	snprintf(text, sizeof(text), alarm_only && strcmp(bare, "0") ? "(%s)" : "%s", bare);
	printf(" %*s", width, text);
}

static void recall(const struct figures *f, enum attack_id a, bool has_rule)
{
	if (has_rule)
		printf(" %4u", f->recall[a]);
	else
		printf(" %4s", "-");
}

static void row(const struct rival *r, const struct figures *f)
{
	printf("%-15s ", r->name);
	if (f->probes)
		printf("%6u", f->probes);
	else
		printf("%6s", "-");
	for (int a = ATTACK_FAST; a <= ATTACK_DISTRIBUTED; a++)
		recall(f, (enum attack_id)a, r->scans);
	cell(6, f->decoys_harmed, r->alarm_only);
	recall(f, ATTACK_SSH_FAST, r->logins);
	recall(f, ATTACK_SSH_SLOW, r->logins);
	printf(" %5.0f", f->reported);
	cell(5, f->harmed, r->alarm_only);
	cell(6, f->refused, r->alarm_only);
	putchar('\n');
}

static void accused(const struct rival *r, const struct figures *f)
{
	const char *between = ": ";

	for (size_t role = 0; role < ROLES; role++)
		if (f->accused[role] && kinds[role]) {
			if (between[0] == ':')
				printf("  %s", r->name);
			printf("%s%s", between, kinds[role]);
			between = ", ";
		}
	if (between[0] == ',')
		putchar('\n');
}

static bool fewer_probes(const struct figures *a, const struct figures *b)
{
	return a->probes && (!b->probes || a->probes < b->probes);
}

static bool finds_more_scans(const struct figures *a, const struct figures *b)
{
	for (int i = ATTACK_FAST; i <= ATTACK_DISTRIBUTED; i++)
		if (a->recall[i] > b->recall[i])
			return true;
	return false;
}

static bool finds_more_guesses(const struct figures *a, const struct figures *b)
{
	return a->recall[ATTACK_SSH_FAST] > b->recall[ATTACK_SSH_FAST] ||
		a->recall[ATTACK_SSH_SLOW] > b->recall[ATTACK_SSH_SLOW];
}

static bool wrongs_fewer(const struct figures *a, const struct figures *b)
{
	return a->reported < b->reported || a->harmed < b->harmed;
}

static bool hurts_fewer_forged(const struct figures *a, const struct figures *b)
{
	return a->refused < b->refused || a->decoys_harmed < b->decoys_harmed;
}

/* Where rivals may do better than we do, and why that is so. */
static const struct {
	const char *what;
	bool (*better)(const struct figures *rival, const struct figures *own);
	const char *why;
} behind[] = {
	{ "fewer probes", fewer_probes,
		"Six in a row are one false alarm in 1.4e10 honest contacts. Snort and psad pay for fewer with\n"
		"  those whom they report in vain; TRW's are wrong with one honest source in 256, by its own model." },
	{ "scans", finds_more_scans, "The column tells which." },
	{ "ssh guesses", finds_more_guesses,
		"They are told of each failed login. We have the bytes of sessions: an attempt says less than who gets in." },
	{ "benign days", wrongs_fewer,
		"Who counts failed logins, or scans alone, does not see many kinds of innocents." },
	{ "forged sources", hurts_fewer_forged, "The columns tell." },
};

static void print_behind(const struct figures f[RIVALS])
{
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		size_t n = 0;

		for (size_t r = 1; r < RIVALS; r++) {
			if (!behind[i].better(&f[r], &f[0]))
				continue;
			printf("%s%s%s", n ? "" : behind[i].what, n ? ", " : ": ", rivals[r]->name);
			n++;
		}
		if (n)
			printf("\n  %s\n", behind[i].why);
	}
}

void table_print(const struct figures f[RIVALS])
{
	fputs(head, stdout);
	for (size_t r = 0; r < RIVALS; r++)
		row(rivals[r], &f[r]);
	putchar('\n');
	fputs(notes, stdout);
	puts("\nWho is reported on days without an attack:");
	for (size_t r = 0; r < RIVALS; r++)
		accused(rivals[r], &f[r]);
	puts("\nWho does better than tidegate, and why:");
	print_behind(f);
}
