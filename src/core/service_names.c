/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looked up when there is a finding, so seldom: a walk over the list will do. */
#include "core/service_names.h"

#include <string.h>

static bool same(const struct service_name *a, const struct service_name *b)
{
	return a->proto == b->proto && a->port == b->port && strncmp(a->who, b->who, sizeof(a->who)) == 0;
}

bool service_names_set(struct service_names *s, const struct service_name *list, size_t n)
{
	bool news = s->n != (n < SERVICE_NAMES ? n : SERVICE_NAMES);

	s->n = n < SERVICE_NAMES ? n : SERVICE_NAMES;
	for (size_t i = 0; i < s->n; i++) {
		news = news || !same(&s->list[i], &list[i]);
		s->list[i] = list[i];
	}
	return news;
}

void service_names_tell(const struct service_names *s, struct finding *f)
{
	bool service = f->subject.kind == SUBJECT_SERVICE;
	uint8_t proto = service ? f->subject.proto : f->proto;
	uint16_t port = service ? f->subject.port : f->dport;

	if (f->who[0] || !port)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].proto == proto && s->list[i].port == port)
			memcpy(f->who, s->list[i].who, sizeof(f->who));
}
