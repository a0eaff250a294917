/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events with whatever words in them, as CEF and as lines for people: one line of printable ASCII, seven bars in the head
 * that are no words, and as many bare equals signs as there are keys. The input: one byte for the kind, then words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/event_cef.h"
#include "codec/notify_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(char *field, size_t room, const uint8_t **data, size_t *size)
{
	size_t n = *size < room - 1 ? *size : room - 1;

	if (*data && n) {
		memcpy(field, *data, n);
		*data += n;
		*size -= n;
	}
	field[n] = '\0';
}

static void hold(const char *line, size_t len)
{
	size_t bars = 0, equals = 0, keys = 0;
	const char *at = line;

	if (len < 2 || strlen(line) != len || line[len - 1] != '\n')
		abort();
	for (size_t i = 0; i + 1 < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			abort();
	for (; bars < 7 && *at; at++) {
		if (*at == '\\')
			at++;
		else
			bars += *at == '|';
	}
	if (bars != 7)
		abort();
	for (const char *word = at; *at && *at != '\n'; at++) {
		if (*at == '\\') {
			at++;
		} else if (*at == ' ') {
			word = at + 1;
		} else if (*at == '=') {
			equals++;
			/* A key: letters and digits since the last space. */
			keys += at > word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
				(size_t)(at - word);
		}
	}
	if (equals != keys || keys < 3)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[EVENT_LINE];
	const struct event_world w = { .host = "h|o=s\\t", .iface = "eth0" };
	struct event e = { .kind = size ? (enum event_kind)(1 + data[0] % EVENT_ALARM) : EVENT_NOTICE };
	struct finding *f = &e.finding;
	char line[NOTIFY_LINE];

	if (size) {
		data++;
		size--;
	}
	f->kind = FINDING_NOVEL;
	take(f->rule.name, sizeof(f->rule.name), &data, &size);
	take(e.text, sizeof(e.text), &data, &size);
	take(f->about, sizeof(f->about), &data, &size);
	take(f->who, sizeof(f->who), &data, &size);
	take(f->rule.origin, sizeof(f->rule.origin), &data, &size);
	take(e.decision.origin, sizeof(e.decision.origin), &data, &size);
	int n = event_cef(&e, &w, "0", out, sizeof(out));
	if (n <= 0)
		abort();
	hold(out, (size_t)n);
	json_t *o = event_json_value(&e, &w);
	if (!o)
		return 0;
	notify_line(o, line);
	for (const char *at = line; *at; at++)
		if (*at < ' ' || *at > '~' || *at == '"')
			abort();
	json_decref(o);
	return 0;
}
