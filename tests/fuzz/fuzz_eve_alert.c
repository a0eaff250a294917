/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as a line of an EVE log: refused with a reason, passed over, or an alert with two addresses and a printable name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/eve_alert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eve_alert a;
	char why[EVE_WHY] = "";
	int err = eve_alert_read((struct slice){ data, size }, &a, why);

	if (err) {
		must(err == ERR_ABSENT || (err == ERR_INVALID && *why && memchr(why, 0, sizeof(why))));
		return 0;
	}
	must(a.alert.tuple.src.family == a.alert.tuple.dst.family && a.alert.tuple.src.family != FAMILY_NONE);
	must(a.alert.severity != 0 && memchr(a.alert.text, 0, sizeof(a.alert.text)));
	for (const char *c = a.alert.text; *c; c++)
		must(*c >= ' ' && *c <= '~');
	return 0;
}
