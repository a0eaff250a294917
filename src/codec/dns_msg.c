/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS messages. Names are taken out of the message in their wire form, small letters, pointers resolved: so two are
 * equal where their bytes are. A pointer must point before the run of labels that it ends, as any server writes them;
 * so each jump leaves fewer bytes to jump to, and a loop cannot be.
 */
#include "codec/dns_msg.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define HEADER 12
#define FIXED 10      /* of a record, behind its owner */
#define NAME_MOST 255
#define POINTER 0xc0
#define CLASS_IN 1

/* Bits of the second 16 of the header. */
enum {
	BIT_ANSWER = 0x8000,
	BITS_OPCODE = 0x7800,
	BIT_TRUNCATED = 0x0200,
	BITS_RCODE = 0x000f,
};

struct wire_name {
	uint8_t bytes[NAME_MOST]; /* labels, each after its length; the last is the root's */
	size_t len;
};

struct record {
	size_t owner; /* where its name stands */
	uint16_t type, class;
	uint32_t ttl_s;
	size_t data, data_len;
};

struct answers {
	struct slice message;
	struct record list[DNS_MSG_RECORDS];
	size_t n;
	bool cut;
};

static uint8_t small(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? (uint8_t)(b + ('a' - 'A')) : b;
}

static bool add_label(struct wire_name *name, const uint8_t *label)
{
	size_t len = label[0];

	/* Room for the root, too. */
	if (name->len + 1 + len + 1 > NAME_MOST)
		return false;
	name->bytes[name->len++] = label[0];
	for (size_t i = 1; i <= len; i++)
		name->bytes[name->len++] = small(label[i]);
	return true;
}

/* Where a pointer leads; 0: nowhere that it may. */
static size_t pointed(struct slice m, size_t at, size_t run)
{
	size_t target = (size_t)(be16_at(m.at, at) & 0x3fff);

	return target >= HEADER && target < run ? target : 0;
}

/* The name at *at, which moves behind it; where a pointer ends it, behind the pointer. */
static int read_name(struct slice m, size_t *at, struct wire_name *out)
{
	size_t i = *at, run = i, end = 0;

	out->len = 0;
	while (i < m.len && m.at[i] != 0) {
		if ((m.at[i] & POINTER) == POINTER) {
			if (i + 2 > m.len)
				return ERR_TRUNCATED;
			end = end ? end : i + 2;
			i = run = pointed(m, i, run);
			if (!run)
				return ERR_INVALID;
			continue;
		}
		if (m.at[i] & POINTER)
			return ERR_INVALID;
		if (m.len - i < (size_t)m.at[i] + 1)
			return ERR_TRUNCATED;
		if (!add_label(out, m.at + i))
			return ERR_INVALID;
		i += (size_t)m.at[i] + 1;
	}
	if (i >= m.len)
		return ERR_TRUNCATED;
	out->bytes[out->len++] = 0;
	*at = end ? end : i + 1;
	return 0;
}

static bool is_plain(uint8_t b)
{
	return (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '-' || b == '_';
}

static void write_name(const struct wire_name *name, char *out)
{
	struct text t = text_over(out, DNS_NAME);
	size_t next = 0;

	for (size_t i = 0; i + 1 < name->len; i++) {
		uint8_t b = name->bytes[i];

		if (i == next) {
			next += (size_t)b + 1;
			text_add(&t, i ? "." : "");
		} else if (is_plain(b)) {
			text_add(&t, (const char[]){ (char)b, '\0' });
		} else {
			text_addf(&t, "\\%03u", b);
		}
	}
}

/* RFC 2181, 8: with the first bit set it is 0. */
static uint32_t lifetime(uint32_t ttl_s)
{
	return ttl_s & UINT32_C(0x80000000) ? 0 : ttl_s;
}

static bool read_record(struct slice m, size_t *at, struct record *out)
{
	struct wire_name owner;
	size_t i = *at;

	out->owner = i;
	if (read_name(m, &i, &owner) || m.len - i < FIXED)
		return false;
	out->type = be16_at(m.at, i);
	out->class = be16_at(m.at, i + 2);
	out->ttl_s = lifetime(be32_at(m.at, i + 4));
	out->data_len = be16_at(m.at, i + 8);
	out->data = i + FIXED;
	if (m.len - out->data < out->data_len)
		return false;
	*at = out->data + out->data_len;
	return true;
}

static void read_answers(struct answers *a, size_t at, size_t count)
{
	a->n = 0;
	while (a->n < count && a->n < DNS_MSG_RECORDS && read_record(a->message, &at, &a->list[a->n]))
		a->n++;
	a->cut = a->n < count;
}

static bool is_of(const struct answers *a, const struct record *r, const struct wire_name *name)
{
	struct wire_name owner;
	size_t at = r->owner;

	if (r->class != CLASS_IN || read_name(a->message, &at, &owner))
		return false;
	return owner.len == name->len && memcmp(owner.bytes, name->bytes, name->len) == 0;
}

/* Takes the name to what it is an alias of. Records may stand in any order, so this is asked until nothing moves. */
static bool follow(const struct answers *a, struct wire_name *name, uint32_t *ttl_s)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct record *r = &a->list[i];
		struct wire_name target;
		size_t at = r->data;

		if (r->type != DNS_TYPE_CNAME || !is_of(a, r, name))
			continue;
		if (read_name(a->message, &at, &target) || at != r->data + r->data_len)
			return false;
		*name = target;
		*ttl_s = r->ttl_s < *ttl_s ? r->ttl_s : *ttl_s;
		return true;
	}
	return false;
}

