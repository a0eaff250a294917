/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots as lines of JSON (NDJSON), for `tidegate baseline export` and `import`: one header line, then a line a slot.
 *
 *	{"tidegate":"slots","version":1}
 *	{"start":1763751600,"utc_offset":3600,"watched":300,"frozen":false,"origin":"own",
 *	 "series":{"link eth0":{"bytes-in":1234,"bytes-out":99}}}
 *
 * Series and measures have the words of core/slot.h; states are hundredths. What is not known is not there.
 */
#ifndef TIDEGATE_CODEC_SLOT_JSON_H
#define TIDEGATE_CODEC_SLOT_JSON_H

#include <stddef.h>

#include <jansson.h>

#include "core/slot.h"

#define SLOT_JSON_LINE (1 << 20) /* longer than any slot */
#define SLOT_JSON_WHY 160

json_t *slot_json_header(void);
json_t *slot_json(const struct slot *s, const char *origin); /* peers are left out. NULL: no memory */

/* ERR_INVALID: it is none; ERR_UNSUPPORTED: of another version. The reason is for people. */
int slot_json_read_header(const char *line, size_t len, char why[SLOT_JSON_WHY]);

/* ERR_INVALID, with the reason. The slot borrows the room. What a line has besides is refused: a slip is no slot. */
int slot_json_read(const char *line, size_t len, struct slot_series room[SLOT_SERIES], struct slot *out,
	char why[SLOT_JSON_WHY]);

#endif
