/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of an egress finding beside its subject (core/egress_facts.h): as an object for EVE, the control socket and
 * the store, and as half a sentence for people. What is not known is left out.
 */
#ifndef TIDEGATE_CODEC_EGRESS_SAY_H
#define TIDEGATE_CODEC_EGRESS_SAY_H

#include <jansson.h>

#include "base/text.h"
#include "core/egress_facts.h"

/* Puts "egress": { process, executable, pid, parent, user, uid, unit, cgroup, level, name, bytes_out, bytes_in, known_s };
 * nothing where there are no facts. */
void put_egress(json_t *o, const struct egress_facts *f);

#define EGRESS_TEXT 384 /* room for what egress_add_text says */

/* "by curl (pid 812, bob, app.service) to files.example.net, 200.0 MiB out, known for 3d"; nothing where nothing is known. */
void egress_add_text(struct text *t, const struct egress_facts *f);

#endif
