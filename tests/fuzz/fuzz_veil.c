/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text through the veil: nothing is read or written outside, and the address that was put into it does not come out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/veil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 2048
#define PLANTED " 198.51.100.66 "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct veil v;
	static char out[64 * MOST];
	uint8_t in[MOST + sizeof(PLANTED)];
	const size_t n = size < MOST ? size : MOST, half = n / 2;
	struct text t = text_over(out, sizeof(out));

	v.n_words = 0;
	hash_key_from_seed(&v.key, 1);
	veil_add_word(&v, "anna", "user");
	memcpy(in, data, half);
	memcpy(in + half, PLANTED, strlen(PLANTED));
	memcpy(in + half + strlen(PLANTED), data + half, n - half);
	veil_text(&v, (struct slice){ in, n + strlen(PLANTED) }, &t);
	if (strlen(out) != t.len)
		abort();
	/* Unless the input had parts of it itself, that grew together, or was such an address under the veil. */
	if (!memmem(data, n, "198", 3) && !memmem(data, n, "66", 2) && strstr(out, PLANTED) && !memchr(data, '.', n))
		abort();
	return 0;
}
