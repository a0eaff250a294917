/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's counters as the text of /proc/net/snmp, netstat and snmp6, and single numbers out of /proc/sys. Which names
 * there are differs from kernel to kernel, so each is looked for; one that is missing adds nothing. Pure. Called by
 * edge/netstat and edge/host_counters.
 */
#ifndef TIDEGATE_CODEC_PROC_TEXT_H
#define TIDEGATE_CODEC_PROC_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "core/host_sample.h"

/* The value of that name is added to *at. What is no number (or negative) is not. */
struct proc_counter {
	const char *name;
	uint64_t *at;
};

/* snmp and netstat: a line of names and one of values, both headed by the section ("TcpExt:"). ERR_ABSENT without that
 * section, ERR_INVALID where its values are missing; then nothing was added. */
int proc_text_section(struct slice text, const char *section, const struct proc_counter *counters, size_t n);

/* snmp6: a name and its value on each line. ERR_ABSENT where none of them was found. */
int proc_text_list(struct slice text, const struct proc_counter *counters, size_t n);

/* A whole file that is one number. ERR_INVALID. */
int proc_text_number(struct slice text, uint64_t *out);

/*
 * What /proc/net/snmp says of protocols: packets, connections opened, resets, unreachable. Sets those fields of the
 * sample; on an error (ERR_INVALID: not that file) leaves them as they were. Its TCP is of both families.
 *
 * Datagrams that came in are those that programs have read, and those that were refused: for want of a listener, of
 * room, of a good checksum, or as a broadcast that nobody wanted.
 */
int proc_text_snmp(struct slice text, struct host_sample *out);

/* Adds IPv6's share out of /proc/net/snmp6. ERR_INVALID: not that file, nothing was added. */
int proc_text_snmp6(struct slice text, struct host_sample *out);

#endif
