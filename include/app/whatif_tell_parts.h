/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by whatif_tell.c (for people) and whatif_json.c (for programs), and by nobody else. */
#ifndef TIDEGATE_APP_WHATIF_TELL_PARTS_H
#define TIDEGATE_APP_WHATIF_TELL_PARTS_H

#include "app/whatif_tell.h"

/* In the order of telling. */
struct whatif_list {
	struct whatif_told {
		const struct whatif_row *row;
		int group;
		int64_t first_ns;
	} *told;
	size_t n;
};

/* How many were stopped on that side, and by which response. */
uint64_t whatif_count(const struct whatif_list *l, enum whatif_side side, uint64_t by[RESPONSES]);
bool whatif_row_good(const struct whatif_row *row);

void whatif_tell_json(const struct whatif_tale *t, const struct whatif_list *l, const struct whatif_stats *s);
void whatif_tell_plain(const struct whatif_tale *t, const struct whatif_list *l);

#endif
