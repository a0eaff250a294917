/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as one JSON object, for programs: "v": 1, times as RFC 3339 in UTC, bytes and packets as whole numbers, durations
 * in seconds. Members keep their names within a version; more may come. What is not known is left out, or null in a row of
 * points.
 */
#ifndef TIDEGATE_APP_REPORT_JSON_H
#define TIDEGATE_APP_REPORT_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "app/report.h"

json_t *report_json_value(const struct report_data *r); /* a new reference; NULL without memory */

/* On one line. 0, ERR_MEMORY, ERR_IO. */
int report_json(const struct report_data *r, FILE *out);

#endif
