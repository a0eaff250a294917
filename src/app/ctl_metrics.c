/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate metrics: the daemon's numbers as it gives them, and what they mean. */
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "codec/metrics.h"

/* The pieces make one text; nothing of ours comes between them. */
static void print_piece(struct ctl_tool *t, json_t *o)
{
	(void)t;
	fputs(field_text(o, "metrics"), stdout);
}

static void print_json(const struct metrics_family *f)
{
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:s}", "v", CTL_VERSION, "family", metrics_family_name(f), "type",
		metrics_type_name(metrics_family_type(f)), "labels", metrics_family_labels(f), "help",
		metrics_family_help(f));

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_family(const struct ctl_tool *t, const struct metrics_family *f)
{
	const char *labels = metrics_family_labels(f), *type = metrics_type_name(metrics_family_type(f));

	if (t->output == CTL_JSON) {
		print_json(f);
	} else if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%s\n", metrics_family_name(f), type, labels, metrics_family_help(f));
	} else {
		printf("%s%s%s%s%s%s, %s\n    %s\n", ctl_sgr(t, CTL_BOLD), metrics_family_name(f), ctl_sgr(t, CTL_NORMAL),
			*labels ? "{" : "", labels, *labels ? "}" : "", type, metrics_family_help(f));
	}
}

int ctl_metrics(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "metrics" };
	const struct metrics_family *f;

	if (t->n_operands == 0)
		return ctl_ask(t, &r, print_piece);
	if (strcmp(t->operands[0], "families") != 0)
		return ctl_complain(CTL_USAGE, "usage: tidegate metrics [families]");
	for (size_t i = 0; !t->quiet && (f = metrics_family_at(i)) != NULL; i++)
		print_family(t, f);
	return CTL_OK;
}
