/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of lines: plain, netset and Spamhaus; what all formats share; which format it is. */
#include "codec/feed_text.h"

#include <string.h>

#include <jansson.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/feed_parts.h"

#define WIDEST_V4 8
#define WIDEST_V6 16
#define VALUE 64      /* longer is no prefix */
#define HEAD_LINES 64 /* of comments, in which a netset says what it is */

const char *feed_format_name(enum feed_format f)
{
	static const char *const names[FEED_FORMATS] = { "auto", "plain", "netset", "spamhaus", "crowdsec" };

	return (size_t)f < FEED_FORMATS ? names[f] : "?";
}

const char *feed_refusal_text(enum feed_refusal r)
{
	static const char *const texts[FEED_REFUSALS] = {
		[FEED_TAKEN] = "taken",
		[FEED_NO_ADDRESS] = "no address and no prefix",
		[FEED_HOST_BITS] = "bits are set behind the prefix length",
		[FEED_WIDE] = "wider than /8 (IPv6: /16)",
		[FEED_PRIVATE] = "of a private network",
		[FEED_RESERVED] = "loopback, multicast or reserved",
		[FEED_LONG] = "longer than a line is",
		[FEED_NUL] = "a NUL byte is in it",
		[FEED_NO_RECORD] = "no record of this format",
		[FEED_NO_BAN] = "no ban of an address",
	};

	return (size_t)r < FEED_REFUSALS ? texts[r] : "?";
}

uint64_t feed_nonsense(const struct feed_result *r)
{
	return r->refusals[FEED_NO_ADDRESS] + r->refusals[FEED_LONG] + r->refusals[FEED_NUL] +
		r->refusals[FEED_NO_RECORD];
}

/* ---- slices ---- */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

struct slice feed_trim(struct slice s)
{
	while (s.len && is_space(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len && is_space(s.at[s.len - 1]))
		s.len--;
	return s;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool feed_is(struct slice s, const char *word)
{
	if (s.len != strlen(word))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (lower(s.at[i]) != lower((uint8_t)word[i]))
			return false;
	return true;
}

bool feed_line(struct feed_reader *r, struct slice *rest, struct slice *line)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;

	if (!rest->len)
		return false;
	*line = (struct slice){ rest->at, end ? (size_t)(end - rest->at) : rest->len };
	rest->at += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	r->line++;
	return true;
}

/* ---- one value ---- */

void feed_refuse(struct feed_reader *r, enum feed_refusal why, struct slice text)
{
	struct feed_result *out = r->result;
	struct feed_told *told = &out->told[out->n_told];
	struct text t;

	out->refused++;
	out->refusals[why]++;
	if (out->n_told == FEED_TOLD)
		return;
	out->n_told++;
	told->line = r->line;
	told->why = why;
	t = text_over(told->text, sizeof(told->text));
	text.len = text.len < FEED_TOLD_TEXT ? text.len : FEED_TOLD_TEXT;
	text_add_escaped(&t, text);
}

static bool overlaps(const struct prefix *p, const struct prefix *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (prefix_covers(&table[i], p) || prefix_covers(p, &table[i]))
			return true;
	return false;
}

#define V4(a, b, len) { { FAMILY_V4, { a, b } }, len }
#define V6(a, b, len) { { FAMILY_V6, { a, b } }, len }

static enum feed_refusal judge(const struct prefix *p, bool keep_private)
{
	/* RFC 6890; the shared space of providers (100.64/10) is private in that it is someone else's elsewhere. */
	static const struct prefix reserved[] = { V4(0, 0, 8), V4(127, 0, 8), V4(224, 0, 4), V4(240, 0, 4),
		V6(0, 0, 127), V6(0xff, 0, 8) };
	static const struct prefix private[] = { V4(10, 0, 8), V4(172, 16, 12), V4(192, 168, 16), V4(100, 64, 10),
		V4(169, 254, 16), V6(0xfc, 0, 7), V6(0xfe, 0x80, 10) };

	if (p->len < (p->addr.family == FAMILY_V4 ? WIDEST_V4 : WIDEST_V6))
		return FEED_WIDE;
	if (overlaps(p, reserved, sizeof(reserved) / sizeof(reserved[0])))
		return FEED_RESERVED;
	if (!keep_private && overlaps(p, private, sizeof(private) / sizeof(private[0])))
		return FEED_PRIVATE;
	return FEED_TAKEN;
}

static enum feed_refusal parse(struct slice value, struct prefix *out)
{
	char text[VALUE];
	int err;

	if (memchr(value.at, '\0', value.len))
		return FEED_NUL;
	if (value.len >= sizeof(text))
		return FEED_NO_ADDRESS;
	memcpy(text, value.at, value.len);
	text[value.len] = '\0';
	err = prefix_parse(text, out);
	if (err == ERR_RANGE)
		return FEED_HOST_BITS;
	return err ? FEED_NO_ADDRESS : FEED_TAKEN;
}

void feed_take(struct feed_reader *r, struct slice value, struct slice text)
{
	struct feed_result *out = r->result;
	struct prefix p;
	enum feed_refusal why = value.len ? parse(value, &p) : FEED_NO_ADDRESS;

	out->records++;
	if (why == FEED_TAKEN)
		why = judge(&p, r->opts->keep_private);
	if (why != FEED_TAKEN)
		feed_refuse(r, why, text);
	else if (out->n == r->most)
		r->full = true;
	else
		r->room[out->n++] = (struct listed_entry){ p, r->opts->list };
}

/* ---- lines ---- */

static struct slice without_comment(struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '#' || line.at[i] == ';')
			line.len = i;
	return feed_trim(line);
}

