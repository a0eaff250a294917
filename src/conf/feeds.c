/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of feeds: which there are, and what of them is said again in later files. */
#include "conf/feeds.h"

#include <stdio.h>
#include <string.h>

#include "conf/read.h"

static const config_setting_t *name_of(const config_setting_t *group)
{
	const config_setting_t *s = config_setting_get_member(group, "name");

	return s && config_setting_type(s) == CONFIG_TYPE_STRING ? s : NULL;
}

/* Its index; the number of feeds for one that is new. */
static size_t find(const struct conf_feeds *feeds, const char *name)
{
	size_t i = 0;

	while (i < feeds->n && strcmp(feeds->list[i].name, name) != 0)
		i++;
	return i;
}

/* A feed that is new must say all that has no preset, and whatever is wrong with it, it stays the feed of that name, so
 * that what follows is judged as it would be. */
static void read_feed(const struct value_reader *r, const config_setting_t *group, struct conf_feeds *feeds,
	struct feed_book *book)
{
	const char *name = config_setting_get_string(name_of(group));
	const size_t i = find(feeds, name);
	struct read_into into = { &schema_feed, &feeds->list[i < CONF_FEEDS ? i : 0] };
	char what[VALUE_WHAT];

	if (i == CONF_FEEDS) {
		conf_error(r->report, value_place(r, group), "there are more than %d feeds", CONF_FEEDS);
		return;
	}
	if (book->at[i].file && strcmp(book->at[i].file, r->file) == 0) {
		conf_error(r->report, value_place(r, group), "feed '%.32s' stands in this file already, at line %u", name,
			book->at[i].line);
		return;
	}
	book->at[i] = value_place(r, group);
	snprintf(what, sizeof(what), "feed '%.32s'", name);
	if (i == feeds->n) {
		value_preset(&schema_feed, r->folder, &feeds->list[i]);
		read_required(r, group, what, &into, 1);
	}
	read_group(r, group, what, &into, 1);
	feeds->n += i == feeds->n && feeds->list[i].name[0];
	if (!feeds->list[i].name[0])
		book->at[i] = (struct conf_place){ .file = NULL };
}

void feeds_read(const struct value_reader *r, const config_setting_t *root, struct conf_feeds *feeds,
	struct feed_book *book)
{
	const config_setting_t *list = config_setting_get_member(root, "feeds");

	if (list && !config_setting_is_list(list)) {
		conf_error(r->report, value_place(r, list), "'feeds' must be a list of groups: feeds = ( { ... }, ... )");
		return;
	}
	for (int i = 0; list && i < config_setting_length(list); i++) {
		const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);

		if (config_setting_is_group(group) && name_of(group))
			read_feed(r, group, feeds, book);
		else
			conf_error(r->report, value_place(r, group),
				"a feed must be a group with a name: { name = \"...\"; file = \"...\"; }");
	}
}
