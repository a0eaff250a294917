/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a feed in the main file. */
#include "conf/schema.h"

#include "conf/conf.h"

static const struct schema_word formats[] = {
	{ "auto", CONF_FEED_AUTO },
	{ "plain", CONF_FEED_PLAIN },
	{ "netset", CONF_FEED_NETSET },
	{ "spamhaus", CONF_FEED_SPAMHAUS },
	{ "crowdsec", CONF_FEED_CROWDSEC },
	{ NULL, 0 },
};

static const struct schema_key feed_keys[] = {
	{ "name", KEY_NAME, FIELD(struct conf_feed, name), .min = 1, .unit = "",
	  .help = "how findings and `tidegate feed` call it" },
	{ "file", KEY_PATH, FIELD(struct conf_feed, file), .min = 1, .unit = "",
	  .help = "the list; who downloads it is up to you" },
	{ "format", KEY_WORD, FIELD(struct conf_feed, format), .words = formats, .unit = "", .preset = "\"auto\"",
	  .help = "or plain, netset (FireHOL), spamhaus (NDJSON), crowdsec (JSON)" },
	{ "max_entries", KEY_UINT, FIELD(struct conf_feed, max_entries),
	  .min = 1, .max = 1000000, .unit = "entries", .preset = "200000",
	  .help = "a longer list is refused whole" },
	{ "max_change", KEY_UINT, FIELD(struct conf_feed, max_change),
	  .max = 100000, .unit = "%", .preset = "50",
	  .help = "of its length at once, up or down; more is refused until forced; 0: no bound" },
	{ "refuse", KEY_BOOL, FIELD(struct conf_feed, refuse), .unit = "", .preset = "false",
	  .help = "its addresses may be refused on sight, where the policy says so" },
	{ "keep_private", KEY_BOOL, FIELD(struct conf_feed, keep_private), .unit = "", .preset = "false",
	  .help = "take addresses of private networks, too" },
};

const struct schema_section schema_feed = SECTION("feed", feed_keys);
