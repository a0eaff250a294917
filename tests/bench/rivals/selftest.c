/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule at its boundary: so many contacts are reported, one fewer is not. A comparison with rules that are a little
 * off would be worth nothing. */
#include <stdio.h>

#include "figures.h"

struct boundary {
	const char *says;
	const struct rival *r;
	uint32_t needed;  /* contacts; 0: never, however many of "sent" */
	uint32_t sent;    /* where needed is 0 */
	int64_t gap;
	uint16_t port;    /* the first; the next ones follow, or alternate between two, or are this one */
	enum { UP, SAME, TWO } ports;
	uint8_t proto, flags;
	enum login login; /* then all go to port 22 and are let in */
	enum ending ending; /* NONE: as it comes */
	bool harmed; /* what is looked for is a loss of service, not a report */
};

#define MS NS_PER_MS
#define S NS_PER_S
#define SYN PROTO_TCP, TCP_SYN
#define ACK PROTO_TCP, TCP_SYN | TCP_ACK
#define UDP PROTO_UDP, 0

static const struct boundary boundaries[] = {
	{ "tidegate: the sixth closed port", &ours, 6, 0, MS, 2000, UP, SYN, 0, 0, false },
	{ "tidegate: one port again and again is no scan", &ours, 0, 500, S, 2000, SAME, SYN, 0, 0, false },
	{ "tidegate: a scan by SYNs costs no service", &ours, 0, 500, 5 * MS, 2000, UP, SYN, 0, 0, true },
	{ "tidegate: the sixth UDP port", &ours, 6, 0, MS, 2000, UP, UDP, 0, 0, false },
	{ "tidegate: backscatter is no evidence", &ours, 0, 500, MS, 2000, UP, ACK, 0, 0, false },
	{ "scan.zeek: the fifteenth port", &zeek, 15, 0, MS, 2000, UP, SYN, 0, 0, false },
	{ "scan.zeek: fourteen in five minutes", &zeek, 0, 60, 23 * S, 2000, UP, SYN, 0, 0, false },
	{ "scan.zeek: one port again and again", &zeek, 0, 500, MS, 2000, SAME, SYN, 0, 0, false },
	{ "scan.zeek: UDP is not counted", &zeek, 0, 100, MS, 2000, UP, UDP, 0, 0, false },
	{ "scan.zeek: half-open probes of open ports are", &zeek, 15, 0, MS, 2000, UP, SYN, 0, ENDING_RESET, false },
	{ "zeek ssh: the thirtieth failure", &zeek, 30, 0, S, 22, SAME, SYN, LOGIN_FAILED, 0, false },
	{ "zeek ssh: 28 in half an hour", &zeek, 0, 200, 64 * S, 22, SAME, SYN, LOGIN_FAILED, 0, false },
	{ "simple-scan: the 25th port", &simple_scan, 25, 0, MS, 2000, UP, SYN, 0, 0, false },
	{ "simple-scan: the 25th, 14 minutes apart", &simple_scan, 25, 0, 14 * MINUTE, 2000, UP, SYN, 0, 0, false },
	{ "simple-scan: 15 minutes apart", &simple_scan, 0, 60, 15 * MINUTE, 2000, UP, SYN, 0, 0, false },
	{ "simple-scan: a handshake that is reset is none", &simple_scan, 0, 60, MS, 2000, UP, SYN, 0, ENDING_RESET,
		false },
	{ "snort low: the fifth refusal", &snort_low, 5, 0, 5 * MS, 2000, UP, SYN, 0, 0, false },
	{ "snort low: two ports in turn are as good as five", &snort_low, 5, 0, 5 * MS, 2000, TWO, SYN, 0, 0, false },
	{ "snort low: one port is not", &snort_low, 0, 100, 5 * MS, 2000, SAME, SYN, 0, 0, false },
	{ "snort low: four a minute", &snort_low, 0, 60, 16 * S, 2000, UP, SYN, 0, 0, false },
	{ "snort low: wants refusals", &snort_low, 0, 100, 5 * MS, 2000, UP, SYN, 0, ENDING_SILENT, false },
	{ "snort medium: the 15th port", &snort_medium, 15, 0, 5 * MS, 2000, UP, SYN, 0, 0, false },
	{ "snort medium: 200 without an answer", &snort_medium, 200, 0, 5 * MS, 2000, UP, SYN, 0, ENDING_SILENT, false },
	{ "snort high: the tenth port", &snort_high, 10, 0, 5 * MS, 2000, UP, SYN, 0, 0, false },
	{ "snort high: the tenth, a minute apart", &snort_high, 10, 0, MINUTE, 2000, UP, SYN, 0, 0, false },
	{ "psad: the fifth packet", &psad, 5, 0, MS, 2000, UP, SYN, 0, 0, false },
	{ "psad: the fifth, an hour apart", &psad, 5, 0, HOUR, 2000, UP, SYN, 0, 0, false },
	{ "psad: one port alone is no scan", &psad, 0, 500, MS, 2000, SAME, SYN, 0, 0, false },
	{ "psad: an ACK is left out", &psad, 0, 500, MS, 2000, UP, ACK, 0, 0, false },
	{ "psad: blocks at ten thousand packets", &psad, 10000, 0, MS, 2000, UP, SYN, 0, 0, true },
	{ "crowdsec: the 16th port", &crowdsec, 16, 0, MS, 2000, UP, SYN, 0, 0, true },
	{ "crowdsec: backscatter as well", &crowdsec, 16, 0, MS, 2000, UP, ACK, 0, 0, true },
	{ "crowdsec: one port each 5 s leaks away", &crowdsec, 0, 500, 5 * S, 2000, UP, SYN, 0, 0, false },
	{ "crowdsec: the sixth failed login", &crowdsec, 6, 0, MS, 22, SAME, SYN, LOGIN_FAILED, 0, true },
	{ "crowdsec: the 13th, 11 s apart", &crowdsec, 13, 0, 11 * S, 22, SAME, SYN, LOGIN_FAILED, 0, true },
	{ "crowdsec: one a minute leaks away", &crowdsec, 0, 500, MINUTE, 22, SAME, SYN, LOGIN_FAILED, 0, false },
	{ "crowdsec: good logins are none", &crowdsec, 0, 500, MS, 22, SAME, SYN, LOGIN_GOOD, 0, false },
	{ "xt_psd: seven ports below 1024", &xt_psd, 7, 0, MS, 100, UP, SYN, 0, 0, true },
	{ "xt_psd: 21 above", &xt_psd, 21, 0, MS, 2000, UP, SYN, 0, 0, true },
	{ "xt_psd: 21, 3 s apart", &xt_psd, 21, 0, 3 * S, 2000, UP, UDP, 0, 0, true },
	{ "xt_psd: more than 3 s apart", &xt_psd, 0, 100, 3 * S + MS, 2000, UP, SYN, 0, 0, true },
	{ "xt_psd: an ACK is left out", &xt_psd, 0, 100, MS, 2000, UP, ACK, 0, 0, true },
	{ "fail2ban: the fifth failure", &fail2ban, 5, 0, MS, 22, SAME, SYN, LOGIN_FAILED, 0, true },
	{ "fail2ban: the fifth within ten minutes", &fail2ban, 5, 0, 150 * S, 22, SAME, SYN, LOGIN_FAILED, 0, true },
	{ "fail2ban: four in ten minutes", &fail2ban, 0, 100, 151 * S, 22, SAME, SYN, LOGIN_FAILED, 0, true },
	{ "fail2ban: a scan is none", &fail2ban, 0, 100, MS, 2000, UP, SYN, 0, 0, true },
	{ "trw: the fourth failure", &trw, 4, 0, 5 * MS, 2000, UP, SYN, 0, 0, false },
	{ "trw: the same port counts once", &trw, 0, 100, MS, 2000, SAME, SYN, 0, 0, false },
	{ "trw: successes are none", &trw, 0, 100, MS, 2000, UP, SYN, 0, ENDING_BARE, false },
};

