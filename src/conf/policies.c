/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which policies there are to choose from. */
#include <string.h>

#include "base/text.h"
#include "conf/conf.h"
#include "conf/doc.h"

void conf_policy_names(const struct conf *c, struct conf_policy_names *out)
{
	const size_t ending = strlen(".conf");
	struct doc_names names = { .n = 0 };

	out->n = 0;
	for (size_t i = 0; i < c->n_policy_path; i++)
		doc_list(c->policy_path[i], &names);
	for (size_t i = 0; i < names.n && out->n < CONF_POLICIES; i++) {
		const size_t len = strlen(names.list[i]) - ending;

		if (len >= CONF_NAME)
			continue;
		memcpy(out->list[out->n], names.list[i], len);
		out->list[out->n++][len] = '\0';
	}
}
