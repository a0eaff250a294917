/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's counters as text. The first byte chooses the file. Whatever comes, a failure leaves the sample as it was,
 * and a file that is read twice adds the same twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/proc_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold_snmp(struct slice text)
{
	struct host_sample before, s;

	memset(&s, 0x5a, sizeof(s));
	before = s;
	if (proc_text_snmp(text, &s) && memcmp(&before, &s, sizeof(s)) != 0)
		abort();
	/* What is no protocol's is nobody's to touch. */
	if (memcmp(before.links, s.links, sizeof(s.links)) != 0 || before.known != s.known)
		abort();
}

static void hold_snmp6(struct slice text)
{
	struct host_sample once = { 0 }, twice;

	if (proc_text_snmp6(text, &once)) {
		const struct host_sample none = { 0 };

		if (memcmp(&once, &none, sizeof(none)) != 0)
			abort();
		return;
	}
	twice = once;
	proc_text_snmp6(text, &twice);
	for (size_t p = 0; p < HOST_PROTOS; p++)
		if (twice.packets[p][HOST_IN] != 2 * once.packets[p][HOST_IN])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text;
	uint64_t number = 1, before = 1;

	if (size < 1)
		return 0;
	text = (struct slice){ data + 1, size - 1 };
	if (data[0] % 3 == 0)
		hold_snmp(text);
	else if (data[0] % 3 == 1)
		hold_snmp6(text);
	else if (proc_text_number(text, &number) && number != before)
		abort();
	return 0;
}
