/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of conf.d that `tidegate setup` writes, and what it changes of an older one, as text. Same plan, same bytes: no
 * time stands in it. Pure. Called by app/ctl_setup.
 */
#ifndef TIDEGATE_CODEC_SETUP_TEXT_H
#define TIDEGATE_CODEC_SETUP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/text.h"

#define SETUP_RULES 4
#define SETUP_PORTS 16
#define SETUP_NEVER_BLOCK 256
#define SETUP_BYTES 24576 /* room for any plan */

struct setup_rule {
	const char *name;
	uint16_t ports[SETUP_PORTS];
	size_t n;
};

struct setup_plan {
	const char *policy, *why, *sure;
	bool forward;
	uint16_t admin_ports[SETUP_PORTS];
	size_t n_admin_ports; /* 0: not written */
	struct prefix never_block[SETUP_NEVER_BLOCK];
	size_t n_never_block; /* 0: not written */
	struct prefix around; /* of the session's address, offered in a comment; family NONE: none */
	struct setup_rule rules[SETUP_RULES];
	size_t n_rules;
};

/* t.cut where it does not fit into SETUP_BYTES. */
void setup_text_write(const struct setup_plan *p, struct text *t);

/*
 * Lines of before that go as "-line", of after that come as "+line", and what stays at both ends as " line", at most context
 * lines of it. Nothing where both are the same. before may be empty. Control bytes come out escaped.
 */
void setup_text_changes(const char *before, const char *after, size_t context, struct text *t);

#endif
