/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where events go beside the file: a collector's socket and the syslog daemon, each in its format. For the control
 * thread alone; nobody is waited for.
 */
#ifndef TIDEGATE_APP_OUTLETS_H
#define TIDEGATE_APP_OUTLETS_H

#include <jansson.h>

#include "codec/event_json.h"
#include "conf/conf.h"
#include "edge/log.h"

struct outlets;

/* *out is NULL where nothing but the file was asked for. ERR_RANGE, ERR_MEMORY. */
int outlets_create(struct outlets **out, const struct conf_events *c, char why[WHY_TEXT]);

/* NULL does nothing in these. */
void outlets_destroy(struct outlets *o);
void outlets_event(struct outlets *o, const struct event *e, const struct event_world *w);
void outlets_reopen(struct outlets *o);

/* [{"target","path","format","written","unwritten","failing"}], for status. */
json_t *outlets_value(const struct outlets *o);

#endif
