/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened on this host in a span of time, as plain values: gathered from the files that the daemon leaves in its state
 * folder (tidegate.db, history.db, baseline.db) and from the configuration, whether a daemon runs or not. Facts alone: who
 * prints them (report_text.h, report_json.h, report_html.h) computes nothing but sums, shares and scales.
 *
 * All lists are bounded. What a bound has cost is counted beside it ('more'), and everything that makes the report know less
 * than what was so stands in report_losses: a report never looks cleaner than the truth.
 *
 * Times are seconds since 1970, UTC; utc_offset_s leads to local time. Strings come from files that others had a hand in (names of
 * programs, DNS names, reasons): they are terminated, and nothing else is promised of them; whoever prints escapes.
 */
#ifndef TIDEGATE_APP_REPORT_H
#define TIDEGATE_APP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/slot.h"

#define REPORT_WORD 32
#define REPORT_NAME 96      /* subjects, rules, programs, places in files */
#define REPORT_SENTENCE 256
#define REPORT_BUCKETS 100
#define REPORT_TOP 20
#define REPORT_MEASURES 128
#define REPORT_SUSPECTS 32
#define REPORT_WOULD 32
#define REPORT_SERIES 6
#define REPORT_DEPARTURES 48
#define REPORT_LIFE 64
#define REPORT_LISTS 32
#define REPORT_TROUBLES 16
#define REPORT_NOTE_EVERY_S 300 /* the daemon notes its counters so often, in the record */

/* ---- what it is about ---- */

enum report_mode { REPORT_MODE_UNKNOWN = 0, REPORT_MODE_DETECT, REPORT_MODE_ENFORCE };

const char *report_mode_name(enum report_mode m); /* "unknown", "detect", "enforce" */

struct report_about {
	char host[REPORT_NAME];
	char version[REPORT_WORD];
	int64_t made_s;               /* when the report was made */
	int64_t from_s, until_s;
	bool record_known;            /* findings and measures could be read; else none of them says anything */
	int64_t record_from_s;        /* what there is of events begins here; 0: there are none at all */
	int32_t utc_offset_s;         /* of until_s */
	char zone[REPORT_WORD];       /* "CET" */
	char config[REPORT_SENTENCE]; /* the file; "" where none could be read */
	char digest[REPORT_WORD];     /* of its rules, 16 hex digits; "" as above */
	char policy[REPORT_NAME];
	enum report_mode configured;  /* the mode that the file names */
	enum report_mode last;        /* the mode at the end of the span, as recorded */
	int64_t detect_s, enforce_s;  /* how long it was in each, as recorded */
	int64_t unknown_s;            /* the rest of the span: no daemon ran, or nothing tells */
	char ran_digest[REPORT_WORD]; /* of the rules that the daemon said last that it had; "" unknown */
	bool rules_changed;           /* it had others before, within the span */
};

/* ---- timeline ---- */

struct report_bucket {
	int64_t begin_s;
	int32_t utc_offset_s;      /* of local time then */
	uint64_t findings;
	uint64_t decided;          /* of these, with more than observation as decision */
	uint64_t begun, ended;     /* measures in force, and over */
	uint64_t alarms;
	bool traffic;              /* what follows is known */
	uint32_t watched_s;        /* of its width_s */
	uint64_t connections, bytes_in, bytes_out, packets_in, packets_out;
	bool unsure;               /* something was lost in it: report_losses */
};

struct report_life {           /* modes, reloads, alarms, starts, what was done by hand */
	int64_t at_s;
	char word[REPORT_WORD];    /* "mode", "reload", "alarm", "notice" */
	bool ok;
	char text[REPORT_SENTENCE];
};

struct report_totals {
	uint64_t findings, decided, guarded; /* guarded: a guard forbade what was decided */
	uint64_t incidents;                  /* with news in the span */
	uint64_t applied, refused, expired, stepped_down, unblocked;
	uint64_t standing;                   /* measures at the end of the span */
	uint64_t alarms, reloads, reloads_failed;
	uint64_t packets_dropped;            /* by all measures of the list and beyond: as far as it was counted */
	uint64_t bytes_dropped;              /* of these, by elements of the kernel */
	bool bytes_known;                    /* false: none was ever counted */
	uint64_t connections, bytes_in, bytes_out; /* traffic of the span, as watched */
	uint64_t watched_s;
};

/* ---- what is normal, and what was not ---- */

struct report_point {          /* of one bucket: means over its slots, a slot being five minutes */
	bool known, banded;
	uint64_t value, expected, limit;
	bool above;                /* some slot of it was beyond its limit */
};

