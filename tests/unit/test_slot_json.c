/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots as lines: what is written is read the same, and what is no slot is refused with a reason. */
#include "codec/slot_json.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/packet.h"

static struct slot_series room[SLOT_SERIES];
static struct slot slot;
static char why[SLOT_JSON_WHY];

static int read_text(const char *line)
{
	return slot_json_read(line, strlen(line), room, &slot, why);
}

static int read_header(const char *line)
{
	return slot_json_read_header(line, strlen(line), why);
}

static void refused(const char *line, const char *reason)
{
	ck_assert_int_eq(read_text(line), ERR_INVALID);
	ck_assert_msg(strstr(why, reason) != NULL, "'%s' does not say '%s'", why, reason);
}

START_TEST(a_slot_comes_back_as_it_was)
{
	struct slot_series s[4] = { { .id = { .kind = SERIES_HOST } },
		{ .id = { .kind = SERIES_LINK, .link = "wg\"0" } },
		{ .id = { .kind = SERIES_PROTO, .direction = 1, .proto = HOST_TCP } },
		{ .id = { .kind = SERIES_SERVICE, .direction = 2, .proto = PROTO_UDP, .port = 65535 } } };
	const struct slot was = { .start_s = 1700000100, .utc_offset_s = -12600, .watched_s = 299, .frozen = true,
		.series = s, .n = 4 };
	json_t *o;
	char *line;

	for (unsigned m = 0; m < OF_MEASURES; m++) {
		s[m % 4].known |= 1U << m;
		s[m % 4].value[m] = m ? INT64_MAX / m : 0;
	}
	o = slot_json(&was, "own");
	line = json_dumps(o, JSON_COMPACT);
	ck_assert_int_eq(read_text(line), 0);
	ck_assert_int_eq(slot.start_s, was.start_s);
	ck_assert_int_eq(slot.utc_offset_s, was.utc_offset_s);
	ck_assert_uint_eq(slot.watched_s, was.watched_s);
	ck_assert(slot.frozen);
	ck_assert_uint_eq(slot.n, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert(series_equal(&room[i].id, &s[i].id));
		ck_assert_uint_eq(room[i].known, s[i].known);
		ck_assert_mem_eq(room[i].value, s[i].value, sizeof(s[i].value));
	}
	free(line);
	json_decref(o);
}
END_TEST

#define HEAD "{\"start\":1700000100,\"utc_offset\":0,\"watched\":300,\"frozen\":false"

START_TEST(what_is_no_slot_is_refused_with_a_reason)
{
	refused("", "no JSON");
	refused("[]", "no JSON object");
	refused("{}", "'start' is missing");
	refused("{\"start\":1700000101,\"utc_offset\":0,\"watched\":300,\"frozen\":false,\"series\":{}}", "no multiple");
	refused("{\"start\":9000000000000000000,\"utc_offset\":0,\"watched\":300,\"frozen\":false}", "'start' is");
	refused("{\"start\":300,\"utc_offset\":999999,\"watched\":300,\"frozen\":false}", "'utc_offset' is");
	refused("{\"start\":300,\"utc_offset\":0,\"watched\":301,\"frozen\":false}", "'watched' is 301");
	refused("{\"start\":300,\"utc_offset\":0,\"watched\":1.5,\"frozen\":false}", "'watched' is missing");
	refused("{\"start\":300,\"utc_offset\":0,\"watched\":1,\"frozen\":0}", "'frozen'");
	refused(HEAD "}", "'series' is missing");
	refused(HEAD ",\"series\":{},\"startt\":1}", "'startt' is nothing of a slot");
	refused(HEAD ",\"series\":{\"eth0\":{}}}", "'eth0' is no series");
	refused(HEAD ",\"series\":{\"host\":7}}", "no object of measures");
	refused(HEAD ",\"series\":{\"host\":{\"bytes\":1}}}", "'bytes' of 'host' is no measure");
	refused(HEAD ",\"series\":{\"host\":{\"bytes-in\":-1}}}", "is no count");
	refused(HEAD ",\"series\":{\"host\":{\"bytes-in\":1e3}}}", "is no count");
	refused(HEAD ",\"series\":{\"host\":{},\"host\":{}}}", "duplicate");
	refused(HEAD ",\"series\":{\"link a\":{},\"link \\\\x61\":{}}}", "there twice");
	refused(HEAD ",\"series\":{\"\\u001b[2J\":{}}}", "'\\x1b[2J' is no series");
}
END_TEST

START_TEST(more_series_than_a_slot_has_are_refused)
{
	static char line[65536];
	size_t n = (size_t)snprintf(line, sizeof(line), HEAD ",\"series\":{");

	for (unsigned i = 0; i <= SLOT_SERIES; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s\"link l%u\":{}", i ? "," : "", i);
	snprintf(line + n, sizeof(line) - n, "}}");
	refused(line, "257 series");
}
END_TEST

START_TEST(a_header_names_what_follows)
{
	json_t *o = slot_json_header();
	char *line = json_dumps(o, JSON_COMPACT);

	ck_assert_int_eq(read_header(line), 0);
	ck_assert_int_eq(read_header("{\"tidegate\":\"slots\",\"version\":2}"), ERR_UNSUPPORTED);
	ck_assert_int_eq(read_header("{\"version\":1}"), ERR_INVALID);
	ck_assert_int_eq(read_header("{\"tidegate\":\"slots\"}"), ERR_INVALID);
	ck_assert_int_eq(read_header("slots"), ERR_INVALID);
	free(line);
	json_decref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slot_json");
	TCase *c = tcase_create("slot_json");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_slot_comes_back_as_it_was);
	tcase_add_test(c, what_is_no_slot_is_refused_with_a_reason);
	tcase_add_test(c, more_series_than_a_slot_has_are_refused);
	tcase_add_test(c, a_header_names_what_follows);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
