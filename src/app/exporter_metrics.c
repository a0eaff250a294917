/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the exporter tells of itself, behind what the daemon tells of itself. */
#include <inttypes.h>

#include "app/exporter.h"
#include "app/version.h"
#include "base/text.h"

/* Others are counted as the last one. */
static const int codes[EXPORTER_CODES] = { 200, 304, 400, 404, 405, 413, 414, 421, 500, 502, 503, 0 };

void exporter_count(struct exporter_counts *c, int status)
{
	size_t i = 0;

	while (i < EXPORTER_CODES - 1 && codes[i] != status)
		i++;
	c->by_code[i]++;
}

static void head(struct text *t, const char *name, const char *type, const char *help)
{
	text_addf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct text *t, const char *name, const char *type, const char *help, uint64_t value)
{
	head(t, name, type, help);
	text_addf(t, "%s %" PRIu64 "\n", name, value);
}

static void requests(struct text *t, const struct exporter_counts *c)
{
	static const char name[] = "tidegate_exporter_requests_total";

	head(t, name, "counter", "Requests over HTTP by the status of their answer.");
	for (size_t i = 0; i < EXPORTER_CODES; i++)
		if (codes[i])
			text_addf(t, "%s{code=\"%d\"} %" PRIu64 "\n", name, codes[i], c->by_code[i]);
		else
			text_addf(t, "%s{code=\"other\"} %" PRIu64 "\n", name, c->by_code[i]);
}

static void questions(struct text *t, const struct exporter_asker *a)
{
	static const char name[] = "tidegate_exporter_questions_total";

	head(t, name, "counter", "Questions for the daemon; those spared never reached it.");
	text_addf(t, "%s{result=\"answered\"} %" PRIu64 "\n", name, a->answered);
	text_addf(t, "%s{result=\"failed\"} %" PRIu64 "\n", name, a->failed);
	text_addf(t, "%s{result=\"spared\"} %" PRIu64 "\n", name, a->refused);
}

static void evictions(struct text *t, const struct seats *s)
{
	static const char name[] = "tidegate_exporter_connections_evicted_total";

	head(t, name, "counter", "Connections that were ended for their slowness, or to make room.");
	text_addf(t, "%s{reason=\"slow\"} %" PRIu64 "\n", name, s->slow);
	text_addf(t, "%s{reason=\"crowded\"} %" PRIu64 "\n", name, s->crowded);
}

size_t exporter_metrics(const struct exporter_desk *d, bool up, char *at, size_t size)
{
	struct text t = text_over(at, size);

	one(&t, "tidegate_up", "gauge", "Whether the daemon gave its metrics.", up);
	head(&t, "tidegate_exporter_build_info", "gauge", "The version of the exporter.");
	text_add(&t, "tidegate_exporter_build_info{version=\"" TIDEGATE_VERSION "\"} 1\n");
	requests(&t, &d->counts);
	questions(&t, &d->asker);
	one(&t, "tidegate_exporter_connections", "gauge", "Connections that are open.", d->seats.n);
	one(&t, "tidegate_exporter_connections_limit", "gauge", "Connections that may be open.", SEATS);
	one(&t, "tidegate_exporter_connections_total", "counter", "Connections that were let in.", d->seats.taken);
	evictions(&t, &d->seats);
	return t.len;
}
