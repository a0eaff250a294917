/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of what people are told. */
#include "conf/schema.h"

#include "conf/conf.h"

static const struct schema_word kinds[] = {
	{ "finding", NOTIFY_FINDING },
	{ "block", NOTIFY_BLOCK },
	{ "refuse", NOTIFY_REFUSE },
	{ "end", NOTIFY_END },
	{ "mode", NOTIFY_MODE },
	{ "reload", NOTIFY_RELOAD },
	{ "notice", NOTIFY_NOTICE },
	{ "alarm", NOTIFY_ALARM },
	{ NULL, 0 },
};

static const struct schema_key notify_keys[] = {
	{ "hooks", KEY_PATH, FIELD(struct conf_notify, hooks), .min = 1, .unit = "", .preset = "\"hooks.d\"",
	  .help = "folder of executables; each is given each message" },
	{ "events", KEY_BITS, FIELD(struct conf_notify, opts.kinds), .words = kinds, .unit = "",
	  .preset = "[\"finding\", \"block\", \"refuse\", \"mode\", \"alarm\"]", .help = "that are told" },
	{ "severity", KEY_UINT, FIELD(struct conf_notify, opts.severity), .min = 1, .max = 255, .unit = "",
	  .preset = "2", .help = "findings of this one and graver; 1 is the gravest" },
	{ "batch", KEY_TIME, FIELD(struct conf_notify, opts.batch_ns), .min = NS_PER_S, .max = 86400 * NS_PER_S,
	  .unit = "", .preset = "\"1m\"", .help = "between two messages; the first goes at once" },
	{ "per_hour", KEY_UINT, FIELD(struct conf_notify, opts.per_hour), .min = 1, .max = NOTIFY_PER_HOUR,
	  .unit = "messages", .preset = "20", .help = "at most; what comes beyond waits, or is counted" },
	{ "repeat", KEY_TIME, FIELD(struct conf_notify, opts.repeat_ns), .max = 30 * 86400 * NS_PER_S,
	  .unit = "", .preset = "\"1h\"", .help = "an incident that was told is told again after this, or when it is graver" },
	{ "time_limit", KEY_TIME, FIELD(struct conf_notify, time_limit_ns), .min = NS_PER_S, .max = 600 * NS_PER_S,
	  .unit = "", .preset = "\"30s\"", .help = "of a hook; then it is killed, with all that it started" },
	{ "tries", KEY_UINT, FIELD(struct conf_notify, tries), .min = 1, .max = 100, .unit = "", .preset = "8",
	  .help = "of one message by one hook, ever more slowly; then it is given up" },
};

const struct schema_section schema_notify = SECTION("notify", notify_keys);
