/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of evidence: one capture for each incident, INCIDENT.pcap, bounded in number and bytes; the oldest goes
 * first. Knows names, sizes and ages alone: who writes a file puts it under its name himself (a temporary file, then
 * rename), and tells of it here. What else lies in the folder is left alone, but for temporary files that a kill has left.
 * For one thread at a time.
 */
#ifndef TIDEGATE_EDGE_EVIDENCE_FILES_H
#define TIDEGATE_EDGE_EVIDENCE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "edge/log.h"

#define EVIDENCE_PATH 512

struct evidence_files;

struct evidence_files_opts {
	const char *folder; /* is made where it is absent, for root alone; copied */
	size_t max_files;
	uint64_t max_bytes;
};

/* Looks at what is there, and lets go what is over the bounds. ERR_IO, ERR_PERMISSION, ERR_MEMORY, ERR_RANGE (path). */
int evidence_files_open(struct evidence_files **out, const struct evidence_files_opts *o, char why[WHY_TEXT]);

/* Makes the folder again where somebody has removed it; what fails there is told by the write that follows. From any
 * thread: it touches nothing but the disk. */
void evidence_files_remake(const struct evidence_files *f);

/* Of an incident's file, whether there is one or not. */
void evidence_files_path(const struct evidence_files *f, uint64_t incident, char out[EVIDENCE_PATH]);

/* The file of this incident has been written (again): measured, and the oldest go until all are within the bounds; the
 * new one too, where it alone is over them. ERR_ABSENT, ERR_IO. */
int evidence_files_wrote(struct evidence_files *f, uint64_t incident);

/* ERR_ABSENT. *bytes of the file, *written when. */
int evidence_files_find(const struct evidence_files *f, uint64_t incident, uint64_t *bytes, wall_t *written);

struct evidence_files_stats {
	uint64_t files, bytes;
	uint64_t removed; /* for the bounds' sake, since it was opened */
	uint64_t strange; /* names in the folder that are none of ours */
};

void evidence_files_stats(const struct evidence_files *f, struct evidence_files_stats *out);

void evidence_files_close(struct evidence_files *f); /* NULL does nothing */

#endif
