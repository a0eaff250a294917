/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file of the log says of its run, at fixed places: magic, version of the form, the fields in their order. */
#include <string.h>

#include "base/err.h"
#include "codec/observation_log.h"

static const uint8_t magic[8] = { 'T', 'G', 'O', 'B', 'S', 'E', 'R', 'V' };

#define FORM 3

static uint8_t *put(uint8_t *at, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
	return at + 8;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

/* Texts are terminated in their fields, and 0 behind that. */
static uint8_t *put_text(uint8_t *at, const char *text, size_t size)
{
	memset(at, 0, size);
	memcpy(at, text, strnlen(text, size - 1));
	return at + size;
}

size_t observation_run_write(const struct observation_run *run, uint8_t out[OBSERVATION_RUN_BYTES])
{
	uint8_t *at = put_bytes(out, magic, sizeof(magic));

	at = put(at, FORM);
	at = put(at, run->id);
	at = put_text(at, run->boot, sizeof(run->boot));
	at = put_text(at, run->host, sizeof(run->host));
	at = put_text(at, run->version, sizeof(run->version));
	at = put_text(at, run->policy, sizeof(run->policy));
	at = put(at, (uint64_t)run->start.ns);
	at = put(at, (uint64_t)run->wall_ns);
	at = put_bytes(at, run->key.secret, sizeof(run->key.secret));
	at = put(at, run->sizes.sources);
	at = put(at, run->sizes.rates);
	at = put(at, run->sizes.subjects);
	at = put(at, run->sizes.incidents);
	at = put(at, run->sizes.asks);
	at = put(at, run->enforce);
	at = put(at, run->rules);
	memset(at, 0, (size_t)(out + OBSERVATION_RUN_BYTES - at));
	return OBSERVATION_RUN_BYTES;
}

static uint64_t get(struct cursor *c)
{
	uint64_t high = cursor_be32(c);

	return high << 32 | cursor_be32(c);
}

static void get_text(struct cursor *c, char *out, size_t size)
{
	cursor_bytes(c, out, size);
	c->failed |= out[size - 1] != '\0';
}

static void get_sizes(struct cursor *c, struct engine_sizes *s)
{
	s->sources = get(c);
	s->rates = get(c);
	s->subjects = get(c);
	s->incidents = get(c);
	s->asks = get(c);
}

int observation_run_read(struct slice bytes, struct observation_run *out)
{
	struct cursor c = cursor_over(bytes);
	const uint8_t *head = cursor_take(&c, sizeof(magic));
	struct observation_run r;

	memset(&r, 0, sizeof(r));
	if (!head || memcmp(head, magic, sizeof(magic)) || get(&c) != FORM)
		return ERR_INVALID;
	r.id = get(&c);
	get_text(&c, r.boot, sizeof(r.boot));
	get_text(&c, r.host, sizeof(r.host));
	get_text(&c, r.version, sizeof(r.version));
	get_text(&c, r.policy, sizeof(r.policy));
	r.start.ns = (int64_t)get(&c);
	r.wall_ns = (int64_t)get(&c);
	cursor_bytes(&c, r.key.secret, sizeof(r.key.secret));
	get_sizes(&c, &r.sizes);
	r.enforce = get(&c) & 1;
	r.rules = get(&c);
	if (c.failed || r.start.ns < 0 || r.start.ns > OBSERVATION_LATEST)
		return ERR_INVALID;
	if (r.wall_ns > OBSERVATION_WALL_MOST || r.wall_ns < -OBSERVATION_WALL_MOST)
		return ERR_INVALID;
	*out = r;
	return 0;
}