struct report_series {
	struct series_id id;
	enum measure_of measure;
	char name[SERIES_TEXT];    /* "service 443/tcp in" */
	bool learned;              /* it has a band at the end of the span */
	uint64_t departures;       /* times that it became unusual in the span */
	struct report_point at[REPORT_BUCKETS]; /* as many as there are buckets */
};

struct report_departure {
	int64_t at_s;
	char name[SERIES_TEXT];
	enum measure_of measure;
	uint64_t value, expected, limit; /* of that slot; expected and limit as it was judged */
	uint32_t deviations;       /* hundredths above the middle */
	bool slow;                 /* by the gate that goes over weeks */
	uint64_t slots;            /* that it lasted, until the end of the span at most */
};

struct report_baseline {
	bool known;                /* there is a history to judge by */
	uint64_t slots;            /* that taught */
	int64_t since_s;           /* the first of them */
	unsigned learning_days;    /* before a series is judged */
	uint64_t series, judged;   /* pairs of series and measure; with a band */
	struct report_series list[REPORT_SERIES]; /* what left its band first, then the busiest */
	size_t n;
	struct report_departure departures[REPORT_DEPARTURES];
	size_t n_departures;
	uint64_t more_departures;
};

/* ---- who, where, by whom ---- */

struct report_row {
	char name[REPORT_NAME];
	char about[REPORT_NAME];   /* the rule that found it most lately; of a port the service; "" */
	uint64_t findings, measures;
	uint64_t dropped;          /* packets */
	uint64_t connections, bytes_in, bytes_out; /* traffic; bytes_out left this host */
};

struct report_top {
	struct report_row list[REPORT_TOP];
	size_t n;
	uint64_t more;             /* others, that are not in the list */
	uint64_t crowded;          /* events of others that found no room among those that were counted */
};

/* ---- measures ---- */

enum report_end {
	REPORT_STANDS = 0,
	REPORT_EXPIRED,
	REPORT_STEPPED,    /* went down a rung: a weaker one followed */
	REPORT_UNBLOCKED,  /* ended by hand, a guard, or a mode */
	REPORT_REFUSED,    /* the kernel would not */
	REPORT_UNTOLD,     /* its end was not recorded */
};

const char *report_end_name(enum report_end e); /* "stands", "expired", "stepped down", "unblocked", "refused", "untold" */

struct report_measure {
	char subject[REPORT_NAME];
	char response[REPORT_WORD], scope[REPORT_WORD];
	char rule[REPORT_NAME];    /* that led to it, or "by hand"; "" unknown */
	char policy[REPORT_NAME];  /* file:line of the reaction; "" */
	char incident[REPORT_WORD];
	int64_t begun_s;           /* 0: before the record begins */
	int64_t ended_s;           /* 0: it stands */
	int64_t ttl_s;             /* for how long it was meant */
	enum report_end end;
	uint64_t packets;          /* dropped, by our verdicts and by its element */
	uint64_t bytes;            /* by its element */
	bool counted;              /* somebody has looked; false: packets is what verdicts dropped alone */
	bool wronged;              /* taken back as a false positive */
};

struct report_measures {
	struct report_measure list[REPORT_MEASURES]; /* those that dropped most, then the latest */
	size_t n;
	uint64_t more;
};

/* ---- what may have been wrong ---- */

enum report_doubt {
	REPORT_WRONGED = 0, /* unbanned with --false-positive */
	REPORT_KNOWN_GOOD,  /* it had a good history when it was decided upon */
	REPORT_SERVED,      /* it is among the peers that this host served in the four weeks before */
	REPORT_GUARDED,     /* a guard stood in front of it: the decision was wrong about one of ours */
	REPORT_NARROW,      /* one rule alone, once, and hardly above its threshold */
	REPORT_DOUBTS,
};

const char *report_doubt_name(enum report_doubt d); /* "false-positive", "known-good", "served", "guarded", "narrow" */
const char *report_doubt_text(enum report_doubt d); /* for people: why that is a doubt */

struct report_suspect {
	char subject[REPORT_NAME];
	uint32_t doubts;           /* bits 1 << enum report_doubt */
	char rule[REPORT_NAME], decision[REPORT_WORD], incident[REPORT_WORD];
	int64_t at_s;
	int32_t score, threshold;  /* hundredths; 0: unknown */
	uint64_t findings;
	uint64_t dropped;          /* packets */
	uint64_t served_bytes, served_connections; /* as a peer of this host */
	uint64_t times;            /* that it was called a false positive, ever */
};

struct report_suspects {
	struct report_suspect list[REPORT_SUSPECTS]; /* most doubts first */
	size_t n;
	uint64_t more;
};

/* ---- what detect mode would have done ---- */

