/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of series and measures, as people and files give them. What is taken can be written, is read again as the very
 * same series, and its text is printable.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/slot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_series(const char *text)
{
	struct series_id id, again;
	char out[SERIES_TEXT], twice[SERIES_TEXT];

	if (series_parse(text, &id) != 0)
		return;
	series_format(&id, out, sizeof(out));
	for (const char *at = out; *at; at++)
		if (*at < ' ' || *at > '~')
			abort();
	if (series_parse(out, &again) != 0 || !series_equal(&id, &again))
		abort();
	series_format(&again, twice, sizeof(twice));
	if (strcmp(out, twice) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256];
	enum measure_of m;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	try_series(text);
	if (measure_of_parse(text, &m) == 0 && strcmp(measure_of_name(m), text) != 0)
		abort();
	return 0;
}
