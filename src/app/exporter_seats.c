/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exporter's connections: few, so that all of them are looked at each time. */
#include "app/exporter_seats.h"

#include <stdbool.h>

static struct seat *find(struct seats *s, int fd)
{
	for (size_t i = 0; i < SEATS; i++)
		if (s->list[i].state != SEAT_FREE && s->list[i].fd == fd)
			return &s->list[i];
	return NULL;
}

static void leave(struct seats *s, struct seat *x)
{
	x->state = SEAT_FREE;
	s->n--;
}

static int64_t allowed(enum seat_state state)
{
	switch (state) {
	case SEAT_FREE:
	case SEAT_SILENT:
		break;
	case SEAT_READING:
		return SEATS_READ_NS;
	case SEAT_IDLE:
		return SEATS_IDLE_NS;
	}
	return SEATS_ASK_NS;
}

/* Who has used up most of the time that there is for what they do: of equals, the first that is found. */
static bool goes_before(const struct seat *a, const struct seat *b, mono_t now)
{
	int64_t used_a = mono_since(now, a->since) / NS_PER_MS, used_b = mono_since(now, b->since) / NS_PER_MS;

	return used_a * (allowed(b->state) / NS_PER_MS) > used_b * (allowed(a->state) / NS_PER_MS);
}

/* Of one peer, or of all where it is NULL. */
static struct seat *first_to_go(struct seats *s, const struct addr *peer, mono_t now, size_t *n)
{
	struct seat *first = NULL;

	*n = 0;
	for (size_t i = 0; i < SEATS; i++) {
		struct seat *x = &s->list[i];

		if (x->state == SEAT_FREE || (peer && !addr_equal(&x->peer, peer)))
			continue;
		++*n;
		if (!first || goes_before(x, first, now))
			first = x;
	}
	return first;
}

static int make_room(struct seats *s, const struct addr *peer, mono_t now)
{
	size_t n;
	struct seat *x = first_to_go(s, peer, now, &n);

	if (n < SEATS_OF_PEER) {
		x = first_to_go(s, NULL, now, &n);
		if (n < SEATS)
			return -1;
	}
	leave(s, x);
	s->crowded++;
	return x->fd;
}

int seats_take(struct seats *s, int fd, const struct addr *peer, mono_t now)
{
	int victim = make_room(s, peer, now);
	size_t i = 0;

	while (s->list[i].state != SEAT_FREE)
		i++;
	s->list[i] = (struct seat){ .state = SEAT_SILENT, .fd = fd, .peer = *peer, .since = now };
	s->n++;
	s->taken++;
	return victim;
}

void seats_asked(struct seats *s, int fd, mono_t now)
{
	struct seat *x = find(s, fd);

	if (!x)
		return;
	x->state = SEAT_READING;
	x->since = now;
}

void seats_served(struct seats *s, int fd, mono_t now)
{
	struct seat *x = find(s, fd);

	if (!x)
		return;
	x->state = SEAT_IDLE;
	x->since = now;
}

void seats_leave(struct seats *s, int fd)
{
	struct seat *x = find(s, fd);

	if (x)
		leave(s, x);
}

int seats_overdue(struct seats *s, mono_t now)
{
	for (size_t i = 0; i < SEATS; i++) {
		struct seat *x = &s->list[i];

		if (x->state == SEAT_FREE || mono_since(now, x->since) <= allowed(x->state))
			continue;
		leave(s, x);
		s->slow++;
		return x->fd;
	}
	return -1;
}
