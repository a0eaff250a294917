/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All sockets, one by one, as they are: for whoever wants to show them. */
#include "base/err.h"
#include "edge/sockdiag_private.h"

struct visit {
	sockdiag_visit_fn each;
	void *ctx;
};

static void hand_over(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	const struct visit *v = ctx;

	(void)s;
	v->each(v->ctx, d);
}

int sockdiag_visit(struct sockdiag *s, uint8_t proto, uint32_t states, sockdiag_visit_fn each, void *ctx)
{
	struct visit v = { .each = each, .ctx = ctx };
	struct diag_dump d = { .family = FAMILY_V4, .proto = proto, .states = states, .heard = true };
	int err = sockdiag_dump(s, &d, hand_over, &v);

	d.family = FAMILY_V6;
	if (!err)
		err = sockdiag_dump(s, &d, hand_over, &v);
	if (err)
		s->stats.errors++;
	return err;
}
