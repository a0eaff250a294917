/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of an incident, a page a request, each as the frame that its file has and in words; and what explain and
 * status say of them. The file may be written again while somebody reads it page by page, so a page names the writing that
 * it is of.
 */
#include <inttypes.h>
#include <stdio.h>

#include "app/control_verbs.h"
#include "app/evidence.h"
#include "base/err.h"
#include "codec/evidence.h"
#include "codec/json_put.h"
#include "core/packet.h"

#define PAGE 96 /* packets, some KiB each at most: half of what a client may leave unread */

static void put_wall(json_t *o, const char *name, wall_t t)
{
	char room[48];

	wall_format(t, room, sizeof(room));
	put_text(o, name, room);
}

static json_t *brief_value(uint64_t incident, const struct evidence_brief *b)
{
	json_t *o = json_object();

	put_incident(o, "incident", incident);
	put_count(o, "packets", b->packets);
	put_count(o, "bytes", b->bytes);
	put_count(o, "missing", b->missing);
	put_wall(o, "first", b->first);
	put_wall(o, "last", b->last);
	put_int(o, "written_ns", b->written.ns);
	put_bool(o, "growing", b->growing);
	put_text(o, "file", b->path);
	return o;
}

/* Why there is none, in words; "" for a mere no. */
static void say_why(struct evidence *e, int err, const char *why, char out[CAPTURE_WHY])
{
	struct evidence_stats s;

	evidence_stats(e, &s);
	switch (err) {
	case ERR_ABSENT:
		snprintf(out, CAPTURE_WHY, "nothing is kept of it (any more)");
		break;
	case ERR_AGAIN:
		snprintf(out, CAPTURE_WHY, "its packets are being gathered: ask again in a few seconds");
		break;
	case ERR_UNSUPPORTED:
		snprintf(out, CAPTURE_WHY, "no evidence is kept: %s", s.off);
		break;
	default:
		snprintf(out, CAPTURE_WHY, "%.*s", CAPTURE_WHY - 1, why[0] ? why : err_text(err));
		break;
	}
}

void control_put_evidence(const struct control *c, json_t *incident, uint64_t id)
{
	char why[CAPTURE_WHY], said[CAPTURE_WHY];
	struct evidence_brief b;
	int err = evidence_about(c->evidence, id, &b, why);
	json_t *o;

	if (!err) {
		put_value(incident, "evidence", brief_value(id, &b));
		return;
	}
	o = json_object();
	say_why(c->evidence, err, why, said);
	put_count(o, "packets", 0);
	put_text(o, "why", said);
	put_value(incident, "evidence", o);
}

json_t *control_evidence_value(const struct control *c)
{
	struct evidence_stats s;
	json_t *o = json_object();

	evidence_stats(c->evidence, &s);
	put_bool(o, "enabled", s.enabled);
	put_text(o, "off", s.off);
	put_text(o, "error", s.error);
	put_count(o, "incidents", s.files);
	put_count(o, "incidents_most", s.max_files);
	put_count(o, "bytes", s.bytes);
	put_count(o, "bytes_most", s.max_bytes);
	put_count(o, "waiting", s.waiting);
	put_count(o, "written", s.written);
	put_count(o, "removed", s.removed);
	put_count(o, "failed", s.failed);
	put_count(o, "empty", s.empty);
	put_count(o, "lost", s.lost);
	put_count(o, "strange_files", s.strange);
	return o;
}

/* ---- the packets ---- */

static void put_end(json_t *o, const char *name, const struct evidence_end *e)
{
	json_t *end = json_object();

	if (e->known) {
		put_text(end, "fate", evidence_fate_name(e->fate));
		put_bool(end, "silent", e->silent);
		put_value(o, name, end);
	} else {
		json_decref(end);
	}
}

static void put_flags(json_t *o, uint8_t flags)
{
	static const char letters[] = "FSRPAUEC"; /* from the lowest bit, as tcpdump names them */
	char text[9];
	size_t n = 0;

	for (unsigned bit = 0; bit < 8; bit++)
		if (flags >> bit & 1)
			text[n++] = letters[bit];
	text[n] = '\0';
	put_text(o, "tcp_flags", text);
}

