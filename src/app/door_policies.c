/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each policy of policy_path as it would be with the configuration of today, one after the other. */
#include "app/door_policies.h"

#include <stdlib.h>

#include "app/door_state.h"
#include "base/err.h"

/* A value and its report are too big for a stack. */
struct reading {
	struct conf conf;
	struct conf_report report;
	struct conf_policy_names names;
};

static void take_names(struct door *d, struct reading *r)
{
	pthread_mutex_lock(&d->conf_lock);
	conf_policy_names(&d->conf, &r->names);
	pthread_mutex_unlock(&d->conf_lock);
}

int door_policies(struct door *d, door_policy_fn fn, void *ctx)
{
	struct reading *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_MEMORY;
	take_names(d, r);
	for (size_t i = 0; i < r->names.n; i++) {
		struct conf_source source = d->source;

		source.policy = r->names.list[i];
		r->report = (struct conf_report){ .errors = 0 };
		if (conf_load(&source, &r->conf, &r->report) == 0 && r->conf.rules.policy.n_reactions)
			fn(ctx, &r->conf.rules.policy);
	}
	free(r);
	return 0;
}
