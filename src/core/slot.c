/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for series and measures, their order, and the local time of a slot. Files, people and the control socket
 * name series by these words.
 */
#include "core/slot.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/flow_end.h"
#include "core/packet.h"

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define WEEK_S (7 * DAY_S)
#define MONDAY_S (3 * DAY_S) /* 1970 began on a Thursday */

static const char *const measures[OF_MEASURES] = {
	[OF_CONNECTIONS] = "connections",
	[OF_SOURCES] = "sources",
	[OF_NEWCOMERS] = "newcomers",
	[OF_PORTS] = "ports",
	[OF_PACKETS_IN] = "packets-in",
	[OF_PACKETS_OUT] = "packets-out",
	[OF_BYTES_IN] = "bytes-in",
	[OF_BYTES_OUT] = "bytes-out",
	[OF_ESTABLISHED] = "established",
	[OF_HALF_OPEN] = "half-open",
	[OF_TIME_WAIT] = "time-wait",
	[OF_CLOSE_WAIT] = "close-wait",
};

static const char *const directions[FLOW_DIRECTIONS] = {
	[FLOW_IN] = "in",
	[FLOW_OUT] = "out",
	[FLOW_FORWARD] = "forward",
};

static const char *const host_protos[HOST_PROTOS] = {
	[HOST_TCP] = "tcp",
	[HOST_UDP] = "udp",
	[HOST_ICMP] = "icmp",
	[HOST_OTHER] = "other",
};

static const struct {
	uint8_t proto;
	const char *name;
} ip_protos[] = {
	{ PROTO_ICMP, "icmp" },
	{ PROTO_TCP, "tcp" },
	{ PROTO_UDP, "udp" },
	{ PROTO_ICMP6, "icmp6" },
	{ PROTO_SCTP, "sctp" },
};

#define IP_PROTOS (sizeof(ip_protos) / sizeof(ip_protos[0]))

bool series_equal(const struct series_id *a, const struct series_id *b)
{
	return series_compare(a, b) == 0;
}

static int order(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

int series_compare(const struct series_id *a, const struct series_id *b)
{
	int kind = order(a->kind, b->kind);
	int direction = order(a->direction, b->direction);
	int proto = order(a->proto, b->proto);
	int port = order(a->port, b->port);

	if (kind)
		return kind;
	if (direction)
		return direction;
	if (proto)
		return proto;
	if (port)
		return port;
	return strncmp(a->link, b->link, sizeof(a->link));
}

static const char *word_of(const char *const *words, size_t n, unsigned i)
{
	return i < n ? words[i] : "unknown";
}

static void add_service(struct text *t, const struct series_id *id)
{
	for (size_t i = 0; i < IP_PROTOS; i++)
		if (ip_protos[i].proto == id->proto) {
			text_addf(t, "service %u/%s ", id->port, ip_protos[i].name);
			return;
		}
	text_addf(t, "service %u/%u ", id->port, id->proto);
}

void series_format(const struct series_id *id, char *out, size_t size)
{
	struct text t = text_over(out, size);

	switch (id->kind) {
	case SERIES_HOST:
		text_add(&t, "host");
		return;
	case SERIES_LINK:
		text_add(&t, "link ");
		text_add_escaped(&t, (struct slice){ (const uint8_t *)id->link, strnlen(id->link, LINK_NAME) });
		return;
	case SERIES_PROTO:
		text_addf(&t, "proto %s ", word_of(host_protos, HOST_PROTOS, id->proto));
		break;
	case SERIES_SERVICE:
		add_service(&t, id);
		break;
	default:
		text_add(&t, "unknown");
		return;
	}
	text_add(&t, word_of(directions, FLOW_DIRECTIONS, id->direction));
}

/* The next word, up to the character that ends it ('\0': up to the end), which is passed. */
static bool take_word(const char **text, char end, char *out, size_t size)
{
	const char *stop = strchr(*text, end);
	size_t len = stop ? (size_t)(stop - *text) : 0;

	if (!len || len >= size)
		return false;
	memcpy(out, *text, len);
	out[len] = '\0';
	*text = end ? stop + 1 : stop;
	return true;
}

static bool word_in(const char *const *words, size_t n, const char *word, uint8_t *out)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0) {
			*out = (uint8_t)i;
			return true;
		}
	return false;
}

