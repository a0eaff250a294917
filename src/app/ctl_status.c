/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status on 80 columns: first what is wrong or could be (mode, liveness, losses), then
 * the numbers in tables of named columns.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "codec/event_json.h"

static void head(const struct ctl_tool *t, const char *name)
{
	printf("\n%s%-11s%s", ctl_sgr(t, CTL_BOLD), name, ctl_sgr(t, CTL_NORMAL));
}

/* A count that should be 0 stands out where it is not. */
static void print_loss(const struct ctl_tool *t, const char *what, int64_t n,
	const char *after)
{
	char count[FORMAT_TEXT];

	printf("%s%s %s%s%s", n ? ctl_sgr(t, CTL_YELLOW) : "", what,
		format_count(n, count), n ? ctl_sgr(t, CTL_NORMAL) : "", after);
}

static void print_columns(struct ctl_tool *t, const char *name, json_t *o,
	const char *const *columns, const char *const *titles, size_t n)
{
	char count[FORMAT_TEXT];

	if (*name)
		head(t, name);
	else
		printf("%11s", "");
	for (size_t i = 0; i < n; i++)
		printf("%s%11s%s", ctl_sgr(t, CTL_DIM), titles[i],
			ctl_sgr(t, CTL_NORMAL));
	printf("\n%11s", "");
	for (size_t i = 0; i < n; i++)
		printf("%11s", format_count(field_int(o, columns[i]), count));
	putchar('\n');
}

static void print_title(struct ctl_tool *t, json_t *s)
{
	char title[128];
	char up[FORMAT_TEXT];
	bool enforce = strcmp(field_text(s, "mode"), "enforce") == 0;
	const char *mode = enforce ? "ENFORCE" : "DETECT";
	enum ctl_colour colour = enforce ? CTL_GREEN : CTL_CYAN;

	if (json_object_get(s, "trial"))
		colour = CTL_YELLOW;
	if (field_true(s, "panic")) {
		mode = "PANIC";
		colour = CTL_RED;
	}
	if (!field_true(s, "responding")) {
		mode = "NO ANSWER";
		colour = CTL_YELLOW;
	}
	int64_t uptime = field_int(s, "uptime_s");
	/* Seconds say nothing after some hours. */
	format_seconds(uptime < 7200 ? uptime : uptime / 60 * 60, up);
	snprintf(title, sizeof(title), "tidegate %s on %s, up %s, pid %" PRId64,
		field_text(s, "version"), field_text(s, "host"), up, field_int(s, "pid"));
	printf("%s%-68s%s %s%11s%s\n", ctl_sgr(t, CTL_BOLD), title,
		ctl_sgr(t, CTL_NORMAL), ctl_sgr(t, colour), mode, ctl_sgr(t, CTL_NORMAL));
}

static void print_setup(struct ctl_tool *t, json_t *s)
{
	char when[FORMAT_TEXT];
	bool alive = field_true(s, "divert.alive");
	bool reloaded = field_true(s, "reload.ok");

	if (field_true(s, "responding"))
		ctl_print_mode(t, s);
	printf("  config   %s%s%s %s\n", ctl_sgr(t, reloaded ? CTL_NORMAL : CTL_RED),
		reloaded ? "read" : "the last reload failed,", ctl_sgr(t, CTL_NORMAL),
		format_time(field_text(s, "reload.at"), when));
	printf("  diverts  %s: input %s, forward %s, output %s\n",
		field_text(s, "divert.mechanism"), field_text(s, "divert.input"),
		field_text(s, "divert.forward"), field_text(s, "divert.output"));
	printf("  loop     %s%s%s\n", ctl_sgr(t, alive ? CTL_GREEN : CTL_RED),
		alive ? "alive" : "not alive: traffic passes unseen",
		ctl_sgr(t, CTL_NORMAL));
	if (field_true(s, "host_shield"))
		printf("  %shost shield stands: closed ports are silent to strangers%s\n",
			ctl_sgr(t, CTL_YELLOW), ctl_sgr(t, CTL_NORMAL));
}

