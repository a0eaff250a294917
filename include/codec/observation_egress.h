/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host's own flows and look-ups say, and what others say of it all, in the log of observations: for observation_write.c and observation_read.c
 * alone.
 */
#ifndef TIDEGATE_CODEC_OBSERVATION_EGRESS_H
#define TIDEGATE_CODEC_OBSERVATION_EGRESS_H

#include <stddef.h>

#include "base/cursor.h"
#include "codec/observation_numbers.h"
#include "core/blame.h"
#include "core/detect_reported.h"
#include "core/dns.h"
#include "core/listed.h"
#include "core/observation.h"

void egress_put_owner(struct pen *p, const struct owner_answer *a);
void egress_put_reported(struct pen *p, const struct report_alert *a);
void egress_put_dns(struct pen *p, const struct dns_message *m);
void egress_put_resolvers(struct pen *p, const struct observation *o); /* the first NAMES_RESOLVERS */
void egress_put_listed(struct pen *p, const struct observation *o);

/* They fill what they are given and leave the cursor failed where the bytes are not of this form. */
void egress_take_owner(struct cursor *c, struct owner_answer *a);
void egress_take_reported(struct cursor *c, struct report_alert *a);
void egress_take_dns(struct cursor *c, struct dns_message *m);
size_t egress_take_resolvers(struct cursor *c, struct addr *list, size_t most);
void egress_take_listed(struct cursor *c, struct observation *o, char list[LISTED_NAME]);

#endif
