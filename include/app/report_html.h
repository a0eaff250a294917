/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as one HTML file that needs no other: styles and plots are in it, scripts are not. */
#ifndef TIDEGATE_APP_REPORT_HTML_H
#define TIDEGATE_APP_REPORT_HTML_H

#include <stdio.h>

#include "app/report.h"

/* Writes all of it; every string is escaped. 0, or ERR_IO where the stream failed. It does not close it. */
int report_html(const struct report_data *r, FILE *out);

#endif