static int64_t sum(json_t *o)
{
	const char *name;
	json_t *value;
	int64_t all = 0;

	json_object_foreach(o, name, value)
		all += json_integer_value(value);
	return all;
}

static void print_packets(struct ctl_tool *t, json_t *s)
{
	static const char *const columns[] = { "engine.packets.input",
		"engine.packets.forward", "engine.packets.output", "engine.copies",
		"engine.accepted", "engine.dropped" };
	static const char *const titles[] = { "input", "forward", "output", "copies",
		"accepted", "dropped" };
	char count[FORMAT_TEXT];

	print_columns(t, "Packets", s, columns, titles, 6);
	printf("  guarded %s", format_count(field_int(s, "engine.guarded"), count));
	printf(", late answers %s",
		format_count(field_int(s, "engine.late_answers"), count));
	printf(", backscatter %s",
		format_count(field_int(s, "engine.backscatter"), count));
	printf(", not understood %s\n",
		format_count(sum(field_get(s, "engine.faults")), count));
	print_loss(t, "  lost: queue full", field_int(s, "queue.dropped_kernel"), ",");
	print_loss(t, " socket full", field_int(s, "queue.dropped_user"), ",");
	print_loss(t, " enobufs", field_int(s, "queue.enobufs"), ",");
	print_loss(t, " copies", field_int(s, "queue.copies_lost"), ";");
	print_loss(t, " stale verdicts", field_int(s, "queue.stale_verdicts"), "\n");
}

static void print_findings(struct ctl_tool *t, json_t *s)
{
	static const char *const columns[] = { "engine.findings.scan",
		"engine.findings.spray", "engine.findings.rate",
		"engine.findings.service-rate", "engine.findings.flood",
		"engine.findings.odd" };
	static const char *const titles[] = { "scan", "spray", "rate", "service", "flood",
		"odd" };
	static const char *const of_host[] = { "engine.findings.brute", "engine.findings.brute-spread",
		"engine.findings.hold", "engine.findings.slow", "engine.findings.volume", "engine.findings.baseline" };
	static const char *const host_titles[] = { "brute", "brute many", "hold", "slow", "volume", "not normal" };
	static const char *const rare[] = { "engine.findings.pile", "engine.findings.mix", "engine.findings.novel" };
	static const char *const rare_titles[] = { "pile", "mix", "novel" };

	print_columns(t, "Findings", s, columns, titles, 6);
	print_columns(t, "", s, of_host, host_titles, 6);
	if (field_int(s, rare[0]) || field_int(s, rare[1]) || field_int(s, rare[2]))
		print_columns(t, "", s, rare, rare_titles, 3);
}

static void print_measures(struct ctl_tool *t, json_t *s)
{
	static const char *const columns[] = { "measures.by_response.shield",
		"measures.by_response.limit", "measures.by_response.refuse",
		"measures.by_response.drop", "measures.by_response.service-limit",
		"incidents" };
	static const char *const titles[] = { "shield", "limit", "refuse", "drop",
		"service", "incidents" };
	char count[FORMAT_TEXT];

	print_columns(t, "Measures", s, columns, titles, 6);
	ctl_print_enforcement(t, s);
	int64_t coming = field_int(s, "measures.by_state.wanted") +
		field_int(s, "measures.by_state.sent");
	printf("  on the way %s", format_count(coming, count));
	printf(", shadows %s;",
		format_count(field_int(s, "measures.by_state.shadow"), count));
	print_loss(t, " refusals", field_int(s, "measures.refused"), ",");
	print_loss(t, " no room", field_int(s, "measures.full"), ",");
	print_loss(t, " nft errors", field_int(s, "nft.errors"), "\n");
}

/* How the values lie, from the fastest to the slowest bucket that holds one, in 24
 * columns. */
