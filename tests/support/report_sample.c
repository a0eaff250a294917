/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up days: documentation addresses, no clock, no chance; the same bytes each time. */
#include "support/report_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 96 /* of a quarter of an hour */
#define DAY INT64_C(86400)
#define BEGIN INT64_C(1789941600) /* midnight of a Monday in September 2026, in Berlin */

static uint64_t noise(uint64_t seed)
{
	seed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	seed ^= seed >> 29;
	seed *= UINT64_C(0xbf58476d1ce4e5b9);
	return seed >> 40;
}

/* More by day than by night, of 1000. */
static uint64_t daylight(size_t i)
{
	const int64_t hour = (int64_t)i / 4, off = hour > 14 ? hour - 14 : 14 - hour;

	return 250 + (uint64_t)(off > 10 ? 0 : (10 - off) * 75);
}

static struct report_data *make(void)
{
	struct report_data *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->width_s = 900;
	snprintf(r->about.host, sizeof(r->about.host), "web-0001.example.net");
	snprintf(r->about.version, sizeof(r->about.version), "1.0.0");
	snprintf(r->about.zone, sizeof(r->about.zone), "CEST");
	r->about.utc_offset_s = 7200;
	r->about.from_s = BEGIN;
	r->about.until_s = BEGIN + DAY;
	r->about.made_s = BEGIN + DAY + 31;
	return r;
}

struct report_data *report_sample_empty(void)
{
	struct report_data *r = make();

	r->about.unknown_s = DAY;
	r->losses.n_troubles = 1;
	snprintf(r->losses.troubles[0], REPORT_SENTENCE, "/var/lib/tidegate/tidegate.db: no such file: has tidegated run?");
	return r;
}

static void fill_traffic(struct report_data *r)
{
	r->n_buckets = BUCKETS;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct report_bucket *b = &r->buckets[i];

		b->begin_s = BEGIN + (int64_t)i * 900;
		b->utc_offset_s = 7200;
		b->traffic = true;
		b->watched_s = 900;
		b->connections = daylight(i) * 3 + noise(i) % 400;
		b->bytes_in = b->connections * (4000 + noise(i + 100) % 900);
		b->bytes_out = b->connections * (31000 + noise(i + 200) % 9000);
		r->totals.connections += b->connections;
		r->totals.bytes_in += b->bytes_in;
		r->totals.bytes_out += b->bytes_out;
	}
	r->totals.watched_s = 86400;
}

static void fill_about(struct report_data *r, enum report_mode mode)
{
	snprintf(r->about.config, REPORT_SENTENCE, "/etc/tidegate/tidegate.conf");
	snprintf(r->about.digest, REPORT_WORD, "9f2c41d07be35a68");
	snprintf(r->about.ran_digest, REPORT_WORD, "9f2c41d07be35a68");
	snprintf(r->about.policy, REPORT_NAME, "web-server");
	r->about.record_from_s = BEGIN - 30 * DAY;
	r->about.record_known = true;
	r->about.configured = r->about.last = mode;
	*(mode == REPORT_MODE_DETECT ? &r->about.detect_s : &r->about.enforce_s) = DAY;
	r->losses.counted = true;
	r->losses.counted_s = DAY;
	r->losses.runs = 1;
}

static struct report_series *add_series(struct report_data *r, const char *name, enum measure_of m, uint64_t scale)
{
	struct report_series *s = &r->baseline.list[r->baseline.n++];

	snprintf(s->name, sizeof(s->name), "%s", name);
	s->measure = m;
	s->learned = true;
	for (size_t i = 0; i < BUCKETS; i++) {
		s->at[i].known = s->at[i].banded = true;
		s->at[i].expected = daylight(i) * scale / 10;
		s->at[i].limit = s->at[i].expected * 16 / 10 + scale * 12;
		s->at[i].value = s->at[i].expected * 9 / 10 + noise(i + r->baseline.n * 1000) % (scale * 24);
	}
	return s;
}

static void fill_baseline(struct report_data *r)
{
	r->baseline.known = true;
	r->baseline.slots = 8912;
	r->baseline.since_s = BEGIN - 31 * DAY;
	r->baseline.learning_days = 7;
	r->baseline.series = 41;
	r->baseline.judged = 38;
	add_series(r, "service 443/tcp in", OF_CONNECTIONS, 4);
	add_series(r, "host", OF_BYTES_OUT, 900000);
	add_series(r, "service 443/tcp in", OF_SOURCES, 2);
	add_series(r, "link eth0", OF_PACKETS_IN, 3000);
}

