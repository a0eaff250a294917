/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the control tool share: what was asked on the command line, the table
 * of verbs, the talk with the daemon, and the ways to print. Included by
 * src/app/tidegate.c and src/app/ctl_*.c alone; the tool knows nothing of the daemon but
 * its protocol.
 */
#ifndef TIDEGATE_APP_CTL_H
#define TIDEGATE_APP_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/time.h"
#include "codec/ctl_msg.h"

#define CTL_SOCKET "/run/tidegate/control.sock"

enum ctl_output {
	CTL_TABLE = 0, /* for people */
	CTL_JSON,      /* the daemon's objects, one a line */
	CTL_PLAIN,     /* tabs and no words, for scripts */
};

/* Options that belong to some verbs only: bits of ctl_verb.options and ctl_tool.given; ctl_options.c names them. */
typedef uint64_t ctl_option;

#define CTL_FOR ((ctl_option)1 << 0)
#define CTL_REASON ((ctl_option)1 << 1)
#define CTL_RESPONSE ((ctl_option)1 << 2)
#define CTL_RATE ((ctl_option)1 << 3)
#define CTL_ALL ((ctl_option)1 << 4)
#define CTL_FALSE_POSITIVE ((ctl_option)1 << 5)
#define CTL_FOLLOW ((ctl_option)1 << 6)
#define CTL_ME ((ctl_option)1 << 7)
#define CTL_TRY ((ctl_option)1 << 8)
#define CTL_WIDE ((ctl_option)1 << 9)
#define CTL_CONF_FILE ((ctl_option)1 << 10)
#define CTL_POLICY ((ctl_option)1 << 11)
#define CTL_MODE ((ctl_option)1 << 12)
#define CTL_HOME ((ctl_option)1 << 13)
#define CTL_FILTER ((ctl_option)1 << 14)
#define CTL_LISTENING ((ctl_option)1 << 15)
#define CTL_ROUTER ((ctl_option)1 << 16)
#define CTL_FRESH ((ctl_option)1 << 17)
#define CTL_SEED ((ctl_option)1 << 18)
#define CTL_SINCE ((ctl_option)1 << 19)
#define CTL_PCAP ((ctl_option)1 << 20)
#define CTL_STATE_DIR ((ctl_option)1 << 21)
#define CTL_PRESENT ((ctl_option)1 << 22)
#define CTL_FRAMES ((ctl_option)1 << 23)
#define CTL_INTERVAL ((ctl_option)1 << 24)
#define CTL_BY ((ctl_option)1 << 25)
#define CTL_TOP ((ctl_option)1 << 26)
#define CTL_FORCE ((ctl_option)1 << 27)
#define CTL_USER ((ctl_option)1 << 28)
#define CTL_UNIT ((ctl_option)1 << 29)
#define CTL_HOST ((ctl_option)1 << 30)
#define CTL_DRY_RUN ((ctl_option)1 << 31)
#define CTL_YES ((ctl_option)1 << 32)
#define CTL_AS_IT_IS ((ctl_option)1 << 33)
#define CTL_TEST ((ctl_option)1 << 34)
#define CTL_EVE ((ctl_option)1 << 35)

#define CTL_TEXT ((ctl_option)1 << 40)
#define CTL_HTML ((ctl_option)1 << 41)
#define CTL_OUT ((ctl_option)1 << 42)
#define CTL_KEEP ((ctl_option)1 << 43)

#define CTL_OPTIONS 64 /* that there is room for */

struct ctl_verb;

struct ctl_tool {
	enum ctl_output output;
	bool colour, quiet;
	bool ascii;                      /* --no-color or NO_COLOR: no drawn characters, either */
	const char *socket;
	ctl_option given;                /* the bits of all that were */
	const char *values[CTL_OPTIONS]; /* of those that take one, by number of the bit */
	const struct ctl_verb *verb;
	const char *word;                /* as it was typed: perhaps an alias */
	int n_operands;
	char **operands;
	int fd;                          /* -1 until the daemon is needed */
	size_t in_len;
	void *work;                      /* of the verb that runs, for its ctl_print_fn */
	int64_t next;                    /* where a list goes on; -1: it ended */
	char in[CTL_LINE];
};

struct ctl_verb {
	const char *name;
	const char *aliases[2];
	const char *operands;      /* as the help shows them */
	const char *help;
	int least, most;           /* operands */
	ctl_option options;        /* bits */
	int (*run)(struct ctl_tool *t); /* gives the exit code */
};

/* ctl_verbs.c */
const struct ctl_verb *ctl_verb_find(const char *word);
const char *ctl_verb_nearest(const char *word); /* or NULL */
const struct ctl_verb *ctl_verb_at(size_t i);   /* in the order of the help; NULL behind the last */
void ctl_help(const struct ctl_tool *t);        /* of t->verb, or of all */

/* ctl_options.c: one row for each option, those of all verbs last, in the order of the help. */
struct ctl_option_row {
	ctl_option bit;       /* 0: an option of all verbs */
	const char *name;     /* without the dashes */
	char letter;          /* of the short form, or 0 */
	const char *argument; /* what stands for its value in the help; NULL: it takes none */
	const char *help;
};

const struct ctl_option_row *ctl_option_at(size_t i); /* NULL behind the last */
unsigned ctl_option_number(ctl_option bit); /* of the bit in a word */
const char *ctl_value(const struct ctl_tool *t, ctl_option o); /* what was given to it, or NULL */

