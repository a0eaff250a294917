/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many measures at once, for the fault scripts and for tests/bench: drops of the addresses from 198.18.0.0 on, as rows
 * of a store that a daemon will restore, as text for nft -f, or into the table by the worker's own path.
 *
 *     probe_bulk fill DIR COUNT SECONDS     rows of DIR/tidegate.db, all with the same end
 *     probe_bulk text COUNT SECONDS         "add element ..." on standard output
 *     probe_bulk apply COUNT SECONDS        prints how many milliseconds it took
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "edge/nft.h"
#include "edge/store.h"

#define MOST 131072 /* addresses of 198.18.0.0/15 */
#define AGE_NS (60 * NS_PER_S) /* their flows have ended long ago */
#define BATCH 512   /* what the worker hands over at once */

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static mono_t now(void)
{
	return (mono_t){ .ns = read_clock(CLOCK_BOOTTIME) };
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "probe_bulk: %s: %s\n", what, why);
	return 1;
}

static struct measure drop_of(size_t i, mono_t since, int64_t ns)
{
	const uint8_t a[4] = { 198, (uint8_t)(18 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i };

	return (struct measure){
		.subject = { .kind = SUBJECT_SOURCE, .source = { .addr = addr_v4(a), .len = 32 } },
		.response = RESPONSE_DROP, .scope = SCOPE_SOURCE, .state = MEASURE_APPLIED,
		.origin = ORIGIN_MANUAL, .since = mono_add(since, -AGE_NS), .until = mono_add(since, ns),
		.base_ttl_ns = ns, .ladder = { RESPONSE_DROP }, .rungs = 1,
	};
}

static void read_boot(char out[STORE_BOOT])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(out, STORE_BOOT, f))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (f)
		fclose(f);
}

static int put_all(struct store *s, size_t count, int64_t ns)
{
	const struct lease_moment moment = { .mono = now(), .wall = { .ns = read_clock(CLOCK_REALTIME) } };
	int err = store_begin(s);

	if (!err)
		err = store_put_moment(s, &moment);
	for (size_t i = 0; i < count && !err; i++) {
		struct measure m = drop_of(i, moment.mono, ns);

		err = store_put_measure(s, &m);
	}
	return err ? err : store_commit(s);
}

static int fill(const char *folder, size_t count, int64_t ns)
{
	struct store_opts o = { .max_bytes = 0 };
	char path[256], aside[STORE_PATH], why[WHY_TEXT];
	struct store *s;
	int err;

	read_boot(o.boot);
	snprintf(path, sizeof(path), "%s/tidegate.db", folder);
	if (store_open(&s, path, &o, aside, why))
		return fail(path, why);
	err = put_all(s, count, ns);
	if (err)
		fail(path, store_error(s));
	store_close(s, false);
	return err != 0;
}

static void text(size_t count, int64_t ns)
{
	printf("add table inet bulk\n"
		"add set inet bulk drop4 { type ipv4_addr; size 131072; timeout 1h; counter; }\n"
		"add element inet bulk drop4 {\n");
	for (size_t i = 0; i < count; i++)
		printf("198.%zu.%zu.%zu timeout %" PRId64 "s,\n", 18 + (i >> 16), i >> 8 & 255, i & 255,
			ns / NS_PER_S);
	printf("}\n");
}

static int apply(size_t count, int64_t ns)
{
	static struct change c[MOST];
	static int results[MOST];
	struct nft *n;
	mono_t begun = now();

	if (nft_open(&n))
		return fail("nft_open", "no socket");
	for (size_t i = 0; i < count; i++)
		c[i] = (struct change){ .add = true, .fresh = true, .measure = drop_of(i, begun, ns) };
	begun = now();
	for (size_t i = 0; i < count; i += BATCH) {
		int err = nft_apply(n, c + i, count - i < BATCH ? count - i : BATCH, now(), results + i);

		if (err)
			return fail("nft_apply", err_text(err));
	}
	printf("%.1f\n", (double)mono_since(now(), begun) / (double)NS_PER_MS);
	nft_close(n);
	return 0;
}

int main(int argc, char **argv)
{
	size_t count = argc > 3 ? strtoul(argv[argc - 2], NULL, 10) : 0;
	int64_t ns = argc > 3 ? strtoll(argv[argc - 1], NULL, 10) * NS_PER_S : 0;

	if (!count || count > MOST || ns <= 0)
		return fail("usage", "fill DIR COUNT SECONDS | text COUNT SECONDS | apply COUNT SECONDS") + 63;
	if (strcmp(argv[1], "fill") == 0)
		return fill(argv[2], count, ns);
	if (strcmp(argv[1], "apply") == 0)
		return apply(count, ns);
	text(count, ns);
	return 0;
}