static void add_row(struct report_top *t, const char *name, const char *about, uint64_t findings, uint64_t measures,
	uint64_t dropped, uint64_t connections, uint64_t in, uint64_t out)
{
	struct report_row *row = &t->list[t->n++];

	*row = (struct report_row){ .findings = findings, .measures = measures, .dropped = dropped,
		.connections = connections, .bytes_in = in, .bytes_out = out };
	snprintf(row->name, sizeof(row->name), "%s", name);
	snprintf(row->about, sizeof(row->about), "%s", about);
}

static void fill_tops(struct report_data *r)
{
	add_row(&r->ports, "443/tcp", "https", 0, 0, 0, 51230, 214000000, 1690000000);
	add_row(&r->ports, "22/tcp", "ssh", 0, 0, 0, 61, 8100000, 44000000);
	add_row(&r->ports, "80/tcp", "http", 0, 0, 0, 3021, 2400000, 6100000);
	add_row(&r->destinations, "151.101.2.132", "deb.debian.org", 0, 0, 0, 14, 38000000, 410000);
	add_row(&r->destinations, "2001:db8:40::25", "mx.example.net", 0, 0, 0, 212, 1300000, 29000000);
	add_row(&r->destinations, "192.0.2.53", "resolver", 0, 0, 0, 9120, 1800000, 820000);
}

struct report_data *report_sample_quiet(void)
{
	struct report_data *r = make();

	fill_about(r, REPORT_MODE_ENFORCE);
	fill_traffic(r);
	fill_baseline(r);
	fill_tops(r);
	r->egress.lists_known = true;
	return r;
}

/* ---- a day of attacks ---- */

static void busy_findings(struct report_data *r)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct report_bucket *b = &r->buckets[i];
		const bool flood = i >= 57 && i < 62;

		b->findings = flood ? 40 + noise(i) % 60 : noise(i + 7) % 11 > 6 ? noise(i) % 9 : 0;
		b->decided = flood ? b->findings * 4 / 5 : b->findings / 3;
		b->begun = b->decided / 2;
		b->unsure = flood && i > 58;
		if (flood) {
			b->connections *= 30;
			b->bytes_in *= 22;
		}
		r->totals.findings += b->findings;
		r->totals.decided += b->decided;
		r->totals.applied += b->begun;
	}
	r->totals.incidents = 61;
	r->totals.guarded = 2;
	r->totals.expired = 120;
	r->totals.standing = 17;
	r->totals.unblocked = 1;
	r->totals.refused = 1;
	r->totals.alarms = 1;
	r->totals.packets_dropped = 4210337;
	r->totals.bytes_dropped = 262000000;
	r->totals.bytes_known = true;
}

static void busy_baseline(struct report_data *r)
{
	static const struct {
		const char *name;
		enum measure_of m;
		uint64_t value, expected, limit;
		uint32_t deviations;
		uint64_t slots;
	} rows[] = {
		{ "service 443/tcp in", OF_CONNECTIONS, 9210, 361, 702, 6140, 15 },
		{ "service 443/tcp in", OF_SOURCES, 1830, 180, 352, 3905, 14 },
		{ "host", OF_HALF_OPEN, 88200, 1200, 4100, 9140, 12 },
	};

	for (size_t i = 0; i < 3; i++) {
		struct report_departure *d = &r->baseline.departures[r->baseline.n_departures++];

		*d = (struct report_departure){ .at_s = BEGIN + 57 * 900, .measure = rows[i].m, .value = rows[i].value,
			.expected = rows[i].expected, .limit = rows[i].limit, .deviations = rows[i].deviations,
			.slots = rows[i].slots };
		snprintf(d->name, sizeof(d->name), "%s", rows[i].name);
	}
	for (size_t k = 0; k < 3; k += 2) {
		r->baseline.list[k].departures = 1;
		for (size_t i = 57; i < 62; i++) {
			r->baseline.list[k].at[i].value *= 14 + i % 5;
			r->baseline.list[k].at[i].above = true;
		}
	}
}

