/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of responses and scopes, and the cap that proof sets on them.
 */
#include "core/response.h"

#include <string.h>

#include "base/err.h"

static const char *const responses[RESPONSES] = {
	[RESPONSE_OBSERVE] = "observe",
	[RESPONSE_SHIELD] = "shield",
	[RESPONSE_LIMIT] = "limit",
	[RESPONSE_REFUSE] = "refuse",
	[RESPONSE_DROP] = "drop",
	[RESPONSE_SERVICE_LIMIT] = "service-limit",
	[RESPONSE_EGRESS_LIMIT] = "egress-limit",
	[RESPONSE_EGRESS_REFUSE] = "egress-refuse",
	[RESPONSE_EGRESS_ALLOWLIST] = "egress-allowlist",
};

const char *response_name(enum response r)
{
	return (unsigned)r < RESPONSES ? responses[r] : "unknown";
}

int response_parse(const char *name, enum response *out)
{
	for (unsigned i = 0; i < RESPONSES; i++)
		if (strcmp(name, responses[i]) == 0) {
			*out = (enum response)i;
			return 0;
		}
	return ERR_INVALID;
}

bool response_has_rate(enum response r)
{
	return r == RESPONSE_LIMIT || r == RESPONSE_SERVICE_LIMIT || r == RESPONSE_EGRESS_LIMIT;
}

const char *scope_name(enum scope s)
{
	switch (s) {
	case SCOPE_SOURCE:
		return "source";
	case SCOPE_SERVICE:
		return "service";
	}
	return "unknown";
}

/*
 * A service and the host are ours: no proof about a sender makes it right to close them,
 * so their caps do not rise with it.
 */
enum response response_cap(enum proof proof, enum subject_kind subject)
{
	switch (subject) {
	case SUBJECT_SOURCE:
		return proof_reaches(proof, PROOF_ANSWERED) ? RESPONSE_DROP : RESPONSE_SHIELD;
	case SUBJECT_SERVICE:
		return RESPONSE_SERVICE_LIMIT;
	case SUBJECT_HOST:
		return RESPONSE_SHIELD;
	case SUBJECT_DESTINATION:
		return proof == PROOF_LOCAL ? RESPONSE_EGRESS_REFUSE : RESPONSE_OBSERVE;
	case SUBJECT_ACTOR:
		return proof == PROOF_LOCAL ? RESPONSE_EGRESS_ALLOWLIST : RESPONSE_OBSERVE;
	case SUBJECT_NONE:
		break;
	}
	return RESPONSE_OBSERVE;
}
