/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index: where everything is, and whether the daemon is well. All of it is text of ours: what the daemon says stands
 * behind the links, so that nothing is here to be escaped.
 */
#include "app/exporter.h"
#include "app/version.h"
#include "base/text.h"

const char exporter_style[] =
	":root { color-scheme: light dark; }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem; }\n"
	"h1 { font-size: 1.5rem; margin: 0 0 .5rem; }\n"
	".health { padding: .5rem .75rem; border-left: .3rem solid #2e7d32; background: rgba(46, 125, 50, .1); }\n"
	".ill { border-color: #c62828; background: rgba(198, 40, 40, .1); }\n"
	"dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }\n"
	"dt { font-family: ui-monospace, monospace; }\n"
	"dd { margin: 0; }\n"
	"footer { margin-top: 2rem; font-size: .85rem; opacity: .7; }\n"
	"@media (max-width: 30rem) { dl { display: block; } dd { margin: 0 0 .75rem; } }\n";

static const struct row {
	enum http_place place;
	const char *what;
} rows[] = {
	{ HTTP_REPORT, "the report of the day: what came, what was found, what was done" },
	{ HTTP_METRICS, "numbers for Prometheus" },
	{ HTTP_HEALTHZ, "one line: is the daemon well?" },
	{ HTTP_API_STATUS, "how it is, what it has seen and done" },
	{ HTTP_API_BLOCKS, "who is stopped, why, for how long" },
	{ HTTP_API_LIMITS, "who is slowed down" },
	{ HTTP_API_INCIDENTS, "what was found" },
	{ HTTP_API_EVENTS, "the latest events" },
	{ HTTP_API_REPORT, "the report of the day as JSON" },
	{ HTTP_API_VERSION, "of the exporter and of the daemon" },
};

size_t exporter_page(bool healthy, bool metrics_only, char *at, size_t size)
{
	struct text t = text_over(at, size);

	text_add(&t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>tidegate</title>\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<h1>tidegate</h1>\n");
	text_add(&t, healthy ? "<p class=\"health\">The daemon is well.</p>\n<dl>\n" :
		"<p class=\"health ill\">The daemon is not well: <a href=\"/healthz\">/healthz</a> tells why.</p>\n<dl>\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = http_place_path(rows[i].place);

		if (!metrics_only || !http_place_tells_addresses(rows[i].place))
			text_addf(&t, "<dt><a href=\"%s\">%s</a></dt><dd>%s</dd>\n", path, path, rows[i].what);
	}
	text_add(&t, "</dl>\n<footer>tidegate-exporter " TIDEGATE_VERSION ". Nothing can be changed from here.</footer>\n"
		"</body>\n</html>\n");
	return t.len;
}
