/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a name or an answer is worth, and when it is too much. What is kept of each domain is tunnel_domains.c's, what
 * a name is made of tunnel_name.c's.
 */
#include "core/detect_tunnel.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"
#include "core/packet.h"
#include "core/tunnel_name.h"
#include "core/tunnel_parts.h"

#define WAITING 512         /* questions of which an answer would count */
#define WAIT_NS (5 * NS_PER_S)

#define WHOLE 4             /* quarters that a byte is worth */
#define UNIT_BYTES 4
#define UNIT (UNIT_BYTES * WHOLE)
#define OCTETS_WORTH WHOLE
#define NIBBLES_WORTH (4 * WHOLE)
#define DOWN_UNIT 64
#define DOWN_HEAD 28        /* header of the message, fixed parts of a question and of an answer */

#define SPREAD_LEAST 32     /* bytes: ordinary names are shorter, and so are domains that lists are asked about */
#define SPREAD_NAMES 8      /* of a domain: mail servers ask for four or five of each sender's */
#define SPREAD_TIMES 2

#define DOMAIN_SAID 28

enum {
	RAISED_UP = 1,
	RAISED_DOWN = 2,
};

struct waiting {
	uint64_t key;
	mono_t at;
};

struct tunnel {
	struct hash_key key;
	uint64_t counted;
	struct tunnel_domain spread; /* all domains together */
	struct waiting waiting[WAITING];
	struct tunnel_domains domains;
};

/* What is passed down of one message. */
struct judging {
	const struct tunnel_opts *o;
	const struct dns_message *m;
	mono_t now;
	tunnel_raise_fn raise;
	void *ctx;
};

struct reading {
	uint64_t bytes, limit;
	uint32_t names;
	int64_t window_ns;
	mono_t first;
};

size_t tunnel_bytes(void)
{
	return sizeof(struct tunnel);
}

void tunnel_create(struct tunnel **out, void *memory, const struct hash_key *key)
{
	struct tunnel *t = memory;

	memset(t, 0, sizeof(*t));
	t->key = *key;
	*out = t;
}

static bool is_exempt(const struct tunnel_opts *o, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < o->n_exempt; i++) {
		size_t its = strlen(o->exempt[i]);

		if (its && its <= len && memcmp(name + len - its, o->exempt[i], its) == 0 &&
		    (its == len || name[len - its - 1] == '.'))
			return true;
	}
	return false;
}

/* Types that hosts ask for all day, and that carry little back. */
static bool is_ordinary(uint16_t type)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_HTTPS, DNS_TYPE_SVCB, DNS_TYPE_PTR, DNS_TYPE_NS,
		DNS_TYPE_SOA, DNS_TYPE_DS, DNS_TYPE_DNSKEY, DNS_TYPE_TLSA };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

static uint32_t quarters_of(const struct tunnel_name *name, uint16_t type)
{
	switch (name->form) {
	case TUNNEL_FREE:
		break;
	case TUNNEL_OCTETS:
		return OCTETS_WORTH;
	case TUNNEL_NIBBLES:
		return NIBBLES_WORTH;
	case TUNNEL_REVERSE:
		return 0;
	}
	return is_ordinary(type) ? name->bytes : WHOLE * name->bytes;
}

/* Of what is less than a unit, one is made for as many things in a hundred as it is hundredths: by their hash, so
 * that the same thing is always rounded alike. */
static uint32_t units_of(uint32_t amount, uint32_t unit, uint64_t hash)
{
	return amount / unit + ((hash >> 32) % unit < amount % unit);
}

/* ---- findings ---- */

/* A long domain loses its beginning. */
static void say_domain(struct text *out, const char *domain)
{
	size_t len = strlen(domain);

	text_addf(out, "%s%s", len > DOMAIN_SAID ? "..." : "", len > DOMAIN_SAID ? domain + len - (DOMAIN_SAID - 3) : domain);
}

static void say(const char *domain, const struct reading *r, bool down, char *out, size_t size)
{
	struct text t = text_over(out, size);
	unsigned kib = (unsigned)(r->bytes / 1024), tenth = (unsigned)(r->bytes % 1024 * 10 / 1024);
	const char *window = r->window_ns == TUNNEL_HOUR_NS ? "1h" : "1d";

	say_domain(&t, domain);
	if (down)
		text_addf(&t, ": %u.%u KiB came back in %s", kib, tenth, window);
	else
		text_addf(&t, ": %u names, %u.%u KiB in %s", r->names, kib, tenth, window);
}

static void raise_finding(const struct judging *j, const char *domain, const struct reading *r, bool down)
{
	const struct dns_message *m = j->m;
	struct finding f = {
		.kind = FINDING_TUNNEL,
		.proof = PROOF_LOCAL,
		.rule = j->o->rule,
		.subject = { .kind = SUBJECT_DESTINATION, .source = prefix_of(&m->server, addr_bits(&m->server)) },
		.score = hundredths(r->bytes, 0),
		.threshold = hundredths(r->limit, 0),
		.count = r->names,
		.window_ns = r->window_ns,
		.first = r->first,
		.at = j->now,
		.src = m->client,
		.dst = m->server,
		.sport = m->client_port,
		.dport = 53,
		.proto = PROTO_UDP,
		.ports = { 53 },
		.n_ports = 1,
	};

	say(domain, r, down, f.about, sizeof(f.about));
	j->raise(j->ctx, &f);
}

static bool is_too_much(const struct tunnel_window *w, int64_t length_ns, uint64_t limit, uint32_t least,
	struct reading *out)
{
	*out = (struct reading){
		.bytes = (uint64_t)UNIT_BYTES * hll64_count(&w->units),
		.limit = limit,
		.names = hll64_count(&w->names),
		.window_ns = length_ns,
		.first = w->begin,
	};
	return out->bytes >= limit && out->names >= least;
}

