/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host of a capture: as said on the command line, or guessed from the first frames. Called by replay. */
#include "app/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define NEARLY_ALL 90 /* percent of the packets that the host of a capture is an end of */

static bool is_whole(const struct prefix *p)
{
	return p->len == (p->addr.family == FAMILY_V4 ? 32 : 128);
}

static int add_own(struct home *h, const struct prefix *p)
{
	if (h->n_own == HOME_ADDRS)
		return ERR_FULL;
	h->own[h->n_own++] = *p;
	return 0;
}

static int add_net(struct home *h, const struct prefix *p)
{
	if (h->n_nets == HOME_NETS)
		return ERR_FULL;
	h->nets[h->n_nets++] = *p;
	return 0;
}

/* "192.0.2.1/24": host bits are set, so it is an address in its network. */
static int parse_interface(const char *word, struct home *out)
{
	char text[PREFIX_TEXT];
	char *slash, *end;
	struct addr a;
	struct prefix p;
	unsigned long len;
	int err;

	if (!text_copy(text, sizeof(text), word) || !(slash = strchr(text, '/')))
		return ERR_INVALID;
	*slash = '\0';
	len = strtoul(slash + 1, &end, 10);
	if (*end || end == slash + 1 || addr_parse(text, &a) || len > (a.family == FAMILY_V4 ? 32 : 128))
		return ERR_INVALID;
	p = prefix_of(&a, a.family == FAMILY_V4 ? 32 : 128);
	err = add_own(out, &p);
	p = prefix_of(&a, (unsigned)len);
	return err ? err : add_net(out, &p);
}

static int parse_word(const char *word, struct home *out)
{
	struct prefix p;
	int err = prefix_parse(word, &p);

	if (err == ERR_RANGE)
		return parse_interface(word, out);
	return err ? err : add_own(out, &p);
}

int home_parse(const char *text, struct home *out, char why[WHY_TEXT])
{
	char list[4096], *save, *word;
	struct home h = { 0 };

	if (!text_copy(list, sizeof(list), text))
		return log_why(why, ERR_FULL, "that is too long");
	for (word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		int err = parse_word(word, &h);

		if (err == ERR_FULL)
			return log_why(why, err, "over %d addresses", HOME_ADDRS);
		if (err)
			return log_why(why, ERR_INVALID, "'%s' is neither ADDRESS nor ADDRESS/LENGTH", word);
	}
	if (!h.n_own)
		return log_why(why, ERR_INVALID, "no address in '%s'", text);
	*out = h;
	return 0;
}

bool home_holds(const struct home *h, const struct addr *a)
{
	for (size_t i = 0; i < h->n_own; i++)
		if (prefix_holds(&h->own[i], a))
			return true;
	return false;
}

void home_guard(const struct home *h, struct guards *g)
{
	for (size_t i = 0; i < h->n_own; i++)
		if (is_whole(&h->own[i]))
			guards_add(g, &h->own[i], GUARD_OWN);
}

size_t home_format(const struct home *h, char *out, size_t size)
{
	struct text t = text_over(out, size);
	char room[PREFIX_TEXT];

	for (size_t i = 0; i < h->n_own; i++) {
		prefix_format(&h->own[i], room, sizeof(room));
		text_addf(&t, "%s%s", i ? ", " : "", room);
	}
	return t.len;
}

/* ---- a guess ---- */

static struct home_vote *vote_of(struct home_votes *v, const struct addr *a)
{
	static const struct addr nobody = { 0 };

	if (addr_is_multicast(a) || !memcmp(a->bytes, nobody.bytes, sizeof(a->bytes)))
		return NULL;
	for (size_t i = 0; i < v->n; i++)
		if (addr_equal(&v->list[i].addr, a))
			return &v->list[i];
	if (v->n == HOME_VOTES)
		return NULL;
	v->list[v->n] = (struct home_vote){ .addr = *a };
	return &v->list[v->n++];
}

