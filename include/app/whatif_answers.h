/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other rules ask other questions than those that were asked and answered when the log was kept. Here they meet: the
 * questions of an engine that was not there, and the fates of connections that a log has, by tuple.
 *
 * A question waits until the log has told what may still come of its connection. An answer to a question of the same kind
 * (soon after the SYN, for a rate; when a handshake must be complete, for a scan or the record) is given at the time
 * when it was given then. Else another answer about that connection does: to a rate's question the later one, when it
 * comes, so that this proof is some seconds late; to a scan's the earlier one, where it proves something. A question
 * that nobody ever asked has none: it is counted, and proof that it would have brought is missing.
 *
 * Bounded: what is pushed out by newer ones is counted with the unknown.
 */
#ifndef TIDEGATE_APP_WHATIF_ANSWERS_H
#define TIDEGATE_APP_WHATIF_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/ask.h"
#include "core/engine.h"

struct whatif_answers;

/* rules: of the engine that asks, for how long after its first packet it asks about a connection; copied. */
int whatif_answers_create(struct whatif_answers **out, const struct hash_key *key, const struct engine_rules *rules);
void whatif_answers_destroy(struct whatif_answers *a); /* NULL does nothing */

/* The engine asks. True where the answer is known by now; else the question waits. */
bool whatif_answers_ask(struct whatif_answers *a, const struct ask *ask, mono_t now, struct ask_answer *out);

/* The log has an answer. To how many questions that wait it is one; they are in out, for the engine. */
size_t whatif_answers_told(struct whatif_answers *a, const struct ask_answer *told, mono_t now, struct ask_answer out[2]);

/* The next question that has waited long enough: true and what answer there is; call it until it says false. */
bool whatif_answers_late(struct whatif_answers *a, mono_t now, struct ask_answer *out);

struct whatif_asked {
	uint64_t asked, answered;
	uint64_t unknown; /* nobody had asked, or it was pushed out */
	uint64_t waiting;
};

void whatif_answers_stats(const struct whatif_answers *a, struct whatif_asked *out);

#endif
