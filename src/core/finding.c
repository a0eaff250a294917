/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and comparison of what detectors hand to policy.
 */
#include "core/finding.h"

const char *proof_name(enum proof p)
{
	static const char *const names[] = {
		[PROOF_CLAIMED] = "claimed",
		[PROOF_ANSWERED] = "answered",
		[PROOF_LOCAL] = "local",
		[PROOF_REPORTED] = "reported",
	};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "unknown";
}

const char *finding_kind_name(enum finding_kind k)
{
	static const char *const names[FINDING_KINDS] = {
		[FINDING_NONE] = "none",
		[FINDING_SCAN] = "scan",
		[FINDING_SPRAY] = "spray",
		[FINDING_RATE] = "rate",
		[FINDING_SERVICE_RATE] = "service-rate",
		[FINDING_FLOOD] = "flood",
		[FINDING_ODD] = "odd",
		[FINDING_BRUTE] = "brute",
		[FINDING_BRUTE_SPREAD] = "brute-spread",
		[FINDING_HOLD] = "hold",
		[FINDING_SLOW] = "slow",
		[FINDING_PILE] = "pile",
		[FINDING_VOLUME] = "volume",
		[FINDING_MIX] = "mix",
		[FINDING_BASELINE] = "baseline",
		[FINDING_NOVEL] = "novel",
		[FINDING_REACH] = "reach",
		[FINDING_SWEEP] = "sweep",
		[FINDING_EXFIL] = "exfil",
		[FINDING_BEACON] = "beacon",
		[FINDING_TUNNEL] = "tunnel",
		[FINDING_LISTED] = "listed",
		[FINDING_EGRESS] = "egress",
		[FINDING_REPORTED] = "reported",
	};

	return (unsigned)k < FINDING_KINDS ? names[k] : "unknown";
}

/* Numbers stand in logs, so the order is said apart. */
bool proof_reaches(enum proof has, enum proof least)
{
	static const uint8_t rank[PROOFS] = { [PROOF_CLAIMED] = 0, [PROOF_REPORTED] = 1, [PROOF_ANSWERED] = 2,
		[PROOF_LOCAL] = 3 };

	return (unsigned)has < PROOFS && (unsigned)least < PROOFS && rank[has] >= rank[least];
}

bool finding_is_news(enum finding_kind k)
{
	switch (k) {
	case FINDING_PILE:
	case FINDING_VOLUME:
	case FINDING_MIX:
	case FINDING_BASELINE:
	case FINDING_NOVEL:
	case FINDING_REACH:
	case FINDING_EXFIL:
	case FINDING_BEACON:
	case FINDING_TUNNEL:
	case FINDING_LISTED:
		return true;
	case FINDING_NONE:
	case FINDING_SCAN:
	case FINDING_SPRAY:
	case FINDING_RATE:
	case FINDING_SERVICE_RATE:
	case FINDING_FLOOD:
	case FINDING_ODD:
	case FINDING_BRUTE:
	case FINDING_BRUTE_SPREAD:
	case FINDING_HOLD:
	case FINDING_SLOW:
	case FINDING_SWEEP:
	case FINDING_EGRESS:
	case FINDING_REPORTED:
	case FINDING_KINDS:
		break;
	}
	return false;
}

bool subject_equal(const struct subject *a, const struct subject *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SUBJECT_SOURCE:
	case SUBJECT_DESTINATION:
		return prefix_equal(&a->source, &b->source);
	case SUBJECT_SERVICE:
		return a->proto == b->proto && a->port == b->port;
	case SUBJECT_ACTOR:
		return actor_equal(&a->actor, &b->actor);
	case SUBJECT_NONE:
	case SUBJECT_HOST:
		break;
	}
	return true;
}
