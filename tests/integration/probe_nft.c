/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edge/nft by hand, for nft.sh: one operation of the table for each run, in the network
 * namespace that it is run in. What it prints is what the script compares.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/nft_text.h"
#include "edge/nft.h"
#include "egress_words.h"

#define MOST 200000

static const char *const responses[RESPONSES] = {
	[RESPONSE_OBSERVE] = "observe",
	[RESPONSE_SHIELD] = "shield",
	[RESPONSE_LIMIT] = "limit",
	[RESPONSE_REFUSE] = "refuse",
	[RESPONSE_DROP] = "drop",
	[RESPONSE_SERVICE_LIMIT] = "service-limit",
	[RESPONSE_EGRESS_LIMIT] = "egress-limit",
	[RESPONSE_EGRESS_REFUSE] = "egress-refuse",
	[RESPONSE_EGRESS_ALLOWLIST] = "egress-allowlist",
};

static enum response read_response(const char *name)
{
	for (int i = 0; i < RESPONSES; i++) {
		if (strcmp(responses[i], name) == 0)
			return (enum response)i;
	}
	die(name);
	return RESPONSE_OBSERVE;
}

/* "add,drop,192.0.2.1,MS" ("new": as fresh), "add,limit,PREFIX,MS,RATE,BURST", with ",PROTO,PORT" behind
 * where it is about one service; the source may be "host" or "service". */
static struct change read_change(const char *word)
{
	char verb[8], response[20], source[64];
	unsigned rate = 0, burst = 0, proto = 0, port = 0;
	long ms = 0;
	struct change c = { 0 };
	struct measure *m = &c.measure;
	int n = sscanf(word, "%7[^,],%19[^,],%63[^,],%ld,%u,%u,%u,%u", verb, response,
		source, &ms, &rate, &burst, &proto, &port);

	if (n < 4)
		die(word);
	c.fresh = strcmp(verb, "new") == 0;
	c.add = c.fresh || strcmp(verb, "add") == 0;
	m->response = read_response(response);
	m->limit_rate = rate;
	m->limit_burst = burst;
	m->until = mono_add(now(), ms * NS_PER_MS);
	m->subject.proto = (uint8_t)proto;
	m->subject.port = (uint16_t)port;
	m->scope = proto ? SCOPE_SERVICE : SCOPE_SOURCE;
	m->subject.kind = SUBJECT_SOURCE;
	if (m->response >= RESPONSE_EGRESS_LIMIT)
		read_egress(m, source, burst);
	else if (strcmp(source, "host") == 0)
		m->subject.kind = SUBJECT_HOST;
	else if (strcmp(source, "service") == 0)
		m->subject.kind = SUBJECT_SERVICE;
	else if (prefix_parse(source, &m->subject.source))
		die(source);
	return c;
}

/* "tcp:22" */
static void read_port(struct listen_snapshot *s, const char *word)
{
	unsigned port;

	if (sscanf(word, "tcp:%u", &port) == 1)
		listen_snapshot_add(s, LISTEN_TCP, (uint16_t)port);
	else if (sscanf(word, "udp:%u", &port) == 1)
		listen_snapshot_add(s, LISTEN_UDP, (uint16_t)port);
	else
		die(word);
}

static enum divert read_divert(const char *word)
{
	if (strcmp(word, "queue") == 0)
		return DIVERT_QUEUE;
	return strcmp(word, "copy") == 0 ? DIVERT_COPY : DIVERT_OFF;
}

