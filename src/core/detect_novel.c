/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known, port by port, with the minute at which it was last served; what is new waits in a short list until it has
 * settled, so that a test run or a client that binds for a moment is no news. A snapshot that changes nothing costs one
 * comparison.
 */
#include "core/detect_novel.h"

#include <string.h>

#include "base/text.h"

#define WORDS 1024      /* of 64 ports */
#define SETTLING 256
#define NS_PER_MINUTE (60 * NS_PER_S)

struct settling {
	uint8_t proto; /* enum listen_proto */
	uint16_t port;
	mono_t since;
};

struct novel {
	bool begun, taught; /* taught: the learning was ended from outside */
	mono_t begin, now;
	mono_t minute;           /* that told counts in */
	uint32_t told;
	struct listen_snapshot served; /* now, and not settling */
	uint32_t last[LISTEN_PROTOS][65536]; /* minute + 1; 0: never served */
	struct settling list[SETTLING];
	uint32_t n;
	uint64_t protocols[4];   /* a bit each */
	struct novel_stats stats;
};

static void know_protocol(struct novel *n, uint8_t proto)
{
	n->protocols[proto >> 6] |= UINT64_C(1) << (proto & 63);
}

size_t novel_bytes(void)
{
	return sizeof(struct novel);
}

void novel_create(struct novel **out, void *memory)
{
	static const uint8_t everywhere[] = { PROTO_ICMP, 2 /* IGMP */, PROTO_TCP, PROTO_UDP, PROTO_ICMP6 };
	struct novel *n = memory;

	memset(n, 0, sizeof(*n));
	for (size_t i = 0; i < sizeof(everywhere); i++)
		know_protocol(n, everywhere[i]);
	*out = n;
}

static uint32_t minute_of(mono_t t)
{
	int64_t minute = t.ns > 0 ? t.ns / NS_PER_MINUTE : 0;

	return minute < UINT32_MAX - 1 ? (uint32_t)minute + 1 : UINT32_MAX;
}

static void look(struct novel *n, mono_t now)
{
	n->now = now;
	if (n->begun)
		return;
	n->begun = true;
	n->begin = n->minute = now;
}

/* What the first look finds is how things are, also where nothing more is to be learned in silence. */
static bool learning(const struct novel *n, const struct novel_opts *o)
{
	return !n->taught && mono_since(n->now, n->begin) <= o->learn_ns;
}

static bool may_tell(struct novel *n)
{
	if (mono_since(n->now, n->minute) >= NS_PER_MINUTE) {
		n->minute = n->now;
		n->told = 0;
	}
	if (n->told == NOVEL_A_MINUTE) {
		n->stats.untold++;
		return false;
	}
	n->told++;
	return true;
}

static const uint8_t numbers[LISTEN_PROTOS] = {
	[LISTEN_TCP] = PROTO_TCP,
	[LISTEN_UDP] = PROTO_UDP,
	[LISTEN_SCTP] = PROTO_SCTP,
};

static bool is_known(const struct novel *n, const struct novel_opts *o, enum listen_proto p, uint16_t port)
{
	uint32_t last = n->last[p][port];

	return last && (int64_t)(minute_of(n->now) - last) * NS_PER_MINUTE < o->forget_ns;
}

/* Sockets of clients have a port of their own for as long as they ask. */
static bool is_ephemeral(const struct novel_opts *o, enum listen_proto p, uint16_t port)
{
	return p == LISTEN_UDP && port >= o->ephemeral_from;
}

static void tell_service(struct novel *n, const struct novel_opts *o, const struct settling *s, novel_raise_fn raise, void *ctx)
{
	const uint8_t proto = numbers[s->proto];
	struct finding f = {
		.kind = FINDING_NOVEL, .proof = PROOF_CLAIMED, .rule = o->service_rule,
		.subject = { .kind = SUBJECT_SERVICE, .proto = proto, .port = s->port },
		.score = 100, .threshold = 100, .count = 1, .window_ns = mono_since(n->now, s->since),
		.first = s->since, .at = n->now, .dport = s->port, .proto = proto, .ports = { s->port }, .n_ports = 1,
	};

	if (o->service_rule.enabled && may_tell(n))
		raise(ctx, &f);
}

/* It is served now and no news: from here on it costs nothing until it is not served any more. */
static void take(struct novel *n, enum listen_proto p, uint16_t port)
{
	listen_snapshot_add(&n->served, p, port);
	n->last[p][port] = minute_of(n->now);
}

static void appear(struct novel *n, const struct novel_opts *o, enum listen_proto p, uint16_t port)
{
	if (is_ephemeral(o, p, port))
		return;
	if (learning(n, o) || is_known(n, o, p, port)) {
		take(n, p, port);
		return;
	}
	for (uint32_t i = 0; i < n->n; i++)
		if (n->list[i].proto == p && n->list[i].port == port)
			return;
	if (n->n == SETTLING) {
		n->stats.crowded++; /* it is not served for us yet, so the next snapshot has it again */
		return;
	}
	n->list[n->n++] = (struct settling){ .proto = (uint8_t)p, .port = port, .since = n->now };
}

