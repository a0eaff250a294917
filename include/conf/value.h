/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One setting of a file into one field, as the schema says; and the schema's defaults,
 * which go the same way as what a file says. Internal to conf.
 */
#ifndef TIDEGATE_CONF_VALUE_H
#define TIDEGATE_CONF_VALUE_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/report.h"
#include "conf/schema.h"

#define VALUE_WHAT 96

/* The uid of a user of this host; 0 or ERR_ABSENT. */
typedef int (*conf_user_fn)(void *ctx, const char *name, uint32_t *uid);

/* The file that is being read. All borrowed. */
struct value_reader {
	struct conf_report *report;
	const char *file;
	const char *folder; /* in which relative paths stand; "" for the current one */
	conf_user_fn user_id; /* NULL: no user is known */
	void *user_ctx;
};

struct conf_place value_place(const struct value_reader *r, const config_setting_t *s);

/*
 * Writes the field of key k within *base, or reports what is wrong with the setting and
 * leaves the field alone. 'what' has the key: "rule 'scan.fast'", or "" for the file.
 */
bool value_read(const struct value_reader *r, const struct schema_key *k,
	const char *what, const config_setting_t *s, void *base);

/* Fills all fields of a section, and of those in it, that have a preset. */
void value_preset(const struct schema_section *section, const char *folder, void *base);

#endif
