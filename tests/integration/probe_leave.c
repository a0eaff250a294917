/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edge/nft, nfq and nflog by hand, for egress_table.sh: where jailed actors may go, and what is seen of what leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "core/packet.h"
#include "edge/nflog.h"
#include "edge/nfq.h"
#include "edge/nft.h"
#include "egress_words.h"

/* allow add|del ALLOWANCE... */
static int allow(struct nft *n, int argc, char **argv)
{
	static struct allowance a[256];
	static bool add[256];
	static int results[256];
	bool adds = true;
	size_t count = 0;
	int r;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "add") == 0 || strcmp(argv[i], "del") == 0) {
			adds = argv[i][0] == 'a';
			continue;
		}
		a[count] = read_allowance(argv[i]);
		add[count++] = adds;
	}
	r = nft_allow(n, a, add, count, now(), results);
	for (size_t i = 0; i < count; i++)
		printf("%s%s", i ? ", " : "", results[i] ? err_text(results[i]) : "ok");
	printf("\n");
	return r ? 1 : 0;
}

static void tell(const char *what, const struct packet_meta *m, struct slice bytes)
{
	static const char *const hooks[] = { [HOOK_INPUT] = "in", [HOOK_FORWARD] = "through", [HOOK_OUTPUT] = "out" };
	struct packet p;

	(void)packet_parse(bytes, m->wire_len, &p);
	printf("%s %s ", what, hooks[m->hook]);
	if (m->uid_known)
		printf("%u", m->uid);
	else
		printf("nobody");
	printf(" %u\n", p.proto);
}

static void see_queue(struct nfq *q)
{
	static const uint8_t accept[NFQ_BURST];
	struct nfq_packet held[NFQ_BURST];
	int got = nfq_receive(q, held, now());

	for (int i = 0; i < got; i++) {
		if (held[i].queue == nft_opts_default().queue_num + 3)
			tell("held", &held[i].meta, held[i].payload);
	}
	(void)nfq_verdicts(q, held, accept, (size_t)got);
}

static void see_log(struct nflog *l)
{
	static const char *const names[COPIES] = { "plain", "dns", "refused" };
	struct nflog_packet copies[NFLOG_BURST];
	int got = nflog_receive(l, copies, now());

	for (int i = 0; i < got; i++) {
		if (copies[i].meta.hook == HOOK_OUTPUT || copies[i].what != COPY_PLAIN)
			tell(names[copies[i].what], &copies[i].meta, copies[i].payload);
	}
}

/* What comes by queue and log of what this host begins, asks and may not, for so many seconds. */
static int see(struct nft *n, double seconds)
{
	const struct nft_opts o = nft_opts_default();
	const struct nfq_opts qo = { .first_queue = o.queue_num, .queues = 4, .own_queue = o.queue_num + 3,
		.maxlen = 1024, .copy_range = 128, .state_known = true };
	const struct nflog_opts lo = { .group = o.log_group, .groups = COPIES, .copy_range = 128, .dns_range = 1500,
		.threshold = 1, .timeout_ms = 10 };
	const struct timespec pause = { .tv_nsec = 5000000 };
	mono_t end = mono_add(now(), (int64_t)(seconds * 1e9));
	char why[WHY_TEXT];
	struct nflog *l;
	struct nfq *q;

	if (nfq_open(&q, &qo, why) || nflog_open(&l, &lo, why))
		die(why);
	while (mono_since(end, now()) > 0) {
		(void)nft_alive(n);
		see_queue(q);
		see_log(l);
		nanosleep(&pause, NULL);
	}
	(void)nft_alive_end(n);
	nflog_close(l);
	nfq_close(q);
	return 0;
}

int main(int argc, char **argv)
{
	struct nft *n;
	int r;

	if (argc < 3)
		die("probe_leave allow ..., see SECONDS");
	r = nft_open(&n);
	if (r)
		die(err_text(r));
	r = strcmp(argv[1], "see") == 0 ? see(n, atof(argv[2])) : allow(n, argc - 2, argv + 2);
	nft_close(n);
	return r;
}
