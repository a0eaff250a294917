/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probes of what packets come in by: NFQUEUE and NFLOG.
 */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/clock.h"
#include "edge/nflog.h"
#include "edge/nfq.h"
#include "probe_edges.h"

static const struct nfq_opts queue_opts = { .first_queue = QUEUE_FIRST, .queues = 3,
	.maxlen = 48, .copy_range = 128, .state_known = true };

static struct nfq_packet packets[NFQ_BURST];
static uint8_t verdicts[NFQ_BURST];
static char why[WHY_TEXT];

static int receive(struct nfq *n)
{
	return readable(nfq_fd(n), 500) ? nfq_receive(n, packets, clock_mono()) : 0;
}

/* Three queues, of which the second's packets are dropped by verdict. */
static void judge_by_queue(struct nfq *n)
{
	int ends[3];
	int got;

	for (uint16_t i = 0; i < 3; i++)
		ends[i] = bound_to(SOCK_DGRAM, HOST, (uint16_t)(PORT_QUEUED + i));
	for (uint16_t i = 0; i < 3; i++)
		send_datagrams(HOST, (uint16_t)(PORT_QUEUED + i), 20, 5);
	got = receive(n);
	is_ok(got == 15, "a burst holds the packets of all queues (%d)", got);
	for (int i = 0; i < got; i++)
		verdicts[i] = packets[i].queue == QUEUE_FIRST + 1;
	is_ok(packets[0].queue == QUEUE_FIRST && packets[14].queue == QUEUE_FIRST + 2,
		"packets name their queue");
	is_ok(packets[0].meta.hook == HOOK_INPUT && packets[0].meta.held &&
		packets[0].meta.state_known && packets[0].meta.if_in > 0,
		"packets come with what is known of them");
	is_ok(packets[0].payload.len == 48 && packets[0].payload.at[0] == 0x45 &&
		packets[0].meta.wire_len == 48, "packets begin with their IP header");
	is_ok(nfq_verdicts(n, packets, verdicts, (size_t)got) == 0, "verdicts go out");
	is_ok(datagrams_at(ends[0]) == 5 && datagrams_at(ends[2]) == 5,
		"what was accepted arrives");
	is_ok(datagrams_at(ends[1]) == 0, "what was dropped does not");
	for (int i = 0; i < 3; i++)
		close(ends[i]);
}

static void see_long_and_ipv6(struct nfq *n)
{
	int got;

	send_datagrams(HOST, PORT_QUEUED, 1400, 1);
	got = receive(n);
	is_ok(got == 1 && packets[0].payload.len == 128 &&
		packets[0].meta.wire_len == 1428,
		"a long packet is cut and says how long it was");
	memset(verdicts, 0, sizeof(verdicts));
	nfq_verdicts(n, packets, verdicts, (size_t)got);
	send_datagrams(HOST6, PORT_QUEUED, 20, 1);
	got = receive(n);
	is_ok(got == 1 && packets[0].payload.at[0] >> 4 == 6, "IPv6 comes through, too");
	nfq_verdicts(n, packets, verdicts, (size_t)got);
}

/* Verdicts for what is gone come back as errors that end nothing. */
static void judge_twice(struct nfq *n)
{
	struct nfq_stats stats;

	is_ok(nfq_verdicts(n, packets, verdicts, 1) == 0, "a second verdict is sent");
	is_ok(receive(n) == 0, "its error is no packet");
	nfq_stats(n, &stats);
	is_ok(stats.stale == 1 && stats.refused == 0 && stats.malformed == 0,
		"it is counted as stale");
}

