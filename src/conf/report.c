/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of problems. A file is read more than once (settings first, rules after the
 * shipped ones), so problems arrive out of order and are put in their place here.
 */
#include "conf/report.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

/* Behind the last problem of the same file that is not below this line, else the end. */
static size_t place_of(const struct conf_report *r, struct conf_place at)
{
	size_t i = r->n;

	while (i > 0 && strcmp(r->list[i - 1].file, at.file) != 0)
		i--;
	if (i == 0)
		return r->n;
	while (i > 0 && strcmp(r->list[i - 1].file, at.file) == 0 &&
	       r->list[i - 1].line > at.line)
		i--;
	return i;
}

static struct conf_problem *insert(struct conf_report *r, struct conf_place at)
{
	struct conf_problem *p;
	size_t i;

	if (r->n == CONF_PROBLEMS)
		return NULL;
	i = place_of(r, at);
	p = &r->list[i];
	memmove(p + 1, p, (r->n - i) * sizeof(*p));
	r->n++;
	memset(p, 0, sizeof(*p));
	p->line = at.line;
	text_copy(p->file, sizeof(p->file), at.file);
	return p;
}

void conf_error(struct conf_report *r, struct conf_place at, const char *format, ...)
{
	struct conf_problem *p = insert(r, at);
	va_list args;

	r->errors++;
	if (!p)
		return;
	p->error = true;
	va_start(args, format);
	vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
}

void conf_warn(struct conf_report *r, struct conf_place at, const char *format, ...)
{
	struct conf_problem *p = insert(r, at);
	va_list args;

	r->warnings++;
	if (!p)
		return;
	va_start(args, format);
	vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
}

void conf_check_print(const struct conf_report *r, FILE *out)
{
	size_t all = r->errors + r->warnings;

	for (size_t i = 0; i < r->n; i++) {
		const struct conf_problem *p = &r->list[i];

		/* Line 1 also for the whole file: editors and CI jump to file:line. */
		fprintf(out, "%s:%u: %s: %s\n", p->file, p->line ? p->line : 1,
			p->error ? "error" : "warning", p->text);
	}
	if (all > r->n)
		fprintf(out, "and %zu more problems\n", all - r->n);
}
