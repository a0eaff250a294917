/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Markup of our own around values of others. The format is the markup, and a literal: the compiler refuses any other
 * (-Wformat-nonliteral), so no value can ever become markup. What the values say is escaped for HTML, SVG and XML alike,
 * as content and as the value of an attribute in double quotes; nowhere else (names of tags, style, script, URLs) may a
 * value stand. Bounded by the text that it writes to; no locale, no memory of its own.
 *
 * Strings may hold anything. & < > " ' become references. What would not be seen, or would move what is (controls, line
 * ends, marks of direction, zero width), is written out as \x1b or \u{202e}; what is no UTF-8, byte by byte as \xff. So
 * the result is always well-formed XML 1.0 and UTF-8.
 */
#ifndef TIDEGATE_CODEC_HTML_PUT_H
#define TIDEGATE_CODEC_HTML_PUT_H

#include "base/text.h"

/*
 * Conversions: %s and %c, escaped; %d %u %ld %lu %lld %llu %zu, bare digits; %%. A precision ("%.40s", "%.*s") is the
 * most characters that are shown of a string; one that is longer ends with an ellipsis. Any other conversion is our own
 * mistake and asserts.
 */
void html_put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that need not end with a NUL, which is written out, too. At most that many characters, 0: all. */
void html_put_slice(struct text *t, struct slice s, size_t most);

#endif
