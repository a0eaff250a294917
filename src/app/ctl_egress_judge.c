/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list held against what was met. */
#include <string.h>

#include "app/ctl_egress.h"

static bool serves(const struct allow_entry *e, const struct reach_record *r)
{
	if (!allow_entry_serves(e, &r->to, r->proto, r->port))
		return false;
	return e->name[0] ? allow_name_holds(e->name, r->name) : prefix_holds(&e->prefix, &r->to);
}

void ctl_egress_judge(const struct allowlists *l, struct egress_met *m, int64_t since_s, size_t *n_strange, bool *used)
{
	size_t strange = 0;

	memset(used, 0, l->n_entries * sizeof(*used));
	for (size_t i = 0; i < m->n; i++) {
		struct reach_record r = m->list[i];

		for (size_t k = 0; k < l->n_entries; k++)
			used[k] = used[k] || serves(&l->entries[k], &r);
		if (r.last_s < since_s || allowlist_holds(l, 0, &r.to, r.proto, r.port, r.name))
			continue;
		m->list[i] = m->list[strange];
		m->list[strange++] = r;
	}
	*n_strange = strange;
}
