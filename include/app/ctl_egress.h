/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of tidegate egress share. */
#ifndef TIDEGATE_APP_CTL_EGRESS_H
#define TIDEGATE_APP_CTL_EGRESS_H

#include "app/ctl.h"
#include "core/allowlist.h"
#include "core/reach.h"

#define EGRESS_LISTS ALLOWLISTS

/* What the daemon told: grows as it comes, and is bounded as the daemon's tables are. */
struct egress_met {
	struct reach_record *list;
	size_t n, room;
	bool memory; /* there was none */
};

void ctl_egress_met_free(struct egress_met *m);

/* These give an exit code; nothing is printed but complaints. */
int ctl_egress_ask_met(struct ctl_tool *t, int64_t uid, const char *unit, struct egress_met *out);
int ctl_egress_ask_lists(struct ctl_tool *t, struct allowlist out[EGRESS_LISTS], size_t *n);
/* The entries of that list, as list 0 of *out, which is the caller's and large. */
int ctl_egress_ask_entries(struct ctl_tool *t, const struct allowlist *list, struct allowlists *out);

/* Each page of an answer to print, whatever the output that was asked for. */
int ctl_egress_pages(struct ctl_tool *t, const char *what, const char *list, ctl_print_fn print);

int ctl_egress_show(struct ctl_tool *t, const char *title);
int ctl_egress_propose(struct ctl_tool *t, const char *file); /* NULL or "-": standard output */
int ctl_egress_apply(struct ctl_tool *t, const char *title);
int ctl_egress_drift(struct ctl_tool *t, const char *title);

/* Pure: met since then and not held by list 0 come first in m, *n_strange of them; used[i] tells of each entry of it. */
void ctl_egress_judge(const struct allowlists *l, struct egress_met *m, int64_t since_s, size_t *n_strange, bool *used);

#endif
