/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram of rtnetlink, as edge/host_links reads it. Whatever comes: interfaces stay in order, each once, within the
 * bound, and their names are printable and end.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/link_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(const struct host_sample *s)
{
	if (s->n_links > SAMPLE_LINKS)
		abort();
	for (uint32_t i = 0; i < s->n_links; i++) {
		const struct link_counters *l = &s->links[i];

		if (!l->index || (i && l->index <= s->links[i - 1].index))
			abort();
		if (!memchr(l->name, '\0', LINK_NAME))
			abort();
		for (const char *c = l->name; *c; c++)
			if (*c <= ' ' || *c > '~')
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct slice){ data, size });
	struct host_sample s = { 0 };
	struct netlink_message m;
	struct link_counters l;
	int error;

	while (netlink_next(&c, &m)) {
		if (netlink_error(&m, &error) == 0)
			break;
		if (link_msg_counters(&m, &l) == 0)
			host_sample_add_link(&s, &l);
	}
	hold(&s);
	return 0;
}
