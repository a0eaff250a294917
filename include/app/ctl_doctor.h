/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gathers how tidegate is installed here: files, groups, clock, and what the daemon says of itself where it answers. */
#ifndef TIDEGATE_APP_CTL_DOCTOR_H
#define TIDEGATE_APP_CTL_DOCTOR_H

#include "app/ctl.h"
#include "core/site.h"

/* May talk with the daemon, and print nothing. */
void ctl_doctor_site(struct ctl_tool *t, struct site_facts *out);

/* Asks without a word of the answer printed; the last object of it, the caller's, or NULL. */
json_t *ctl_ask_quietly(struct ctl_tool *t, const struct ctl_request *r);

#endif
