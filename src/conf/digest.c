/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name for rules, by what they say: what is printed of them is hashed, so that neither the files that they were
 * written in nor the bytes between the fields of a struct have a say.
 */
#include "conf/conf.h"

#include <stdlib.h>

#include "base/hash.h"
#include "conf/rules.h"

/* Nor does the machine that it was read on. */
static void forget_here(struct allowlist *a)
{
	a->origin[0] = '\0';
	if (a->user[0])
		a->actor.uid = OWNER_UNKNOWN;
}

/* They are printed as comments. */
static void forget_origins(struct engine_rules *r)
{
	for (size_t i = 0; i < rules_count(r); i++)
		rules_slot(r, i).rule->origin[0] = '\0';
	r->policy.origin[0] = '\0';
	for (size_t i = 0; i < r->policy.n_reactions; i++)
		r->policy.reactions[i].origin[0] = '\0';
	for (size_t i = 0; i < r->allow.n_lists; i++)
		forget_here(&r->allow.lists[i]);
}

uint64_t conf_digest(const struct conf *c)
{
	struct conf *decides = calloc(1, sizeof(*decides));
	struct hash_key key;
	uint64_t digest = 0;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (decides && f) {
		decides->rules = c->rules;
		decides->guards = c->guards;
		forget_origins(&decides->rules);
		conf_print(decides, f);
	}
	if (f && fclose(f) == 0 && decides) {
		hash_key_from_seed(&key, 0); /* nobody sends us configurations: no secret is needed */
		digest = hash_bytes(&key, text, len);
	}
	free(text);
	free(decides);
	return digest;
}
