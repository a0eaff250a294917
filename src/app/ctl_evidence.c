/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evidence: the packets that led to an incident, as a table, or as a capture for Wireshark and for tidegate replay. They
 * come through the control socket, so that whoever may ask the daemon needs no right to read its files.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl.h"
#include "base/err.h"
#include "codec/evidence.h"
#include "edge/capture.h"

/* What the pages of one answer share. */
struct evidence_talk {
	struct capture_writer *writer; /* NULL: a table */
	char why[CAPTURE_WHY];
	int err;                       /* of writing */
	int64_t written;               /* which writing of the daemon's file the pages are of */
	int64_t packets;
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes, or ERR_INVALID. */
static int read_hex(const char *text, uint8_t *out, size_t size)
{
	size_t len = strlen(text);

	if (len % 2 || len / 2 > size)
		return ERR_INVALID;
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(len / 2);
}

static void write_packet(struct evidence_talk *e, json_t *p)
{
	uint8_t bytes[EVIDENCE_FRAME];
	struct capture_frame f = { .at = { field_int(p, "at_ns") } };
	int len = read_hex(field_text(p, "frame"), bytes, sizeof(bytes));

	if (e->err)
		return;
	if (len < 0) {
		e->err = len;
		snprintf(e->why, sizeof(e->why), "the daemon's answer has no frame");
		return;
	}
	f.bytes = (struct slice){ bytes, (size_t)len };
	f.wire_len = (uint32_t)len;
	e->err = capture_write(e->writer, &f);
	if (e->err)
		snprintf(e->why, sizeof(e->why), "the capture cannot be written: %s", err_text(e->err));
	e->packets++;
}

static void print_end(json_t *p, const char *name)
{
	json_t *end = json_object_get(p, name);

	if (end)
		printf(" %s%s", field_text(end, "fate"), field_true(end, "silent") ? ", silent" : "");
}

static void format_ends(json_t *p, char from[64], char to[64])
{
	bool ports = field_get(p, "src_port") != NULL;

	snprintf(from, 64, ports ? "%.48s %" PRId64 : "%.48s", field_text(p, "src_ip"), field_int(p, "src_port"));
	snprintf(to, 64, ports ? "%.48s %" PRId64 : "%.48s", field_text(p, "dest_ip"), field_int(p, "dest_port"));
}

/* The day is the incident's: only the time of the day, to the millisecond. */
static void print_packet(const struct ctl_tool *t, json_t *p)
{
	const char *at = field_text(p, "at"), *port = field_text(p, "port");
	const char *clock = strchr(at, 'T') ? strchr(at, 'T') + 1 : at;
	char from[64], to[64];

	format_ends(p, from, to);
	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%s\t%s\t%s\t%" PRId64 "\t%s\t%s\t%s\n", at, field_text(p, "hook"),
			field_text(p, "proto"), from, to, field_text(p, "tcp_flags"), field_int(p, "length"), port,
			field_text(p, "soon.fate"), field_text(p, "late.fate"));
		return;
	}
	printf("%.12s %-4s %-22s %-22s %-3s %5" PRId64 " %s%s%s", clock, field_text(p, "proto"), from, to,
		field_text(p, "tcp_flags"), field_int(p, "length"),
		ctl_sgr(t, strcmp(port, "closed") == 0 ? CTL_YELLOW : CTL_NORMAL), *port ? port : "ours",
		ctl_sgr(t, CTL_NORMAL));
	/* The later answer knows more. */
	print_end(p, json_object_get(p, "late") ? "late" : "soon");
	putchar('\n');
}

static void print_brief(struct ctl_tool *t, json_t *b)
{
	char count[FORMAT_TEXT], first[FORMAT_TEXT], last[FORMAT_TEXT];
	int64_t missing = field_int(b, "missing");

	if (t->output == CTL_PLAIN || t->quiet)
		return;
	printf("%s%s%s: %s packets, ", ctl_sgr(t, CTL_BOLD), field_text(b, "incident"), ctl_sgr(t, CTL_NORMAL),
		format_count(field_int(b, "packets"), count));
	printf("%s to %s", format_time(field_text(b, "first"), first), format_time(field_text(b, "last"), last));
	if (missing)
		printf(", %s before them found no room", format_count(missing, count));
	printf("%s\n", field_true(b, "growing") ? "; more may come" : "");
	printf("%sTIME (UTC)   WHAT FROM                   TO                     TCP  BYTES PORT, AND HOW IT ENDED%s\n",
		ctl_sgr(t, CTL_DIM), ctl_sgr(t, CTL_NORMAL));
}

static void take(struct ctl_tool *t, json_t *value)
{
	struct evidence_talk *e = t->work;
	json_t *brief = json_object_get(value, "evidence"), *p = json_object_get(value, "packet");

	if (brief)
		e->written = field_int(brief, "written_ns");
	if (brief && !e->writer)
		print_brief(t, brief);
	if (p && e->writer)
		write_packet(e, p);
	else if (p)
		print_packet(t, p);
}

static int ask_page(struct ctl_tool *t, int64_t from)
{
	const struct evidence_talk *e = t->work;
	struct ctl_request r = { .verb = "evidence" };

	if (ctl_request_add_text(&r, "what", t->operands[0]))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	if (from) {
		ctl_request_add_number(&r, "from", from);
		ctl_request_add_number(&r, "written", e->written);
	}
	return ctl_ask(t, &r, take);
}

static int ask_all(struct ctl_tool *t)
{
	const struct evidence_talk *e = t->work;
	int64_t from = 0;
	int code;

	do {
		code = ask_page(t, from);
		/* A page that does not move would be asked for ever. */
		if (t->next <= from)
			break;
		from = t->next;
	} while (code == CTL_OK && !e->err);
	return code;
}

static int write_capture(struct ctl_tool *t, struct evidence_talk *e, const char *path)
{
	enum ctl_output output = t->output;
	bool quiet = t->quiet;
	char why[CAPTURE_WHY];
	int code;

	if (capture_create(&e->writer, path, EVIDENCE_LINKTYPE, EVIDENCE_FRAME, why))
		return ctl_complain(CTL_USAGE, "%s", why);
	t->output = CTL_TABLE; /* all go through take() */
	t->quiet = false;
	code = ask_all(t);
	t->output = output;
	t->quiet = quiet;
	if (code || e->err) {
		capture_abandon(e->writer);
		return code ? code : ctl_complain(CTL_INTERNAL, "%s", e->why);
	}
	if (capture_finish(e->writer, why))
		return ctl_complain(CTL_INTERNAL, "%s", why);
	if (!t->quiet && t->output == CTL_TABLE && strcmp(path, "-"))
		printf("%s: %" PRId64 " packets; tidegate replay %s\n", path, e->packets, path);
	return CTL_OK;
}

int ctl_evidence(struct ctl_tool *t)
{
	struct evidence_talk e = { .writer = NULL };
	const char *path = ctl_value(t, CTL_PCAP);
	int code;

	t->work = &e;
	code = path ? write_capture(t, &e, path) : ask_all(t);
	t->work = NULL;
	return code;
}