static void busy_tops(struct report_data *r)
{
	add_row(&r->sources, "198.51.100.66", "flood.syn", 131, 9, 2810442, 0, 0, 0);
	add_row(&r->sources, "203.0.113.0/24", "rate.source", 84, 6, 921004, 3100, 410000, 120000);
	add_row(&r->sources, "2001:db8:bad:cafe::/64", "scan.fast", 41, 5, 400120, 0, 0, 0);
	add_row(&r->sources, "192.0.2.201", "brute.login", 22, 3, 61003, 88, 91000, 120400);
	add_row(&r->sources, "198.51.100.7", "scan.slow", 9, 1, 812, 0, 0, 0);
	r->sources.more = 38;
	add_row(&r->rules, "flood.syn", "", 131, 9, 0, 0, 0, 0);
	add_row(&r->rules, "rate.source", "", 92, 8, 0, 0, 0, 0);
	add_row(&r->rules, "scan.fast", "", 57, 11, 0, 0, 0, 0);
	add_row(&r->rules, "brute.login", "", 22, 3, 0, 0, 0, 0);
	r->ports.n = 0;
	add_row(&r->ports, "443/tcp", "https", 240, 14, 3731446, 210332, 4100000000, 1990000000);
	add_row(&r->ports, "22/tcp", "ssh", 29, 4, 61815, 149, 8190000, 44120000);
	add_row(&r->ports, "23/tcp", "telnet", 11, 0, 0, 0, 0, 0);
	add_row(&r->processes, "/usr/sbin/nginx", "nginx.service", 240, 14, 0, 0, 0, 0);
	add_row(&r->processes, "/usr/sbin/sshd", "ssh.service", 29, 4, 0, 0, 0, 0);
	add_row(&r->processes, "/usr/bin/curl", "backup.service", 2, 1, 0, 6, 41000, 91000000);
	add_row(&r->users, "www-data", "", 3, 0, 0, 0, 0, 0);
	add_row(&r->units, "backup.service", "egress.volume", 2, 1, 0, 6, 41000, 91000000);
	add_row(&r->egress.rules, "egress.volume", "", 1, 1, 0, 0, 0, 0);
	add_row(&r->egress.rules, "egress.new", "", 3, 0, 0, 0, 0, 0);
	r->egress.signals = 4;
	r->egress.confirmed = 1;
	r->egress.measures = 1;
	r->egress.n_lists = 1;
	snprintf(r->egress.lists[0].title, REPORT_NAME, "backup.service");
	r->egress.lists[0].outside = 12;
	r->egress.lists[0].refused = 12;
}

