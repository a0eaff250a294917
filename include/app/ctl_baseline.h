/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of tidegate baseline share. */
#ifndef TIDEGATE_APP_CTL_BASELINE_H
#define TIDEGATE_APP_CTL_BASELINE_H

#include <jansson.h>

#include "app/ctl.h"
#include "app/known.h"
#include "base/time.h"

#define BASELINE_DAY 24

/* "2026-11-21 03:04", UTC: captures of many zones and years stand side by side. */
void ctl_baseline_day(wall_t at, char out[BASELINE_DAY]);
void ctl_baseline_put_day(json_t *o, const char *name, wall_t at); /* RFC 3339 */

/* What is known, since when, and what is missing, in the output that was asked for. These give an exit code. */
int ctl_baseline_show(const struct ctl_tool *t, const struct known *k);

/* All slots that teach to a file, or standard output ("-"), as codec/slot_json.h has them. */
int ctl_baseline_export(const struct ctl_tool *t, const struct known *k, const char *file);

/* And back: all of them or none, each line that is wrong is named. Own slots stay as they are. */
int ctl_baseline_import(const struct ctl_tool *t, struct history *h, const char *file);

/* Says what became of one of the files. */
int ctl_baseline_error(const struct known *k, enum known_origin failed, int err);

#endif
