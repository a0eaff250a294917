/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that end: what the kernel's accounting would have told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* Bytes as programs wrote them, each way, with a real sshd; and how long. */
static const struct kind {
	const char *name;
	uint32_t there, back;
	int64_t lasted_ms;
} kinds[] = {
	{ "guess", 1133, 1863, 11800 },   /* hydra */
	{ "mistyped", 3097, 2997, 2100 }, /* ssh, a wrong password */
	{ "true", 3673, 4169, 260 },      /* ssh HOST true */
	{ "git", 3825, 4453, 240 },
	{ "work", 60000, 190000, 3600000 },
	{ "banner", 21, 1177, 10 },
	{ NULL, 0, 0, 0 },
};

static const struct kind *kind_of(const struct story *s)
{
	for (const struct kind *k = kinds; k->name; k++)
		if (story_has(s, k->name))
			return k;
	return NULL;
}

/* session SRC tcp/22 KIND [xN] [every D] [src+] [claimed] */
bool verb_session(struct story *s)
{
	struct flow_end f = { .direction = FLOW_IN, .teller = TELLER_SOCKET, .proof = PROOF_ANSWERED, .weight = 1,
		.tuple.sport = 40000, .packets = { 20, 20 }, .owner.uid = OWNER_UNKNOWN };
	const struct kind *k = kind_of(s);
	unsigned times = 1;
	int64_t every = 0;

	if (!k || s->n_words < 4 || addr_parse(s->words[1], &f.tuple.src) ||
	    !story_service(s, s->words[2], &f.tuple.proto, &f.tuple.dport))
		return story_fail(s, "session SRC tcp/PORT guess|mistyped|true|git|work|banner [xN] [every D] [src+] [claimed]");
	if (story_after(s, "every") && !story_duration(s, story_after(s, "every"), &every))
		return false;
	for (size_t i = 4; i < s->n_words; i++)
		if (s->words[i][0] == 'x')
			times = (unsigned)strtoul(s->words[i] + 1, NULL, 10);
	f.tuple.dst = addr_v4((const uint8_t[]){ 10, 0, 0, 1 });
	f.bytes[FLOW_THERE] = k->there;
	f.bytes[FLOW_BACK] = k->back;
	f.lasted_ns = k->lasted_ms * NS_PER_MS;
	if (story_has(s, "claimed"))
		f.proof = PROOF_CLAIMED;
	for (unsigned i = 0; i < times; i++) {
		engine_flow_end(s->world.engine, &f, s->world.now);
		world_settle(&s->world);
		if (every)
			world_advance(&s->world, every);
		for (int b = 3; story_has(s, "src+") && ++f.tuple.src.bytes[b] == 0 && b > 0; b--)
			;
	}
	return true;
}
