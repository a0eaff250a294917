/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tidegate history: words of the command line to the file of history, which is read past the daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ctl_history.h"
#include "app/ctl_offline.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define BYTES (1U << OF_BYTES_IN | 1U << OF_BYTES_OUT)
#define LINKS_SHOWN 8
#define LINKS_MOST 64
#define YEARS_AGO (INT64_C(400) * 366 * 86400)

/* ---- which series ---- */

static bool parse_as(const char *before, const char *text, const char *after, struct series_id *out)
{
	char whole[2 * SERIES_TEXT];

	if (snprintf(whole, sizeof(whole), "%s%s%s", before, text, after) >= (int)sizeof(whole))
		return false;
	return series_parse(whole, out) == 0;
}

/* "service 443/tcp in" in full, or as people say it: what comes in is what is meant, and a bare word is an interface. */
static bool parse_series(const char *text, struct series_id *out)
{
	return parse_as("", text, "", out) || parse_as("service ", text, "", out) ||
		parse_as("service ", text, " in", out) || parse_as("proto ", text, "", out) ||
		parse_as("proto ", text, " in", out) || parse_as("link ", text, "", out);
}

static void join_operands(const struct ctl_tool *t, char out[2 * SERIES_TEXT])
{
	struct text text = text_over(out, 2 * SERIES_TEXT);

	for (int i = 0; i < t->n_operands; i++) {
		text_add(&text, i ? " " : "");
		text_add(&text, t->operands[i]);
	}
}

static void note_row(void *ctx, const struct history_total *t)
{
	*(uint32_t *)ctx |= t->known;
}

static int show_series(struct history_view *v, const char *text)
{
	struct history_query q = { .period = PERIOD_YEAR, .kind = -1, .from = -YEARS_AGO, .until = INT64_MAX };
	struct series_id id;
	uint32_t known = 0;
	int err, code;

	if (!parse_series(text, &id))
		return ctl_complain(CTL_USAGE, "'%s' is no series; it is one like eth0, 443/tcp, 53/udp out, tcp in, "
			"host, or one of links, services, protocols, peers", text);
	q.series = &id;
	err = history_totals(v->h, &q, note_row, &known);
	if (err)
		return ctl_history_file_error(v, err);
	if (!known)
		return ctl_complain(CTL_NONE, "nothing is known of '%s'; 'tidegate history links' names interfaces, "
			"'... services' ports", text);
	if (v->by_given || v->since_given || v->tool->given & CTL_TOP || !(known & BYTES))
		return ctl_history_graph(v, &id);
	code = ctl_history_summary(v, &id);
	if (code || v->tool->output != CTL_TABLE || v->tool->quiet)
		return code;
	putchar('\n');
	return ctl_history_graph(v, &id);
}

/* ---- all interfaces ---- */

struct links {
	struct history_total at[LINKS_MOST];
	size_t n, more;
};

static void take_link(void *ctx, const struct history_total *t)
{
	struct links *l = ctx;

	for (size_t i = 0; i < l->n; i++)
		if (series_equal(&l->at[i].id, &t->id)) { /* of another month */
			l->at[i].known |= t->known;
			l->at[i].value[OF_BYTES_IN] += t->value[OF_BYTES_IN];
			l->at[i].value[OF_BYTES_OUT] += t->value[OF_BYTES_OUT];
			return;
		}
	if (l->n == LINKS_MOST)
		l->more++;
	else
		l->at[l->n++] = *t;
}

static int by_bytes(const void *a, const void *b)
{
	const struct history_total *x = a, *y = b;
	const uint64_t left = x->value[OF_BYTES_IN] + x->value[OF_BYTES_OUT];
	const uint64_t right = y->value[OF_BYTES_IN] + y->value[OF_BYTES_OUT];

	if (left != right)
		return left < right ? 1 : -1;
	return series_compare(&x->id, &y->id);
}

/* Of this month, or since then; the host as a whole where no interface was known in it. */
static int find_links(struct history_view *v, struct links *l)
{
	struct history_query q = { .period = PERIOD_MONTH, .kind = SERIES_LINK, .until = INT64_MAX };
	int err;

	q.from = period_begin(PERIOD_MONTH, v->since_given ? v->since_s : v->local_s);
	err = history_totals(v->h, &q, take_link, l);
	if (err || l->n)
		return err;
	q.kind = SERIES_HOST;
	return history_totals(v->h, &q, take_link, l);
}