static void print_shape(struct ctl_tool *t, json_t *buckets)
{
	static const char levels[] = ".:-=+*#%@";
	int64_t most = 0;
	json_t *pair;
	size_t i;

	json_array_foreach(buckets, i, pair) {
		int64_t n = json_integer_value(json_array_get(pair, 1));
		most = n > most ? n : most;
	}
	printf("  %s", ctl_sgr(t, CTL_CYAN));
	json_array_foreach(buckets, i, pair) {
		int64_t n = json_integer_value(json_array_get(pair, 1));
		if (i < 16 && most > 0)
			putchar(levels[(size_t)(n * 8 / most)]);
	}
	printf("%s\n", ctl_sgr(t, CTL_NORMAL));
}

static void print_span(int64_t ns)
{
	char span[32];
	span_format(ns, span, sizeof(span));
	printf("%11s", ns ? span : "-");
}

static void print_latency(struct ctl_tool *t, json_t *h, const char *name)
{
	char count[FORMAT_TEXT];

	printf("  %-18s%11s", name, format_count(field_int(h, "count"), count));
	print_span(field_int(h, "p50_ns"));
	print_span(field_int(h, "p99_ns"));
	print_span(field_int(h, "max_ns"));
	print_shape(t, json_object_get(h, "buckets"));
}

static void print_latencies(struct ctl_tool *t, json_t *s)
{
	head(t, "Latency");
	printf("%s%20s%11s%11s%11s%s\n", ctl_sgr(t, CTL_DIM), "count", "p50", "p99",
		"max", ctl_sgr(t, CTL_NORMAL));
	print_latency(t, field_get(s, "verdict_latency"), "verdict");
	print_latency(t, field_get(s, "detect_to_enforce"), "detect to enforce");
}

static void print_guards(struct ctl_tool *t, json_t *guards)
{
	const char *name;
	json_t *value;
	bool first = true;

	printf("%s%-11s%s%" PRId64, ctl_sgr(t, CTL_BOLD), "Guards",
		ctl_sgr(t, CTL_NORMAL), field_int(guards, "total"));
	json_object_foreach(guards, name, value) {
		if (strcmp(name, "total") == 0)
			continue;
		printf("%s %s %" JSON_INTEGER_FORMAT, first ? ":" : ",", name,
			json_integer_value(value));
		first = false;
	}
	putchar('\n');
}

static void print_observations(const struct ctl_tool *t, json_t *o)
{
	const char *since = field_text(o, "since");
	char count[FORMAT_TEXT], when[FORMAT_TEXT];

	printf("%s%-11s%s", ctl_sgr(t, CTL_BOLD), "Log", ctl_sgr(t, CTL_NORMAL));
	if (!field_true(o, "enabled")) {
		printf("none is kept (observations.enabled)\n");
		return;
	}
	printf("%.1f of %" PRId64 " MiB", (double)field_int(o, "bytes") / (1 << 20),
		field_int(o, "max_bytes") >> 20);
	if (since && *since)
		printf(", since %s", format_time(since, when));
	printf(", %s a second,", format_count((int64_t)(json_real_value(
		json_object_get(o, "per_second")) + 0.5), count));
	print_loss(t, " lost", field_int(o, "lost"), ",");
	print_loss(t, " not written", field_int(o, "unwritten"), "\n");
	if (field_true(o, "failing"))
		printf("  %sit cannot be written: %s%s\n", ctl_sgr(t, CTL_RED), field_text(o, "error"),
			ctl_sgr(t, CTL_NORMAL));
}

