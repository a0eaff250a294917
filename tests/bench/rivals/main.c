/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rivals: the published rules of the peers and our engine over the same streams, as one table.
 *
 *   rivals              prints it; --seed N takes other streams (1)
 *   rivals --self-test  whether each rule fires where it is said to, and not one contact earlier
 *   rivals --claims     whether what we say of ourselves holds; fails where it does not
 *
 * Reads policies/tidegate.conf: run it at the top of the checkout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"

int main(int argc, char **argv)
{
	static struct figures f[RIVALS];
	bool boundaries = false, claims = false;
	uint64_t seed = 1;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--self-test"))
			boundaries = true;
		else if (!strcmp(argv[i], "--claims"))
			claims = true;
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else {
			fprintf(stderr, "usage: rivals [--seed N] [--self-test | --claims]\n");
			return 64;
		}
	}
	if (boundaries)
		return selftest() ? 0 : 1;
	figures_measure(seed, f);
	if (claims)
		return claims_hold(f) ? 0 : 1;
	table_print(f);
	return 0;
}
