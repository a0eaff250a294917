/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the metrics in the main file. */
#include "base/time.h"
#include "conf/conf.h"
#include "conf/schema.h"

static const struct schema_key metrics_keys[] = {
	{ "textfile", KEY_TEXT, FIELD(struct conf_metrics, textfile), .unit = "", .preset = "\"tidegate.prom\"",
	  .help = "for node_exporter, in paths.run_dir, or absolute; \"\": none" },
	{ "interval", KEY_TIME, FIELD(struct conf_metrics, interval_ns),
	  .min = NS_PER_S, .max = 3600 * NS_PER_S, .unit = "", .preset = "\"15s\"",
	  .help = "how often it is written" },
};

const struct schema_section schema_metrics = SECTION("metrics", metrics_keys);
