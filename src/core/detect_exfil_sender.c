/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each actor sends to destinations that are new, and to how many. */
#include "core/detect_exfil_parts.h"

/* A free one, or who has sent nothing for longest. */
static struct exfil_sender *room(struct exfil_sender list[EXFIL_SENDERS])
{
	struct exfil_sender *oldest = list;

	for (size_t i = 0; i < EXFIL_SENDERS; i++) {
		if (!list[i].key)
			return &list[i];
		if (list[i].day.hour < oldest->day.hour)
			oldest = &list[i];
	}
	return oldest;
}

struct exfil_sender *exfil_sender_meet(struct exfil_sender list[EXFIL_SENDERS], uint64_t key, mono_t now)
{
	struct exfil_sender *s;

	for (size_t i = 0; i < EXFIL_SENDERS; i++) {
		if (list[i].key != key)
			continue;
		exfil_day_turn(&list[i].day, now);
		return &list[i];
	}
	s = room(list);
	*s = (struct exfil_sender){ .key = key, .day = exfil_day_begin(now), .peers_day = exfil_hour(now) / EXFIL_HOURS };
	return s;
}

void exfil_sender_add(struct exfil_sender *s, uint64_t peer, mono_t now)
{
	const int32_t day = exfil_hour(now) / EXFIL_HOURS;

	if (day != s->peers_day) {
		s->peers[1] = day == s->peers_day + 1 ? s->peers[0] : (struct hll64){ .rank = { 0 } };
		s->peers[0] = (struct hll64){ .rank = { 0 } };
		s->peers_day = day;
	}
	hll64_add(&s->peers[0], peer);
}

uint32_t exfil_sender_peers(const struct exfil_sender *s)
{
	struct hll64 both = s->peers[0];

	hll64_merge(&both, &s->peers[1]);
	return hll64_count(&both);
}
