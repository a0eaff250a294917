/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bucket is kept in nanoseconds, of which each message takes 1 s / most: exact in whole numbers for any rate.
 */
#include "core/duty.h"

#define BUCKET_NS NS_PER_S

/* Comes back with a quarter of the bucket: so that joining and leaving stay rare, and no phase is too short to count in. */
#define ENOUGH_NS (BUCKET_NS / 4)

void duty_start(struct duty *d, uint32_t most, mono_t now)
{
	*d = (struct duty){ .most = most, .credit_ns = BUCKET_NS, .at = now, .since = now, .weight = 1 };
}

/* True: the bucket was full, so that nothing is missing of what came before. */
static bool refill(struct duty *d, mono_t now)
{
	int64_t passed = mono_since(now, d->at);

	d->at = now;
	if (passed <= 0)
		return false;
	if (passed < BUCKET_NS - d->credit_ns) {
		d->credit_ns += passed;
		return false;
	}
	d->credit_ns = BUCKET_NS;
	return true;
}

static int64_t cost(const struct duty *d, uint64_t n)
{
	/* a debt of more than a minute is none that anybody makes: one read hands over some thousand */
	if (n / d->most >= 60)
		return 60 * NS_PER_S;
	return (int64_t)(n * (uint64_t)NS_PER_S / d->most);
}

static void begin_rest(struct duty *d, mono_t now)
{
	d->resting = true;
	d->rests++;
	d->listened_ns = mono_since(now, d->since);
	d->last_heard = d->heard;
	if (!d->heard) { /* all at once, after a calm: so many a second, as far as anybody knows */
		d->listened_ns = BUCKET_NS;
		d->last_heard = d->most;
	}
	d->heard = 0;
	d->since = now;
}

/* A phase begins after the first messages that follow a calm: nobody knows over how long those came. */
bool duty_spend(struct duty *d, uint64_t n, mono_t now)
{
	bool calm;

	if (!d->most)
		return false;
	calm = refill(d, now) && !d->resting;
	d->credit_ns -= cost(d, n);
	if (d->resting) /* what was underway when it began */
		return false;
	if (calm) {
		d->weight = 1;
		d->since = now;
		d->heard = 0;
	} else {
		d->heard += n;
	}
	if (d->credit_ns >= 0)
		return false;
	begin_rest(d, now);
	return true;
}

static uint16_t weight_of(int64_t listened, int64_t rested)
{
	int64_t w = 1;

	if (listened <= 0)
		listened = 1;
	w = (listened + rested + listened / 2) / listened;
	return w > UINT16_MAX ? UINT16_MAX : (uint16_t)w;
}

bool duty_resume(struct duty *d, mono_t now)
{
	int64_t rested;

	if (!d->resting)
		return false;
	refill(d, now);
	if (d->credit_ns < ENOUGH_NS)
		return false;
	rested = mono_since(now, d->since);
	d->resting = false;
	d->since = now;
	d->weight = weight_of(d->listened_ns, rested);
	d->rested_ns += rested;
	/* in milliseconds: no product of a phase's messages and its length leaves 64 bits */
	d->missed += d->last_heard * (uint64_t)(rested / NS_PER_MS) / (uint64_t)(d->listened_ns / NS_PER_MS + 1);
	return true;
}

int64_t duty_due_ns(const struct duty *d, mono_t now)
{
	int64_t due;

	if (!d->resting)
		return INT64_MAX;
	due = ENOUGH_NS - d->credit_ns - mono_since(now, d->at);
	return due > 0 ? due : 0;
}
