/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel's files from their beginning through descriptors that stay open. Conntrack's come and go with its
 * module, which our own table may load after the start, so these are opened again where they are missing.
 */
#include "edge/host_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/netlink.h"
#include "codec/proc_text.h"
#include "edge/host_links.h"

#define ROOT "/proc"
#define FILE_BYTES 32768 /* snmp6 has some 6 KiB, and a line more for each type of ICMPv6 that was met */
#define ROOT_BYTES 128

enum file { SNMP = 0, SNMP6, CONNTRACK_COUNT, CONNTRACK_MAX, FILES };

static const char *const names[FILES] = {
	[SNMP] = "thread-self/net/snmp",
	[SNMP6] = "thread-self/net/snmp6",
	[CONNTRACK_COUNT] = "sys/net/netfilter/nf_conntrack_count",
	[CONNTRACK_MAX] = "sys/net/netfilter/nf_conntrack_max",
};

struct host_counters {
	struct host_links *links;
	int fds[FILES]; /* -1: not there */
	struct host_counters_stats stats;
	char root[ROOT_BYTES];
	uint8_t text[FILE_BYTES];
};

static void open_file(struct host_counters *h, enum file f)
{
	char path[ROOT_BYTES + 64];

	snprintf(path, sizeof(path), "%s/%s", h->root, names[f]);
	h->fds[f] = open(path, O_RDONLY | O_CLOEXEC);
}

static void close_file(struct host_counters *h, enum file f)
{
	if (h->fds[f] >= 0)
		close(h->fds[f]);
	h->fds[f] = -1;
}

/* ERR_FULL: a file that is longer than what it was thought to be would be read in part. */
static int read_file(struct host_counters *h, enum file f, struct slice *out)
{
	size_t len = 0;

	while (len < sizeof(h->text)) {
		ssize_t got = pread(h->fds[f], h->text + len, sizeof(h->text) - len, (off_t)len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0) {
			*out = (struct slice){ h->text, len };
			return 0;
		}
		len += (size_t)got;
	}
	return ERR_FULL;
}

/* Without IPv6's share all sums would fall, and rise again by all that was ever counted: all, or nothing. */
static bool read_protos(struct host_counters *h, struct host_sample *out)
{
	struct host_sample both = { 0 };
	struct slice text;
	bool v6 = h->fds[SNMP6] >= 0;

	if (read_file(h, SNMP, &text)) {
		h->stats.errors++;
		return false;
	}
	if (proc_text_snmp(text, &both)) {
		h->stats.malformed++;
		return false;
	}
	if (v6 && read_file(h, SNMP6, &text)) {
		h->stats.errors++;
		return false;
	}
	if (v6 && proc_text_snmp6(text, &both)) {
		h->stats.malformed++;
		return false;
	}
	memcpy(out->packets, both.packets, sizeof(out->packets));
	memcpy(out->opened, both.opened, sizeof(out->opened));
	out->resets_sent = both.resets_sent;
	out->unreachable_sent = both.unreachable_sent;
	return true;
}

/* A number that was read of a module that has gone is an error: the file is to be opened anew. */
static bool read_number(struct host_counters *h, enum file f, uint32_t *out)
{
	struct slice text;
	uint64_t number;

	if (h->fds[f] < 0)
		open_file(h, f);
	if (h->fds[f] < 0)
		return false;
	if (read_file(h, f, &text)) {
		close_file(h, f);
		return false;
	}
	if (proc_text_number(text, &number)) {
		h->stats.malformed++;
		return false;
	}
	*out = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
	return true;
}

static bool read_links(struct host_counters *h, struct host_sample *out)
{
	if (!host_links_read(h->links, out, &h->stats.malformed))
		return true;
	h->stats.errors++;
	memset(out->links, 0, sizeof(out->links));
	out->n_links = out->links_cut = 0;
	return false;
}

static bool read_conntrack(struct host_counters *h, struct host_sample *out)
{
	uint32_t count, max;

	if (!read_number(h, CONNTRACK_COUNT, &count) || !read_number(h, CONNTRACK_MAX, &max))
		return false;
	out->conntrack = count;
	out->conntrack_max = max;
	return true;
}

void host_counters_read(struct host_counters *h, struct host_sample *out)
{
	*out = (struct host_sample){ 0 };
	h->stats.reads++;
	if (read_links(h, out))
		out->known |= KNOWN_LINKS;
	if (read_protos(h, out))
		out->known |= KNOWN_PROTOS;
	if (read_conntrack(h, out))
		out->known |= KNOWN_CONNTRACK;
}

void host_counters_stats(const struct host_counters *h, struct host_counters_stats *out)
{
	*out = h->stats;
}

int host_counters_open(struct host_counters **out, const char *root, char why[WHY_TEXT])
{
	struct host_counters *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return log_why(why, ERR_MEMORY, "no memory for the host's counters");
	for (size_t f = 0; f < FILES; f++)
		h->fds[f] = -1;
	if (!root)
		root = ROOT;
	if ((size_t)snprintf(h->root, sizeof(h->root), "%s", root) >= sizeof(h->root)) {
		err = log_why(why, ERR_RANGE, "%.64s...: too long", root);
		goto close_all;
	}
	err = host_links_open(&h->links);
	if (err) {
		log_why(why, err, "rtnetlink: %s", strerror(errno));
		goto close_all;
	}
	open_file(h, SNMP);
	if (h->fds[SNMP] < 0) {
		err = log_why(why, netlink_err_of(errno), "%s/%s: %s", root, names[SNMP], strerror(errno));
		goto close_all;
	}
	for (size_t f = SNMP + 1; f < FILES; f++)
		open_file(h, (enum file)f);
	*out = h;
	return 0;

close_all:
	host_counters_close(h);
	return err;
}

void host_counters_close(struct host_counters *h)
{
	if (!h)
		return;
	for (size_t f = 0; f < FILES; f++)
		close_file(h, (enum file)f);
	host_links_close(h->links);
	free(h);
}
