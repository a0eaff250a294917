/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of tidegate baseline share. */
#ifndef TIDEGATE_APP_CTL_BASELINE_H
#define TIDEGATE_APP_CTL_BASELINE_H

#include <jansson.h>

#include "app/ctl.h"
#include "base/time.h"
#include "edge/store_lessons.h"

#define BASELINE_DAY 24

/* "2026-11-21 03:04", UTC: captures of many zones and years stand side by side. */
void ctl_baseline_day(wall_t at, char out[BASELINE_DAY]);
void ctl_baseline_put_day(json_t *o, const char *name, wall_t at); /* RFC 3339 */

/* What is known, since when, and what is missing, in the output that was asked for. An enum err of the file. */
int ctl_baseline_print(const struct ctl_tool *t, struct lessons *l);

#endif
