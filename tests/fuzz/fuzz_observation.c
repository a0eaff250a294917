/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of observations. By the first byte: 'p', the rest is a packet, which must say the same after it was kept; 'r',
 * the first bytes of a file; 'h', the header of a block; else a block, whatever of which is read must be written and read
 * again as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "codec/observation_block.h"
#include "codec/observation_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct observation_room rooms[2];
static struct observation_writer writers[2];
static uint8_t blocks[2][OBSERVATION_BYTES];

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Alone in a block, and out of it again. */
static void keep(size_t i, const struct log_entry *e, struct log_entry *out)
{
	struct observation_reader r;

	observation_writer_begin(&writers[i], blocks[i], sizeof(blocks[i]));
	must(observation_write(&writers[i], e) == 0);
	observation_reader_begin(&r, (struct slice){ blocks[i], writers[i].len }, writers[i].first, &rooms[1]);
	must(observation_read(&r, out) == 1);
	must(out->kind == e->kind && out->at.ns == e->at.ns);
}

static void hold_packet(struct slice bytes, uint32_t wire_len)
{
	struct engine_input in = { .meta = { .at = { 7 }, .wire_len = wire_len, .held = true }, .bytes = bytes };
	struct log_entry e = { .kind = LOG_OBSERVATION, .at = { 7 },
		.observation = { .kind = OBSERVATION_PACKETS, .at = { 7 }, .packets = { &in, 1 } } }, back;
	struct packet a, b;
	enum packet_fault fault = packet_parse(bytes, wire_len, &a);

	keep(0, &e, &back);
	in = back.observation.packets.in[0];
	must(in.meta.wire_len == wire_len && in.bytes.len <= bytes.len);
	must(packet_parse(in.bytes, wire_len, &b) == fault);
	if (fault != PACKET_FINE)
		return;
	must(packet_is_answer(&a) == packet_is_answer(&b));
	memset(&a.payload, 0, sizeof(a.payload));
	memset(&b.payload, 0, sizeof(b.payload));
	must(memcmp(&a, &b, sizeof(a)) == 0);
	must(in.bytes.len == 0 || memcmp(in.bytes.at, bytes.at, in.bytes.len) == 0);
}

static void hold_block(struct slice block)
{
	uint64_t keys[ENGINE_BURST];
	struct observation_reader r;
	struct log_entry e, once, twice;

	observation_reader_begin(&r, block, (mono_t){ 1000 }, &rooms[0]);
	while (observation_read(&r, &e) == 1) {
		if (e.kind == LOG_OBSERVATION || e.kind == LOG_SNAPSHOT)
			must(observation_keys(&e.observation, keys) <= ENGINE_BURST);
		keep(0, &e, &once);
		keep(1, &once, &twice);
		must(writers[0].len == writers[1].len && !memcmp(blocks[0], blocks[1], writers[0].len));
	}
}

static void hold_run(struct slice bytes)
{
	uint8_t again[OBSERVATION_RUN_BYTES];
	struct observation_run run, twice;

	if (observation_run_read(bytes, &run))
		return;
	observation_run_write(&run, again);
	must(observation_run_read((struct slice){ again, sizeof(again) }, &twice) == 0);
	must(run.id == twice.id && !strcmp(run.host, twice.host) && run.start.ns == twice.start.ns);
}

/* Its checksum is put right: a fuzzer cannot guess it. */
static void hold_header(struct slice bytes)
{
	static uint8_t copy[BLOCK_HEADER];
	size_t len = bytes.len < sizeof(copy) ? bytes.len : sizeof(copy);
	struct hash_key key;
	struct block_header h;
	uint64_t sum;

	must(block_header_seek(bytes) <= bytes.len || bytes.len == 0);
	if (len < BLOCK_FIXED + 8)
		return;
	memcpy(copy, bytes.at, len);
	sum = block_checksum(copy, len - 8);
	for (size_t i = 0; i < 8; i++)
		copy[len - 8 + i] = (uint8_t)(sum >> (56 - 8 * i));
	if (block_header_read((struct slice){ copy, len }, &h))
		return;
	must(h.length <= len && h.packed && h.last.ns >= h.first.ns);
	hash_key_from_seed(&key, 1);
	block_header_knows(&h, &key, 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { data + 1, size ? size - 1 : 0 };

	if (size == 0)
		return 0;
	if (data[0] == 'r')
		hold_run(rest);
	else if (data[0] == 'h')
		hold_header(rest);
	else if (data[0] != 'p')
		hold_block((struct slice){ data, size });
	else if (rest.len >= 2)
		/* the wire may have had more than was copied */
		hold_packet((struct slice){ rest.at + 2, rest.len - 2 }, (uint32_t)(rest.len - 2) + be16_at(rest.at, 0));
	return 0;
}
