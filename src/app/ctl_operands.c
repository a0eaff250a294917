/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of operands, taken apart where a shell wants to know what comes next. */
#include "app/ctl_operands.h"

#include <string.h>

#include "app/ctl.h"
#include "base/text.h"

#define FLAT 512 /* the longest text; what is longer is cut, and then offers less */

bool ctl_operand_stands_for(const char *word)
{
	for (; *word; word++)
		if (*word >= 'A' && *word <= 'Z')
			return true;
	return false;
}

/* Behind the bracket that closes the one at 's'. */
static const char *behind(const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		depth += *s == '[';
		depth -= *s == ']';
		if (depth == 0)
			return s + 1;
	}
	return s;
}

/* "[-", but not "[-]": an option, with all that is its. "[/LEN]" is a part of an address. */
static bool is_aside(const char *s)
{
	return strncmp(s, "[/", 2) == 0 || (strncmp(s, "[-", 2) == 0 && s[2] != ']' && s[2] != '|');
}

/* The text without options in brackets, and without brackets. */
static void flatten(const char *s, char out[FLAT])
{
	struct text t = text_over(out, FLAT);

	while (*s) {
		if (is_aside(s)) {
			s = behind(s);
			continue;
		}
		if (*s != '[' && *s != ']')
			text_addf(&t, "%c", *s);
		s++;
	}
}

/* "--user" or "NAME|--unit": an option at its end, whose value is the next word. */
static bool wants_value(const char *token)
{
	const char *last = strrchr(token, '|');
	const struct ctl_option_row *r;

	last = last ? last + 1 : token;
	if (strncmp(last, "--", 2) != 0)
		return false;
	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++)
		if (strcmp(r->name, last + 2) == 0)
			return r->argument != NULL;
	return false;
}

/* The next word of an alternative that is an operand; NULL behind the last. */
static char *next_operand(char **rest)
{
	char *token;
	bool value = false;

	while ((token = strtok_r(NULL, " ", rest)) != NULL) {
		const bool option = value || strncmp(token, "--", 2) == 0;

		value = wants_value(token);
		if (!option)
			return token;
	}
	return NULL;
}

/* Each of the words between bars, without the dots of a repeated one. */
static void each_word(const char *token, ctl_operand_fn fn, void *ctx)
{
	while (*token) {
		size_t len = strcspn(token, "|");
		size_t bare = len >= 3 && strncmp(token + len - 3, "...", 3) == 0 ? len - 3 : len;
		char word[CTL_OPERAND];

		if (bare < sizeof(word) && (token[0] != '-' || bare == 1)) {
			memcpy(word, token, bare);
			word[bare] = '\0';
			fn(ctx, word);
		}
		token += len + (token[len] == '|');
	}
}

struct match {
	const char *given;
	bool found;
};

static void look(void *ctx, const char *word)
{
	struct match *m = ctx;

	m->found = m->found || ctl_operand_stands_for(word) || strcmp(word, m->given) == 0;
}

static bool fits(const char *token, const char *given)
{
	struct match m = { .given = given };

	each_word(token, look, &m);
	return m.found;
}

static bool is_repeated(const char *token)
{
	size_t len = strlen(token);

	return len >= 3 && strcmp(token + len - 3, "...") == 0;
}

/* One alternative: the operand behind those given, where these fit it. */
static void one_way(char *text, const char *const *given, size_t n, ctl_operand_fn fn, void *ctx)
{
	char *rest = text, *token = next_operand(&rest);

	for (size_t i = 0; i < n && token; i++) {
		if (!fits(token, given[i]))
			return;
		if (!is_repeated(token))
			token = next_operand(&rest);
	}
	if (token)
		each_word(token, fn, ctx);
}

void ctl_operands_next(const char *operands, const char *const *given, size_t n, ctl_operand_fn fn, void *ctx)
{
	char flat[FLAT], *way, *end;

	flatten(operands, flat);
	for (way = flat; way; way = end) {
		end = strstr(way, " | ");
		if (end) {
			*end = '\0';
			end += strlen(" | ");
		}
		one_way(way, given, n, fn, ctx);
	}
}