static bool read_address(const struct answers *a, const struct record *r, struct addr *out)
{
	if (r->type == DNS_TYPE_A && r->data_len == 4)
		*out = addr_v4(a->message.at + r->data);
	else if (r->type == DNS_TYPE_AAAA && r->data_len == 16)
		*out = addr_v6(a->message.at + r->data);
	else
		return false;
	return true;
}

static void take_addresses(const struct answers *a, const struct wire_name *asked, struct dns_message *out)
{
	struct wire_name name = *asked;
	uint32_t ttl_s = UINT32_MAX;
	size_t aliases = 0;

	while (aliases < DNS_MSG_ALIASES && follow(a, &name, &ttl_s))
		aliases++;
	for (size_t i = 0; i < a->n; i++) {
		const struct record *r = &a->list[i];
		struct addr address;

		if (!read_address(a, r, &address) || !is_of(a, r, &name))
			continue;
		if (out->n_addresses == DNS_ADDRESSES) {
			out->truncated = true;
			return;
		}
		out->addresses[out->n_addresses++] = (struct dns_address){
			.addr = address,
			.ttl_s = r->ttl_s < ttl_s ? r->ttl_s : ttl_s,
		};
	}
}

/* FNV-1a of each record, stirred so that sums of records tell more than sums of bytes would. */
static uint64_t digest(const struct answers *a)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct record *r = &a->list[i];
		uint64_t h = UINT64_C(0xcbf29ce484222325) ^ r->type;

		for (size_t j = 0; j < r->data_len; j++)
			h = (h ^ a->message.at[r->data + j]) * UINT64_C(0x100000001b3);
		h ^= h >> 32;
		h *= UINT64_C(0x9e3779b97f4a7c15);
		sum += h ^ h >> 29;
	}
	return sum;
}

static uint16_t at_most_u16(size_t n)
{
	return (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
}

static void read_answer(struct slice bytes, size_t at, const struct wire_name *asked, struct dns_message *out)
{
	struct answers answers;

	answers.message = bytes;
	read_answers(&answers, at, be16_at(bytes.at, 6));
	out->truncated = out->truncated || answers.cut;
	out->answer_bytes = at_most_u16(bytes.len);
	out->answer_digest = digest(&answers);
	take_addresses(&answers, asked, out);
}

int dns_msg_parse(struct slice bytes, struct dns_message *out)
{
	struct wire_name asked;
	size_t at = HEADER;
	uint16_t flags;
	int err;

	if (bytes.len < HEADER)
		return ERR_TRUNCATED;
	flags = be16_at(bytes.at, 2);
	if (flags & BITS_OPCODE || be16_at(bytes.at, 4) != 1)
		return ERR_UNSUPPORTED;
	err = read_name(bytes, &at, &asked);
	if (err)
		return err;
	if (bytes.len - at < 4)
		return ERR_TRUNCATED;
	if (be16_at(bytes.at, at + 2) != CLASS_IN)
		return ERR_UNSUPPORTED;
	memset(out, 0, sizeof(*out));
	out->id = be16_at(bytes.at, 0);
	out->answer = flags & BIT_ANSWER;
	out->truncated = flags & BIT_TRUNCATED;
	out->rcode = flags & BITS_RCODE;
	out->type = be16_at(bytes.at, at);
	out->question_bytes = (uint16_t)asked.len;
	write_name(&asked, out->name);
	if (out->answer)
		read_answer(bytes, at + 4, &asked, out);
	return 0;
}

bool dns_message_of_packet(const struct packet *p, struct dns_message *out)
{
	struct dns_message m;

	if (p->proto != PROTO_UDP || p->fragment == FRAGMENT_LATER ||
	    (p->sport != DNS_MSG_PORT && p->dport != DNS_MSG_PORT))
		return false;
	if (dns_msg_parse(p->payload, &m) || (m.answer ? p->sport : p->dport) != DNS_MSG_PORT)
		return false;
	m.client = m.answer ? p->dst : p->src;
	m.server = m.answer ? p->src : p->dst;
	m.client_port = m.answer ? p->dport : p->sport;
	if (m.answer)
		m.answer_bytes = at_most_u16(p->payload_len);
	*out = m;
	return true;
}