static int show_each(struct history_view *v, const struct links *l)
{
	const bool graph = v->by_given || v->since_given || v->tool->given & CTL_TOP;
	const bool table = v->tool->output == CTL_TABLE;
	const size_t most = table && l->n > LINKS_SHOWN ? LINKS_SHOWN : l->n;
	int code = CTL_OK;

	for (size_t i = 0; i < most && !code; i++) {
		if (i && table && !v->tool->quiet)
			putchar('\n');
		code = graph || !(l->at[i].known & BYTES) ? ctl_history_graph(v, &l->at[i].id) :
			ctl_history_summary(v, &l->at[i].id);
	}
	if (!code && table && !v->tool->quiet && l->n + l->more > most)
		printf("\nand %zu more interfaces: tidegate history links\n", l->n + l->more - most);
	return code;
}

static int show_links(struct history_view *v)
{
	struct links *l = calloc(1, sizeof(*l));
	int code, err;

	if (!l)
		return ctl_complain(CTL_INTERNAL, "no memory");
	err = find_links(v, l);
	qsort(l->at, l->n, sizeof(l->at[0]), by_bytes);
	if (err)
		code = ctl_history_file_error(v, err);
	else if (!l->n)
		code = ctl_complain(CTL_NONE, "%s: nothing is known of this month yet; --since 60d looks further "
			"back", v->path);
	else
		code = show_each(v, l);
	free(l);
	return code;
}

/* ---- which of these ---- */

static int show(struct history_view *v)
{
	static const struct {
		const char *word;
		enum series_kind kind;
	} lists[] = { { "links", SERIES_LINK }, { "services", SERIES_SERVICE }, { "protocols", SERIES_PROTO } };
	const struct ctl_tool *t = v->tool;
	char text[2 * SERIES_TEXT];
	struct addr a;

	if (t->n_operands == 0)
		return show_links(v);
	join_operands(t, text);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(lists[i].word, text) == 0)
			return ctl_history_list(v, lists[i].kind);
	if (strcmp(text, "peers") == 0)
		return ctl_history_peers(v);
	if (addr_parse(text, &a) == 0)
		return ctl_history_peer(v, &a);
	return show_series(v, text);
}

static int read_words(struct history_view *v)
{
	const char *by = ctl_value(v->tool, CTL_BY), *since = ctl_value(v->tool, CTL_SINCE);
	const time_t now = (time_t)(clock_wall().ns / NS_PER_S);
	struct tm local;
	int64_t ns = 0;

	if (!localtime_r(&now, &local))
		return ctl_complain(CTL_INTERNAL, "the local time cannot be told");
	v->offset_s = local.tm_gmtoff;
	v->local_s = now + v->offset_s;
	v->utf8 = ctl_utf8();
	v->by = PERIOD_DAY;
	v->by_given = by != NULL;
	v->since_given = since != NULL;
	if (by && period_parse(by, &v->by))
		return ctl_complain(CTL_USAGE, "--by %s: it is one of 5min, hour, day, month, year", by);
	if (since && duration_parse(since, &ns))
		return ctl_complain(CTL_USAGE, "--since %s: a time like 10m, 4h, 7d", since);
	v->since_s = v->local_s - ns / NS_PER_S;
	return CTL_OK;
}

int ctl_history(struct ctl_tool *t)
{
	struct history_view v = { .tool = t };
	char path[STORE_PATH], why[WHY_TEXT];
	int code = read_words(&v), err;

	if (!code)
		code = ctl_state_file(t, HISTORY_FILE, path);
	if (code)
		return code;
	v.path = path;
	err = history_open_reading(&v.h, path, why);
	if (err == ERR_ABSENT)
		return ctl_complain(CTL_NONE, "%s: %s; the daemon begins it with its first five minutes "
			"(history.enabled)", path, why);
	if (err)
		return ctl_complain(ctl_state_code(err), "%s: %s", path, why);
	code = show(&v);
	history_close(v.h);
	return code;
}