static void put_headers(json_t *o, const struct evidence_packet *e)
{
	struct packet p;

	if (packet_parse(e->bytes, e->wire_len, &p))
		return;
	put_addr(o, "src_ip", &p.src);
	put_addr(o, "dest_ip", &p.dst);
	put_proto(o, "proto", p.proto);
	if (p.sport || p.dport) {
		put_int(o, "src_port", p.sport);
		put_int(o, "dest_port", p.dport);
	}
	if (p.proto == PROTO_TCP)
		put_flags(o, p.tcp_flags);
}

static void put_hex(json_t *o, const char *name, struct slice s)
{
	char text[2 * EVIDENCE_FRAME + 1];
	size_t n = 0;

	for (size_t i = 0; i < s.len && i < EVIDENCE_FRAME; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x", s.at[i]);
	text[n] = '\0';
	put_text(o, name, text);
}

static json_t *packet_value(const struct capture_frame *f, const struct evidence_packet *p)
{
	static const char *const hooks[] = { [HOOK_INPUT] = "in", [HOOK_FORWARD] = "forward", [HOOK_OUTPUT] = "out" };
	json_t *o = json_object();

	put_wall(o, "at", p->at);
	put_int(o, "at_ns", p->at.ns);
	put_text(o, "hook", p->hook < HOOK_COUNT ? hooks[p->hook] : "in");
	put_headers(o, p);
	put_int(o, "length", p->wire_len);
	if (p->hook != HOOK_OUTPUT)
		put_text(o, "port", evidence_port_name(p->port));
	put_end(o, "soon", &p->soon);
	put_end(o, "late", &p->late);
	put_hex(o, "frame", f->bytes);
	return json_pack("{s:o}", "packet", o);
}

/* Sends a page and says whether there may be another. */
static int send_page(struct control_call *k, struct capture *c, uint64_t from)
{
	char why[CAPTURE_WHY];
	struct evidence_packet p;
	struct capture_frame f;
	uint64_t at = 0;
	int got, code = CTL_OK;

	while (!code && at < from + PAGE && (got = capture_next(c, &f, why)) != 0) {
		if (got < 0)
			return control_fail(k, CTL_INTERNAL, "%s", why);
		if (f.link == EVIDENCE_LINKTYPE && !evidence_frame_read(f.bytes, f.at, &p) && at++ >= from)
			code = control_send(k, packet_value(&f, &p));
	}
	if (!code && at == from + PAGE)
		code = control_send(k, json_pack("{s:I}", "next", (json_int_t)at));
	return code;
}

static int fail(struct control_call *k, int err, const char *why)
{
	char said[CAPTURE_WHY];
	int code = ctl_code_of(err);

	if (err == ERR_UNSUPPORTED)
		code = CTL_NONE;
	if (err == ERR_INVALID || err == ERR_TRUNCATED)
		code = CTL_DATA;
	say_why(k->control->evidence, err, why, said);
	return control_fail(k, code, "%s", said);
}

static int send_packets(struct control_call *k, const struct evidence_brief *b, uint64_t from)
{
	const char *const paths[] = { b->path };
	char why[CAPTURE_WHY];
	struct capture *c;
	int code, err = capture_open(&c, paths, 1, NULL, why);

	if (err)
		return fail(k, err, why);
	code = send_page(k, c, from);
	capture_close(c);
	return code;
}

int control_evidence(struct control_call *k)
{
	const char *what = ctl_request_text(k->request, "what");
	int64_t from = ctl_request_number(k->request, "from", 0);
	int64_t written = ctl_request_number(k->request, "written", 0);
	char why[CAPTURE_WHY];
	struct evidence_brief b;
	uint64_t id;
	int err, code = CTL_OK;

	if (!what || incident_id_parse(what, &id))
		return control_fail(k, CTL_USAGE, "'%s' is no incident: see tidegate list incidents",
			what ? what : "");
	err = evidence_about(k->control->evidence, id, &b, why);
	if (err)
		return fail(k, err, why);
	if (from > 0 && written != b.written.ns)
		return control_fail(k, CTL_AGAIN, "it was written anew meanwhile: ask again");
	if (from <= 0)
		code = control_send(k, json_pack("{s:o}", "evidence", brief_value(id, &b)));
	return code ? code : send_packets(k, &b, from > 0 ? (uint64_t)from : 0);
}