/* Decimal as it is printed: no sign, no zero before it. */
static bool take_number(const char *word, unsigned most, unsigned *out)
{
	unsigned value = 0;

	if (word[0] == '\0' || (word[0] == '0' && word[1] != '\0'))
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		value = value * 10 + (unsigned)(*word - '0');
		if (value > most)
			return false;
	}
	*out = value;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One byte of a name, plain or as \xHH; 0 where it is neither, or none that the kernel lets a name have. */
static uint8_t take_name_byte(const char **text)
{
	const char *at = *text;
	unsigned byte = (uint8_t)*at++;

	if (byte == '\\') {
		int high = *at == 'x' ? hex_digit(at[1]) : -1;
		int low = high >= 0 ? hex_digit(at[2]) : -1;

		if (low < 0)
			return 0;
		byte = (unsigned)(high * 16 + low);
		at += 3;
	}
	*text = at;
	return byte == ' ' || byte == '/' || byte == ':' || (byte >= '\t' && byte <= '\r') ? 0 : (uint8_t)byte;
}

static bool parse_link(const char *text, struct series_id *out)
{
	size_t n = 0;

	while (*text) {
		uint8_t byte = take_name_byte(&text);

		if (!byte || n == sizeof(out->link) - 1)
			return false;
		out->link[n++] = (char)byte;
	}
	return n && strcmp(out->link, ".") != 0 && strcmp(out->link, "..") != 0;
}

static bool parse_proto(const char *text, struct series_id *out)
{
	char word[16];

	return take_word(&text, ' ', word, sizeof(word)) && word_in(host_protos, HOST_PROTOS, word, &out->proto) &&
		word_in(directions, FLOW_DIRECTIONS, text, &out->direction);
}

static bool ip_proto_of(const char *word, uint8_t *out)
{
	unsigned number;

	for (size_t i = 0; i < IP_PROTOS; i++)
		if (strcmp(ip_protos[i].name, word) == 0) {
			*out = ip_protos[i].proto;
			return true;
		}
	if (!take_number(word, UINT8_MAX, &number))
		return false;
	*out = (uint8_t)number;
	return true;
}

static bool parse_service(const char *text, struct series_id *out)
{
	char word[16];
	unsigned port;

	if (!take_word(&text, '/', word, sizeof(word)) || !take_number(word, UINT16_MAX, &port))
		return false;
	out->port = (uint16_t)port;
	return take_word(&text, ' ', word, sizeof(word)) && ip_proto_of(word, &out->proto) &&
		word_in(directions, FLOW_DIRECTIONS, text, &out->direction);
}

int series_parse(const char *text, struct series_id *out)
{
	struct series_id id = { .kind = SERIES_HOST };
	char word[16];
	bool good = false;

	if (strcmp(text, "host") == 0) {
		*out = id;
		return 0;
	}
	if (!take_word(&text, ' ', word, sizeof(word)))
		return ERR_INVALID;
	if (strcmp(word, "link") == 0) {
		id.kind = SERIES_LINK;
		good = parse_link(text, &id);
	} else if (strcmp(word, "proto") == 0) {
		id.kind = SERIES_PROTO;
		good = parse_proto(text, &id);
	} else if (strcmp(word, "service") == 0) {
		id.kind = SERIES_SERVICE;
		good = parse_service(text, &id);
	}
	if (!good)
		return ERR_INVALID;
	*out = id;
	return 0;
}

const char *measure_of_name(enum measure_of m)
{
	return word_of(measures, OF_MEASURES, m);
}

int measure_of_parse(const char *name, enum measure_of *out)
{
	uint8_t i;

	if (!word_in(measures, OF_MEASURES, name, &i))
		return ERR_INVALID;
	*out = (enum measure_of)i;
	return 0;
}

/* Seconds since Monday 00:00, local. Both are reduced before they are added: no moment is too far away. */
static int64_t second_of_week(int64_t start_s, int32_t utc_offset_s)
{
	int64_t s = start_s % WEEK_S + utc_offset_s % WEEK_S + MONDAY_S;

	s %= WEEK_S;
	return s < 0 ? s + WEEK_S : s;
}

unsigned slot_of_day(int64_t start_s, int32_t utc_offset_s)
{
	return (unsigned)(second_of_week(start_s, utc_offset_s) % DAY_S / SLOT_S);
}

unsigned hour_of_week(int64_t start_s, int32_t utc_offset_s)
{
	return (unsigned)(second_of_week(start_s, utc_offset_s) / HOUR_S);
}
