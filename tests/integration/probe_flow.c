/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds the flow tracker against the real conntrack. It reads a capture of NFLOG whose prefixes are conntrack's words
 * ("new", "established", "related", "invalid", "untracked"), gives the same packets to the tracker, and says where the two
 * differ.
 *
 *   probe_flow FILE     prints "packets N", "skipped N", "differences N", a line for each word of conntrack, and for each
 *                       kind of difference how often and the first ones; exit 0 where it could read the file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/link.h"
#include "core/flow.h"
#include "edge/capture.h"

#define FLOWS 100000
#define EXAMPLES 4

enum word {
	WORD_INVALID = 0,
	WORD_NEW,
	WORD_ESTABLISHED,
	WORD_RELATED,
	WORD_UNTRACKED,
	WORDS,
};

static const char *const names[WORDS] = { "invalid", "new", "established", "related", "untracked" };

struct tally {
	uint64_t packets, skipped, differences;
	uint64_t seen[WORDS][WORDS]; /* conntrack's, ours */
};

static enum word word_of(enum flow_word w)
{
	switch (w) {
	case FLOW_INVALID:
		return WORD_INVALID;
	case FLOW_NEW:
	case FLOW_NEW_AGAIN:
		return WORD_NEW;
	case FLOW_ESTABLISHED:
		return WORD_ESTABLISHED;
	case FLOW_RELATED:
		return WORD_RELATED;
	}
	return WORD_INVALID;
}

/* WORDS where the prefix is no word. */
static enum word read_word(struct slice note)
{
	for (int i = 0; i < WORDS; i++)
		if (note.len == strlen(names[i]) && memcmp(note.at, names[i], note.len) == 0)
			return (enum word)i;
	return WORDS;
}

static void show(uint64_t number, const struct packet *p, bool ours, enum word real, enum word said)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	addr_format(&p->src, src, sizeof(src));
	addr_format(&p->dst, dst, sizeof(dst));
	printf("  #%llu %s %s.%u > %s.%u proto %u flags %#x icmp %u seq %u ack %u len %u window %u: %s, not %s\n",
		(unsigned long long)number, ours ? "out" : "in", src, p->sport, dst, p->dport, p->proto, p->tcp_flags,
		p->icmp_type, p->seq, p->ack, p->payload_len, p->window, names[real], names[said]);
}

static void one(struct flow_tracker *t, const struct capture_frame *f, struct tally *tally)
{
	struct link_packet l;
	struct packet p;
	enum word real, said;

	tally->packets++;
	if (link_decode(f->link, f->bytes, f->wire_len, &l) != LINK_IP || (real = read_word(l.note)) == WORDS ||
	    packet_parse(l.ip, l.wire_len, &p) != PACKET_FINE || p.fragment == FRAGMENT_LATER) {
		tally->skipped++;
		return;
	}
	said = word_of(flow_packet(t, &p, flow_refer(t, &p), l.to == LINK_OUTGOING, (mono_t){ .ns = f->at.ns }));
	/* What conntrack leaves alone has no word of ours: no rule tells it from an established one. */
	if (real == said || (real == WORD_UNTRACKED && said == WORD_ESTABLISHED)) {
		tally->seen[real][real]++;
		return;
	}
	tally->differences++;
	if (tally->seen[real][said]++ < EXAMPLES)
		show(tally->packets, &p, l.to == LINK_OUTGOING, real, said);
}

static void report(const struct tally *tally)
{
	printf("packets %llu\nskipped %llu\ndifferences %llu\n", (unsigned long long)tally->packets,
		(unsigned long long)tally->skipped, (unsigned long long)tally->differences);
	for (int real = 0; real < WORDS; real++)
		for (int said = 0; said < WORDS; said++)
			if (tally->seen[real][said])
				printf("%s %s %llu\n", names[real], names[said],
					(unsigned long long)tally->seen[real][said]);
}

int main(int argc, char **argv)
{
	const size_t bytes = flow_bytes(FLOWS);
	void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	struct tally tally = { 0 };
	struct flow_tracker *t;
	struct capture_frame frame;
	struct capture *c;
	struct hash_key key;
	char why[CAPTURE_WHY];
	int got;

	if (argc != 2) {
		fprintf(stderr, "usage: probe_flow FILE\n");
		return 64;
	}
	hash_key_from_seed(&key, 1);
	if (!memory || flow_create(&t, memory, bytes, FLOWS, &key))
		return 71;
	if (capture_open(&c, (const char *const *)&argv[1], 1, NULL, why)) {
		fprintf(stderr, "probe_flow: %s\n", why);
		return 66;
	}
	while ((got = capture_next(c, &frame, why)) == 1)
		one(t, &frame, &tally);
	if (got < 0)
		fprintf(stderr, "probe_flow: %s\n", why);
	report(&tally);
	capture_close(c);
	free(memory);
	return got < 0 ? 65 : 0;
}
