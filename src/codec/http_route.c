/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the exporter: which of its few places is meant, and by which name it is called. */
#include "codec/http_route.h"

#include <string.h>

#include "base/err.h"

#define OK 200
#define BAD_REQUEST 400
#define NOT_FOUND 404
#define URI_TOO_LONG 414

static const struct place {
	const char *path;
	bool pages, addresses;
} places[HTTP_PLACES] = {
	[HTTP_NOWHERE] = { "", false, false },
	[HTTP_INDEX] = { "/", false, false },
	[HTTP_STYLE] = { "/style.css", false, false },
	[HTTP_METRICS] = { "/metrics", false, false },
	[HTTP_HEALTHZ] = { "/healthz", false, false },
	[HTTP_REPORT] = { "/report", false, true },
	[HTTP_API_STATUS] = { "/api/v1/status", false, true },
	[HTTP_API_BLOCKS] = { "/api/v1/blocks", true, true },
	[HTTP_API_LIMITS] = { "/api/v1/limits", true, true },
	[HTTP_API_INCIDENTS] = { "/api/v1/incidents", true, true },
	[HTTP_API_EVENTS] = { "/api/v1/events", false, true },
	[HTTP_API_REPORT] = { "/api/v1/report", false, true },
	[HTTP_API_VERSION] = { "/api/v1/version", false, false },
};

const char *http_place_path(enum http_place p)
{
	return places[p].path;
}

bool http_place_tells_addresses(enum http_place p)
{
	return places[p].addresses;
}

static bool is_text(struct slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

/* Letters of ASCII alone: names of hosts and schemes have no others. */
static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool is_word(struct slice s, const char *word)
{
	if (s.len != strlen(word))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (lower(s.at[i]) != lower((uint8_t)word[i]))
			return false;
	return true;
}

static struct slice part(struct slice s, size_t from, size_t to)
{
	return (struct slice){ .at = s.at + from, .len = to - from };
}

/* Where the byte stands first, or the length. */
static size_t find(struct slice s, uint8_t c)
{
	const uint8_t *at = s.len ? memchr(s.at, c, s.len) : NULL;

	return at ? (size_t)(at - s.at) : s.len;
}

/* Decimal without a sign; false where it is none or does not fit. */
static bool take_number(struct slice s, uint32_t most, uint32_t *out)
{
	uint64_t n = 0;

	if (s.len == 0 || s.len > 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s.at[i] - '0');
	}
	if (n > most)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* One question is known, "from=N", and one may be asked. */
static bool take_query(struct slice query, uint32_t *from)
{
	static const char name[] = "from=";
	const size_t len = sizeof(name) - 1;

	return query.len > len && memcmp(query.at, name, len) == 0 &&
		take_number(part(query, len, query.len), INT32_MAX, from);
}

/* "http://host/path" (a server has to understand it) is cut down to "/path". */
static struct slice take_authority(struct slice target, struct slice *authority)
{
	static const char scheme[] = "http://";
	const size_t len = sizeof(scheme) - 1;

	if (target.len <= len || !is_word(part(target, 0, len), scheme))
		return target;
	struct slice rest = part(target, len, target.len);
	size_t end = find(rest, '/');

	*authority = part(rest, 0, end);
	return part(rest, end, rest.len);
}

int http_route(struct slice target, struct http_route *out)
{
	struct http_route r = { .place = HTTP_NOWHERE };
	struct slice path, rest;
	size_t end;

	*out = r;
	if (target.len > HTTP_TARGET)
		return URI_TOO_LONG;
	rest = take_authority(target, &r.authority);
	end = find(rest, '?');
	path = part(rest, 0, end);
	for (int p = HTTP_INDEX; p < HTTP_PLACES; p++)
		if (is_text(path, places[p].path))
			r.place = (enum http_place)p;
	if (r.place == HTTP_NOWHERE)
		return NOT_FOUND;
	if (end < rest.len &&
		(!places[r.place].pages || !take_query(part(rest, end + 1, rest.len), &r.from)))
		return BAD_REQUEST;
	*out = r;
	return OK;
}

static bool is_name_byte(uint8_t c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool http_name_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= HTTP_NAME)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_name_byte((uint8_t)name[i]))
			return false;
	return true;
}

static bool take_address(struct slice s, struct addr *out)
{
	char text[ADDR_TEXT];

	if (s.len == 0 || s.len >= sizeof(text) || memchr(s.at, '\0', s.len))
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return addr_parse(text, out) == 0;
}

static bool is_own(const struct http_names *names, const struct addr *a)
{
	if (names->any_address || addr_is_loopback(a))
		return true;
	for (size_t i = 0; i < names->n_own; i++)
		if (addr_equal(&names->own[i], a))
			return true;
	return false;
}

/* ":9909" or nothing. */
static bool is_port(struct slice s)
{
	uint32_t port;

	return s.len == 0 || (s.at[0] == ':' && take_number(part(s, 1, s.len), UINT16_MAX, &port) && port > 0);
}

bool http_host_is_ours(struct slice host, const struct http_names *names)
{
	struct addr a;

	if (host.len > 0 && host.at[0] == '[') {
		size_t end = find(host, ']');

		return end < host.len && is_port(part(host, end + 1, host.len)) &&
			take_address(part(host, 1, end), &a) && is_own(names, &a);
	}
	size_t end = find(host, ':');
	struct slice name = part(host, 0, end);

	if (!is_port(part(host, end, host.len)))
		return false;
	if (take_address(name, &a))
		return is_own(names, &a);
	if (is_word(name, "localhost"))
		return true;
	for (size_t i = 0; i < names->n; i++)
		if (is_word(name, names->names[i]))
			return true;
	return false;
}

static struct slice trimmed(struct slice s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = part(s, 1, s.len);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* None of our tags holds a comma, so one in a stranger's merely makes two that match nothing. */
bool http_tag_matches(struct slice field, const char *tag)
{
	if (is_text(trimmed(field), "*"))
		return true;
	while (field.len > 0) {
		size_t end = find(field, ',');
		struct slice one = trimmed(part(field, 0, end));

		if (one.len > 2 && one.at[0] == 'W' && one.at[1] == '/')
			one = part(one, 2, one.len);
		if (is_text(one, tag))
			return true;
		field = part(field, end < field.len ? end + 1 : end, field.len);
	}
	return false;
}

int http_listen_parse(const char *text, struct addr *out, uint16_t *port)
{
	struct slice s = { .at = (const uint8_t *)text, .len = strlen(text) };
	bool six = s.len > 0 && s.at[0] == '[';
	size_t end = find(s, six ? ']' : ':');
	size_t colon = six ? end + 1 : end;
	struct addr a;
	uint32_t number;

	if (colon >= s.len || s.at[colon] != ':' || !take_address(part(s, six, end), &a))
		return ERR_INVALID;
	if (!take_number(part(s, colon + 1, s.len), UINT16_MAX, &number) || number == 0)
		return ERR_INVALID;
	*out = a;
	*port = (uint16_t)number;
	return 0;
}
