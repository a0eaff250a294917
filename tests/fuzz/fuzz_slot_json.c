/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as a line of slots: refused with a reason, or a slot that is written and read the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/slot_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct slot_series room[SLOT_SERIES], again[SLOT_SERIES];
	char why[SLOT_JSON_WHY] = "";
	struct slot s, back;
	char *line;
	json_t *o;

	if (slot_json_read_header((const char *)data, size, why))
		must(*why);
	*why = '\0';
	if (slot_json_read((const char *)data, size, room, &s, why)) {
		must(*why);
		return 0;
	}
	must(s.n <= SLOT_SERIES && s.start_s % SLOT_S == 0 && s.watched_s <= SLOT_S);
	o = slot_json(&s, "own");
	line = json_dumps(o, JSON_COMPACT);
	must(line && slot_json_read(line, strlen(line), again, &back, why) == 0);
	must(back.start_s == s.start_s && back.utc_offset_s == s.utc_offset_s && back.n == s.n);
	for (size_t i = 0; i < s.n; i++) {
		must(series_equal(&room[i].id, &again[i].id) && room[i].known == again[i].known);
		must(memcmp(room[i].value, again[i].value, sizeof(room[i].value)) == 0);
	}
	free(line);
	json_decref(o);
	return 0;
}