static uint16_t port_of(const struct boundary *b, uint32_t i)
{
	switch (b->ports) {
	case UP:
		return (uint16_t)(b->port + i);
	case TWO:
		return (uint16_t)(b->port + i % 2);
	case SAME:
		break;
	}
	return b->port;
}

static bool accused(const struct boundary *b, uint32_t contacts)
{
	const uint32_t src = SOURCE(ROLE_ATTACKER, 7);
	struct court k = { 0 };
	struct stream s;
	bool is;

	stream_open(&s, 1, b->login != LOGIN_NONE);
	for (uint32_t i = 0; i < contacts; i++)
		stream_add(&s, (struct visit){ .at = STREAM_START + MINUTE + i * b->gap, .src = src,
			.dport = port_of(b, i), .proto = b->proto, .flags = b->flags, .login = (uint8_t)b->login,
			.ending = (uint8_t)b->ending });
	stream_sort(&s);
	rival_run(b->r, &s, 1, &k);
	is = b->harmed ? court_of(&k, src)->harmed : court_of(&k, src)->reported;
	court_close(&k);
	stream_close(&s);
	return is;
}

bool selftest(void)
{
	unsigned passed = 0, failed = 0;

	for (size_t i = 0; i < sizeof(boundaries) / sizeof(boundaries[0]); i++) {
		const struct boundary *b = &boundaries[i];
		bool well = b->needed ? accused(b, b->needed) && !accused(b, b->needed - 1) : !accused(b, b->sent);

		passed += well;
		failed += !well;
		if (!well)
			printf("rivals at their boundary: not so: %s\n", b->says);
	}
	printf("rivals at their boundary: %u passed, %u failed\n", passed, failed);
	return failed == 0;
}
