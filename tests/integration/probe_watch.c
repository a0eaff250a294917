/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edge/nft_watch by hand, for nft_watch.sh, in the network namespace that it is run in.
 *   listen SECONDS   says in a line each what others do to the table
 *   own COUNT        makes so many changes itself, and says what it heard of them
 *   cost             what a listener costs each of our commits
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/addr.h"
#include "base/err.h"
#include "edge/nft.h"
#include "edge/nft_watch.h"

#define ROUNDS 4000

static struct nft_foreign heard;

static mono_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (mono_t){ .ns = t.tv_sec * NS_PER_S + t.tv_nsec };
}

static void die(const char *what)
{
	fprintf(stderr, "probe_watch: %s\n", what);
	exit(64);
}

static struct nft_watch *listener(void)
{
	struct nft_watch *w;
	char why[NFT_WATCH_WHY];

	if (nft_watch_open(&w, why))
		die(why);
	return w;
}

static void say_measures(const char *what, const struct measure *m, size_t n)
{
	char line[PREFIX_TEXT];

	if (n)
		printf(" %s", what);
	for (size_t i = 0; i < n && i < 3; i++) {
		const struct subject *about = &m[i].subject;

		snprintf(line, sizeof(line), "%s",
			about->kind == SUBJECT_HOST ? "host" : "service");
		if (about->kind == SUBJECT_SOURCE)
			prefix_format(&about->source, line, sizeof(line));
		printf(" %s:%s", response_name(m[i].response), line);
	}
	if (n > 3)
		printf(" and %zu more", n - 3);
}

static void say(const struct nft_foreign *f)
{
	printf("heard%s%s%s%s%s%s", f->structure ? " structure" : "",
		f->overrun ? " overrun" : "", f->guards ? " guards" : "",
		f->listening ? " listening" : "", f->alive ? " alive" : "",
		f->many ? " many" : "");
	say_measures("gone", f->gone, f->n_gone);
	say_measures("added", f->added, f->n_added);
	if (f->pid)
		printf(" by %s", f->comm);
	printf("\n");
	fflush(stdout);
}

static int listen_for(double seconds)
{
	struct nft_watch *w = listener();
	mono_t end = mono_add(now(), (int64_t)(seconds * 1e9));
	struct pollfd p = { .fd = nft_watch_fd(w), .events = POLLIN };

	printf("listening\n");
	fflush(stdout);
	for (;;) {
		int64_t left = mono_since(end, now()) / NS_PER_MS;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			break;
		/* A transaction is told in several datagrams: let it be whole. */
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
		if (nft_watch_read(w, now(), &heard))
			say(&heard);
	}
	nft_watch_close(w);
	return 0;
}

static struct change drop_of(size_t i)
{
	const uint8_t a[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
	struct change c = { .add = true };

	c.measure.response = RESPONSE_DROP;
	c.measure.subject.kind = SUBJECT_SOURCE;
	c.measure.subject.source = (struct prefix){ .addr = addr_v4(a), .len = 32 };
	c.measure.until = mono_add(now(), 600 * NS_PER_S);
	return c;
}

static void put(struct nft *n, size_t i)
{
	struct change c = drop_of(i);
	int result;

	if (nft_apply(n, &c, 1, now(), &result))
		die(err_text(result));
}

static int own(struct nft *n, size_t count)
{
	struct nft_watch *w = listener();
	uint32_t portid = nft_portid(n);
	struct pollfd p = { .fd = nft_watch_fd(w), .events = POLLIN };
	bool heard_any;
	int waits;

	if (nft_watch_ignore(w, &portid, 1))
		die("no filter");
	for (size_t i = 0; i < count; i++)
		put(n, i);
	waits = poll(&p, 1, 0);
	heard_any = nft_watch_read(w, now(), &heard);
	printf("queued %d, heard %d, overrun %d\n", waits, heard_any, heard.overrun);
	nft_watch_close(w);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void time_puts(struct nft *n, const char *what, struct nft_watch *drained)
{
	static int64_t ns[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		mono_t begun = now();

		put(n, i);
		ns[i] = mono_since(now(), begun);
		if (drained)
			(void)nft_watch_read(drained, begun, &heard);
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	printf("# one drop, %-28s median %6.2f us, 90 %% %6.2f us\n", what,
		(double)ns[ROUNDS / 2] / 1e3, (double)ns[ROUNDS * 9 / 10] / 1e3);
}

static int cost(struct nft *n)
{
	uint32_t portid = nft_portid(n);
	struct nft_watch *w;

	time_puts(n, "warming up", NULL);
	for (int i = 0; i < 3; i++) {
		time_puts(n, "nobody listens", NULL);
		w = listener();
		time_puts(n, "a listener that reads all", w);
		if (nft_watch_ignore(w, &portid, 1))
			die("no filter");
		time_puts(n, "a listener that ignores us", NULL);
		nft_watch_close(w);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct nft *n;
	int r = 64;

	if (argc == 3 && strcmp(argv[1], "listen") == 0)
		return listen_for(atof(argv[2]));
	if (nft_open(&n))
		die("no socket");
	if (argc == 3 && strcmp(argv[1], "own") == 0)
		r = own(n, (size_t)atoi(argv[2]));
	else if (argc == 2 && strcmp(argv[1], "cost") == 0)
		r = cost(n);
	nft_close(n);
	return r;
}
