/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of the core as JSON objects, for answers on the control socket. Only what is
 * stored is written: nothing is decided, counted or judged again here, so that an
 * incident says tomorrow what it said when it happened.
 */
#ifndef TIDEGATE_CODEC_CTL_JSON_H
#define TIDEGATE_CODEC_CTL_JSON_H

#include <jansson.h>

#include "base/histogram.h"
#include "base/table.h"
#include "codec/stamp.h"
#include "core/engine.h"
#include "core/guard.h"
#include "core/incident.h"
#include "core/ledger.h"
#include "core/source.h"

/* All give a new reference, or NULL without memory. */
json_t *ctl_json_measure(const struct measure *m, const struct stamp *s);
json_t *ctl_json_guard(const struct guard *g);
json_t *ctl_json_finding(const struct finding *f, const struct stamp *s);
json_t *ctl_json_decision(const struct decision *d);

/* One line's worth for lists: subject, newest rule, count, effect. */
json_t *ctl_json_incident_brief(const struct incident *i, const struct stamp *s);

/* All of it, findings newest first. */
json_t *ctl_json_incident(const struct incident *i, const struct stamp *s);

json_t *ctl_json_counters(const struct engine_counters *c);
json_t *ctl_json_ledger(const struct ledger_stats *l);
json_t *ctl_json_sources(const struct table_stats *t);
/* The time left until it goes back, and to what. */
json_t *ctl_json_trial(const struct trial *t, bool enforces, const struct stamp *s);
json_t *ctl_json_excuse(const struct excuse *x, const struct stamp *s);
json_t *ctl_json_histogram(const struct histogram *h);

/* What is remembered of one source. */
json_t *ctl_json_source(const struct source *r, mono_t now);

/* How near it is to each rule, as it stands in the list. */
json_t *ctl_json_nears(const struct nears *s);

#endif
