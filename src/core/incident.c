/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The incidents that are remembered: a fixed number, in a list by their latest news,
 * found by id or by subject. Whoever opens one when all are taken gets the place of the
 * one that has been silent for longest; that is a closed one as long as there is any.
 */
#include "core/incident.h"

#include <string.h>

#include "base/err.h"
#include "base/map.h"

#define LINE 64 /* bytes of a cache line: each part begins on one */
#define INCIDENTS_MOST (1u << 20)
#define QUIET_NS (3600 * NS_PER_S) /* without news for so long, an incident is closed */
#define ID_BITS 40                 /* eight characters of five bits */
#define ID_CHARS_MOST 11

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct entry {
	struct incident incident;
	uint64_t subject_key;
	uint32_t newer, older; /* MAP_NONE at the ends */
};

struct incidents {
	struct hash_key key;
	struct map *by_id;
	struct map *by_subject;
	struct entry *entries;
	size_t most, n;
	uint32_t newest, oldest;
	uint64_t made; /* counts ids, used and skipped */
};

static size_t lined(size_t bytes)
{
	return (bytes + LINE - 1) & ~(size_t)(LINE - 1);
}

size_t incidents_bytes(size_t most)
{
	return lined(sizeof(struct incidents)) + lined(most * sizeof(struct entry)) +
		2 * lined(map_bytes(most));
}

int incidents_create(struct incidents **out, void *memory, size_t bytes, size_t most,
	const struct hash_key *key)
{
	struct incidents *s = memory;
	uint8_t *at = (uint8_t *)memory + lined(sizeof(*s));
	size_t index_bytes = map_bytes(most);
	int err;

	if (!most || most > INCIDENTS_MOST || bytes < incidents_bytes(most))
		return ERR_RANGE;
	memset(s, 0, sizeof(*s));
	s->key = *key;
	s->most = most;
	s->newest = s->oldest = MAP_NONE;
	s->entries = (void *)at;
	at += lined(most * sizeof(struct entry));
	err = map_create(&s->by_id, at, index_bytes, most, &s->key);
	if (err)
		return err;
	err = map_create(&s->by_subject, at + lined(index_bytes), index_bytes, most,
		&s->key);
	if (!err)
		*out = s;
	return err;
}

const char *incident_effect_name(enum incident_effect e)
{
	static const char *const names[] = {
		[EFFECT_NONE] = "none",
		[EFFECT_SHADOW] = "shadow",
		[EFFECT_GUARDED] = "guarded",
		[EFFECT_SENT] = "sent",
		[EFFECT_APPLIED] = "applied",
		[EFFECT_REFUSED] = "refused",
		[EFFECT_ENDED] = "ended",
	};

	return (unsigned)e < sizeof(names) / sizeof(names[0]) ? names[e] : "unknown";
}

static uint64_t key_of(const struct incidents *s, const struct subject *subject)
{
	const struct addr *a = &subject->source.addr;
	const struct actor *who = &subject->actor;
	uint8_t bytes[19] = { (uint8_t)subject->kind };

	switch (subject->kind) {
	case SUBJECT_SOURCE:
	case SUBJECT_DESTINATION:
		bytes[1] = a->family;
		bytes[2] = subject->source.len;
		memcpy(bytes + 3, a->bytes, sizeof(a->bytes));
		break;
	case SUBJECT_SERVICE:
		bytes[1] = subject->proto;
		bytes[2] = (uint8_t)(subject->port >> 8);
		bytes[3] = (uint8_t)subject->port;
		break;
	case SUBJECT_ACTOR: /* by what its kind uses alone, as actor_equal compares */
		bytes[1] = who->kind;
		if (who->kind == ACTOR_USER)
			memcpy(bytes + 2, &who->uid, sizeof(who->uid));
		else if (who->kind == ACTOR_GROUP)
			memcpy(bytes + 2, &who->cgroup, sizeof(who->cgroup));
		break;
	case SUBJECT_NONE:
	case SUBJECT_HOST:
		break;
	}
	return hash_bytes(&s->key, bytes, sizeof(bytes));
}

static uint32_t find(const struct incidents *s, const struct subject *subject)
{
	uint32_t at = map_get(s->by_subject, key_of(s, subject));

	if (at == MAP_NONE || !subject_equal(&s->entries[at].incident.subject, subject))
		return MAP_NONE;
	return at;
}

static uint32_t index_of(const struct incidents *s, const struct entry *e)
{
	return (uint32_t)(e - s->entries);
}

