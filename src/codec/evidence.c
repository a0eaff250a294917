/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and attributes of a packet that is kept as evidence. Written by the daemon, read by whoever is handed the file: what
 * comes in is hostile until parsed.
 */
#include "codec/evidence.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/link.h"
#include "core/packet.h"

#define NAME "tidegate: "

static const char *const hooks[] = { [HOOK_INPUT] = "in", [HOOK_FORWARD] = "forward", [HOOK_OUTPUT] = "out" };
static const char *const ports[] = { [LISTEN_UNKNOWN] = "unknown", [LISTEN_CLOSED] = "closed",
	[LISTEN_RECENT] = "recent", [LISTEN_OPEN] = "served" };
static const char *const fates[] = { [FATE_UNKNOWN] = "unknown", [FATE_SOCKET] = "socket",
	[FATE_TRACKED] = "tracked", [FATE_HALF_OPEN] = "half-open", [FATE_GONE] = "gone" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *evidence_fate_name(enum ask_fate f)
{
	return (unsigned)f < COUNT(fates) ? fates[f] : "unknown";
}

const char *evidence_port_name(enum listen_state s)
{
	return (unsigned)s < COUNT(ports) ? ports[s] : "unknown";
}

/* ---- words ---- */

static void add_end(struct text *t, const char *when, const struct evidence_end *e)
{
	if (e->known)
		text_addf(t, ", %s %s%s", when, evidence_fate_name(e->fate), e->silent ? " silent" : "");
}

size_t evidence_note_format(const struct evidence_packet *p, char out[EVIDENCE_NOTE])
{
	struct text t = text_over(out, EVIDENCE_NOTE);

	text_addf(&t, NAME "%s", hooks[p->hook < COUNT(hooks) ? p->hook : HOOK_INPUT]);
	if (!p->held)
		text_add(&t, ", copy");
	if (!p->state_known)
		text_add(&t, ", unclassified");
	if (p->neighbour)
		text_add(&t, ", neighbour");
	if (p->hook != HOOK_OUTPUT)
		text_addf(&t, ", %s", evidence_port_name(p->port));
	add_end(&t, "soon", &p->soon);
	add_end(&t, "late", &p->late);
	if (p->wire_len > p->bytes.len)
		text_addf(&t, ", %u bytes", (unsigned)p->wire_len);
	if (p->has_clock)
		text_addf(&t, ", clock %lld", (long long)p->clock_ns);
	if (p->missing)
		text_addf(&t, ", %u missing", (unsigned)p->missing);
	return t.len;
}

static bool slice_is(struct slice s, const char *word)
{
	return s.len == strlen(word) && (!s.len || !memcmp(s.at, word, s.len));
}

static bool cut_front(struct slice *s, const char *word)
{
	size_t len = strlen(word);

	if (s->len < len || memcmp(s->at, word, len))
		return false;
	s->at += len;
	s->len -= len;
	return true;
}

static bool cut_back(struct slice *s, const char *word)
{
	size_t len = strlen(word);

	if (s->len < len || memcmp(s->at + s->len - len, word, len))
		return false;
	s->len -= len;
	return true;
}

static int find_word(struct slice word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(word, list[i]))
			return (int)i;
	return -1;
}

static bool read_digits(struct slice digits, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	if (!digits.len || digits.len > 13)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(digits.at[i] - '0');
	}
	*out = n;
	return n <= most;
}

