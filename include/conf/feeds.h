/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds by name: lists of bad addresses in files. A name that is met again, in a later file, changes the feed field by
 * field. Internal to conf.
 */
#ifndef TIDEGATE_CONF_FEEDS_H
#define TIDEGATE_CONF_FEEDS_H

#include <libconfig.h>

#include "conf/conf.h"
#include "conf/value.h"

/* Where each feed was met, to say so in problems. Zeroed by the caller. */
struct feed_book {
	struct conf_place at[CONF_FEEDS];
};

/* The list "feeds" of one file's root, where it is there. */
void feeds_read(const struct value_reader *r, const config_setting_t *root, struct conf_feeds *feeds,
	struct feed_book *book);

#endif
