/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all detection rules have in common: a name that policies match and people read, where it was written, and why.
 */
#ifndef TIDEGATE_CORE_RULE_H
#define TIDEGATE_CORE_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct rule {
	char name[32];    /* "scan.vertical" */
	char origin[64];  /* "rules/scan.conf:14" */
	char why[160];    /* the reason of its threshold, as the file gives it */
	uint32_t sid;     /* signature id of the EVE event */
	uint8_t severity; /* 1 high .. 3 low, as Suricata counts */
	bool enabled;
};

#endif
