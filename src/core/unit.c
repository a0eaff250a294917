/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Numbers, and what is drawn by dice: containers, sessions, what a desktop begins. */
static bool is_drawn(const char *s, size_t len)
{
	bool digit = false, hex = len >= 8;

	for (size_t i = 0; i < len; i++) {
		if (!is_digit(s[i]) && !is_letter(s[i]))
			return false;
		digit |= is_digit(s[i]);
		hex &= is_hex(s[i]);
	}
	if (!digit)
		return false;
	return hex || strspn(s, "0123456789") >= len || strspn(s + 1, "0123456789") >= len - 1;
}

/* "ssh@3-192.0.2.1:22.service" is an instance of "ssh@.service". */
static size_t instance_end(const char *s, size_t at)
{
	const char *end = strchr(s + at, '/');
	const size_t len = end ? (size_t)(end - s) : strlen(s);
	size_t dot = len;

	while (dot > at && s[dot] != '.')
		dot--;
	return dot > at ? dot : len;
}

static size_t word_end(const char *s, size_t at)
{
	return at + strcspn(s + at, "-./@:_");
}

void unit_steady(const char *unit, char out[UNIT_NAME])
{
	struct text t = text_over(out, UNIT_NAME);
	size_t at = 0, end;

	while (unit[at]) {
		end = word_end(unit, at);
		if (is_drawn(unit + at, end - at))
			text_add(&t, "*");
		else
			text_addf(&t, "%.*s", (int)(end - at), unit + at);
		at = end;
		if (!unit[at])
			return;
		text_addf(&t, "%c", unit[at]);
		if (unit[at++] == '@') {
			text_add(&t, "*");
			at = instance_end(unit, at);
		}
	}
}

uint64_t unit_hash(const struct hash_key *key, uint32_t uid, const char *steady)
{
	struct {
		char unit[UNIT_NAME];
		uint64_t uid;
	} id;

	memset(&id, 0, sizeof(id));
	memcpy(id.unit, steady, strnlen(steady, UNIT_NAME - 1));
	id.uid = uid;
	return hash_bytes(key, &id, sizeof(id));
}