static void busy_measures(struct report_data *r)
{
	static const struct {
		const char *subject, *response, *scope, *rule, *policy, *incident;
		int64_t from, ttl;
		enum report_end end;
		uint64_t packets, bytes;
		bool wronged;
	} rows[] = {
		{ "198.51.100.66", "drop", "all", "flood.syn", "web-server.conf:31", "T-4F7K2Q9M", 57, 3600, REPORT_EXPIRED, 2810442,
			174000000, false },
		{ "203.0.113.0/24", "limit", "443/tcp", "rate.source", "web-server.conf:22", "T-8RW04TVC", 58, 1800,
			REPORT_STEPPED, 921004, 61000000, false },
		{ "2001:db8:bad:cafe::/64", "shield", "closed ports", "scan.fast", "web-server.conf:14", "T-2C9XKE5B", 12, 600,
			REPORT_EXPIRED, 400120, 26000000, false },
		{ "192.0.2.201", "refuse", "22/tcp", "brute.login", "web-server.conf:40", "T-77ZD1MHA", 70, 14400, REPORT_STANDS,
			61003, 4100000, false },
		{ "198.51.100.9", "drop", "all", "by hand", "", "", 40, 3600, REPORT_UNBLOCKED, 42, 2800, true },
		{ "198.51.100.7", "shield", "closed ports", "scan.slow", "web-server.conf:14", "T-90QPLN3S", 81, 600,
			REPORT_REFUSED, 0, 0, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_measure *m = &r->measures.list[r->measures.n++];

		*m = (struct report_measure){ .begun_s = BEGIN + rows[i].from * 900, .ttl_s = rows[i].ttl, .end = rows[i].end,
			.packets = rows[i].packets, .bytes = rows[i].bytes, .counted = rows[i].packets > 0,
			.wronged = rows[i].wronged };
		m->ended_s = m->end == REPORT_STANDS || m->end == REPORT_REFUSED ? 0 : m->begun_s + m->ttl_s;
		snprintf(m->subject, sizeof(m->subject), "%s", rows[i].subject);
		snprintf(m->response, sizeof(m->response), "%s", rows[i].response);
		snprintf(m->scope, sizeof(m->scope), "%s", rows[i].scope);
		snprintf(m->rule, sizeof(m->rule), "%s", rows[i].rule);
		snprintf(m->policy, sizeof(m->policy), "%s", rows[i].policy);
		snprintf(m->incident, sizeof(m->incident), "%s", rows[i].incident);
	}
	r->measures.more = 122;
}

static void busy_doubts(struct report_data *r)
{
	struct report_suspect *s = r->suspects.list;

	r->suspects.n = 2;
	s[0] = (struct report_suspect){ .doubts = 1U << REPORT_WRONGED | 1U << REPORT_SERVED, .at_s = BEGIN + 40 * 900,
		.findings = 1, .dropped = 42, .served_bytes = 8120000, .served_connections = 41, .times = 1 };
	snprintf(s[0].subject, REPORT_NAME, "198.51.100.9");
	snprintf(s[0].rule, REPORT_NAME, "by hand");
	snprintf(s[0].decision, REPORT_WORD, "drop");
	s[1] = (struct report_suspect){ .doubts = 1U << REPORT_NARROW | 1U << REPORT_KNOWN_GOOD, .at_s = BEGIN + 20 * 900,
		.score = 1534, .threshold = 1520, .findings = 1, .served_bytes = 310000, .served_connections = 9 };
	snprintf(s[1].subject, REPORT_NAME, "2001:db8:77::/64");
	snprintf(s[1].rule, REPORT_NAME, "scan.fast");
	snprintf(s[1].decision, REPORT_WORD, "shield");
	snprintf(s[1].incident, REPORT_WORD, "T-5MHX2K0Q");
}

static void busy_life(struct report_data *r)
{
	static const struct {
		int64_t at;
		const char *word, *text;
		bool ok;
	} rows[] = {
		{ 30, "mode", "detect, by root (uid 0)", true },
		{ 33, "reload", "/etc/tidegate/conf.d/site.conf:12: error: unknown key \"treshold\"; did you mean \"threshold\"?", false },
		{ 34, "reload", "rules 9f2c41d07be35a68, policy web-server", true },
		{ 36, "mode", "enforce, by root (uid 0)", true },
		{ 58, "alarm", "queue 0 is full: 1,204 packets passed without being looked at", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_life *l = &r->life[r->n_life++];

		l->at_s = BEGIN + rows[i].at * 900;
		l->ok = rows[i].ok;
		snprintf(l->word, sizeof(l->word), "%s", rows[i].word);
		snprintf(l->text, sizeof(l->text), "%s", rows[i].text);
	}
	r->totals.reloads = 2;
	r->totals.reloads_failed = 1;
}

struct report_data *report_sample_busy(void)
{
	struct report_data *r = make();

	fill_about(r, REPORT_MODE_ENFORCE);
	fill_traffic(r);
	fill_baseline(r);
	fill_tops(r);
	busy_findings(r);
	busy_baseline(r);
	busy_tops(r);
	busy_measures(r);
	busy_doubts(r);
	busy_life(r);
	r->about.detect_s = 5400;
	r->about.enforce_s = DAY - 5400;
	r->detect = (struct report_detect){ .decisions = 5, .subjects = 3, .n = 2 };
	r->detect.list[0] = (struct report_would){ .decisions = 4, .subjects = 2, .longest_s = 600 };
	snprintf(r->detect.list[0].rule, REPORT_NAME, "scan.fast");
	snprintf(r->detect.list[0].response, REPORT_WORD, "shield");
	r->detect.list[1] = (struct report_would){ .decisions = 1, .subjects = 1, .longest_s = 14400 };
	snprintf(r->detect.list[1].rule, REPORT_NAME, "brute.login");
	snprintf(r->detect.list[1].response, REPORT_WORD, "refuse");
	r->losses.lost[REPORT_LOST_QUEUE] = 1204;
	r->losses.lost[REPORT_LOST_SOURCES] = 88;
	return r;
}