int ctl_status(struct ctl_tool *t);
int ctl_list(struct ctl_tool *t);
int ctl_explain(struct ctl_tool *t);
int ctl_events(struct ctl_tool *t);
int ctl_ban(struct ctl_tool *t);
int ctl_unban(struct ctl_tool *t);
int ctl_allow(struct ctl_tool *t);
int ctl_check_ip(struct ctl_tool *t);
int ctl_mode(struct ctl_tool *t);
int ctl_confirm(struct ctl_tool *t);
int ctl_panic(struct ctl_tool *t);
int ctl_reload(struct ctl_tool *t);
int ctl_check(struct ctl_tool *t);
int ctl_doctor(struct ctl_tool *t);
int ctl_setup(struct ctl_tool *t);
int ctl_support(struct ctl_tool *t);
int ctl_evidence(struct ctl_tool *t);
int ctl_version(struct ctl_tool *t);
int ctl_replay(struct ctl_tool *t);
int ctl_baseline(struct ctl_tool *t);
int ctl_whatif(struct ctl_tool *t);
int ctl_top(struct ctl_tool *t);
int ctl_history(struct ctl_tool *t);
int ctl_feed(struct ctl_tool *t);
int ctl_metrics(struct ctl_tool *t);
int ctl_egress(struct ctl_tool *t);
int ctl_notify(struct ctl_tool *t);
int ctl_report(struct ctl_tool *t);
int ctl_ingest(struct ctl_tool *t);

/* ctl_talk.c: sends the request, hands each object of the answer to print (in JSON output
 * prints it itself), says an error on stderr. The exit code. */
typedef void (*ctl_print_fn)(struct ctl_tool *t, json_t *value);
int ctl_ask(struct ctl_tool *t, const struct ctl_request *r, ctl_print_fn print);
void ctl_hang_up(struct ctl_tool *t);

/* Without a word where nobody does. */
bool ctl_daemon_answers(struct ctl_tool *t);

/* "tidegate: ..." on stderr, and the code given. */
int ctl_complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ctl_format.c */
enum ctl_colour {
	CTL_NORMAL = 0,
	CTL_BOLD,
	CTL_DIM,
	CTL_RED,
	CTL_GREEN,
	CTL_YELLOW,
	CTL_CYAN,
};

/* The sequence, or "" without colour. */
const char *ctl_sgr(const struct ctl_tool *t, enum ctl_colour c);

/* The member on a path like "queue.received"; "" or 0 where there is none. */
const char *field_text(json_t *o, const char *path);
int64_t field_int(json_t *o, const char *path);
double field_real(json_t *o, const char *path);
bool field_true(json_t *o, const char *path);
json_t *field_get(json_t *o, const char *path); /* borrowed, or NULL */

#define FORMAT_TEXT 48

/* A time of the protocol in the local zone: "03:04:05 CET", with the day where it is not
 * today's. */
const char *format_time(const char *utc, char out[FORMAT_TEXT]);
/* With its day, in the local zone; "" where that cannot be told. */
void format_day(wall_t at, char out[FORMAT_TEXT]);
const char *format_seconds(int64_t s, char out[FORMAT_TEXT]);  /* "9m48s" */
const char *format_count(int64_t n, char out[FORMAT_TEXT]);    /* "12,345" */
const char *format_number(double n, char out[FORMAT_TEXT]);    /* two digits at most */
const char *format_short(int64_t n, char out[FORMAT_TEXT]);    /* "98765", "1.23M" */
const char *format_bytes(uint64_t n, char out[FORMAT_TEXT]);   /* "999 B", "1.23 GB" */

/* The locale of the environment writes UTF-8. */
bool ctl_utf8(void);

/* Makes a string, and all strings of a value, harmless to a terminal. */
void ctl_tame_text(char *s);
void ctl_tame(json_t *value);

/* ctl_incident.c: the head of a section, the room of one, a bar and words for a score. */
#define CTL_INDENT 11
void ctl_head(const struct ctl_tool *t, const char *name);
void ctl_indent(void);
void ctl_bar(const struct ctl_tool *t, double score, double threshold);
const char *ctl_score(json_t *o, char out[3 * FORMAT_TEXT]);
/* "to " before a subject that this host sends to, else "". */
const char *ctl_towards(json_t *o);
void ctl_print_incident(struct ctl_tool *t, json_t *incident);

/* Words wrapped at 80 columns behind a head of that many columns. */
void ctl_wrap(const char *text, int indent);

/* ctl_safety.c: the part of status that says how safe it is. */
void ctl_print_mode(struct ctl_tool *t, json_t *status);
void ctl_print_enforcement(struct ctl_tool *t, json_t *status);
void ctl_print_promises(struct ctl_tool *t, json_t *status);

/* ctl_feed.c: the line of status, where there is any feed. */
void ctl_print_feeds(const struct ctl_tool *t, json_t *status);

/* ctl_leaves.c: the part of status about what leaves this host. */
void ctl_print_leaves(struct ctl_tool *t, json_t *status);

/* "back to detect in 8m12s unless confirmed", of a trial of the protocol. */
const char *ctl_trial_text(json_t *trial, char out[2 * FORMAT_TEXT]);

#endif
