/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram of the kernel, as edge/nfq and edge/nflog read it: framing, packets, copies,
 * errors, and the verdicts that the packets found would get. Every byte that a slice
 * claims is read, so that one outside of the input is seen.
 */
#include <stdint.h>

#include "codec/netlink.h"
#include "codec/nflog_msg.h"
#include "codec/nfq_msg.h"

#define PACKETS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the bytes go: volatile, or the compiler would not read them. */
static volatile uint8_t sum;

static void read_all(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		sum = (uint8_t)(sum ^ s.at[i]);
}

static void judge(const struct nfq_packet *p, size_t n)
{
	static _Alignas(NETLINK_ALIGN)
		uint8_t buf[(PACKETS + NFQ_MSG_QUEUES) * NFQ_VERDICT_BYTES];
	uint8_t verdicts[PACKETS];
	size_t len;

	for (size_t i = 0; i < n; i++)
		verdicts[i] = p[i].id & 1;
	nfq_msg_verdicts(buf, sizeof(buf), p, verdicts, n, &len);
}

static void read_line(struct slice s)
{
	struct nfq_queue_stats stats;
	char line[128];
	size_t n = s.len < sizeof(line) - 1 ? s.len : sizeof(line) - 1;

	for (size_t i = 0; i < n; i++)
		line[i] = (char)s.at[i];
	line[n] = '\0';
	nfq_msg_stats_line(line, &stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { data, size };
	struct cursor c = cursor_over(all);
	struct nfq_packet packets[PACKETS];
	struct nflog_packet copy;
	struct netlink_message m;
	size_t n = 0;
	int error;

	while (n < PACKETS && netlink_next(&c, &m)) {
		netlink_error(&m, &error);
		if (nfq_msg_packet(&m, (mono_t){ 1 }, true, &packets[n]) == 0)
			read_all(packets[n++].payload);
		if (nflog_msg_packet(&m, (mono_t){ 1 }, 64, &copy) == 0) {
			read_all(copy.payload);
			read_all(copy.prefix);
		}
	}
	judge(packets, n);
	read_line(all);
	return 0;
}
