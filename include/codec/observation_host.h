/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of itself, in the log of observations: the census, samples, ends of flows, holders. A second is
 * mostly like the second before it, so what a block has said already is not said again: a mask of what differs, and the
 * differences. For codec/observation_write.c and _read.c.
 */
#ifndef TIDEGATE_CODEC_OBSERVATION_HOST_H
#define TIDEGATE_CODEC_OBSERVATION_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cursor.h"
#include "codec/observation_numbers.h"
#include "core/detect_flood.h"
#include "core/flow_end.h"
#include "core/holders.h"
#include "core/host_sample.h"
#include "core/observation.h"
#include "core/service_names.h"

#define HOST_SAID_SERVICES 128 /* of a census, that are remembered for the next one */

/* What a block has said so far. All zero: nothing. */
struct host_said {
	struct host_sample sample;
	struct service_census services[HOST_SAID_SERVICES];
	size_t n;
};

void host_said_census(struct host_said *s, const struct service_census *list, size_t n);

/* No service and no pressure; or the very services of before, and no pressure. */
bool census_is_empty(const struct observation *o);
bool census_is_same(const struct observation *o, const struct host_said *before);

void host_put_census(struct pen *p, const struct observation *o, size_t most, const struct host_said *before);
void host_put_sample(struct pen *p, const struct host_sample *s, const struct host_sample *before);
void host_put_flow_end(struct pen *p, const struct flow_end *f);
void host_put_names(struct pen *p, const struct observation *o);
void host_put_holders(struct pen *p, const struct observation *o);

/* They fill what they are given and leave the cursor failed where the bytes are not of this form. */
size_t host_take_census(struct cursor *c, struct service_census *list, size_t most, struct pressure *pressure,
	const struct host_said *before);
void host_take_sample(struct cursor *c, struct host_sample *s, const struct host_sample *before);
void host_take_flow_end(struct cursor *c, struct flow_end *f);
size_t host_take_names(struct cursor *c, struct service_name *list, size_t most);
size_t host_take_holders(struct cursor *c, struct service_holders *list, size_t most);

#endif
