/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three lines of bytes as a target, a Host field and an If-None-Match. Whatever they are: an answer is one of those that
 * there are, a place is reached by its own path alone, and no name that is not ours opens anything.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/http_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static struct slice next_line(struct slice *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->at) : rest->len;
	struct slice line = { .at = rest->at, .len = len };

	rest->at += len + (end != NULL);
	rest->len -= len + (end != NULL);
	return line;
}

static bool holds(struct slice s, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= s.len; i++)
		if (memcmp(s.at + i, text, n) == 0)
			return true;
	return false;
}

static void route(struct slice target)
{
	struct http_route r;
	int status = http_route(target, &r);

	must(status == 200 || status == 400 || status == 404 || status == 414);
	must((status == 200) == (r.place != HTTP_NOWHERE));
	must(r.place < HTTP_PLACES);
	must(status != 200 || holds(target, http_place_path(r.place)));
	must(r.from == 0 || (status == 200 && holds(target, "?from=")));
	must(r.authority.len <= target.len);
}

static void host(struct slice h)
{
	static const struct http_names none = { .n = 0 };
	struct http_names some = { .names = { "gate.example" }, .n = 1, .any_address = true };

	if (http_host_is_ours(h, &none))
		must(http_host_is_ours(h, &some) && h.len > 0);
	must(!holds(h, "/") || !http_host_is_ours(h, &some));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { .at = data, .len = size };
	struct slice line = next_line(&rest);
	char text[64];
	struct addr a;
	uint16_t port = 0;

	route(line);
	line = next_line(&rest);
	host(line);
	if (line.len < sizeof(text)) {
		memcpy(text, line.at, line.len);
		text[line.len] = '\0';
		must(http_listen_parse(text, &a, &port) != 0 || port > 0);
		must(!http_name_is_valid(text) || !strchr(text, '['));
	}
	line = next_line(&rest);
	must(!http_tag_matches(line, "\"1-2-3\"") || line.len > 0);
	return 0;
}
