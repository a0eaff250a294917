/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of many days in one folder: report-YYYY-MM-DD.json and .html (of local time), and the same as latest.*. A file
 * appears whole or not at all, and those of the oldest days go. Nothing else in the folder is touched.
 */
#ifndef TIDEGATE_APP_REPORT_FOLDER_H
#define TIDEGATE_APP_REPORT_FOLDER_H

#include "app/report.h"
#include "edge/log.h"

#define REPORT_KEEP 30
#define REPORT_KEEP_MOST 3660

/* keep: days, 1 at least. Readable by the folder's group. 0, or an enum err with its reason; what was there stays then. */
int report_folder_put(const char *folder, const struct report_data *r, unsigned keep, char why[WHY_TEXT]);

/* The page alone, under a name of its own: whole or not at all, or, where no regular file is behind the name, written to
 * what is. Its mode is 0640. 0, or an enum err with its reason. */
int report_page_put(const char *path, const struct report_data *r, char why[WHY_TEXT]);

#endif
