/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One value of a file on its way into one field: value.c walks lists, element.c knows the
 * types. Internal to conf.
 */
#ifndef TIDEGATE_CONF_ELEMENT_H
#define TIDEGATE_CONF_ELEMENT_H

#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>

#include "conf/schema.h"
#include "conf/value.h"

/* Which key of what, where it stands and where it goes. */
struct element {
	const struct value_reader *reader;
	const struct schema_key *key;
	const char *what;
	const config_setting_t *setting;
	void *field;
};

/* Writes the field, or reports and leaves it alone. KEY_BITS, KEY_SECTION and KEY_APART
 * are no single values: false. */
bool element_read(const struct element *e);

/* The value of the word that stands there, or a report of the words there are. */
bool element_word(const struct element *e, uint64_t *value);

/* Reports "'key' in what ..."; false, so that a reader can return it. */
bool element_wrong(const struct element *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
