/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names by their labels. In the form that they come in, a dot always parts two labels, and an escape is four
 * characters.
 */
#include "core/tunnel_name.h"

#include <stdbool.h>
#include <string.h>

#define OCTETS 4
#define NIBBLES 32

/* Below two letters of a country these are no domains, but where domains are registered. */
static const char *const second_level[] = {
	"ac", "co", "com", "edu", "go", "gob", "gov", "govt", "ltd", "mil", "ne", "net", "nom", "or", "org", "plc",
};

static bool is_second_level(const char *label, size_t len)
{
	for (size_t i = 0; i < sizeof(second_level) / sizeof(second_level[0]); i++)
		if (strlen(second_level[i]) == len && memcmp(second_level[i], label, len) == 0)
			return true;
	return false;
}

/* Where the label begins that ends before 'end'. */
static const char *label_before(const char *name, const char *end)
{
	while (end > name && end[-1] != '.')
		end--;
	return end;
}

static const char *domain_of(const char *name)
{
	const char *end = name + strlen(name);
	const char *top = label_before(name, end), *second;

	if (top == name)
		return name;
	second = label_before(name, top - 1);
	if (second == name || end - top != 2 || !is_second_level(second, (size_t)(top - 1 - second)))
		return second;
	return label_before(name, second - 1);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_octet(const char *label, size_t len)
{
	unsigned value = 0;

	if (len == 0 || len > 3 || (len > 1 && label[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(label[i]))
			return false;
		value = value * 10 + (unsigned)(label[i] - '0');
	}
	return value <= 255;
}

static bool is_nibble(const char *label, size_t len)
{
	return len == 1 && (is_digit(label[0]) || (label[0] >= 'a' && label[0] <= 'f'));
}

typedef bool (*label_fn)(const char *label, size_t len);

/* How many labels in front are of that kind; *rest is where the next one begins. */
static unsigned lead(const char *name, const char *domain, label_fn is, const char **rest)
{
	unsigned n = 0;

	while (name < domain) {
		size_t len = strcspn(name, ".");

		if (!is(name, len))
			break;
		name += len + 1;
		n++;
	}
	*rest = name;
	return n;
}

static enum tunnel_form form_of(const char *name, const char *domain)
{
	const char *rest;
	unsigned n = lead(name, domain, is_nibble, &rest);

	if (rest == domain && n <= NIBBLES && strcmp(domain, "ip6.arpa") == 0)
		return TUNNEL_REVERSE;
	if (n == NIBBLES)
		return TUNNEL_NIBBLES;
	n = lead(name, domain, is_octet, &rest);
	if (rest == domain && n <= OCTETS && strcmp(domain, "in-addr.arpa") == 0)
		return TUNNEL_REVERSE;
	return n == OCTETS ? TUNNEL_OCTETS : TUNNEL_FREE;
}

static uint32_t bytes_of(const char *at, const char *end)
{
	uint32_t n = 0;

	for (; at < end; at++) {
		if (*at == '.')
			continue;
		if (*at == '\\')
			at += 3;
		n++;
	}
	return n;
}

void tunnel_name_read(const char *name, struct tunnel_name *out)
{
	out->domain = domain_of(name);
	out->bytes = bytes_of(name, out->domain);
	out->form = form_of(name, out->domain);
}
