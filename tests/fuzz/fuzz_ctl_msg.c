/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as lines of the control protocol, in both directions. Whatever they are, they are
 * taken or refused with a reason; a request that was taken is written and read the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ctl_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void again(const struct ctl_request *r)
{
	static char line[CTL_LINE];
	struct ctl_request back;
	char why[160];
	int n = ctl_request_encode(r, line, sizeof(line));

	must(n > 0 && line[n - 1] == '\n');
	struct slice s = { .at = (const uint8_t *)line, .len = (size_t)n - 1 };
	must(memchr(s.at, '\n', s.len) == NULL);
	must(ctl_request_decode(s, &back, why, sizeof(why)) == 0);
	must(strcmp(back.verb, r->verb) == 0 && back.n_args == r->n_args);
	for (size_t i = 0; i < r->n_args; i++) {
		const struct ctl_arg *a = &r->args[i];
		const char *text = ctl_request_text(&back, a->name);
		must((text != NULL) == (a->kind == CTL_ARG_STRING));
		must(!text || strcmp(text, a->text) == 0);
		must(a->kind != CTL_ARG_NUMBER ||
			ctl_request_number(&back, a->name, ~a->number) == a->number);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { .at = data, .len = size };
	struct slice line;
	struct ctl_request request;
	struct ctl_reply reply;
	char why[160];

	while (ctl_line_next(&rest, &line)) {
		why[0] = '\0';
		if (ctl_request_decode(line, &request, why, sizeof(why)) == 0)
			again(&request);
		else
			must(why[0] != '\0');
		if (ctl_reply_decode(line, &reply, why, sizeof(why)) == 0)
			json_decref(reply.value);
	}
	must(rest.len <= size);
	return 0;
}
