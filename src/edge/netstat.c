/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads TcpExt through a descriptor that stays open. */
#include "edge/netstat.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/netlink.h"
#include "codec/proc_text.h"

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

struct netstat {
	int fd;
	uint64_t last[COUNTERS];
	uint8_t text[FILE_BYTES];
};

static int parse(struct slice text, uint64_t counters[COUNTERS])
{
	const struct proc_counter wanted[] = {
		{ "ListenOverflows", &counters[LISTEN_OVERFLOWS] },
		{ "ListenDrops", &counters[LISTEN_DROPS] },
		{ "SyncookiesSent", &counters[COOKIES_SENT] },
		{ "TCPReqQFullDoCookies", &counters[QUEUE_FULL_COOKIES] },
		{ "TCPReqQFullDrop", &counters[QUEUE_FULL_DROPS] },
	};

	return proc_text_section(text, SECTION, wanted, COUNTERS) ? ERR_INVALID : 0;
}

static int read_counters(struct netstat *n, uint64_t counters[COUNTERS])
{
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(n->text)) {
		got = pread(n->fd, n->text + len, sizeof(n->text) - len, (off_t)len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return parse((struct slice){ n->text, len }, counters);
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
