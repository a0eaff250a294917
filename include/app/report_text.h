/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report for people: 80 columns, bars, local times with their zone. */
#ifndef TIDEGATE_APP_REPORT_TEXT_H
#define TIDEGATE_APP_REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "app/report.h"

struct report_look {
	bool colour;
	bool utf8; /* else plain ASCII: of strings, too */
};

/* 0, or ERR_IO where the stream failed. What is no printable text in a string goes out as \xHH. */
int report_text(const struct report_data *r, const struct report_look *look, FILE *out);

#endif
