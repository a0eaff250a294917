/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text exposition format. All of it is ASCII, whatever the configuration calls its lists; no float is printed, so that
 * no locale can put a comma into a number.
 */
#include "codec/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "codec/metrics_parts.h"

#define OCTAVE 4 /* buckets of struct histogram; one bound for each octave is enough for quantiles over a fleet */

const char *metrics_type_name(enum metrics_type t)
{
	static const char *const names[] = { "gauge", "counter", "histogram" };

	return names[t];
}

const struct metrics_family *metrics_family_at(size_t i)
{
	return i < metrics_n_families ? &metrics_families[i] : NULL;
}

const char *metrics_family_name(const struct metrics_family *f)
{
	return f->name;
}

const char *metrics_family_help(const struct metrics_family *f)
{
	return f->help;
}

const char *metrics_family_labels(const struct metrics_family *f)
{
	return f->labels ? f->labels : "";
}

enum metrics_type metrics_family_type(const struct metrics_family *f)
{
	return f->type;
}

void metrics_begin(struct metrics_out *o)
{
	text_add(&o->text, o->name);
	o->labelled = false;
}

/* A backslash of our own escape is one of the value, and so is written twice. */
static void put_value(struct text *t, const char *value)
{
	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		if (*c == '\\' || *c == '"')
			text_addf(t, "\\%c", *c);
		else if (*c >= ' ' && *c < 0x7f)
			text_addf(t, "%c", *c);
		else
			text_addf(t, "\\\\x%02x", *c);
	}
}

void metrics_label(struct metrics_out *o, const char *label, const char *value)
{
	text_addf(&o->text, "%s%s=\"", o->labelled ? "," : "{", label);
	put_value(&o->text, value);
	text_add(&o->text, "\"");
	o->labelled = true;
}

void metrics_count(struct metrics_out *o, uint64_t value)
{
	text_addf(&o->text, "%s %" PRIu64 "\n", o->labelled ? "}" : "", value);
}

/* "0.000001024", "1", "0.5": no digit that says nothing. */
static void put_nano(struct text *t, int64_t billionths)
{
	uint64_t n = billionths < 0 ? -(uint64_t)billionths : (uint64_t)billionths;
	uint64_t part = n % NS_PER_S;
	int digits = 9;

	for (; digits && part % 10 == 0; digits--)
		part /= 10;
	text_addf(t, "%s%" PRIu64, billionths < 0 ? "-" : "", n / NS_PER_S);
	if (digits)
		text_addf(t, ".%0*" PRIu64, digits, part);
}

void metrics_nano(struct metrics_out *o, int64_t billionths)
{
	text_add(&o->text, o->labelled ? "} " : " ");
	put_nano(&o->text, billionths);
	text_add(&o->text, "\n");
}

void metrics_count_of(struct metrics_out *o, const char *label, const char *value, uint64_t count)
{
	metrics_begin(o);
	metrics_label(o, label, value);
	metrics_count(o, count);
}

/* What lies on a bound to the nanosecond is counted with the next one: struct histogram's buckets end before theirs. */
void metrics_put_histogram(struct metrics_out *o, const struct histogram *h)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i += OCTAVE) {
		text_addf(&o->text, "%s_bucket{le=\"", o->name);
		put_nano(&o->text, histogram_bound(i));
		text_addf(&o->text, "\"} %" PRIu64 "\n", histogram_below(h, i));
	}
	text_addf(&o->text, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", o->name, h->count, o->name);
	put_nano(&o->text, (int64_t)h->sum_ns);
	text_addf(&o->text, "\n%s_count %" PRIu64 "\n", o->name, h->count);
}

static void put_plain(struct metrics_out *o, const struct metrics_family *f, const struct metrics *m)
{
	const char *at = (const char *)m + f->at;
	uint64_t count;
	int64_t nano;
	bool is;

	metrics_begin(o);
	switch (f->kind) {
	case METRICS_PUT:
		break;
	case METRICS_COUNT:
		memcpy(&count, at, sizeof(count));
		metrics_count(o, count);
		break;
	case METRICS_BOOL:
		memcpy(&is, at, sizeof(is));
		metrics_count(o, is);
		break;
	case METRICS_NANO:
		memcpy(&nano, at, sizeof(nano));
		metrics_nano(o, nano);
		break;
	}
}

static void put_family(struct metrics_out *o, const struct metrics_family *f, const struct metrics *m)
{
	o->name = f->name;
	text_addf(&o->text, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name, metrics_type_name(f->type));
	if (f->kind == METRICS_PUT)
		f->put(o, m);
	else
		put_plain(o, f, m);
}

int metrics_write(const struct metrics *m, char *out, size_t size, size_t *len)
{
	struct metrics_out o = { .text = text_over(out, size) };

	for (size_t i = 0; i < metrics_n_families; i++) {
		const struct metrics_family *f = &metrics_families[i];

		if (f->part == METRICS_ALWAYS || m->there[f->part])
			put_family(&o, f, m);
	}
	if (o.text.cut) {
		out[0] = '\0';
		return ERR_FULL;
	}
	*len = o.text.len;
	return 0;
}

size_t metrics_piece(const char *text, size_t len, size_t most)
{
	size_t n = most;

	if (len <= most)
		return len;
	while (n && text[n - 1] != '\n')
		n--;
	return n ? n : most;
}