struct report_would {
	char rule[REPORT_NAME], response[REPORT_WORD];
	uint64_t decisions;
	uint64_t subjects;         /* different ones; at least */
	int64_t longest_s;         /* the longest time that was decided */
};

struct report_detect {
	uint64_t decisions;        /* of more than observation, while it was in detect mode */
	uint64_t subjects;
	struct report_would list[REPORT_WOULD]; /* most decisions first */
	size_t n;
	uint64_t more;
};

/* ---- what leaves ---- */

struct report_list {           /* an allowlist */
	char title[REPORT_NAME];
	uint64_t outside;          /* flows to where it does not lead, in the span */
	uint64_t refused;          /* of these, by the kernel; the rest is shadow: it would have been */
};

struct report_egress {
	uint64_t signals;          /* findings of one signal each: listed, beacon, new, upload, tunnel, sweep */
	uint64_t confirmed;        /* two independent ones about one destination */
	uint64_t measures;         /* against destinations and actors */
	struct report_top rules;   /* by rule */
	struct report_list lists[REPORT_LISTS];
	size_t n_lists;
	bool lists_known;          /* the daemon told of its lists in the span */
};

/* ---- what the report does not know ---- */

/* Counters of the span, as far as the daemon's notes of them reach; each is one kind of "there was more than this". */
enum report_loss {
	REPORT_LOST_EVENTS = 0,    /* found no room on their way to the record */
	REPORT_LOST_UNWRITTEN,     /* events that did not reach the event file */
	REPORT_LOST_TRIMMED,       /* rows of the record removed for its size */
	REPORT_LOST_QUEUE,         /* packets that the full queue let pass unseen, or dropped */
	REPORT_LOST_COPIES,        /* packets that were copied to us and lost */
	REPORT_LOST_ASKS,          /* questions about a connection's fate that found no room */
	REPORT_LOST_OBSERVATIONS,  /* of the log that what-if reads */
	REPORT_LOST_SLOTS,         /* five minutes of history that found no room */
	REPORT_LOST_SOURCES,       /* sources that were forgotten, or not taken in, for want of room */
	REPORT_LOST_SERIES,        /* values of traffic without room in the baseline */
	REPORT_LOST_MEASURES,      /* decisions that found no room in the ledger */
	REPORT_LOST_NFT,           /* changes that the kernel refused */
	REPORT_LOSSES,
};

const char *report_loss_name(enum report_loss l); /* a member's name in JSON: "events_lost" */
const char *report_loss_text(enum report_loss l); /* for people */

struct report_losses {
	bool counted;              /* false: no daemon noted its counters in the span, so nothing is known of losses */
	int64_t counted_s;         /* for how much of the span they are known */
	uint64_t lost[REPORT_LOSSES];
	uint64_t odd_rows;         /* of the files: made no sense, and were passed over */
	uint64_t unwatched_s;      /* of the span, in which nobody measured the traffic */
	uint64_t runs;             /* daemons that noted themselves in the span */
	char troubles[REPORT_TROUBLES][REPORT_SENTENCE]; /* what could not be read, and why: sentences */
	size_t n_troubles;
	uint64_t budget_alarms;    /* it stopped itself: a budget was exceeded */
};

struct report_data {
	struct report_about about;
	struct report_totals totals;
	int64_t width_s;           /* of a bucket: 300 at least */
	struct report_bucket buckets[REPORT_BUCKETS];
	size_t n_buckets;
	struct report_life life[REPORT_LIFE]; /* the latest, in order of time */
	size_t n_life;
	uint64_t more_life;
	struct report_baseline baseline;
	struct report_top sources, ports, destinations, rules;
	struct report_top processes, users, units;
	struct report_measures measures;
	struct report_suspects suspects;
	struct report_detect detect;
	struct report_egress egress;
	struct report_losses losses;
};

/* ---- gathering ---- */

struct conf;

struct report_opts {
	const char *state_dir;
	const char *config;          /* its path, for report_about; NULL: none */
	const struct conf *conf;     /* or NULL: what it would say is unknown */
	int64_t now_s, from_s;       /* the span is from from_s to now_s */
	/* Now and then: how far the reading is. May be NULL. */
	void (*progress)(void *ctx, uint64_t rows, uint64_t read, uint64_t total);
	void *ctx;
};

/*
 * A file that is absent, locked, damaged or of another version is no error but a trouble of the report: 0 with what could be
 * read. ERR_MEMORY, ERR_RANGE (a span that is none). The daemon may be running: it is neither waited for nor disturbed.
 */
int report_gather(const struct report_opts *o, struct report_data **out);
void report_free(struct report_data *r); /* NULL does nothing */

#endif
