/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports as a host could have them, for whoever prints them: a quiet day, a day of attacks, all lists at their bound and all
 * strings hostile, and nothing at all. free() them. */
#ifndef TIDEGATE_TESTS_SUPPORT_REPORT_SAMPLE_H
#define TIDEGATE_TESTS_SUPPORT_REPORT_SAMPLE_H

#include "app/report.h"

struct report_data *report_sample_empty(void);
struct report_data *report_sample_quiet(void);
struct report_data *report_sample_busy(void);

/* Every list full, every number large, and every string as long as it may be and made of that one over and over. */
struct report_data *report_sample_full(const char *hostile);

#endif