static void vanish(struct novel *n, enum listen_proto p, uint16_t port)
{
	n->served.ports[p][port >> 6] &= ~(UINT64_C(1) << (port & 63));
	n->last[p][port] = minute_of(n->now);
}

static void compare(struct novel *n, const struct novel_opts *o, const struct listen_snapshot *s, enum listen_proto p)
{
	for (unsigned w = 0; w < WORDS; w++) {
		uint64_t changed = s->ports[p][w] ^ n->served.ports[p][w];

		while (changed) {
			unsigned bit = (unsigned)__builtin_ctzll(changed);
			uint16_t port = (uint16_t)(w * 64 + bit);

			changed &= changed - 1;
			if (listen_snapshot_has(s, p, port))
				appear(n, o, p, port);
			else
				vanish(n, p, port);
		}
	}
}

static void settle(struct novel *n, const struct novel_opts *o, const struct listen_snapshot *s, novel_raise_fn raise, void *ctx)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n->n; i++) {
		const struct settling one = n->list[i];
		bool known = s->known[one.proto];

		if (known && !listen_snapshot_has(s, (enum listen_proto)one.proto, one.port))
			continue;
		if (!known || mono_since(n->now, one.since) < o->settle_ns) {
			n->list[kept++] = one;
			continue;
		}
		take(n, (enum listen_proto)one.proto, one.port);
		tell_service(n, o, &one, raise, ctx);
	}
	n->n = kept;
}

void novel_listening(struct novel *n, const struct novel_opts *o, const struct listen_snapshot *s, mono_t now,
	novel_raise_fn raise, void *ctx)
{
	look(n, now);
	n->stats.learning = learning(n, o);
	for (unsigned p = 0; p < LISTEN_PROTOS; p++)
		if (s->known[p])
			compare(n, o, s, (enum listen_proto)p);
	if (n->n)
		settle(n, o, s, raise, ctx);
}

/* Those that people know by name (IANA's protocol numbers). */
static const char *protocol_name(uint8_t proto)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} names[] = {
		{ 4, "ipip" }, { 33, "dccp" }, { 41, "ipv6 in ip" }, { 47, "gre" }, { 50, "esp" }, { 51, "ah" }, { 88, "eigrp" },
		{ 89, "ospf" }, { 94, "ipip" }, { 103, "pim" }, { 112, "vrrp" }, { 115, "l2tp" }, { PROTO_SCTP, "sctp" },
		{ 136, "udplite" }, { 137, "mpls in ip" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return names[i].name;
	return NULL;
}

void novel_packet(struct novel *n, const struct novel_opts *o, const struct packet *p, mono_t now, novel_raise_fn raise,
	void *ctx)
{
	const char *name;
	struct finding f;
	struct text t;

	if (n->protocols[p->proto >> 6] >> (p->proto & 63) & 1)
		return;
	look(n, now);
	know_protocol(n, p->proto);
	if (learning(n, o) || !o->protocol_rule.enabled || !may_tell(n))
		return;
	f = (struct finding){ .kind = FINDING_NOVEL, .proof = PROOF_CLAIMED, .rule = o->protocol_rule,
		.subject.kind = SUBJECT_HOST, .score = 100, .threshold = 100, .count = 1, .first = now, .at = now, .src = p->src,
		.dst = p->dst, .proto = p->proto };
	t = text_over(f.about, sizeof(f.about));
	text_addf(&t, "protocol %u", p->proto);
	name = protocol_name(p->proto);
	if (name)
		text_addf(&t, ", %s", name);
	raise(ctx, &f);
}

void novel_teach_service(struct novel *n, uint8_t proto, uint16_t port)
{
	enum listen_proto p = listen_proto_of(proto);

	if (p < LISTEN_PROTOS)
		n->last[p][port] = minute_of(n->now);
}

void novel_teach_protocol(struct novel *n, uint8_t proto)
{
	know_protocol(n, proto);
}

void novel_end_learning(struct novel *n)
{
	n->taught = true;
}

void novel_each(const struct novel *n, novel_each_fn fn, void *ctx)
{
	for (unsigned p = 0; p < LISTEN_PROTOS; p++)
		for (unsigned port = 0; port < 65536; port++)
			if (n->last[p][port])
				fn(ctx, numbers[p], (uint16_t)port);
	for (unsigned i = 0; i < 256; i++)
		if (n->protocols[i >> 6] >> (i & 63) & 1)
			fn(ctx, (uint8_t)i, 0);
}

void novel_stats(const struct novel *n, struct novel_stats *out)
{
	*out = n->stats;
	for (unsigned p = 0; p < LISTEN_PROTOS; p++)
		for (unsigned port = 0; port < 65536; port++)
			out->services += n->last[p][port] != 0;
	for (unsigned i = 0; i < 4; i++)
		out->protocols += (uint32_t)__builtin_popcountll(n->protocols[i]);
}