static bool read_number(struct slice digits, uint32_t *out)
{
	uint64_t n;

	if (!read_digits(digits, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool read_clock(struct slice digits, struct evidence_packet *p)
{
	uint64_t n;

	if (!read_digits(digits, EVIDENCE_CLOCK_NS - 1, &n) || p->has_clock)
		return false;
	p->clock_ns = (int64_t)n;
	return p->has_clock = true;
}

static bool read_end(struct slice word, struct evidence_end *e)
{
	bool silent = cut_back(&word, " silent");
	int fate = find_word(word, fates, COUNT(fates));

	if (fate < 0 || e->known)
		return false;
	*e = (struct evidence_end){ .known = true, .silent = silent, .fate = (enum ask_fate)fate };
	return true;
}

/* Which of those that may stand once only have been read. */
struct seen {
	bool hook, port;
};

static bool read_place(struct slice word, struct evidence_packet *p, struct seen *seen)
{
	int hook = find_word(word, hooks, COUNT(hooks)), port = find_word(word, ports, COUNT(ports));

	if (hook >= 0 && !seen->hook) {
		p->hook = (uint8_t)hook;
		return seen->hook = true;
	}
	if (port >= 0 && !seen->port) {
		p->port = (enum listen_state)port;
		return seen->port = true;
	}
	return false;
}

static bool read_word(struct slice word, struct evidence_packet *p, struct seen *seen)
{
	if (slice_is(word, "copy"))
		return !(p->held = false);
	if (slice_is(word, "unclassified"))
		return !(p->state_known = false);
	if (slice_is(word, "neighbour"))
		return p->neighbour = true;
	if (cut_front(&word, "soon "))
		return read_end(word, &p->soon);
	if (cut_front(&word, "late "))
		return read_end(word, &p->late);
	if (cut_front(&word, "clock "))
		return read_clock(word, p);
	if (cut_back(&word, " bytes"))
		return read_number(word, &p->wire_len);
	if (cut_back(&word, " missing"))
		return read_number(word, &p->missing);
	return read_place(word, p, seen);
}

bool evidence_is_note(struct slice note)
{
	return note.len && cut_front(&note, NAME);
}

/* Cuts the next word off; true where a comma says that there is another. */
static bool next_word(struct slice *rest, struct slice *word)
{
	*word = *rest;
	for (size_t i = 0; i + 1 < rest->len; i++) {
		if (rest->at[i] != ',' || rest->at[i + 1] != ' ')
			continue;
		word->len = i;
		rest->at += i + 2;
		rest->len -= i + 2;
		return true;
	}
	return false;
}

int evidence_note_parse(struct slice note, struct evidence_packet *out)
{
	struct evidence_packet p = *out;
	struct seen seen = { .hook = false };
	struct slice word;
	bool more = true;

	if (!note.len || note.len >= EVIDENCE_NOTE || !cut_front(&note, NAME))
		return ERR_INVALID;
	p.held = p.state_known = true;
	p.neighbour = false;
	p.port = LISTEN_UNKNOWN;
	p.soon = p.late = (struct evidence_end){ .known = false };
	p.missing = 0;
	p.has_clock = false;
	while (more) {
		more = next_word(&note, &word);
		if (!read_word(word, &p, &seen))
			return ERR_INVALID;
	}
	if (!seen.hook)
		return ERR_INVALID;
	*out = p;
	return 0;
}

/* ---- attributes ---- */

struct room {
	uint8_t *at;
	size_t size, len;
	bool full;
};

static void put(struct room *r, const void *bytes, size_t n)
{
	if (r->full || n > r->size - r->len) {
		r->full = true;
		return;
	}
	if (n)
		memcpy(r->at + r->len, bytes, n);
	r->len += n;
}

/* Length and type in the byte order of this host, as libpcap wants them: it turns them where the file is another's. */
static void put_attr(struct room *r, unsigned type, const void *value, size_t n)
{
	static const uint8_t zeros[4];
	uint16_t head[2] = { (uint16_t)(n + 4), (uint16_t)type };

	put(r, head, sizeof(head));
	put(r, value, n);
	put(r, zeros, (4 - n % 4) % 4);
}

static void put_be(uint8_t *out, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(value >> 8 * (n - 1 - i));
}

static void put_index(struct room *r, unsigned type, uint32_t index)
{
	uint8_t value[4];

	put_be(value, index, sizeof(value));
	if (index)
		put_attr(r, type, value, sizeof(value));
}

static uint8_t inet_hook_of(uint8_t hook)
{
	static const uint8_t inet[] = { [HOOK_INPUT] = NF_INET_LOCAL_IN, [HOOK_FORWARD] = NF_INET_FORWARD,
		[HOOK_OUTPUT] = NF_INET_LOCAL_OUT };

	return inet[hook < COUNT(inet) ? hook : HOOK_INPUT];
}

static void put_packet_header(struct room *r, bool v4, uint8_t hook)
{
	uint8_t value[4] = { 0 };

	put_be(value, v4 ? 0x0800 : 0x86dd, 2);
	value[2] = inet_hook_of(hook);
	put_attr(r, NFULA_PACKET_HDR, value, sizeof(value));
}

static void put_timestamp(struct room *r, wall_t at)
{
	uint8_t value[16];

	put_be(value, (uint64_t)(at.ns / NS_PER_S), 8);
	put_be(value + 8, (uint64_t)(at.ns % NS_PER_S / 1000), 8);
	put_attr(r, NFULA_TIMESTAMP, value, sizeof(value));
}

int evidence_frame_write(const struct evidence_packet *p, uint8_t *out, size_t size)
{
	struct room r = { .at = out, .size = size };
	unsigned version = p->bytes.len ? p->bytes.at[0] >> 4 : 0;
	uint8_t head[4] = { version == 4 ? AF_INET : AF_INET6 }; /* version 0 of the format, group 0 */
	char note[EVIDENCE_NOTE];

	if ((version != 4 && version != 6) || p->bytes.len > EVIDENCE_SNAP)
		return ERR_INVALID;
	put(&r, head, sizeof(head));
	put_packet_header(&r, version == 4, p->hook);
	put_timestamp(&r, p->at);
	put_index(&r, NFULA_IFINDEX_INDEV, p->if_in);
	put_index(&r, NFULA_IFINDEX_OUTDEV, p->if_out);
	put_attr(&r, NFULA_PREFIX, note, evidence_note_format(p, note) + 1);
	put_attr(&r, NFULA_PAYLOAD, p->bytes.at, p->bytes.len);
	return r.full ? ERR_FULL : (int)r.len;
}

int evidence_frame_read(struct slice frame, wall_t at, struct evidence_packet *out)
{
	struct link_packet l;
	struct evidence_packet p = { .at = at };

	if (frame.len > EVIDENCE_FRAME ||
		link_decode(EVIDENCE_LINKTYPE, frame, (uint32_t)frame.len, &l) != LINK_IP ||
		l.ip.len > EVIDENCE_SNAP)
		return ERR_INVALID;
	p.wire_len = (uint32_t)l.ip.len;
	if (evidence_note_parse(l.note, &p))
		return ERR_INVALID;
	p.bytes = l.ip;
	if (p.wire_len < l.ip.len)
		return ERR_INVALID;
	if (p.hook == HOOK_OUTPUT)
		p.if_out = l.if_index;
	else
		p.if_in = l.if_index;
	*out = p;
	return 0;
}
