/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table that has an owner, and two threads on its one socket, for nft_owner.sh.
 *   probe_owner SECONDS [plain]   installs, says whether it is owned, makes changes from
 *                                 two threads, says what came of them, and holds on
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "edge/nft.h"

#define EACH 5000

static mono_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (mono_t){ .ns = t.tv_sec * NS_PER_S + t.tv_nsec };
}

static void die(const char *what)
{
	printf("%s\n", what);
	exit(1);
}

struct side {
	struct nft *n;
	uint8_t net;
	size_t good, busy;
	int64_t worst_ns;
};

static struct change drop_of(uint8_t net, size_t i)
{
	const uint8_t a[4] = { 10, net, (uint8_t)(i >> 8), (uint8_t)i };
	struct change c = { .add = true, .fresh = true };

	c.measure.response = RESPONSE_DROP;
	c.measure.subject.kind = SUBJECT_SOURCE;
	c.measure.subject.source = (struct prefix){ .addr = addr_v4(a), .len = 32 };
	c.measure.until = mono_add(now(), 600 * NS_PER_S);
	return c;
}

/* Changes one by one, each looked at afterwards: answers that went to the other thread
 * would be missed here. */
static void *work(void *arg)
{
	struct side *s = arg;

	for (size_t i = 0; i < EACH; i++) {
		struct change c = drop_of(s->net, i);
		struct nft_found f;
		mono_t begun = now();
		int64_t took;
		int result;

		s->busy += nft_busy(s->n);
		if (!nft_apply(s->n, &c, 1, begun, &result)) {
			took = mono_since(now(), begun);
			s->worst_ns = took > s->worst_ns ? took : s->worst_ns;
			s->good += !nft_look(s->n, &c.measure, &f);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct nft_opts o = nft_opts_default();
	struct nft_content content = { .now = now() };
	struct side a = { .net = 1 }, b = { .net = 2 };
	struct nft *third;
	pthread_t thread;
	char why[512];

	if (argc < 2 || nft_open(&a.n))
		die("no socket");
	o.owned = !(argc > 2 && strcmp(argv[2], "plain") == 0);
	if (nft_install(a.n, &o, &content, NULL, why, sizeof(why)))
		die(why);
	printf("%s\n", nft_owned(a.n) ? "owned" : "plain");
	if (nft_open_beside(a.n, &b.n) || !nft_open_beside(a.n, &third))
		die("two may share a socket, and no more");
	if (nft_owned(a.n) != nft_owned(b.n) || nft_portid(a.n) != nft_portid(b.n))
		die("not the same socket");
	if (pthread_create(&thread, NULL, work, &b))
		die("no thread");
	work(&a);
	pthread_join(thread, NULL);
	printf("good %zu and %zu of %d\n", a.good, b.good, EACH);
	printf("# busy %zu and %zu times, worst %.2f and %.2f ms\n", a.busy, b.busy,
		(double)a.worst_ns / 1e6, (double)b.worst_ns / 1e6);
	fflush(stdout);
	nft_close(a.n);
	nanosleep(&(struct timespec){ .tv_sec = atoi(argv[1]) }, NULL);
	nft_close(b.n);
	return 0;
}
