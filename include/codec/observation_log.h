/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Observations as compact bytes, for the log in the daemon's state directory: one block of them, which is read without
 * any other. Pure; the reader goes through base/cursor and believes nothing. Files, compression and retention are
 * edge/obslog.h's.
 *
 * Kept of a packet are its headers alone: IP with options and extension headers, and of the transport TCP with options,
 * UDP's 8 bytes, SCTP's 12 and its first chunk's 4, ICMP's 8 and up to 48 of the packet that it quotes. The kept bytes
 * under the kept wire_len give the same struct packet as the whole had, but for its payload. IP and TCP checksums that
 * were right are left out and come back when it is read.
 *
 * Kept of a guard is no 'from' (a pointer to the daemon's own words): it comes back as NULL; of a tick not whether it was
 * idle. All else comes back as it was, so that an engine with the same key, rules and sizes decides the same.
 */
#ifndef TIDEGATE_CODEC_OBSERVATION_LOG_H
#define TIDEGATE_CODEC_OBSERVATION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/time.h"
#include "codec/observation_host.h"
#include "core/blame.h"
#include "core/detect_flood.h"
#include "core/detect_reported.h"
#include "core/dns.h"
#include "core/engine.h"
#include "core/listed.h"
#include "core/names.h"
#include "core/observation.h"

/* No packet's kept headers are longer; of what does not parse, so much is kept. */
#define OBSERVATION_HEADERS 400
/* No single entry is longer. A census of more services, and more neighbours than 32, are cut. */
#define OBSERVATION_BYTES (64 * 1024)
#define OBSERVATION_SERVICES 2048

/* Times on the mono clock are from 0 to here (36 years of uptime), what is between it and the wall clock is no farther
 * from 0 than that (the year 2189). What a log says beyond is no time: none of their sums can overflow. */
#define OBSERVATION_LATEST (INT64_C(1) << 60)
#define OBSERVATION_WALL_MOST (6 * OBSERVATION_LATEST)

/*
 * What the first bytes of a log say of the run whose inputs it holds. The key seeds every table of that run's engine:
 * whoever has it can choose addresses that collide there, and so can predict incident ids. It decides nothing and opens
 * nothing; it is of no use once that run has ended; and whoever reads files of root's mode 0600 reads the daemon's memory
 * just as well.
 */
struct observation_run {
	uint64_t id;          /* random; the same in all files of one run */
	char boot[40];        /* the kernel's boot id: within one, mono times of runs compare */
	char host[65];
	char version[24];     /* of the program that wrote it */
	char policy[32];
	mono_t start;         /* engine_opts.start */
	int64_t wall_ns;      /* wall clock minus mono clock, when the file was begun */
	struct hash_key key;
	struct engine_sizes sizes;
	bool enforce;         /* at the start */
	uint64_t rules;       /* a digest of the rules in force at the start (conf_digest) */
};

/* What stands between the observations of a log. */
enum log_entry_kind {
	LOG_NOTHING = 0, /* there was no tick from here to the next entry; who reads files is not told */
	LOG_OBSERVATION,
	LOG_SNAPSHOT, /* an observation that only repeats what is so: for who begins to read here */
	LOG_LOSS,     /* so many inputs found no room on their way here */
	LOG_RULES,    /* other rules are in force from about here on */
	LOG_CLOCK,    /* the wall clock was set */
	LOG_LINK,     /* the name of an interface */
};

struct log_entry {
	enum log_entry_kind kind;
	mono_t at; /* counts, not the observation's own: neighbours come without one. Read, both are the same */
	union {
		struct observation observation; /* also of a snapshot */
		uint64_t lost;
		struct {
			uint64_t digest;
			char policy[32];
		} rules;
		int64_t wall_ns; /* as in struct observation_run */
		struct {
			uint32_t index;
			char name[16];
		} link;
	};
};

/* ---- writing ---- */

/* What a block has said so far, so that the next entry need only say what differs. */
struct observation_writer {
	uint8_t *at;
	size_t size, len;
	int64_t last_ns;
	mono_t first;              /* of the first entry */
	uint64_t entries;
	uint32_t links[2];                /* of the last packet */
	struct listen_snapshot listening; /* as said in this block */
	struct host_said host;
};

/* Begins a block over caller's memory. */
void observation_writer_begin(struct observation_writer *w, uint8_t *memory, size_t size);

/* ERR_FULL where it does not fit any more: nothing was written, and the block is at its end. ERR_RANGE: it would not fit
 * into any (over OBSERVATION_BYTES), or makes no sense. */
int observation_write(struct observation_writer *w, const struct log_entry *e);

/* ---- reading ---- */

/* What an entry points into, of the last one that was read. Big: not for a stack. */
struct observation_room {
	struct engine_input inputs[ENGINE_BURST];
	uint8_t bytes[ENGINE_BURST][OBSERVATION_HEADERS];
	struct listen_snapshot listening;
	struct guards guards;
	struct prefix neighbours[32];
	struct service_census services[OBSERVATION_SERVICES];
	struct pressure pressure;
	struct ask_answer answer;
	struct ban ban;
	struct host_sample sample;
	struct flow_end flow_end;
	struct service_holders holders[HOLDERS_SERVICES];
	struct service_name names[SERVICE_NAMES];
	struct owner_answer owner;
	struct dns_message dns;
	struct addr resolvers[NAMES_RESOLVERS];
	char list[LISTED_NAME];
	struct report_alert reported;
	struct host_said said;
};

struct observation_reader {
	struct cursor at;
	int64_t last_ns;
	uint32_t links[2];
	struct observation_room *room;
};

/* first: the time that the block's header says. */
void observation_reader_begin(struct observation_reader *r, struct slice block, mono_t first,
	struct observation_room *room);

/* 1 and the next entry, which stands in the room until the next call; 0 at the end; ERR_INVALID where the bytes are not
 * of this form: nothing more can be read of this block. */
int observation_read(struct observation_reader *r, struct log_entry *out);

/* ---- a run ---- */

#define OBSERVATION_RUN_BYTES 640

size_t observation_run_write(const struct observation_run *run, uint8_t out[OBSERVATION_RUN_BYTES]);
int observation_run_read(struct slice bytes, struct observation_run *out); /* ERR_INVALID */

/* ---- what is kept ---- */

/* How many bytes of this packet are kept: at most OBSERVATION_HEADERS and bytes.len. */
size_t observation_headers(struct slice bytes, uint32_t wire_len);

/* The keys of the sources that an observation is about, for an index: packets that came in by their source, those that we
 * sent by their destination, answers by who began. Returns how many were written, of one observation at most
 * ENGINE_BURST; neighbours are said once. */
size_t observation_keys(const struct observation *o, uint64_t out[ENGINE_BURST]);

#endif
