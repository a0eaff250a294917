/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reader that refuses: see markup.h. */
#include "support/markup.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define DEEP 64

struct reader {
	const char *at, *end;
	const char *wrong;
	char open[DEEP][MARKUP_NAME];
	unsigned depth;
	bool seen; /* the root */
};

static bool fail(struct reader *r, const char *wrong)
{
	if (!r->wrong)
		r->wrong = wrong;
	return false;
}

static bool starts(const struct reader *r, const char *s)
{
	return (size_t)(r->end - r->at) >= strlen(s) && memcmp(r->at, s, strlen(s)) == 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

static bool read_name(struct reader *r, char out[MARKUP_NAME])
{
	size_t n = 0;

	if (r->at == r->end || !is_letter(*r->at))
		return fail(r, "no name");
	for (; r->at < r->end && is_name(*r->at); r->at++) {
		if (n == MARKUP_NAME - 1)
			return fail(r, "a name that is too long");
		out[n++] = *r->at;
	}
	out[n] = '\0';
	return true;
}

static bool read_reference(struct reader *r)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&#34;", "&#39;" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!starts(r, known[i]))
			continue;
		r->at += strlen(known[i]);
		return true;
	}
	return fail(r, "an ampersand that is no reference");
}

/* Of RFC 3629, and a character of XML 1.0. */
static bool read_character(struct reader *r)
{
	const unsigned char *s = (const unsigned char *)r->at;
	const size_t left = (size_t)(r->end - r->at);
	const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return fail(r, "no UTF-8");
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return fail(r, "no UTF-8");
	if ((n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))) ||
		(n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))))
		return fail(r, "no UTF-8");
	if ((s[0] < 0x20 && s[0] != '\n' && s[0] != '\t') || s[0] == 0x7f)
		return fail(r, "a control character");
	if (n == 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe)
		return fail(r, "no character of XML");
	r->at += n;
	return true;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t'))
		r->at++;
}

static bool read_value(struct reader *r)
{
	if (!starts(r, "=\""))
		return fail(r, "an attribute without a value in double quotes");
	r->at += 2;
	while (r->at < r->end && *r->at != '"') {
		if (*r->at == '<' || *r->at == '>')
			return fail(r, "a bracket in an attribute");
		if (*r->at == '&' ? !read_reference(r) : !read_character(r))
			return false;
	}
	if (r->at == r->end)
		return fail(r, "a value that does not end");
	r->at++;
	return true;
}

static bool is_twice(const char *from, const char *to, const char *name)
{
	char word[MARKUP_NAME + 2];

	snprintf(word, sizeof(word), " %s=", name);
	return memmem(from, (size_t)(to - from), word, strlen(word)) != NULL;
}

static bool read_attributes(struct reader *r)
{
	const char *first = r->at;

	while (r->at < r->end && *r->at != '>' && *r->at != '/') {
		const char *before = r->at;
		char name[MARKUP_NAME];

		skip_space(r);
		if (r->at == before)
			return fail(r, "no space before an attribute");
		if (*r->at == '>' || *r->at == '/')
			return true;
		if (!read_name(r, name) || !read_value(r))
			return false;
		if (is_twice(first, before, name))
			return fail(r, "an attribute that stands twice");
	}
	return true;
}

static bool read_end(struct reader *r)
{
	char name[MARKUP_NAME];

	r->at += 2;
	if (!read_name(r, name))
		return false;
	if (r->at == r->end || *r->at != '>')
		return fail(r, "an end tag that does not end");
	r->at++;
	if (r->depth == 0 || strcmp(r->open[r->depth - 1], name) != 0)
		return fail(r, "an end tag of another element");
	r->depth--;
	return true;
}

static bool read_tag(struct reader *r, markup_fn fn, void *ctx)
{
	struct markup_tag tag = { .depth = r->depth };

	r->at++;
	if (r->depth == 0 && r->seen)
		return fail(r, "a second root");
	r->seen = true;
	if (!read_name(r, tag.name))
		return false;
	tag.attributes = r->at;
	if (!read_attributes(r))
		return false;
	tag.len = (size_t)(r->at - tag.attributes);
	if (fn)
		fn(ctx, &tag);
	if (starts(r, "/>")) {
		r->at += 2;
		return true;
	}
	if (!starts(r, ">"))
		return fail(r, "a tag that does not end");
	r->at++;
	if (r->depth == DEEP)
		return fail(r, "too deep");
	memcpy(r->open[r->depth++], tag.name, MARKUP_NAME);
	return true;
}

static bool read_one(struct reader *r, markup_fn fn, void *ctx)
{
	if (starts(r, "</"))
		return read_end(r);
	if (*r->at == '<')
		return read_tag(r, fn, ctx);
	if (*r->at == '>')
		return fail(r, "a bracket of no tag");
	if (r->depth == 0 && *r->at != '\n')
		return fail(r, "text outside of the root");
	return *r->at == '&' ? read_reference(r) : read_character(r);
}

bool markup_read(const char *page, size_t len, markup_fn fn, void *ctx, char why[160])
{
	struct reader r = { .at = page, .end = page + len };
	bool good = true;

	if (starts(&r, "<!DOCTYPE html>"))
		r.at += strlen("<!DOCTYPE html>");
	while (good && r.at < r.end)
		good = read_one(&r, fn, ctx);
	if (good && (r.depth || !r.seen))
		good = fail(&r, r.depth ? "an element that does not end" : "no element");
	if (!good) {
		struct text t = text_over(why, 160);
		const size_t left = (size_t)(r.end - r.at);

		text_addf(&t, "%s at %zu: ", r.wrong, (size_t)(r.at - page));
		text_add_escaped(&t, (struct slice){ .at = (const uint8_t *)r.at, .len = left < 40 ? left : 40 });
	}
	return good;
}

bool markup_attribute(const struct markup_tag *tag, const char *name, char *out, size_t size)
{
	char word[MARKUP_NAME + 3];
	const char *at, *end;

	snprintf(word, sizeof(word), " %s=\"", name);
	at = memmem(tag->attributes, tag->len, word, strlen(word));
	if (!at)
		return false;
	at += strlen(word);
	end = memchr(at, '"', (size_t)(tag->attributes + tag->len - at));
	if (!end || !size)
		return false;
	if ((size_t)(end - at) >= size)
		end = at + size - 1;
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
	return true;
}
