/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the kernel's counters word by word. Nothing is terminated, nothing is changed. */
#include "codec/proc_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

static struct slice next_line(struct slice *text)
{
	const uint8_t *end = text->len ? memchr(text->at, '\n', text->len) : NULL;
	struct slice line = { text->at, end ? (size_t)(end - text->at) : text->len };
	size_t used = end ? line.len + 1 : line.len;

	*text = (struct slice){ used ? text->at + used : text->at, text->len - used };
	return line;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* An empty word: the line is over. */
static struct slice next_word(struct slice *line)
{
	struct slice word;
	size_t begin = 0, end;

	while (begin < line->len && is_space(line->at[begin]))
		begin++;
	end = begin;
	while (end < line->len && !is_space(line->at[end]))
		end++;
	if (begin == end)
		return (struct slice){ 0 };
	word = (struct slice){ line->at + begin, end - begin };
	*line = (struct slice){ line->at + end, line->len - end };
	return word;
}

static bool is_word(struct slice word, const char *name)
{
	return strlen(name) == word.len && memcmp(word.at, name, word.len) == 0;
}

static bool number_of(struct slice word, uint64_t *out)
{
	uint64_t value = 0;

	if (!word.len)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		uint8_t digit = (uint8_t)(word.at[i] - '0');

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* True where it is one of ours. */
static bool take(const struct proc_counter *counters, size_t n, struct slice name, struct slice value)
{
	uint64_t number;

	for (size_t i = 0; i < n; i++) {
		if (!is_word(name, counters[i].name))
			continue;
		if (number_of(value, &number))
			*counters[i].at += number;
		return true;
	}
	return false;
}

int proc_text_section(struct slice text, const char *section, const struct proc_counter *counters, size_t n)
{
	while (text.len) {
		struct slice names = next_line(&text), values;

		if (!is_word(next_word(&names), section))
			continue;
		values = next_line(&text);
		if (!is_word(next_word(&values), section))
			return ERR_INVALID;
		for (;;) {
			struct slice name = next_word(&names), value = next_word(&values);

			if (!name.len || !value.len)
				return 0;
			take(counters, n, name, value);
		}
	}
	return ERR_ABSENT;
}

int proc_text_list(struct slice text, const struct proc_counter *counters, size_t n)
{
	bool any = false;

	while (text.len) {
		struct slice line = next_line(&text);
		struct slice name = next_word(&line), value = next_word(&line);

		if (name.len && value.len)
			any |= take(counters, n, name, value);
	}
	return any ? 0 : ERR_ABSENT;
}

int proc_text_number(struct slice text, uint64_t *out)
{
	struct slice line = next_line(&text);
	uint64_t number;

	if (!number_of(next_word(&line), &number) || next_word(&line).len || text.len)
		return ERR_INVALID;
	*out = number;
	return 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Datagrams that programs have read, then those that were refused: a flood of a closed port is among these alone.
 * RcvbufErrors and InCsumErrors are part of InErrors. */
static int add_datagrams(struct slice text, const char *section, uint64_t packets[HOST_WAYS], uint64_t *refused)
{
	uint64_t no_ports = 0;
	const struct proc_counter udp[] = {
		{ "InDatagrams", &packets[HOST_IN] }, { "InErrors", &packets[HOST_IN] },
		{ "IgnoredMulti", &packets[HOST_IN] }, { "NoPorts", &no_ports },
		{ "OutDatagrams", &packets[HOST_OUT] },
	};
	int err = proc_text_section(text, section, udp, COUNT(udp));

	packets[HOST_IN] += no_ports;
	*refused += no_ports;
	return err;
}

int proc_text_snmp(struct slice text, struct host_sample *out)
{
	uint64_t packets[HOST_PROTOS][HOST_WAYS] = { 0 }, opened[HOST_WAYS] = { 0 }, resets = 0, refused = 0;
	const struct proc_counter tcp[] = {
		{ "InSegs", &packets[HOST_TCP][HOST_IN] }, { "OutSegs", &packets[HOST_TCP][HOST_OUT] },
		{ "PassiveOpens", &opened[HOST_IN] }, { "ActiveOpens", &opened[HOST_OUT] }, { "OutRsts", &resets },
	};
	const struct proc_counter icmp[] = {
		{ "InMsgs", &packets[HOST_ICMP][HOST_IN] }, { "OutMsgs", &packets[HOST_ICMP][HOST_OUT] },
	};
	const struct proc_counter ip[] = { { "InUnknownProtos", &packets[HOST_OTHER][HOST_IN] } };

	if (proc_text_section(text, "Tcp:", tcp, COUNT(tcp)) ||
	    add_datagrams(text, "Udp:", packets[HOST_UDP], &refused) ||
	    proc_text_section(text, "Icmp:", icmp, COUNT(icmp)) ||
	    proc_text_section(text, "Ip:", ip, COUNT(ip)))
		return ERR_INVALID;
	(void)add_datagrams(text, "UdpLite:", packets[HOST_OTHER], &refused); /* newer kernels have none */
	memcpy(out->packets, packets, sizeof(packets));
	memcpy(out->opened, opened, sizeof(opened));
	out->resets_sent = resets;
	out->unreachable_sent = refused;
	return 0;
}

int proc_text_snmp6(struct slice text, struct host_sample *out)
{
	uint64_t no_ports = 0, lite_no_ports = 0;
	uint64_t *udp = out->packets[HOST_UDP], *icmp = out->packets[HOST_ICMP], *other = out->packets[HOST_OTHER];
	const struct proc_counter all[] = {
		{ "Udp6InDatagrams", &udp[HOST_IN] }, { "Udp6InErrors", &udp[HOST_IN] },
		{ "Udp6IgnoredMulti", &udp[HOST_IN] }, { "Udp6NoPorts", &no_ports },
		{ "Udp6OutDatagrams", &udp[HOST_OUT] },
		{ "Icmp6InMsgs", &icmp[HOST_IN] }, { "Icmp6OutMsgs", &icmp[HOST_OUT] },
		{ "Ip6InUnknownProtos", &other[HOST_IN] },
		{ "UdpLite6InDatagrams", &other[HOST_IN] }, { "UdpLite6InErrors", &other[HOST_IN] },
		{ "UdpLite6NoPorts", &lite_no_ports }, { "UdpLite6OutDatagrams", &other[HOST_OUT] },
	};

	if (proc_text_list(text, all, COUNT(all)))
		return ERR_INVALID;
	udp[HOST_IN] += no_ports;
	other[HOST_IN] += lite_no_ports;
	out->unreachable_sent += no_ports + lite_no_ports;
	return 0;
}