/* Something begins with this packet, so whom it is for has been called: no ACK, or from a client's port. */
static bool calls(const struct packet *p)
{
	switch (p->proto) {
	case PROTO_TCP:
		return !(p->tcp_flags & (TCP_ACK | TCP_RST));
	case PROTO_UDP:
		return p->sport > p->dport;
	default:
		return !packet_is_answer(p);
	}
}

void home_count(struct home_votes *v, const struct packet *p, enum link_to to)
{
	struct home_vote *from, *towards;
	bool refuses = p->proto == PROTO_TCP && p->tcp_flags & TCP_RST;

	if (to == LINK_TO_GROUP || to == LINK_TO_ALL)
		return; /* says nothing of who listens */
	v->packets++;
	v->of_v4 += p->src.family == FAMILY_V4;
	v->outgoing += to == LINK_OUTGOING;
	from = vote_of(v, &p->src);
	if (from) {
		from->packets++;
		from->sent += to == LINK_OUTGOING;
		from->called += refuses; /* it had been */
	}
	towards = vote_of(v, &p->dst);
	if (towards) {
		towards->packets++;
		towards->called += calls(p);
	}
}

static struct prefix whole(const struct addr *a)
{
	return prefix_of(a, a->family == FAMILY_V4 ? 32 : 128);
}

/* All that cooked frames call outgoing; an address that was forged once is among them at worst. */
static int guess_by_direction(const struct home_votes *v, struct home *out)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->list[i].sent) {
			struct prefix p = whole(&v->list[i].addr);

			add_own(out, &p);
		}
	snprintf(out->how, sizeof(out->how), "the capture calls what they send outgoing");
	return out->n_own ? 0 : ERR_ABSENT;
}

/* The end that nearly all packets of a family have in common; of two, who is called. */
static const struct home_vote *common_end(const struct home_votes *v, enum family family, uint32_t packets)
{
	const struct home_vote *best = NULL;

	for (size_t i = 0; i < v->n; i++) {
		const struct home_vote *c = &v->list[i];

		if (c->addr.family != family || (uint64_t)c->packets * 100 < (uint64_t)packets * NEARLY_ALL)
			continue;
		if (!best || c->called > best->called || (c->called == best->called && c->packets > best->packets))
			best = c;
	}
	return best;
}

static int guess_by_share(const struct home_votes *v, struct home *out)
{
	const struct home_vote *ends[] = { common_end(v, FAMILY_V4, v->of_v4),
		common_end(v, FAMILY_V6, v->packets - v->of_v4) };
	uint32_t packets = 0;

	for (int i = 0; i < 2; i++) {
		struct prefix p;

		if (!ends[i])
			continue;
		p = whole(&ends[i]->addr);
		add_own(out, &p);
		packets += ends[i]->packets;
	}
	if ((uint64_t)packets * 100 < (uint64_t)v->packets * NEARLY_ALL) {
		out->n_own = 0;
		return ERR_ABSENT;
	}
	snprintf(out->how, sizeof(out->how), "an end of %u of the first %u packets", packets, v->packets);
	return out->n_own ? 0 : ERR_ABSENT;
}

/* RFC 1918, RFC 6598, RFC 4193. */
static int guess_private(const struct home_votes *v, struct home *out)
{
	static const char *const nets[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7" };

	for (size_t n = 0; n < sizeof(nets) / sizeof(nets[0]); n++) {
		struct prefix p;
		bool seen = false;

		prefix_parse(nets[n], &p);
		for (size_t i = 0; i < v->n; i++)
			seen |= prefix_holds(&p, &v->list[i].addr);
		if (seen)
			add_own(out, &p);
	}
	snprintf(out->how, sizeof(out->how), "no address is in %d %% of the packets: all private ones", NEARLY_ALL);
	return out->n_own ? 0 : ERR_ABSENT;
}

int home_guess(const struct home_votes *v, struct home *out)
{
	*out = (struct home){ 0 };
	if (v->outgoing && guess_by_direction(v, out) == 0)
		return 0;
	if (guess_by_share(v, out) == 0)
		return 0;
	return guess_private(v, out);
}
