/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a synthetic capture of a busy web server for the bench of replay: headers alone (a snap length of 96), 65,536
 * connections under way at any time from a million clients, each of ten packets, with DNS and a scanner between them.
 *
 *   bench_capture FILE MIB
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define LIVE 65536
#define SNAP 96
#define STEP_NS 5000 /* 200,000 packets a second */

enum { SYN = 2, SYN_ACK = 18, ACK = 16, DATA = 24, FIN = 17 };

/* One connection: who sends what in which order. */
static const struct step {
	uint8_t flags;
	uint8_t ours;
	uint16_t payload;
} steps[] = {
	{ SYN, 0, 0 }, { SYN_ACK, 1, 0 }, { ACK, 0, 0 }, { DATA, 0, 320 }, { ACK, 1, 0 },
	{ DATA, 1, 1400 }, { ACK, 0, 0 }, { FIN, 1, 0 }, { FIN, 0, 0 }, { ACK, 1, 0 },
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

struct flow {
	uint32_t client, seq, ack;
	uint16_t port;
	uint8_t step;
};

static struct flow flows[LIVE];
static uint64_t state = 1;
static uint64_t now_ns = UINT64_C(1700000000000000000);

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v & 0xffff);
}

static const uint32_t server = 0xc0000201; /* 192.0.2.1 */

static void frame(uint8_t *f, uint8_t proto, uint32_t src, uint32_t dst, unsigned ip_len)
{
	memset(f, 0, SNAP);
	f[5] = f[11] = 1;
	put16(f + 12, 0x0800);
	f[14] = 0x45;
	put16(f + 16, ip_len);
	f[22] = 64;
	f[23] = proto;
	put32(f + 26, src);
	put32(f + 30, dst);
}

/* The whole packet is of that length; of it SNAP bytes are in the file. */
static void emit(FILE *out, const uint8_t *f, unsigned wire)
{
	uint32_t head[4];

	now_ns += STEP_NS;
	head[0] = (uint32_t)(now_ns / 1000000000);
	head[1] = (uint32_t)(now_ns % 1000000000);
	head[2] = wire < SNAP ? wire : SNAP;
	head[3] = wire;
	fwrite(head, sizeof(head), 1, out);
	fwrite(f, head[2], 1, out);
}

static void tcp(FILE *out, const struct flow *w, const struct step *s, uint16_t port)
{
	unsigned options = s->flags & 2 ? 20 : 12, head = 20 + options;
	uint8_t f[SNAP], *t = f + 34;

	frame(f, 6, s->ours ? server : w->client, s->ours ? w->client : server, 20 + head + s->payload);
	put16(t, s->ours ? port : w->port);
	put16(t + 2, s->ours ? w->port : port);
	put32(t + 4, s->ours ? w->ack : w->seq);
	put32(t + 8, s->flags == SYN ? 0 : s->ours ? w->seq : w->ack);
	t[12] = (uint8_t)(head / 4 << 4);
	t[13] = s->flags;
	put16(t + 14, 64240);
	memset(t + 20, 1, options); /* NOPs */
	emit(out, f, 34 + head + s->payload);
}

static void begin(struct flow *w)
{
	uint64_t r = random_next(&state);

	*w = (struct flow){ .client = 0x0b000000 + (uint32_t)(r % 1000000), .seq = (uint32_t)(r >> 32), .ack = (uint32_t)r,
		.port = (uint16_t)(1024 + (r >> 20) % 60000) };
}

static void connection(FILE *out, struct flow *w)
{
	const struct step *s = &steps[w->step];

	tcp(out, w, s, 443);
	if (s->ours)
		w->ack += s->payload + (s->flags & 3 ? 1 : 0);
	else
		w->seq += s->payload + (s->flags & 3 ? 1 : 0);
	if (++w->step == STEPS)
		begin(w);
}

static void datagram(FILE *out, uint32_t client, uint16_t port, int ours)
{
	uint8_t f[SNAP];

	frame(f, 17, ours ? server : client, ours ? client : server, 28 + 40);
	put16(f + 34, ours ? 53 : port);
	put16(f + 36, ours ? port : 53);
	put16(f + 38, 48);
	emit(out, f, 34 + 48);
}

static void probe(FILE *out)
{
	struct flow w = { .client = 0xcb007107, .seq = 7, .port = 40000 };

	tcp(out, &w, &steps[0], (uint16_t)random_next(&state));
}

int main(int argc, char **argv)
{
	static const uint32_t head[6] = { 0xa1b23c4d, 0x00040002, 0, 0, SNAP, 1 }; /* of this machine's byte order */
	FILE *out = argc == 3 ? fopen(argv[1], "w") : NULL;
	long long size;

	if (!out) {
		fprintf(stderr, "usage: bench_capture FILE MIB\n");
		return 64;
	}
	size = atoll(argv[2]) << 20;
	setvbuf(out, NULL, _IOFBF, 1 << 20);
	fwrite(head, sizeof(head), 1, out);
	for (size_t i = 0; i < LIVE; i++)
		begin(&flows[i]);
	while (ftello(out) < size) {
		uint64_t r = random_next(&state);

		if (r % 64 == 0)
			probe(out);
		else if (r % 64 < 3) {
			datagram(out, 0x0b000000 + (uint32_t)(r >> 40) % 1000000, (uint16_t)(1024 + (r >> 8) % 60000), 0);
			datagram(out, 0x0b000000 + (uint32_t)(r >> 40) % 1000000, (uint16_t)(1024 + (r >> 8) % 60000), 1);
		} else
			connection(out, &flows[(r >> 16) % LIVE]);
	}
	return fclose(out) ? 74 : 0;
}