static void unlink_entry(struct incidents *s, const struct entry *e)
{
	if (e->newer == MAP_NONE)
		s->newest = e->older;
	else
		s->entries[e->newer].older = e->older;
	if (e->older == MAP_NONE)
		s->oldest = e->newer;
	else
		s->entries[e->older].newer = e->newer;
}

static void link_newest(struct incidents *s, struct entry *e)
{
	uint32_t at = index_of(s, e);

	e->newer = MAP_NONE;
	e->older = s->newest;
	if (s->newest == MAP_NONE)
		s->oldest = at;
	else
		s->entries[s->newest].newer = at;
	s->newest = at;
}

/* An empty entry, linked nowhere. */
static struct entry *take_entry(struct incidents *s)
{
	struct entry *e;

	if (s->n < s->most)
		return &s->entries[s->n++];
	e = &s->entries[s->oldest];
	unlink_entry(s, e);
	map_remove(s->by_id, e->incident.id);
	if (map_get(s->by_subject, e->subject_key) == index_of(s, e))
		map_remove(s->by_subject, e->subject_key);
	return e;
}

/*
 * Ids are a keyed hash of a counter: the same seed gives the same ids, and nobody outside
 * can tell from one how many there were, or guess another.
 */
static uint64_t fresh_id(struct incidents *s)
{
	uint64_t id;

	do {
		id = hash_u64(&s->key, s->made++) >> (64 - ID_BITS);
	} while (!id || map_get(s->by_id, id) != MAP_NONE);
	return id;
}

struct incident *incidents_open(struct incidents *s, const struct subject *subject,
	mono_t now)
{
	uint32_t at = find(s, subject);
	struct entry *e;

	if (at != MAP_NONE && mono_since(now, s->entries[at].incident.last) < QUIET_NS) {
		e = &s->entries[at];
		unlink_entry(s, e);
	} else {
		e = take_entry(s);
		*e = (struct entry){ .subject_key = key_of(s, subject),
			.incident = { .id = fresh_id(s), .subject = *subject,
				.opened = now } };
		map_set(s->by_id, e->incident.id, index_of(s, e));
		map_set(s->by_subject, e->subject_key, index_of(s, e));
	}
	link_newest(s, e);
	e->incident.last = now;
	return &e->incident;
}

uint64_t incidents_opened(const struct incidents *s)
{
	return s->made;
}

struct incident *incidents_by_id(struct incidents *s, uint64_t id)
{
	uint32_t at = id ? map_get(s->by_id, id) : MAP_NONE;

	return at == MAP_NONE ? NULL : &s->entries[at].incident;
}

struct incident *incidents_by_subject(struct incidents *s, const struct subject *subject)
{
	uint32_t at = find(s, subject);

	return at == MAP_NONE ? NULL : &s->entries[at].incident;
}

/* *at is 0 at first, then 1 + the entry that comes next, and beyond the last entry at the
 * end. */
const struct incident *incidents_next(const struct incidents *s, size_t *at)
{
	size_t here = *at ? *at - 1 : s->newest;
	const struct entry *e;

	if (here >= s->n)
		return NULL;
	e = &s->entries[here];
	*at = e->older == MAP_NONE ? s->most + 1 : (size_t)e->older + 1;
	return &e->incident;
}

size_t incidents_count(const struct incidents *s)
{
	return s->n;
}

void incident_add_finding(struct incident *i, const struct finding *f)
{
	i->findings[i->n_findings++ % INCIDENT_FINDINGS] = *f;
	if (i->last.ns < f->at.ns)
		i->last = f->at;
}

void incident_id_format(uint64_t id, char out[INCIDENT_TEXT])
{
	size_t chars = 8;

	while (chars < ID_CHARS_MOST && id >> (5 * chars))
		chars++;
	out[0] = 'T';
	out[1] = '-';
	for (size_t i = 0; i < chars; i++)
		out[2 + i] = alphabet[id >> (5 * (chars - 1 - i)) & 31];
	out[2 + chars] = '\0';
}

/* Crockford: read aloud and typed back, so case does not matter, O is 0, I and L are
 * 1. */
static int digit(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

int incident_id_parse(const char *text, uint64_t *id)
{
	uint64_t value = 0;
	size_t n = 0;

	if ((text[0] != 'T' && text[0] != 't') || text[1] != '-')
		return ERR_INVALID;
	for (text += 2; *text; text++) {
		int d = digit(*text);

		if (d < 0 || ++n > ID_CHARS_MOST)
			return ERR_INVALID;
		value = value << 5 | (uint64_t)d;
	}
	if (!value)
		return ERR_INVALID;
	*id = value;
	return 0;
}
