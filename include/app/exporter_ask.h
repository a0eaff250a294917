/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exporter's talk with the daemon over view.sock: one connection a question, within a time, a size and a rate, so that
 * no number of readers becomes a load on the daemon. Not locked.
 */
#ifndef TIDEGATE_APP_EXPORTER_ASK_H
#define TIDEGATE_APP_EXPORTER_ASK_H

#include <stdint.h>

#include <jansson.h>

#include "base/time.h"
#include "codec/ctl_msg.h"

#define ASK_NS (3 * NS_PER_S)          /* for a whole answer: the daemon itself waits two seconds for its packet thread */
#define ASK_BYTES ((size_t)512 * 1024) /* of a whole answer; the daemon sends half of that at most */
#define ASK_RATE 10                    /* questions a second that last ... */
#define ASK_BURST 20                   /* ... and at once */

struct exporter_asker {
	const char *path; /* of view.sock */
	mono_t empty_at;  /* of the bucket: when all that was asked would have been asked at the rate */
	mono_t shunned;   /* after a silence: until then nobody asks again */
	int shunned_code;
	char why[CTL_ERROR];
	uint64_t answered, failed, refused; /* refused: beyond the rate, the daemon never saw them */
};

/* Objects of an answer, in their order, borrowed. CTL_OK, or the code with which to give up. */
typedef int (*exporter_take_fn)(void *ctx, json_t *value);

/*
 * The code of the answer's end. CTL_UNAVAILABLE: nobody answers there; CTL_PERMISSION: we may not open it, or the verb
 * changes something; CTL_AGAIN: too slow, or too many questions; CTL_INTERNAL: what was said is no answer. In all but
 * CTL_OK why says it for people.
 */
int exporter_ask(struct exporter_asker *a, const struct ctl_request *r, exporter_take_fn take, void *ctx,
	char why[CTL_ERROR]);

#endif
