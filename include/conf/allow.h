/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allowlists: the list "allowlists" of a main file or a policy. A list that is met again in a later file changes field by
 * field; its entries are one field. Internal to conf.
 */
#ifndef TIDEGATE_CONF_ALLOW_H
#define TIDEGATE_CONF_ALLOW_H

#include <libconfig.h>
#include <stdio.h>

#include "conf/value.h"
#include "core/allowlist.h"

#define ALLOW_PORTS 32 /* of one entry */
#define ALLOW_PORT 24

/* Both as they are written. Whom a list is about is one of these; uid may stand beside user, and then it counts. */
struct allow_group {
	char name[32], user[32], group[128];
	uint32_t uid;
	bool host, enforce;
};

struct allow_to {
	char name[ALLOWLIST_NAME];
	struct prefix address;
	char ports[ALLOW_PORTS][ALLOW_PORT];
	uint8_t n_ports;
};

/* Where each list was met lately, to say so in problems. Zeroed by the caller. */
struct allow_book {
	struct conf_place at[ALLOWLISTS];
	bool flawed[ALLOWLISTS];
};

void allow_read(const struct value_reader *r, const config_setting_t *group, struct allowlists *lists,
	struct allow_book *book);

/* The list "to" of a list into its entries. */
void allow_read_to(const struct value_reader *r, const config_setting_t *to, struct allowlists *lists, size_t list);

/* What can be judged only when all files were read. */
void allow_judge(const struct allowlists *lists, const struct allow_book *book, struct conf_report *report);

/* As a file says it; nothing where there is none. */
void allow_print(const struct allowlists *lists, FILE *out);

#endif