static void read_opts(struct nft_opts *o, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value || strncmp(argv[i], "may:", 4) == 0)
			continue;
		*value++ = '\0';
		if (strcmp(argv[i], "input") == 0)
			o->input = read_divert(value);
		if (strcmp(argv[i], "forward") == 0)
			o->forward = read_divert(value);
		if (strcmp(argv[i], "output") == 0)
			o->output = read_divert(value);
		if (strcmp(argv[i], "dns") == 0)
			o->dns = atoi(value) != 0;
		if (strcmp(argv[i], "answers") == 0)
			o->hold_answers = atoi(value) != 0;
		if (strcmp(argv[i], "lacks") == 0)
			o->lacks = (unsigned)atoi(value);
		if (strcmp(argv[i], "size") == 0)
			o->set_size = (uint32_t)atoi(value);
		if (strcmp(argv[i], "native") == 0)
			o->native_queue = atoi(value) != 0;
		if (strcmp(argv[i], "owned") == 0)
			o->owned = atoi(value) != 0;
		if (strcmp(argv[i], "closed") == 0)
			o->fail_closed = atoi(value) != 0;
		if (strcmp(argv[i], "rate") == 0)
			o->service_rate = (uint32_t)atoi(value);
		if (strcmp(argv[i], "burst") == 0)
			o->service_burst = (uint32_t)atoi(value);
		if (strcmp(argv[i], "alive") == 0)
			o->alive_ms = (uint32_t)atoi(value);
	}
}

struct list {
	struct measure *at;
	size_t n;
};

static void keep(void *ctx, const struct measure *m)
{
	struct list *l = ctx;

	if (l->n < MOST)
		l->at[l->n++] = *m;
}

static void show(void *ctx, const struct measure *m)
{
	char source[PREFIX_TEXT + 16] = "host";
	int64_t left = mono_since(m->until, now()) / NS_PER_S;

	(void)ctx;
	if (m->subject.kind == SUBJECT_ACTOR && m->subject.actor.kind == ACTOR_USER)
		snprintf(source, sizeof(source), "uid=%u", m->subject.actor.uid);
	if (m->subject.kind == SUBJECT_ACTOR && m->subject.actor.kind == ACTOR_GROUP)
		snprintf(source, sizeof(source), "group/%u", m->subject.actor.level);
	if (m->subject.kind == SUBJECT_SOURCE || m->subject.kind == SUBJECT_DESTINATION)
		prefix_format(&m->subject.source, source, sizeof(source));
	if (m->subject.kind == SUBJECT_SERVICE)
		text_copy(source, sizeof(source), "service");
	printf("%s %s %u/%u %u:%u %s%.0u%sleft %" PRId64 "\n", responses[m->response], source,
		m->limit_rate, m->limit_burst, m->subject.proto, m->subject.port, m->limit_kib ? "KiB " : "",
		m->limit_kib, m->limit_kib ? " " : "", left);
}

static int done(int r)
{
	printf("%s\n", r ? err_text(r) : "ok");
	return r ? 1 : 0;
}

static int install(struct nft *n, int argc, char **argv)
{
	static struct measure memory[MOST];
	static struct allowance allowed[256];
	struct list kept = { .at = memory };
	struct nft_opts o = nft_opts_default();
	struct listen_snapshot ports = { .known = { true, true, false } };
	struct nft_content c = { .now = now(), .kept = memory, .listening = &ports, .allow = allowed };
	size_t left_out = 0;
	char why[512];
	bool keeps = false;
	int r;

	read_opts(&o, argc, argv);
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "may:", 4) == 0)
			allowed[c.n_allow++] = read_allowance(argv[i] + 4);
		else if (strchr(argv[i], ':'))
			read_port(&ports, argv[i]);
		keeps |= strcmp(argv[i], "keep") == 0;
	}
	if (keeps)
		nft_read_measures(n, c.now, keep, &kept);
	c.n_kept = kept.n;
	r = nft_install(n, &o, &c, &left_out, why, sizeof(why));
	if (r)
		printf("%s: ", why);
	else
		printf("queue %s, kept %zu, left out %zu: ",
			nft_queue_kind_name(nft_queue_kind(n)), c.n_kept, left_out);
	return done(r);
}

static int print(int argc, char **argv)
{
	static char memory[NFT_TEXT_BYTES];
	struct text t = text_over(memory, sizeof(memory));
	struct nft_opts o = nft_opts_default();
	struct nft_ruleset rs;
	bool bare = false;

	read_opts(&o, argc, argv);
	for (int i = 0; i < argc; i++)
		bare |= strcmp(argv[i], "bare") == 0;
	nft_ruleset_build(&o, &rs);
	nft_text_write(&rs, !bare, &t);
	fputs(memory, stdout);
	return t.cut;
}

