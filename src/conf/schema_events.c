/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of where events go. */
#include "conf/schema.h"

#include "conf/conf.h"

static const struct schema_word formats[] = {
	{ "eve", CONF_EVENT_EVE },
	{ "cef", CONF_EVENT_CEF },
	{ NULL, 0 },
};

static const struct schema_word kinds[] = {
	{ "datagram", 0 },
	{ "stream", 1 },
	{ NULL, 0 },
};

static const struct schema_word syslogs[] = {
	{ "off", CONF_SYSLOG_OFF },
	{ "local", CONF_SYSLOG_LOCAL },
	{ "rfc5424", CONF_SYSLOG_5424 },
	{ NULL, 0 },
};

/* Numbers of RFC 5424, names of syslog.conf. */
static const struct schema_word facilities[] = {
	{ "user", 1 }, { "daemon", 3 }, { "auth", 4 }, { "authpriv", 10 },
	{ "local0", 16 }, { "local1", 17 }, { "local2", 18 }, { "local3", 19 },
	{ "local4", 20 }, { "local5", 21 }, { "local6", 22 }, { "local7", 23 },
	{ NULL, 0 },
};

static const struct schema_key event_keys[] = {
	{ "eve", KEY_BOOL, FIELD(struct conf_events, eve), .unit = "", .preset = "true",
	  .help = "write EVE lines (NDJSON as Suricata's) to eve_file" },
	{ "eve_file", KEY_TEXT, FIELD(struct conf_events, eve_file),
	  .min = 1, .unit = "", .preset = "\"eve.json\"",
	  .help = "in paths.log_dir, or absolute" },
	{ "human", KEY_BOOL, FIELD(struct conf_events, human),
	  .unit = "", .preset = "true", .help = "a line for people on standard output" },
	{ "socket", KEY_TEXT, FIELD(struct conf_events, socket), .unit = "", .preset = "\"\"",
	  .help = "path of a unix socket on which a collector listens; empty for none" },
	{ "socket_kind", KEY_WORD, FIELD(struct conf_events, socket_stream), .words = kinds, .unit = "",
	  .preset = "\"datagram\"", .help = "a datagram for each line, or a stream of lines" },
	{ "socket_format", KEY_WORD, FIELD(struct conf_events, socket_format), .words = formats, .unit = "",
	  .preset = "\"eve\"", .help = "or cef" },
	{ "syslog", KEY_WORD, FIELD(struct conf_events, syslog), .words = syslogs, .unit = "", .preset = "\"off\"",
	  .help = "\"local\" as the daemons of Linux read it from /dev/log, or rfc5424" },
	{ "syslog_socket", KEY_TEXT, FIELD(struct conf_events, syslog_socket), .min = 1, .unit = "",
	  .preset = "\"/dev/log\"", .help = "where that daemon listens" },
	{ "syslog_facility", KEY_WORD, FIELD(struct conf_events, syslog_facility), .words = facilities, .unit = "",
	  .preset = "\"authpriv\"", .help = "user, daemon, auth, authpriv, local0 to local7" },
	{ "syslog_format", KEY_WORD, FIELD(struct conf_events, syslog_format), .words = formats, .unit = "",
	  .preset = "\"cef\"", .help = "or eve" },
};

const struct schema_section schema_events = SECTION("events", event_keys);
