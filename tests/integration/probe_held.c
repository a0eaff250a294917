/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel holds, remembered and compared, for the fault scripts: so exactly that a measure which came back with
 * a second more or less than it had is found.
 *
 *     probe_held save FILE                  all measures of the table, with their ends
 *     probe_held wait FILE SECONDS          until each of these that is not over stands again with its own end;
 *                                           prints "MS all of N, ends moved -MS +MS"; 1 where that does not come to be
 *     probe_held count                      how many there are; 1 where there is no table
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "edge/nft.h"

#define MOST 200000
#define SLACK_NS (250 * NS_PER_MS) /* what a dump of 20,000 takes, in which the kernel's clock goes on */
#define NEAR_END_NS NS_PER_S       /* what ends so soon may be over any moment */
#define PAUSE_NS (10 * NS_PER_MS)

/* A measure as one can tell it from others. Bytes of zero between: it is compared as bytes. */
struct held {
	struct subject subject;
	uint32_t rate, burst;
	uint8_t response, scope;
	int64_t until;
};

struct list {
	struct held *at;
	size_t n;
};

static struct held saved_memory[MOST], found_memory[MOST];

static mono_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (mono_t){ .ns = t.tv_sec * NS_PER_S + t.tv_nsec };
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "probe_held: %s: %s\n", what, why);
	return 1;
}

static void keep(void *ctx, const struct measure *m)
{
	struct list *l = ctx;
	struct held *h = &l->at[l->n];

	if (l->n == MOST)
		return;
	memset(h, 0, sizeof(*h));
	h->subject.kind = m->subject.kind;
	h->subject.source.len = m->subject.source.len;
	h->subject.source.addr.family = m->subject.source.addr.family;
	memcpy(h->subject.source.addr.bytes, m->subject.source.addr.bytes, sizeof(m->subject.source.addr.bytes));
	h->subject.proto = m->subject.proto;
	h->subject.port = m->subject.port;
	h->rate = m->limit_rate;
	h->burst = m->limit_burst;
	h->response = (uint8_t)m->response;
	h->scope = (uint8_t)m->scope;
	h->until = m->until.ns;
	l->n++;
}

static int by_name(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(struct held, until));
}

static int read_table(struct nft *n, struct list *l)
{
	int err;

	l->n = 0;
	err = nft_read_measures(n, now(), keep, l);
	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_name);
	return err;
}

static int save(struct nft *n, const char *path)
{
	struct list l = { .at = found_memory };
	int err = read_table(n, &l);
	FILE *f = err ? NULL : fopen(path, "we");

	if (!f)
		return fail(path, err ? err_text(err) : "cannot be written");
	if (l.n)
		fwrite(l.at, sizeof(*l.at), l.n, f);
	fclose(f);
	printf("%zu\n", l.n);
	return 0;
}

struct verdict {
	size_t wanted, missing, moved;
	int64_t earlier, later; /* the most that an end has moved */
};

static struct verdict compare(const struct list *saved, const struct list *found)
{
	struct verdict v = { .wanted = 0 };
	int64_t soon = now().ns + NEAR_END_NS;

	for (size_t i = 0; i < saved->n; i++) {
		const struct held *s = &saved->at[i];
		const struct held *f;
		int64_t by;

		if (s->until < soon)
			continue;
		v.wanted++;
		f = found->n ? bsearch(s, found->at, found->n, sizeof(*s), by_name) : NULL;
		if (!f) {
			v.missing++;
			continue;
		}
		by = f->until - s->until;
		v.moved += by > SLACK_NS || by < -SLACK_NS;
		v.later = by > v.later ? by : v.later;
		v.earlier = -by > v.earlier ? -by : v.earlier;
	}
	return v;
}

static int wait_for(struct nft *n, const char *path, double seconds)
{
	struct list saved = { .at = saved_memory }, found = { .at = found_memory };
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	FILE *f = fopen(path, "re");
	mono_t begun = now(), at;
	struct verdict v;

	if (!f)
		return fail(path, "cannot be read");
	saved.n = fread(saved.at, sizeof(*saved.at), MOST, f);
	fclose(f);
	for (;;) {
		at = now();
		read_table(n, &found);
		v = compare(&saved, &found);
		if ((!v.missing && !v.moved) || mono_since(at, begun) > (int64_t)(seconds * 1e9))
			break;
		nanosleep(&pause, NULL);
	}
	printf("%" PRId64 " all of %zu", mono_since(at, begun) / NS_PER_MS, v.wanted);
	if (v.missing || v.moved)
		printf(" but %zu missing and %zu with another end", v.missing, v.moved);
	printf(", ends moved -%" PRId64 " +%" PRId64 " ms\n", v.earlier / NS_PER_MS, v.later / NS_PER_MS);
	return v.missing || v.moved;
}

static int count(struct nft *n)
{
	struct list l = { .at = found_memory };

	if (read_table(n, &l))
		return 1;
	printf("%zu\n", l.n);
	return 0;
}

int main(int argc, char **argv)
{
	struct nft *n;
	int result = 64;

	if (nft_open(&n))
		return fail("nft_open", "no socket");
	if (argc == 3 && strcmp(argv[1], "save") == 0)
		result = save(n, argv[2]);
	else if (argc == 4 && strcmp(argv[1], "wait") == 0)
		result = wait_for(n, argv[2], atof(argv[3]));
	else if (argc == 2 && strcmp(argv[1], "count") == 0)
		result = count(n);
	else
		fail("usage", "save FILE | wait FILE SECONDS | count");
	nft_close(n);
	return result;
}
