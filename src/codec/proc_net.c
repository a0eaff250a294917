/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words between blanks; every number is held to its width. */
#include "codec/proc_net.h"

#include <string.h>

#include "base/text.h"

#define ROUTE_UP 0x0001u     /* RTF_UP, RTF_GATEWAY, RTF_REJECT of linux/route.h */
#define ROUTE_GATEWAY 0x0002u
#define ROUTE_REJECT 0x0200u

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static struct slice next_word(struct slice *line)
{
	size_t begin = 0, end;
	struct slice word;

	while (begin < line->len && is_space(line->at[begin]))
		begin++;
	end = begin;
	while (end < line->len && !is_space(line->at[end]))
		end++;
	word = (struct slice){ line->at + begin, end - begin };
	*line = (struct slice){ line->at + end, line->len - end };
	return word;
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool number(struct slice word, unsigned base, uint32_t most, uint32_t *out)
{
	uint64_t value = 0;

	if (!word.len || word.len > 10)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		const unsigned digit = (unsigned)digit_of(word.at[i]);

		if (digit >= base)
			return false;
		value = value * base + digit;
	}
	if (value > most)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* Eight digits for each four bytes, each a number in this machine's order. */
static bool address(struct slice word, struct addr *out)
{
	uint8_t bytes[16];

	if (word.len != 8 && word.len != 32)
		return false;
	for (size_t i = 0; i < word.len / 8; i++) {
		uint32_t part;

		if (!number((struct slice){ word.at + 8 * i, 8 }, 16, UINT32_MAX, &part))
			return false;
		memcpy(bytes + 4 * i, &part, 4);
	}
	*out = word.len == 8 ? addr_v4(bytes) : addr_v6(bytes);
	return true;
}

/* "0100007F:0016" */
static bool end_of(struct slice word, struct addr *a, uint16_t *port)
{
	const uint8_t *colon = word.len ? memchr(word.at, ':', word.len) : NULL;
	uint32_t value;
	size_t len;

	if (!colon)
		return false;
	len = (size_t)(colon - word.at);
	if (!address((struct slice){ word.at, len }, a) ||
		!number((struct slice){ colon + 1, word.len - len - 1 }, 16, UINT16_MAX, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

bool proc_net_socket(struct slice line, struct proc_socket *out)
{
	struct proc_socket s = { .state = 0 };
	uint32_t state;

	next_word(&line); /* "0:" */
	if (!end_of(next_word(&line), &s.local, &s.local_port) || !end_of(next_word(&line), &s.peer, &s.peer_port) ||
		!number(next_word(&line), 16, UINT8_MAX, &state))
		return false;
	s.state = (uint8_t)state;
	for (int i = 0; i < 3; i++) /* queues, timer, retransmissions */
		next_word(&line);
	if (!number(next_word(&line), 10, UINT32_MAX, &s.uid))
		return false;
	next_word(&line); /* timeout */
	if (!number(next_word(&line), 10, UINT32_MAX, &s.inode))
		return false;
	*out = s;
	return true;
}

static bool link_of(struct slice word, char out[PROC_LINK])
{
	if (!word.len || word.len >= PROC_LINK)
		return false;
	memcpy(out, word.at, word.len);
	out[word.len] = '\0';
	return strlen(out) == word.len;
}

static bool leads(uint32_t flags)
{
	return (flags & (ROUTE_UP | ROUTE_REJECT)) == ROUTE_UP;
}

bool proc_net_route4(struct slice line, struct proc_route *out)
{
	struct proc_route r = { .whole = false };
	struct addr to, mask, gateway;
	uint32_t flags;

	if (!link_of(next_word(&line), r.link) || !address(next_word(&line), &to) || !address(next_word(&line), &gateway) ||
		!number(next_word(&line), 16, UINT32_MAX, &flags))
		return false;
	for (int i = 0; i < 3; i++) /* references, use, metric */
		next_word(&line);
	if (!address(next_word(&line), &mask) || mask.family != FAMILY_V4 || !leads(flags))
		return false;
	r.whole = addr_is_unspecified(&mask);
	if (flags & ROUTE_GATEWAY)
		r.gateway = gateway;
	*out = r;
	return true;
}

/* This file alone has its addresses as bytes in the order of the network. */
static bool bytes_of(struct slice word, struct addr *out)
{
	uint8_t bytes[16];

	if (word.len != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		uint32_t part;

		if (!number((struct slice){ word.at + 2 * i, 2 }, 16, UINT8_MAX, &part))
			return false;
		bytes[i] = (uint8_t)part;
	}
	*out = addr_v6(bytes);
	return true;
}

bool proc_net_route6(struct slice line, struct proc_route *out)
{
	struct proc_route r = { .whole = false };
	struct addr to, from, gateway;
	uint32_t to_len, from_len, flags;

	if (!bytes_of(next_word(&line), &to) || !number(next_word(&line), 16, 128, &to_len) ||
		!bytes_of(next_word(&line), &from) || !number(next_word(&line), 16, 128, &from_len) ||
		!bytes_of(next_word(&line), &gateway))
		return false;
	for (int i = 0; i < 3; i++) /* metric, references, use */
		next_word(&line);
	if (!number(next_word(&line), 16, UINT32_MAX, &flags) || !link_of(next_word(&line), r.link) || !leads(flags))
		return false;
	r.whole = to_len == 0;
	if (flags & ROUTE_GATEWAY)
		r.gateway = gateway;
	*out = r;
	return true;
}
