/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads TcpExt: one line of names, one of values in the same order. Which names there are
 * differs from kernel to kernel, so each is looked for.
 */
#include "edge/netstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/netlink.h"

#define PROC_FILE "/proc/thread-self/net/netstat"
#define FILE_BYTES 32768 /* some 4 KiB today */
#define SECTION "TcpExt:"

enum counter {
	LISTEN_OVERFLOWS = 0,
	LISTEN_DROPS,
	COOKIES_SENT,
	QUEUE_FULL_COOKIES,
	QUEUE_FULL_DROPS,
	COUNTERS,
};

static const char *const names[COUNTERS] = {
	[LISTEN_OVERFLOWS] = "ListenOverflows",
	[LISTEN_DROPS] = "ListenDrops",
	[COOKIES_SENT] = "SyncookiesSent",
	[QUEUE_FULL_COOKIES] = "TCPReqQFullDoCookies",
	[QUEUE_FULL_DROPS] = "TCPReqQFullDrop",
};

struct netstat {
	int fd;
	uint64_t last[COUNTERS];
	char text[FILE_BYTES];
};

static void take_value(uint64_t counters[COUNTERS], const char *name, const char *value)
{
	for (size_t i = 0; i < COUNTERS; i++) {
		if (strcmp(name, names[i]) == 0)
			counters[i] = strtoull(value, NULL, 10);
	}
}

/* Both lines word by word, as far as both go. */
static void pair_lines(char *name_line, char *value_line, uint64_t counters[COUNTERS])
{
	char *name_rest, *value_rest;
	char *name = strtok_r(name_line, " ", &name_rest);
	char *value = strtok_r(value_line, " ", &value_rest);

	while (name && value) {
		take_value(counters, name, value);
		name = strtok_r(NULL, " ", &name_rest);
		value = strtok_r(NULL, " ", &value_rest);
	}
}

static int parse(char *text, uint64_t counters[COUNTERS])
{
	const size_t n = strlen(SECTION);
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *values;

		if (strncmp(line, SECTION, n) != 0)
			continue;
		values = strsep(&text, "\n");
		if (!values || strncmp(values, SECTION, n) != 0)
			return ERR_INVALID;
		pair_lines(line + n, values + n, counters);
		return 0;
	}
	return ERR_INVALID;
}

static int read_counters(struct netstat *n, uint64_t counters[COUNTERS])
{
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(n->text) - 1) {
		got = pread(n->fd, n->text + len, sizeof(n->text) - 1 - len, (off_t)len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	n->text[len] = '\0';
	return parse(n->text, counters);
}

static uint32_t since(const uint64_t *now, const uint64_t *last, enum counter c)
{
	uint64_t d = now[c] >= last[c] ? now[c] - last[c] : 0;

	return d > UINT32_MAX ? UINT32_MAX : (uint32_t)d;
}

int netstat_pressure(struct netstat *n, struct pressure *out)
{
	uint64_t now[COUNTERS] = { 0 };
	int err = read_counters(n, now);
	uint32_t sent, full;

	if (err)
		return err;
	/* A full queue that is answered by a cookie shows in both: one event, not two. */
	sent = since(now, n->last, COOKIES_SENT);
	full = since(now, n->last, QUEUE_FULL_COOKIES);
	*out = (struct pressure){
		.listen_overflows = since(now, n->last, LISTEN_OVERFLOWS),
		.listen_drops = since(now, n->last, LISTEN_DROPS),
		.cookies_sent = sent > full ? sent : full,
		.queue_full = since(now, n->last, QUEUE_FULL_DROPS),
	};
	memcpy(n->last, now, sizeof(now));
	return 0;
}

int netstat_fd(const struct netstat *n)
{
	return n->fd;
}

int netstat_open(struct netstat **out, const char *path, char why[WHY_TEXT])
{
	struct netstat *n = calloc(1, sizeof(*n));
	int err;

	if (!n)
		return log_why(why, ERR_MEMORY, "no memory for the kernel's counters");
	if (!path)
		path = PROC_FILE;
	n->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (n->fd < 0) {
		err = log_why(why, netlink_err_of(errno), "%s: %s", path,
			strerror(errno));
		goto free_netstat;
	}
	err = read_counters(n, n->last);
	if (err) {
		log_why(why, err, "%s: no %s in it", path, SECTION);
		goto close_file;
	}
	*out = n;
	return 0;

close_file:
	close(n->fd);
free_netstat:
	free(n);
	return err;
}

void netstat_close(struct netstat *n)
{
	if (!n)
		return;
	close(n->fd);
	free(n);
}
