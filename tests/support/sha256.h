/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4) in base64, as a Content-Security-Policy names what it allows. */
#ifndef TIDEGATE_TESTS_SUPPORT_SHA256_H
#define TIDEGATE_TESTS_SUPPORT_SHA256_H

#include <stddef.h>

void sha256_base64(const void *data, size_t len, char out[45]);

#endif
