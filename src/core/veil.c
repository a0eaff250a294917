/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One walk over the text. At each place the first of these that fits is taken: a URL, a MAC or IP address with its prefix
 * length, a known word, a name with dots; else one character goes through. Too much taken is a number in the place of a word,
 * too little is somebody's name: in doubt it is taken.
 */
#include "core/veil.h"

#include <stdio.h>
#include <string.h>

#define LABELS_MOST 255

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(uint8_t c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

static bool is_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

void veil_add_word(struct veil *v, const char *word, const char *kind)
{
	const size_t len = strlen(word);

	if (len < 2)
		return;
	if (v->n_words == VEIL_WORDS || len >= VEIL_WORD) {
		v->cut++;
		return;
	}
	v->words[v->n_words].kind = kind;
	text_copy(v->words[v->n_words++].word, VEIL_WORD, word);
}

/* ---- addresses ---- */

/* How many bits of it say what kind of address it is, and stay. */
static unsigned kept_bits(const struct addr *a)
{
	if (addr_is_loopback(a) || addr_is_unspecified(a) || addr_is_multicast(a))
		return addr_bits(a);
	if (a->family == FAMILY_V6)
		return addr_is_link_local(a) ? 64 : addr_is_private(a) ? 8 : 3;
	if (!addr_is_private(a))
		return 0;
	switch (a->bytes[0]) {
	case 10:
		return 8;
	case 172:
		return 12;
	case 100:
		return 10;
	default:
		return 16;
	}
}

struct addr veil_addr(const struct veil *v, const struct addr *a)
{
	struct addr out = *a;
	struct {
		uint8_t bytes[16], len, family;
	} before = { .family = a->family };

	for (unsigned i = kept_bits(a); i < addr_bits(a); i++) {
		const uint8_t bit = (uint8_t)(0x80u >> (i % 8));

		memset(before.bytes, 0, sizeof(before.bytes));
		memcpy(before.bytes, a->bytes, (i + 7) / 8);
		if (i % 8)
			before.bytes[i / 8] = (uint8_t)(a->bytes[i / 8] & ~(0xffu >> (i % 8)));
		before.len = (uint8_t)i;
		if (hash_bytes(&v->key, &before, sizeof(before)) & 1)
			out.bytes[i / 8] ^= bit;
	}
	return out;
}

static bool starts_address(struct slice in, size_t at)
{
	const uint8_t c = in.at[at], before = at ? in.at[at - 1] : ' ';

	if (c != ':' && !is_hex(c))
		return false;
	/* "\n" of a string of JSON is no letter before it. */
	if (is_letter(before) && at >= 2 && in.at[at - 2] == '\\')
		return true;
	if (before == '.' || before == ':' || is_hex(before))
		return false;
	return is_digit(c) || !is_word(before);
}

static size_t digits_at(struct slice in, size_t at, unsigned *value)
{
	size_t n = 0;

	for (*value = 0; n < 3 && at + n < in.len && is_digit(in.at[at + n]); n++)
		*value = *value * 10 + (unsigned)(in.at[at + n] - '0');
	return n;
}

/* "/24" behind an address: its bits behind that are 0, as they were. */
static size_t take_length(struct slice in, size_t at, struct addr *a)
{
	unsigned bits;
	size_t n;

	if (at >= in.len || in.at[at] != '/')
		return 0;
	n = digits_at(in, at + 1, &bits);
	if (!n || bits > addr_bits(a) || (at + 1 + n < in.len && is_word(in.at[at + 1 + n])))
		return 0;
	*a = prefix_of(a, bits).addr;
	return n + 1;
}

/* Whether the character behind what looks like an address makes it something else: "1.2.3.4rc" is taken all the same. */
static bool goes_on(uint8_t next, bool dotted)
{
	return is_digit(next) || (is_letter(next) && !dotted);
}

/* The longest address that begins there: how many bytes it takes; 0: none. */
static size_t take_address(const struct veil *v, struct slice in, size_t at, struct text *out)
{
	char word[ADDR_TEXT];
	struct addr a;
	size_t len = 0;

	if (!starts_address(in, at))
		return 0;
	while (len < sizeof(word) - 1 && at + len < in.len && (is_hex(in.at[at + len]) || in.at[at + len] == ':' ||
		in.at[at + len] == '.'))
		len++;
	for (; len >= 2; len--) {
		if (at + len < in.len && goes_on(in.at[at + len], memchr(in.at + at, '.', len) != NULL))
			continue;
		memcpy(word, in.at + at, len);
		word[len] = '\0';
		if (addr_parse(word, &a))
			continue;
		a = veil_addr(v, &a);
		len += take_length(in, at + len, &a);
		addr_format(&a, word, sizeof(word));
		text_add(out, word);
		if (memchr(in.at + at, '/', len))
			text_addf(out, "%.*s", (int)(len - (size_t)((const uint8_t *)memchr(in.at + at, '/', len) - (in.at + at))),
				(const char *)memchr(in.at + at, '/', len));
		return len;
	}
	return 0;
}

/* Six pairs of digits: a network card, which names its machine. */
static size_t take_mac(struct slice in, size_t at, struct text *out)
{
	if (at + 17 > in.len || (at && (is_word(in.at[at - 1]) || in.at[at - 1] == ':')) ||
		(at + 17 < in.len && (is_hex(in.at[at + 17]) || in.at[at + 17] == ':')))
		return 0;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? in.at[at + i] != ':' : !is_hex(in.at[at + i]))
			return 0;
	text_add(out, "[mac]");
	return 17;
}

/* ---- words ---- */

