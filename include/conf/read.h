/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of a file into structs, key by key in the order of the file, with every key that
 * the schema does not know named. Internal to conf.
 */
#ifndef TIDEGATE_CONF_READ_H
#define TIDEGATE_CONF_READ_H

#include <libconfig.h>
#include <stddef.h>

#include "conf/schema.h"
#include "conf/value.h"

/* Keys, and the struct that they fill. A rule has two: common ones, and its own. */
struct read_into {
	const struct schema_section *section;
	void *base;
};

/* 'what' names the group in problems, "" for a whole file. KEY_APART is passed over. */
void read_group(const struct value_reader *r, const config_setting_t *group,
	const char *what, const struct read_into *into, size_t n);

/* Reports each key without a preset that the group lacks. */
void read_required(const struct value_reader *r, const config_setting_t *group,
	const char *what, const struct read_into *into, size_t n);

#endif
