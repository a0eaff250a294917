/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what other programs write about resolvers, time servers and DHCP leases. Lines of
 * words, but for dhcpcd's lease, which is a message from the wire. A word that is no
 * address where one is expected is a name: it is counted, and that is all.
 */
#include "codec/lifeline_text.h"

#include <string.h>

#define PENDING 32 /* addresses of one lease whose end is not read yet; more are left out */
#define BLANKS " \t\r"

static bool is_one_of(uint8_t byte, const char *set)
{
	return byte && strchr(set, byte);
}

/* The next word between separators, empty at the end; *rest is what follows it. */
static struct slice next_word(struct slice *rest, const char *separators)
{
	struct slice word;
	size_t n = 0;

	while (rest->len && is_one_of(rest->at[0], separators)) {
		rest->at++;
		rest->len--;
	}
	while (n < rest->len && !is_one_of(rest->at[n], separators))
		n++;
	word = (struct slice){ rest->at, n };
	if (n) {
		rest->at += n;
		rest->len -= n;
	}
	return word;
}

static struct slice next_line(struct slice *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t n = end ? (size_t)(end - rest->at) : rest->len;
	struct slice line = { rest->at, n };

	if (rest->len) {
		size_t gone = end ? n + 1 : n;

		rest->at += gone;
		rest->len -= gone;
	}
	return line;
}

