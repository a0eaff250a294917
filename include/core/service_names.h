/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which program serves which port, in a line for people: what a finding about that port says of ourselves. It decides
 * nothing. Pure; bounded.
 */
#ifndef TIDEGATE_CORE_SERVICE_NAMES_H
#define TIDEGATE_CORE_SERVICE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"

#define SERVICE_NAMES 256

struct service_name {
	uint8_t proto;
	uint16_t port;
	char who[FINDING_WHO];
};

struct service_names {
	struct service_name list[SERVICE_NAMES];
	size_t n;
};

/* Takes the place of all that was known; what is beyond SERVICE_NAMES is left out. False: it is what was known. */
bool service_names_set(struct service_names *s, const struct service_name *list, size_t n);

/* Fills f->who, where the finding is about a port of ours that has a name and nobody has filled it. */
void service_names_tell(const struct service_names *s, struct finding *f);

#endif
