/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of allowlists and of their entries. */
#include "conf/allow.h"
#include "conf/schema.h"

static const struct schema_word modes[] = {
	{ "shadow", 0 },
	{ "enforce", 1 },
	{ NULL, 0 },
};

static const struct schema_key list_keys[] = {
	{ "name", KEY_NAME, FIELD(struct allow_group, name), .min = 1, .unit = "", .help = "as egress show has it" },
	{ "user", KEY_NAME, FIELD(struct allow_group, user), .min = 1, .unit = "", .help = "whose programs it is about" },
	{ "uid", KEY_UINT, FIELD(struct allow_group, uid), .max = INT64_C(4294967294), .unit = "",
	  .help = "the same by number" },
	{ "group", KEY_TEXT, FIELD(struct allow_group, group), .min = 1, .unit = "",
	  .help = "or a control group and those in it: \"system.slice/backup.service\"" },
	{ "host", KEY_BOOL, FIELD(struct allow_group, host), .unit = "", .help = "or all of this host" },
	{ "mode", KEY_WORD, FIELD(struct allow_group, enforce), .words = modes, .unit = "",
	  .help = "shadow counts what it would refuse; enforce refuses it" },
	{ "to", KEY_APART, .unit = "", .help = "where they may go" },
};

static const struct schema_key to_keys[] = {
	{ "name", KEY_TEXT, FIELD(struct allow_to, name), .min = 1, .unit = "",
	  .help = "\"deb.debian.org\", \"*.example.net\"" },
	{ "address", KEY_PREFIX, FIELD(struct allow_to, address), .unit = "", .help = "or an address or network" },
	{ "ports", KEY_TEXT, ARRAY(struct allow_to, ports, n_ports), .least = 1, .min = 1, .unit = "",
	  .help = "\"tcp/443\", \"udp/8000-8100\", \"tcp\", \"53\" (both), \"icmp\"; none: all of TCP and UDP" },
};

const struct schema_section schema_allowlist = SECTION("allowlist", list_keys);
const struct schema_section schema_allow_to = SECTION("entry", to_keys);
