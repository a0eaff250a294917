/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ageing of administrators' sessions. They stand in the order in which the kernel
 * lists its sockets: so each is found where the last look left off, and a look at a
 * thousand sessions is a thousand comparisons.
 */
#include "core/session.h"

#include "base/err.h"

void sessions_begin(struct sessions *s)
{
	s->at = 0;
	for (size_t i = 0; i < s->n; i++)
		s->list[i].seen = false;
}

static struct session *find(struct sessions *s, uint64_t cookie)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t at = (s->at + i) % s->n;

		if (s->list[at].cookie == cookie) {
			s->at = at + 1;
			return &s->list[at];
		}
	}
	return NULL;
}

void sessions_see(struct sessions *s, uint64_t cookie, const struct addr *peer, mono_t now)
{
	struct session *one;

	if (peer->family == FAMILY_NONE || addr_is_loopback(peer))
		return;
	one = find(s, cookie);
	if (!one) {
		/* Those who are here stay: else a crowd of strangers pushes them out. */
		if (s->n == SESSIONS) {
			s->full++;
			return;
		}
		one = &s->list[s->n++];
		*one = (struct session){ .cookie = cookie, .peer = *peer, .first = now };
	}
	one->seen = true;
}

static void linger(struct sessions *s, const struct addr *peer, mono_t now)
{
	size_t i = 0;

	while (i < s->n_lingering && !addr_equal(&s->lingering[i].peer, peer))
		i++;
	if (i == SESSION_LINGERERS) {
		s->full++;
		return;
	}
	if (i == s->n_lingering)
		s->lingering[s->n_lingering++].peer = *peer;
	s->lingering[i].gone = now;
}

static void forget_lingerers(struct sessions *s, mono_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_lingering; i++)
		if (mono_since(now, s->lingering[i].gone) < SESSION_LINGER_NS)
			s->lingering[kept++] = s->lingering[i];
	s->n_lingering = kept;
}

void sessions_end(struct sessions *s, int64_t age_ns, mono_t now)
{
	size_t kept = 0;

	forget_lingerers(s, now);
	for (size_t i = 0; i < s->n; i++) {
		struct session *one = &s->list[i];

		if (!one->seen) {
			if (one->guarded)
				linger(s, &one->peer, now);
			continue;
		}
		one->guarded |= mono_since(now, one->first) >= age_ns;
		s->list[kept++] = *one;
	}
	s->n = kept;
}

int sessions_vouch(struct sessions *s, const struct addr *peer)
{
	int err = ERR_ABSENT;

	for (size_t i = 0; i < s->n; i++)
		if (addr_equal(&s->list[i].peer, peer)) {
			s->list[i].guarded = true;
			err = 0;
		}
	return err;
}

static size_t put(const struct addr *a, struct addr *out, size_t n, size_t max)
{
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&out[i], a))
			return n;
	if (n < max)
		out[n++] = *a;
	return n;
}

size_t sessions_guarded(const struct sessions *s, struct addr *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].guarded)
			n = put(&s->list[i].peer, out, n, max);
	for (size_t i = 0; i < s->n_lingering; i++)
		n = put(&s->lingering[i].peer, out, n, max);
	return n;
}