static uint8_t small(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* In letters of any case: chrony takes them so, the others do not mind. */
static bool is_word(struct slice w, const char *word)
{
	size_t n = strlen(word);

	if (w.len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (small(w.at[i]) != small((uint8_t)word[i]))
			return false;
	return true;
}

static void give(struct lifeline_sink *s, const struct addr *a, enum guard_kind kind)
{
	if (addr_is_loopback(a)) {
		s->loopback++;
		if (s->stub && kind == GUARD_RESOLVER)
			s->stub(s->ctx, a);
	} else if (!addr_is_multicast(a) && !addr_is_unspecified(a))
		s->each(s->ctx, a, kind);
}

/* An address, with a scope or a server's name behind it ("fe80::1%eth0",
 * "192.0.2.53#dns.example"). */
static bool take_address(struct slice w, struct addr *out)
{
	char text[ADDR_TEXT];
	size_t n = 0;

	while (n < w.len && !is_one_of(w.at[n], "%#"))
		n++;
	if (n >= sizeof(text) || (n && memchr(w.at, '\0', n)))
		return false;
	if (n)
		memcpy(text, w.at, n);
	text[n] = '\0';
	return addr_parse(text, out) == 0;
}

static void take_word(struct lifeline_sink *s, struct slice w, enum guard_kind kind)
{
	struct addr a;

	if (take_address(w, &a))
		give(s, &a, kind);
	else if (w.len)
		s->names++;
}

static void take_words(struct lifeline_sink *s, struct slice rest, enum guard_kind kind)
{
	struct slice w;

	while ((w = next_word(&rest, BLANKS)).len)
		take_word(s, w, kind);
}

static void read_resolv(struct lifeline_sink *s, struct slice line)
{
	if (is_word(next_word(&line, BLANKS), "nameserver"))
		take_word(s, next_word(&line, BLANKS), GUARD_RESOLVER);
}

/* "server [-4] ADDRESS [option ...]" */
static void read_server(struct lifeline_sink *s, struct slice line)
{
	struct slice w = next_word(&line, BLANKS);

	if (!is_word(w, "server") && !is_word(w, "servers") && !is_word(w, "peer") &&
		!is_word(w, "pool"))
		return;
	do
		w = next_word(&line, BLANKS);
	while (w.len && w.at[0] == '-');
	take_word(s, w, GUARD_TIME);
}

static bool split_assignment(struct slice line, struct slice *key, struct slice *value)
{
	const uint8_t *equals = line.len ? memchr(line.at, '=', line.len) : NULL;
	struct slice head;

	if (!equals)
		return false;
	head = (struct slice){ line.at, (size_t)(equals - line.at) };
	*key = next_word(&head, BLANKS);
	*value = (struct slice){ equals + 1, line.len - (size_t)(equals + 1 - line.at) };
	return true;
}

/* A backslash at the end of a line draws the next one to it. */
static bool cut_continuation(struct slice *line)
{
	size_t n = line->len;

	while (n && line->at[n - 1] == '\r')
		n--;
	if (!n || line->at[n - 1] != '\\')
		return false;
	line->len = n - 1;
	return true;
}

static void read_timesyncd(struct lifeline_sink *s, struct slice rest)
{
	bool ours = false, goes_on = false;

	while (rest.len) {
		struct slice line = next_line(&rest), key, value = line;
		bool continued = goes_on;

		goes_on = cut_continuation(&line);
		if (continued)
			value = line;
		else
			ours = split_assignment(line, &key, &value) &&
				(is_word(key, "NTP") || is_word(key, "FallbackNTP"));
		if (ours)
			take_words(s, value, GUARD_TIME);
	}
}

static void read_networkd(struct lifeline_sink *s, struct slice line)
{
	struct slice key, value;

	if (!split_assignment(line, &key, &value))
		return;
	if (is_word(key, "SERVER_ADDRESS"))
		take_words(s, value, GUARD_DHCP);
	else if (is_word(key, "DNS"))
		take_words(s, value, GUARD_RESOLVER);
	else if (is_word(key, "NTP"))
		take_words(s, value, GUARD_TIME);
}

/* Digits and nothing else, twelve at most: no date has more. */
static bool take_number(struct slice w, int64_t *out)
{
	int64_t n = 0;

	if (!w.len || w.len > 12)
		return false;
	for (size_t i = 0; i < w.len; i++) {
		if (w.at[i] < '0' || w.at[i] > '9')
			return false;
		n = n * 10 + (w.at[i] - '0');
	}
	*out = n;
	return true;
}

/* Days since 1970-01-01 of a Gregorian date, by years that begin in March, so that the
 * leap day is the last of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* "4 2026/11/26 09:14:00", in UTC, or "epoch 1795684440"; all else ("never") is no end. */
static bool lease_is_over(struct slice rest, wall_t now)
{
	static const int64_t most[6] = { 9999, 12, 31, 23, 59, 60 };
	const char *separators = " \t\r;/:";
	struct slice weekday = next_word(&rest, separators);
	int64_t n[6], seconds;

	if (is_word(weekday, "epoch"))
		return take_number(next_word(&rest, separators), &seconds) &&
			seconds < now.ns / NS_PER_S;
	for (size_t i = 0; i < 6; i++)
		if (!take_number(next_word(&rest, separators), &n[i]) || n[i] > most[i])
			return false;
	seconds = days_of(n[0], n[1], n[2]) * 86400 + n[3] * 3600 + n[4] * 60 + n[5];
	return seconds < now.ns / NS_PER_S;
}

struct lease {
	struct {
		struct addr addr;
		enum guard_kind kind;
	} list[PENDING];
	size_t n;
	bool open, over;
};

static void keep(void *ctx, const struct addr *a, enum guard_kind kind)
{
	struct lease *l = ctx;

	if (l->n == PENDING)
		return;
	l->list[l->n].addr = *a;
	l->list[l->n++].kind = kind;
}

/* One statement within a lease: they have a line each. */
static void read_statement(struct lease *l, struct lifeline_sink *s, struct slice line,
	wall_t now)
{
	static const struct {
		const char *name;
		enum guard_kind kind;
	} options[] = {
		{ "dhcp-server-identifier", GUARD_DHCP },
		{ "domain-name-servers", GUARD_RESOLVER },
		{ "ntp-servers", GUARD_TIME },
	};
	const char *separators = " \t\r,;";
	struct slice w = next_word(&line, separators), name;

	if (is_word(w, "expire"))
		l->over = lease_is_over(line, now);
	if (!is_word(w, "option"))
		return;
	name = next_word(&line, separators);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		while (is_word(name, options[i].name) &&
			(w = next_word(&line, separators)).len)
			take_word(s, w, options[i].kind);
}

static void read_dhclient(struct lifeline_sink *s, struct slice rest, wall_t now)
{
	struct lease lease = { .n = 0 };
	struct lifeline_sink pending = { .each = keep, .ctx = &lease };

	while (rest.len) {
		struct slice line = next_line(&rest), copy = line;
		struct slice w = next_word(&copy, BLANKS);

		if (is_word(w, "lease")) {
			lease = (struct lease){ .open = true };
		} else if (lease.open && is_word(w, "}")) {
			for (size_t i = 0; i < lease.n && !lease.over; i++)
				give(s, &lease.list[i].addr, lease.list[i].kind);
			lease.open = false;
		} else if (lease.open) {
			read_statement(&lease, &pending, line, now);
		}
	}
	s->names += pending.names;
	s->loopback += pending.loopback;
}

static void take_v4_list(struct lifeline_sink *s, struct slice value, enum guard_kind kind)
{
	struct cursor c = cursor_over(value);
	uint8_t bytes[4];
	struct addr a;

	while (cursor_left(&c) >= sizeof(bytes)) {
		cursor_bytes(&c, bytes, sizeof(bytes));
		a = addr_v4(bytes);
		give(s, &a, kind);
	}
}

/* RFC 2131 figure 1: 236 bytes, the cookie, and options (RFC 2132: 6 are the resolvers, 42
 * the time servers, 54 who gave the lease). */
static void read_message(struct lifeline_sink *s, struct slice bytes)
{
	struct cursor c = cursor_over(bytes);

	cursor_skip(&c, 236);
	if (cursor_be32(&c) != 0x63825363)
		return;
	while (!c.failed && cursor_left(&c)) {
		uint8_t option = cursor_u8(&c);
		struct slice value;

		if (option == 255)
			return;
		if (option == 0)
			continue;
		value = cursor_slice(&c, cursor_u8(&c));
		if (c.failed)
			return;
		if (option == 54)
			take_v4_list(s, value, GUARD_DHCP);
		else if (option == 6)
			take_v4_list(s, value, GUARD_RESOLVER);
		else if (option == 42)
			take_v4_list(s, value, GUARD_TIME);
	}
}

static void each_line(struct lifeline_sink *s, struct slice rest,
	void (*read)(struct lifeline_sink *s, struct slice line))
{
	while (rest.len)
		read(s, next_line(&rest));
}

void lifeline_read(enum lifeline_format format, struct slice bytes, wall_t now,
	struct lifeline_sink *sink)
{
	switch (format) {
	case LIFELINE_RESOLV:
		each_line(sink, bytes, read_resolv);
		break;
	case LIFELINE_SERVERS:
		each_line(sink, bytes, read_server);
		break;
	case LIFELINE_TIMESYNCD:
		read_timesyncd(sink, bytes);
		break;
	case LIFELINE_NETWORKD:
		each_line(sink, bytes, read_networkd);
		break;
	case LIFELINE_DHCLIENT:
		read_dhclient(sink, bytes, now);
		break;
	case LIFELINE_DHCPCD:
		read_message(sink, bytes);
		break;
	case LIFELINE_FORMATS:
		break;
	}
}