/* Nobody judges: 48 wait, what is more passes. Then the batch lets all of them go. */
static void overflow(struct nfq *n)
{
	int end = bound_to(SOCK_DGRAM, HOST, PORT_QUEUED);
	struct nfq_queue_stats rows[NFQ_QUEUES];
	struct nfq_stats stats;
	size_t count = 0;
	int passed, got, err;

	send_datagrams(HOST, PORT_QUEUED, 20, 60);
	passed = datagrams_at(end);
	is_ok(passed == 12, "a full queue fails open (%d of 60 passed)", passed);
	err = nfq_kernel_stats(n, rows, &count);
	is_ok(err == ERR_PERMISSION || (err == 0 && count == 3 &&
		rows[0].waiting == 48 && rows[0].id_sequence >= 48 + 7),
		"the kernel's statistics are read, or known to be root's (%d)", err);
	got = receive(n);
	memset(verdicts, 0, sizeof(verdicts));
	/* As if all but the newest had been lost on the way. */
	nfq_verdicts(n, &packets[got - 1], verdicts, 1);
	passed = datagrams_at(end);
	is_ok(got == 48 && passed == 48, "one batch lets all older ones go (%d)", passed);
	nfq_stats(n, &stats);
	is_ok(stats.gaps == 0 && stats.send_errors == 0 && stats.receive_errors == 0,
		"nothing was lost");
	close(end);
}

void probe_nfq(void)
{
	struct nfq_opts wrong = queue_opts;
	struct nfq *n, *second;

	wrong.maxlen = 70000;
	is_ok(nfq_open(&n, &wrong, why) == ERR_RANGE, "a length beyond the kernel's: %s",
		why);
	if (!is_ok(nfq_open(&n, &queue_opts, why) == 0, "the queues are bound"))
		return;
	is_ok(nfq_open(&second, &queue_opts, why) == ERR_BUSY, "a second bind: %s", why);
	is_ok(nfq_receive(n, packets, clock_mono()) == 0, "an empty queue gives nothing");
	judge_by_queue(n);
	see_long_and_ipv6(n);
	judge_twice(n);
	overflow(n);
	nfq_close(n);
	is_ok(nfq_open(&n, &queue_opts, why) == 0, "closed queues can be bound again");
	nfq_close(n);
}

static void see_copies(struct nflog *n)
{
	struct nflog_packet copies[NFLOG_BURST];
	struct nflog_stats stats;
	int got, rest;

	send_datagrams(HOST, PORT_COPIED, 20, 3);
	is_ok(!readable(nflog_fd(n), 0), "copies are collected");
	is_ok(readable(nflog_fd(n), 400), "but not for long");
	got = nflog_receive(n, copies, clock_mono());
	is_ok(got == 3 && copies[0].meta.hook == HOOK_OUTPUT && !copies[0].meta.held,
		"copies come with their hook (%d)", got);
	is_ok(copies[0].prefix.len == 4 && memcmp(copies[0].prefix.at, "copy", 4) == 0,
		"and with the rule's prefix");
	is_ok(copies[0].payload.len == 48 && copies[0].meta.wire_len == 48, "short ones");
	send_datagrams(HOST, PORT_COPIED, 1400, 1);
	readable(nflog_fd(n), 400);
	got = nflog_receive(n, copies, clock_mono());
	is_ok(got == 1 && copies[0].payload.len == 128 && copies[0].meta.wire_len == 1428,
		"a cut one has its length from its header");
	send_datagrams(HOST, PORT_COPIED, 20, 100);
	usleep(200000);
	got = nflog_receive(n, copies, clock_mono());
	rest = nflog_receive(n, copies, clock_mono());
	is_ok(got == NFLOG_BURST && got + rest == 100, "a hundred come in two bursts "
		"(%d and %d)", got, rest);
	nflog_stats(n, &stats);
	is_ok(stats.lost == 0 && stats.malformed == 0, "none was lost");
}

void probe_nflog(void)
{
	static const struct nflog_opts opts = { .group = LOG_GROUP, .copy_range = 128,
		.threshold = 32, .timeout_ms = 100 };
	struct nflog *n, *second;

	if (!is_ok(nflog_open(&n, &opts, why) == 0, "the log group is bound"))
		return;
	is_ok(nflog_open(&second, &opts, why) == ERR_BUSY, "a second bind: %s", why);
	see_copies(n);
	nflog_close(n);
}