static void put_hidden(const struct veil *v, const char *kind, struct slice name, struct text *out)
{
	uint8_t small[LABELS_MOST];
	const size_t n = name.len < sizeof(small) ? name.len : sizeof(small);

	for (size_t i = 0; i < n; i++)
		small[i] = lower(name.at[i]);
	text_addf(out, "%s-%08x", kind, (unsigned)(hash_bytes(&v->key, small, n) & 0xffffffffu));
}

static bool is_here(struct slice in, size_t at, const char *word, size_t len)
{
	if (at + len > in.len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (lower(in.at[at + i]) != lower((uint8_t)word[i]))
			return false;
	return at + len == in.len || !is_word(in.at[at + len]);
}

static bool begins(struct slice in, size_t at)
{
	return at == 0 || !is_word(in.at[at - 1]) || (at >= 2 && in.at[at - 2] == '\\' && is_letter(in.at[at - 1]));
}

static size_t take_known(const struct veil *v, struct slice in, size_t at, struct text *out)
{
	for (size_t i = 0; begins(in, at) && i < v->n_words; i++) {
		const size_t len = strlen(v->words[i].word);

		if (!is_here(in, at, v->words[i].word, len))
			continue;
		put_hidden(v, v->words[i].kind, (struct slice){ in.at + at, len }, out);
		return len;
	}
	return 0;
}

static size_t take_url(struct slice in, size_t at, struct text *out)
{
	size_t n = 0;

	if (!begins(in, at))
		return 0;
	while (at + n < in.len && is_letter(in.at[at + n]))
		n++;
	if (n < 2 || at + n + 3 > in.len || memcmp(in.at + at + n, "://", 3) != 0)
		return 0;
	while (at + n < in.len && in.at[at + n] > ' ' && !strchr("\"'<>)\\", in.at[at + n]))
		n++;
	text_add(out, "[url]");
	return n;
}

/* Behind these there is a value that nobody else is to have. */
static const char *const secrets[] = { "secret", "password", "passwd", "token", "api_key", "apikey", "authorization", "webhook",
	"url" };

static size_t take_secret(struct slice in, size_t at, struct text *out)
{
	size_t len = 0, n;

	for (size_t i = 0; begins(in, at) && i < sizeof(secrets) / sizeof(secrets[0]) && !len; i++)
		if (is_here(in, at, secrets[i], strlen(secrets[i])))
			len = strlen(secrets[i]);
	n = at + len;
	while (len && n < in.len && (in.at[n] == ' ' || in.at[n] == '"'))
		n++;
	if (!len || n >= in.len || (in.at[n] != '=' && in.at[n] != ':'))
		return 0;
	text_addf(out, "%.*s = [left out]", (int)len, (const char *)in.at + at);
	while (n < in.len && in.at[n] != '\n' && in.at[n] != ',' && in.at[n] != ';' && in.at[n] != '}')
		n++;
	return n - at;
}

/* ---- names with dots ---- */

/* Files and units; none of these ends a name of the DNS. */
static const char *const endings[] = { "conf", "sock", "service", "socket", "slice", "scope", "timer", "target", "mount", "db",
	"json", "log", "prom", "txt", "nft", "bak" };

/* Rules and keys of the configuration, as "scan.fast", "guards.never_block", "engine.packets". */
static const char *const beginnings[] = { "scan", "spray", "rate", "flood", "odd", "brute", "hold", "volume", "baseline", "novel",
	"egress", "divert", "guards", "events", "flows", "paths", "control", "tables", "sizes", "observations", "history",
	"evidence", "store", "budgets", "table", "net", "metrics", "notify", "manual", "reported" };

static bool is_one_of(struct slice s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == s.len && memcmp(list[i], s.at, s.len) == 0)
			return true;
	return false;
}

static bool is_ours(struct slice name, size_t labels, struct slice first, struct slice last)
{
	if (memchr(name.at, '_', name.len) || is_one_of(last, endings, sizeof(endings) / sizeof(endings[0])))
		return true;
	return labels == 2 && is_one_of(first, beginnings, sizeof(beginnings) / sizeof(beginnings[0]));
}

/* A name goes on where a label follows its dot: "example.org." is it and the end of a sentence. */
static size_t take_name(const struct veil *v, struct slice in, size_t at, struct text *out)
{
	size_t n = 0, labels = 1, start = 0;
	struct slice name, first = { NULL, 0 }, last;

	if (!begins(in, at) || !is_word(in.at[at]))
		return 0;
	for (; at + n < in.len && n < LABELS_MOST; n++) {
		const uint8_t c = in.at[at + n];

		if (is_word(c) || c == '-')
			continue;
		if (c != '.' || at + n + 1 >= in.len || !is_word(in.at[at + n + 1]))
			break;
		first = labels++ == 1 ? (struct slice){ in.at + at, n } : first;
		start = n + 1;
	}
	if (labels < 2)
		return 0;
	name = (struct slice){ in.at + at, n };
	last = (struct slice){ in.at + at + start, n - start };
	if (last.len < 2 || !is_letter(last.at[0]) || (at && in.at[at - 1] == '/') || is_ours(name, labels, first, last))
		return 0;
	put_hidden(v, "name", name, out);
	return n;
}

/* ---- all of it ---- */

static size_t take(const struct veil *v, struct slice in, size_t at, struct text *out)
{
	size_t n = take_url(in, at, out);

	n = n ? n : take_secret(in, at, out);
	n = n ? n : take_mac(in, at, out);
	n = n ? n : take_address(v, in, at, out);
	n = n ? n : take_known(v, in, at, out);
	return n ? n : take_name(v, in, at, out);
}

void veil_text(const struct veil *v, struct slice in, struct text *out)
{
	size_t at = 0;

	while (at < in.len && !out->cut) {
		const size_t n = take(v, in, at, out);

		if (n) {
			at += n;
			continue;
		}
		text_addf(out, "%c", in.at[at] ? in.at[at] : ' ');
		at++;
	}
}
