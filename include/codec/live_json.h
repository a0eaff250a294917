/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of core/live.h as JSON objects, for the verb "live": one flat object each, its view named by "view". Amounts a second
 * end in "_s". What is not known is left out, never 0.
 */
#ifndef TIDEGATE_CODEC_LIVE_JSON_H
#define TIDEGATE_CODEC_LIVE_JSON_H

#include <jansson.h>

#include "codec/stamp.h"
#include "core/live.h"

/* All give a new reference, or NULL without memory. The head says of the whole: when, over which span, states, protocols,
 * conntrack, how many there are of each and what found no room. */
json_t *live_json_head(const struct live_snapshot *s, const struct live_view *v, const struct stamp *at);
json_t *live_json_link(const struct live_view *v, uint32_t i);
json_t *live_json_flow(const struct live_snapshot *s, const struct live_view *v, uint32_t i, const struct stamp *at);
json_t *live_json_service(const struct live_snapshot *s, const struct live_view *v, uint32_t i);
json_t *live_json_process(const struct live_snapshot *s, const struct live_view *v, uint32_t i);

#endif