static int apply(struct nft *n, int argc, char **argv)
{
	static struct change c[256];
	static int results[256];
	int r;

	for (int i = 0; i < argc; i++)
		c[i] = read_change(argv[i]);
	r = nft_apply(n, c, (size_t)argc, now(), results);
	for (int i = 0; i < argc; i++)
		printf("%s%s", i ? ", " : "", results[i] ? err_text(results[i]) : "ok");
	printf("\n");
	return r ? 1 : 0;
}

/* Drops for consecutive addresses from 10.0.0.0, in one call. */
static int fill(struct nft *n, size_t count, bool fresh)
{
	static struct change c[MOST];
	static int results[MOST];
	size_t full = 0;
	mono_t begun;

	for (size_t i = 0; i < count; i++) {
		const uint8_t a[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
			(uint8_t)i };

		c[i].add = true;
		c[i].fresh = fresh;
		c[i].measure.response = RESPONSE_DROP;
		c[i].measure.subject.kind = SUBJECT_SOURCE;
		c[i].measure.subject.source = (struct prefix){ .addr = addr_v4(a),
			.len = 32 };
		c[i].measure.until = mono_add(now(), 600 * NS_PER_S);
	}
	begun = now();
	(void)nft_apply(n, c, count, now(), results);
	for (size_t i = 0; i < count; i++)
		full += results[i] == ERR_FULL;
	printf("%zu of %zu found no room\n", full, count);
	fprintf(stderr, "# %zu changes in %.1f ms\n", count,
		(double)mono_since(now(), begun) / (double)NS_PER_MS);
	return 0;
}

static int listen_ports(struct nft *n, int argc, char **argv)
{
	struct listen_snapshot s[2] = { 0 };
	int side = 0;

	s[0].known[LISTEN_TCP] = s[0].known[LISTEN_UDP] = true;
	s[1] = s[0];
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "to") == 0)
			side = 1;
		else
			read_port(&s[side], argv[i]);
	}
	return done(nft_set_listening(n, &s[0], &s[1]));
}

static int guards(struct nft *n, int argc, char **argv)
{
	static struct guards g;

	for (int i = 0; i < argc; i++) {
		if (prefix_parse(argv[i], &g.list[g.n].prefix))
			die(argv[i]);
		g.list[g.n++].kind = GUARD_NEVER_BLOCK;
	}
	return done(nft_set_guards(n, &g));
}

static int hits(struct nft *n, const char *word)
{
	struct change c = read_change(word);
	struct nft_found f;
	int r = nft_look(n, &c.measure, &f);

	if (r)
		return done(r);
	printf("%" PRIu64 "\n", f.packets);
	return 0;
}

/* Whether it is there, and whether what is left of it is what the word says, within two
 * seconds. */
static int look(struct nft *n, const char *word)
{
	mono_t begun = now();
	struct change c = read_change(word);
	int64_t left = mono_since(c.measure.until, begun) / NS_PER_MS;
	struct nft_found f;
	int r = nft_look(n, &c.measure, &f);

	if (r)
		return done(r);
	printf("%s\n", f.left_ms && llabs(left - (int64_t)f.left_ms) < 2000 ? "there"
									: "other time");
	return 0;
}

