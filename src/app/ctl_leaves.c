/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status, the part about what leaves this host: how much began here, what was refused, which limits and allowlists are in
 * force, and what was missed of look-ups. A daemon of another version may not say it: then there is no such part.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"

static void print_bad(const struct ctl_tool *t, const char *what, int64_t n, const char *after)
{
	char count[FORMAT_TEXT];

	printf("%s%s %s%s%s", n ? ctl_sgr(t, CTL_YELLOW) : "", what, format_count(n, count), n ? ctl_sgr(t, CTL_NORMAL) : "",
		after);
}

struct column {
	const char *title, *path;
};

#define COLUMNS 6

static void print_row(const struct ctl_tool *t, json_t *s, const char *name, const struct column columns[COLUMNS])
{
	char count[FORMAT_TEXT];

	printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), name, ctl_sgr(t, CTL_NORMAL));
	for (size_t i = 0; i < COLUMNS; i++)
		printf("%s%11s%s", ctl_sgr(t, CTL_DIM), columns[i].title, ctl_sgr(t, CTL_NORMAL));
	printf("\n%11s", "");
	for (size_t i = 0; i < COLUMNS; i++)
		printf("%11s", format_count(field_int(s, columns[i].path), count));
	putchar('\n');
}

static void print_counts(const struct ctl_tool *t, json_t *s)
{
	static const struct column acts[COLUMNS] = {
		{ "begun", "egress.begun" },
		{ "refused", "egress.refused" },
		{ "limits", "measures.by_response.egress-limit" },
		{ "refusals", "measures.by_response.egress-refuse" },
		{ "shut in", "measures.by_response.egress-allowlist" },
		{ "confirmed", "engine.findings.egress" },
	};
	static const struct column signs[COLUMNS] = {
		{ "sweep", "engine.findings.sweep" },
		{ "beacon", "engine.findings.beacon" },
		{ "tunnel", "engine.findings.tunnel" },
		{ "upload", "engine.findings.exfil" },
		{ "new", "engine.findings.reach" },
		{ "listed", "engine.findings.listed" },
	};

	putchar('\n');
	print_row(t, s, "Egress", acts);
	print_row(t, s, "", signs);
}

static void print_lists(const struct ctl_tool *t, json_t *s)
{
	const int64_t lists = field_int(s, "egress.allowlists.configured");
	char count[FORMAT_TEXT];

	if (!lists) {
		printf("  no allowlist: whoever runs here goes where he likes (tidegate egress propose)\n");
		return;
	}
	printf("  allowlists %" PRId64 ", in force %" PRId64 ", flows outside of them %s,", lists,
		field_int(s, "egress.allowlists.in_force"), format_count(field_int(s, "egress.allowlists.outside"), count));
	print_bad(t, " not yet in the kernel", field_int(s, "egress.allowlists.pending"), ",");
	print_bad(t, " no room", field_int(s, "egress.allowlists.no_room"), "\n");
}

void ctl_print_leaves(struct ctl_tool *t, json_t *s)
{
	char count[FORMAT_TEXT];

	if (!field_get(s, "egress"))
		return;
	print_counts(t, s);
	print_lists(t, s);
	printf("  names of %s addresses,", format_count(field_int(s, "egress.names.known"), count));
	printf(" answers %s,", format_count(field_int(s, "egress.names.answers"), count));
	printf(" held %s,", format_count(field_int(s, "egress.answers_held"), count));
	print_bad(t, " let go too early", field_int(s, "egress.answers_late"), ",");
	print_bad(t, " copies lost", field_int(s, "egress.copies_lost"), "\n");
}