static void judge_up(const struct judging *j, struct tunnel_domain *d, const char *domain, uint32_t times)
{
	const struct tunnel_opts *o = j->o;
	uint32_t least = times * o->least_names;
	struct reading r;

	if (d->raised & RAISED_UP ||
	    (!is_too_much(&d->hour, TUNNEL_HOUR_NS, (uint64_t)times * o->hour_bytes, least, &r) &&
	     !is_too_much(&d->day, TUNNEL_DAY_NS, (uint64_t)times * o->day_bytes, least, &r)))
		return;
	d->raised |= RAISED_UP;
	raise_finding(j, domain, &r, false);
}

static void judge_down(const struct judging *j, struct tunnel_domain *d, const char *domain)
{
	struct reading r = {
		.bytes = (uint64_t)DOWN_UNIT * hll64_count(&d->down),
		.limit = j->o->down_bytes,
		.names = hll64_count(&d->day.names),
		.window_ns = TUNNEL_DAY_NS,
		.first = d->day.begin,
	};

	if (d->raised & RAISED_DOWN || r.bytes < r.limit)
		return;
	d->raised |= RAISED_DOWN;
	raise_finding(j, domain, &r, true);
}

/* ---- messages ---- */

static struct tunnel_domain *domain_of(struct tunnel *t, const char *domain, mono_t now)
{
	struct tunnel_domain *d = tunnel_domain_of(&t->domains, hash_bytes(&t->key, domain, strlen(domain)), now);

	tunnel_domain_roll(d, now);
	return d;
}

static void ask(struct tunnel *t, const struct judging *j)
{
	uint64_t key = dns_question_key(&t->key, j->m);

	t->waiting[key % WAITING] = (struct waiting){ .key = key, .at = j->now };
}

static bool was_asked(struct tunnel *t, const struct judging *j)
{
	uint64_t key = dns_question_key(&t->key, j->m);
	struct waiting *w = &t->waiting[key % WAITING];

	if (w->key != key)
		return false;
	w->key = 0;
	return mono_since(j->now, w->at) <= WAIT_NS;
}

/* Whoever is over a limit by himself is found by himself, if not yet: he has asked for too few names so far. */
static bool is_over(const struct tunnel_opts *o, const struct tunnel_domain *d)
{
	struct reading r;

	return is_too_much(&d->hour, TUNNEL_HOUR_NS, o->hour_bytes, 0, &r) ||
		is_too_much(&d->day, TUNNEL_DAY_NS, o->day_bytes, 0, &r);
}

static void judge_spread(struct tunnel *t, const struct judging *j, const struct tunnel_name *name,
	const struct tunnel_domain *d, uint64_t hash, uint32_t units)
{
	if (name->form != TUNNEL_FREE || name->bytes < SPREAD_LEAST || hll64_count(&d->day.names) < SPREAD_NAMES ||
	    is_over(j->o, d))
		return;
	tunnel_domain_roll(&t->spread, j->now);
	tunnel_domain_add(&t->spread, &t->key, hash, units);
	judge_up(j, &t->spread, "all domains", SPREAD_TIMES);
}

static void question(struct tunnel *t, const struct judging *j, const struct tunnel_name *name)
{
	uint32_t quarters = quarters_of(name, j->m->type), units;
	struct tunnel_domain *d;
	uint64_t hash;

	if (!is_ordinary(j->m->type))
		ask(t, j);
	if (name->bytes == 0 || quarters == 0)
		return;
	hash = hash_bytes(&t->key, j->m->name, strlen(j->m->name));
	units = units_of(quarters, UNIT, hash);
	t->counted++;
	d = domain_of(t, name->domain, j->now);
	tunnel_domain_add(d, &t->key, hash, units);
	judge_up(j, d, name->domain, 1);
	judge_spread(t, j, name, d, hash, units);
}

static void answer(struct tunnel *t, const struct judging *j, const struct tunnel_name *name)
{
	const struct dns_message *m = j->m;
	uint32_t head = DOWN_HEAD + (uint32_t)m->question_bytes;
	uint32_t bytes = m->answer_bytes > head ? m->answer_bytes - head : 0;
	struct tunnel_domain *d;
	uint64_t hash;

	if (is_ordinary(m->type) || !was_asked(t, j) || m->answer_digest == 0)
		return;
	/* Lists say why they hold an address, in few words that are the same for many. */
	if (name->form != TUNNEL_FREE)
		bytes /= WHOLE;
	hash = hash_u64(&t->key, hash_bytes(&t->key, m->name, strlen(m->name)) ^ m->answer_digest);
	d = domain_of(t, name->domain, j->now);
	tunnel_domain_add_down(d, &t->key, hash, units_of(bytes, DOWN_UNIT, hash));
	judge_down(j, d, name->domain);
}

void tunnel_message(struct tunnel *t, const struct tunnel_opts *o, const struct dns_message *m, mono_t now,
	tunnel_raise_fn raise, void *ctx)
{
	const struct judging j = { .o = o, .m = m, .now = now, .raise = raise, .ctx = ctx };
	struct tunnel_name name;

	if (!o->rule.enabled || is_exempt(o, m->name))
		return;
	tunnel_name_read(m->name, &name);
	if (m->answer)
		answer(t, &j, &name);
	else
		question(t, &j, &name);
}

void tunnel_stats(const struct tunnel *t, struct tunnel_stats *out)
{
	*out = (struct tunnel_stats){ .counted = t->counted, .evicted = t->domains.evicted };
}