static int beat(struct nft *n, double seconds)
{
	mono_t end = mono_add(now(), (int64_t)(seconds * 1e9));
	const struct timespec pause = { .tv_nsec = 300000000 };
	int r = 0;

	while (!r && mono_since(end, now()) > 0) {
		r = nft_alive(n);
		nanosleep(&pause, NULL);
	}
	return done(r);
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

#define ROUNDS 2000

static void say(const char *what, int64_t *ns, size_t count)
{
	qsort(ns, count, sizeof(*ns), by_value);
	printf("# %-28s median %6.2f us, 99 %% %7.2f us, worst %8.2f us\n", what,
		(double)ns[count / 2] / 1e3, (double)ns[count * 99 / 100] / 1e3,
		(double)ns[count - 1] / 1e3);
}

static void time_change(
	struct nft *n, const char *what, const char *word, bool vary, size_t count)
{
	static int64_t ns[ROUNDS];
	struct change c = read_change(word);

	for (size_t i = 0; i < count; i++) {
		mono_t begun;
		int result;

		if (vary) {
			c.measure.subject.source.addr.bytes[2] = (uint8_t)(i >> 8);
			c.measure.subject.source.addr.bytes[3] = (uint8_t)i;
		}
		begun = now();
		if (nft_apply(n, &c, 1, begun, &result))
			die(err_text(result));
		ns[i] = mono_since(now(), begun);
	}
	say(what, ns, count);
}

static void time_looks(struct nft *n, const char *what, const char *word)
{
	static int64_t ns[ROUNDS];
	struct change c = read_change(word);
	struct nft_found f;
	int result;

	(void)nft_apply(n, &c, 1, now(), &result);
	for (size_t i = 0; i < ROUNDS; i++) {
		mono_t begun = now();

		if (nft_look(n, &c.measure, &f))
			die(word);
		ns[i] = mono_since(now(), begun);
	}
	say(what, ns, ROUNDS);
}

static int timing(struct nft *n)
{
	time_looks(n, "look at an address", "add,drop,203.2.0.1,60000");
	time_looks(n, "look at a prefix", "add,drop,203.2.0.0/24,60000");
	time_change(n, "drop, one fresh address", "new,drop,203.9.0.0,60000", true,
		ROUNDS);
	time_change(n, "drop, one new address", "add,drop,203.0.0.0,60000", true, ROUNDS);
	time_change(n, "drop, the same again", "add,drop,203.0.0.9,60000", false, ROUNDS);
	time_change(n, "limit, one new address", "add,limit,203.0.0.0,60000,10,20", true,
		ROUNDS);
	time_change(n, "drop, one IPv6 /64", "add,drop,2001:db8:1:1::/64,60000", false,
		ROUNDS);
	time_change(n, "end of a drop", "del,drop,203.0.0.0,60000", true, ROUNDS);
	time_change(n, "drop, one prefix", "add,drop,203.1.0.0/24,60000", false, 200);
	time_change(n, "end of a prefix", "del,drop,203.1.0.0/24,60000", false, 200);
	return 0;
}

static int run(struct nft *n, int argc, char **argv)
{
	const char *verb = argv[1];

	if (strcmp(verb, "install") == 0)
		return install(n, argc - 2, argv + 2);
	if (strcmp(verb, "print") == 0)
		return print(argc - 2, argv + 2);
	if (strcmp(verb, "apply") == 0)
		return apply(n, argc - 2, argv + 2);
	if (strcmp(verb, "listen") == 0)
		return listen_ports(n, argc - 2, argv + 2);
	if (strcmp(verb, "guards") == 0)
		return guards(n, argc - 2, argv + 2);
	if (strcmp(verb, "read") == 0)
		return done(nft_read_measures(n, now(), show, NULL));
	if (strcmp(verb, "alive") == 0)
		return done(nft_alive(n));
	if (strcmp(verb, "end") == 0)
		return done(nft_alive_end(n));
	if (strcmp(verb, "remove") == 0)
		return done(nft_remove(n));
	if (strcmp(verb, "timing") == 0)
		return timing(n);
	if (argc == 3 && strcmp(verb, "hits") == 0)
		return hits(n, argv[2]);
	if (argc == 3 && strcmp(verb, "look") == 0)
		return look(n, argv[2]);
	if (argc == 3 && strcmp(verb, "fill") == 0)
		return fill(n, (size_t)atoi(argv[2]), false);
	if (argc == 3 && strcmp(verb, "fill-new") == 0)
		return fill(n, (size_t)atoi(argv[2]), true);
	if (argc == 3 && strcmp(verb, "beat") == 0)
		return beat(n, atof(argv[2]));
	die(verb);
	return 64;
}

int main(int argc, char **argv)
{
	struct nft *n;
	int r;

	if (argc < 2)
		die("which operation?");
	r = nft_open(&n);
	if (r)
		die(err_text(r));
	r = run(n, argc, argv);
	nft_close(n);
	return r;
}
