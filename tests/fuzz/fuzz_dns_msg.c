/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a DNS message. The first says after how many of the others the copy is cut (255: it is not). Beyond not
 * crashing: what is written is within its bounds and of small letters, and a shorter copy asks the same question.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/dns_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool truth)
{
	if (!truth)
		abort();
}

static void check_name(const struct dns_message *m)
{
	size_t len = strnlen(m->name, DNS_NAME), escaped = 0;

	hold(len < DNS_NAME);
	hold(m->question_bytes >= 1 && m->question_bytes <= 255);
	for (size_t i = 0; i < len; i++) {
		char c = m->name[i];

		hold((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_.\\", c));
		escaped += c == '\\';
	}
	/* Each label's length stands where a dot does, and one before the first; the root behind the last. */
	hold(len == 0 ? m->question_bytes == 1 : len - 3 * escaped + 2 == m->question_bytes);
}

static void check(const struct dns_message *m, size_t size)
{
	check_name(m);
	hold(m->n_addresses <= DNS_ADDRESSES);
	hold(m->answer || (m->n_addresses == 0 && m->answer_bytes == 0 && m->answer_digest == 0));
	hold(m->answer_bytes <= size);
	for (size_t i = 0; i < m->n_addresses; i++) {
		hold(m->addresses[i].addr.family == FAMILY_V4 || m->addresses[i].addr.family == FAMILY_V6);
		hold(m->addresses[i].ttl_s <= INT32_MAX);
	}
}

static bool same_question(const struct dns_message *a, const struct dns_message *b)
{
	return a->id == b->id && a->type == b->type && a->answer == b->answer && a->rcode == b->rcode &&
		strcmp(a->name, b->name) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_message whole, cut;
	struct slice bytes;

	if (size < 1)
		return 0;
	bytes = (struct slice){ data + 1, size - 1 };
	if (dns_msg_parse(bytes, &whole))
		return 0;
	check(&whole, bytes.len);
	if (data[0] >= bytes.len)
		return 0;
	bytes.len = data[0];
	if (dns_msg_parse(bytes, &cut))
		return 0;
	check(&cut, bytes.len);
	hold(same_question(&whole, &cut));
	return 0;
}