/* "# Entries         : 4582 subnets, 123456 unique IPs": how many lines there should be. */
static void read_promise(struct feed_reader *r, struct slice line)
{
	const char *const word = "Entries";
	struct slice s = feed_trim(line);
	uint64_t n = 0;

	if (!s.len || s.at[0] != '#')
		return;
	s = feed_trim((struct slice){ s.at + 1, s.len - 1 });
	if (s.len < strlen(word) || memcmp(s.at, word, strlen(word)) != 0)
		return;
	s = feed_trim((struct slice){ s.at + strlen(word), s.len - strlen(word) });
	if (!s.len || s.at[0] != ':')
		return;
	s = feed_trim((struct slice){ s.at + 1, s.len - 1 });
	for (size_t i = 0; i < s.len && i < 12 && s.at[i] >= '0' && s.at[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(s.at[i] - '0');
	r->result->promised = n;
}

static void plain_line(struct feed_reader *r, struct slice line)
{
	const struct slice value = without_comment(line);

	if (value.len)
		feed_take(r, value, feed_trim(line));
	else if (r->result->format == FEED_NETSET && !r->result->records)
		read_promise(r, line);
}

static void spamhaus_value(struct feed_reader *r, json_t *o, struct slice line)
{
	const char *cidr = json_string_value(json_object_get(o, "cidr"));
	const char *type = json_string_value(json_object_get(o, "type"));
	json_t *records = json_object_get(o, "records");

	if (cidr) {
		feed_take(r, (struct slice){ (const uint8_t *)cidr, strlen(cidr) }, line);
		return;
	}
	if (type && strcmp(type, "metadata") == 0) {
		r->result->endless = false;
		if (json_is_integer(records) && json_integer_value(records) > 0)
			r->result->promised = (uint64_t)json_integer_value(records);
		return;
	}
	r->result->records++;
	feed_refuse(r, FEED_NO_RECORD, line);
}

static void spamhaus_line(struct feed_reader *r, struct slice line)
{
	struct slice s = feed_trim(line);
	json_t *o;

	if (!s.len)
		return;
	o = json_loadb((const char *)s.at, s.len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(o)) {
		spamhaus_value(r, o, s);
	} else {
		r->result->records++;
		feed_refuse(r, FEED_NO_RECORD, s);
	}
	json_decref(o);
}

/* A NUL in a comment is one, too: text has none, and what comes behind it may be anything. */
static void any_line(struct feed_reader *r, struct slice line)
{
	enum feed_refusal why = line.len > FEED_LINE ? FEED_LONG : FEED_TAKEN;

	if (line.len && memchr(line.at, '\0', line.len))
		why = FEED_NUL;
	if (why != FEED_TAKEN) {
		r->result->records++;
		feed_refuse(r, why, line);
	} else if (r->result->format == FEED_SPAMHAUS) {
		spamhaus_line(r, line);
	} else {
		plain_line(r, line);
	}
}

/* ---- which it is ---- */

static bool has_word(struct slice line, const char *word)
{
	const size_t len = strlen(word);

	for (size_t i = 0; i + len <= line.len; i++)
		if (memcmp(line.at + i, word, len) == 0)
			return true;
	return false;
}

/* By the first line that is no comment, and the comments before it. */
static enum feed_format detect(struct slice text)
{
	struct feed_reader counter = { .line = 0 };
	enum feed_format lines = FEED_PLAIN;
	struct slice line;

	while (counter.line < HEAD_LINES && feed_line(&counter, &text, &line)) {
		line.len = line.len < FEED_LINE ? line.len : FEED_LINE;
		line = feed_trim(line);
		if (!line.len)
			continue;
		if (line.at[0] == '#' && (has_word(line, "hash:net") || has_word(line, "hash:ip") || has_word(line, "Entries")))
			lines = FEED_NETSET;
		if (line.at[0] == '#' || line.at[0] == ';')
			continue;
		if (line.at[0] == '{')
			return FEED_SPAMHAUS;
		if (line.at[0] == '[' || feed_is(line, "null") || feed_crowdsec_head(line))
			return FEED_CROWDSEC;
		break;
	}
	return lines;
}

/* Some editors of another system begin each text with it. */
static struct slice without_mark(struct slice text)
{
	if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
		return (struct slice){ text.at + 3, text.len - 3 };
	return text;
}

int feed_read(struct slice text, const struct feed_opts *o, struct listed_entry *room, size_t most,
	struct feed_result *out)
{
	struct feed_reader r = { .opts = o, .room = room, .most = most, .result = out };
	struct slice line;
	int err = 0;

	*out = (struct feed_result){ .format = o->format };
	if (text.len > FEED_BYTES)
		return ERR_RANGE;
	text = without_mark(text);
	if (out->format == FEED_AUTO)
		out->format = detect(text);
	out->endless = out->format == FEED_SPAMHAUS;
	if (out->format == FEED_CROWDSEC)
		err = feed_crowdsec(&r, text);
	else
		while (!r.full && feed_line(&r, &text, &line))
			any_line(&r, line);
	if (r.full)
		return ERR_FULL;
	return !err && out->promised > out->records ? ERR_TRUNCATED : err;
}