/* How the host is looked at, and how much of what is normal is known. */
static void print_host(const struct ctl_tool *t, json_t *s)
{
	char count[FORMAT_TEXT];

	printf("%s%-11s%s%s", ctl_sgr(t, CTL_BOLD), "Host", ctl_sgr(t, CTL_NORMAL),
		format_count(field_int(s, "observer.walks.sockets"), count));
	printf(" sockets,");
	print_loss(t, " seconds missed", field_int(s, "observer.missed"), ",");
	printf(" %s flows ended,", format_count(field_int(s, "observer.flows.ended"), count));
	print_loss(t, " lost", field_int(s, "observer.flows.lost"), ",");
	print_loss(t, " passed over", field_int(s, "observer.flows.missed"), "\n");
	printf("%s%-11s%s%s slots learned", ctl_sgr(t, CTL_BOLD), "Normal", ctl_sgr(t, CTL_NORMAL),
		format_count(field_int(s, "baseline.slots") - field_int(s, "baseline.frozen"), count));
	printf(" of %s series,", format_count(field_int(s, "baseline.models"), count));
	if (!field_true(s, "history.enabled")) {
		printf(" no history is kept (history.enabled)\n");
		return;
	}
	print_loss(t, " not written", field_int(s, "history.lost") + field_int(s, "history.failed"),
		field_true(s, "history.teaching") ? ", the history is being read\n" : "\n");
}

/* Who listens, or does not, where the daemon sends events beside its file. */
static void print_targets(struct ctl_tool *t, json_t *list)
{
	char count[FORMAT_TEXT];
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		printf("           %s %s: %s written,", field_text(o, "target"), field_text(o, "path"),
			format_count(field_int(o, "written"), count));
		print_loss(t, " lost", field_int(o, "unwritten"), field_true(o, "failing") ? ", nobody takes them now\n" :
			"\n");
	}
}

static void print_memory(struct ctl_tool *t, json_t *s)
{
	char count[FORMAT_TEXT];

	head(t, "Sources");
	printf("%s of", format_count(field_int(s, "sources.records"), count));
	printf(" %s remembered,", format_count(field_int(s, "sources.capacity"), count));
	print_loss(t, " evicted", field_int(s, "sources.evicted"), ",");
	print_loss(t, " refused", field_int(s, "sources.refused"), "\n");
	print_guards(t, field_get(s, "guards"));
	ctl_print_promises(t, s);
	printf("%s%-11s%s%s,", ctl_sgr(t, CTL_BOLD), "Events", ctl_sgr(t, CTL_NORMAL),
		format_count(field_int(s, "events.total"), count));
	print_loss(t, " lost", field_int(s, "events.lost"), ",");
	print_loss(t, " not written", field_int(s, "events.unwritten"), "\n");
	print_targets(t, field_get(s, "events.targets"));
	print_observations(t, field_get(s, "observations"));
	print_host(t, s);
	ctl_print_feeds(t, s);
}

static void print_plain(const char *path, json_t *o)
{
	char name[256];
	const char *member;
	json_t *value;

	json_object_foreach(o, member, value) {
		snprintf(name, sizeof(name), "%s%s%s", path, *path ? "." : "", member);
		if (json_is_object(value))
			print_plain(name, value);
		else if (json_is_string(value))
			printf("%s\t%s\n", name, json_string_value(value));
		else if (json_is_integer(value))
			printf("%s\t%" JSON_INTEGER_FORMAT "\n", name,
				json_integer_value(value));
		else if (json_is_boolean(value))
			printf("%s\t%s\n", name, json_is_true(value) ? "yes" : "no");
	}
}

static void print_status(struct ctl_tool *t, json_t *o)
{
	json_t *s = json_object_get(o, "status");

	if (t->output == CTL_PLAIN) {
		print_plain("", s);
		return;
	}
	print_title(t, s);
	print_setup(t, s);
	if (field_true(s, "responding")) {
		print_packets(t, s);
		print_findings(t, s);
		print_measures(t, s);
		ctl_print_leaves(t, s);
	}
	print_latencies(t, s);
	if (field_true(s, "responding"))
		print_memory(t, s);
}

int ctl_status(struct ctl_tool *t)
{
	struct ctl_request r = { .verb = "status" };
	return ctl_ask(t, &r, print_status);
}
