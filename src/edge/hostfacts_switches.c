/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts that everybody may read: switches and counts in /proc, a file in /etc. Apart
 * from hostfacts.c, so that the tool can have them without the netlink libraries.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/hostfacts.h"

#define SAVED_FILE "/etc/nftables.conf"
#define SAVED_BYTES (1024 * 1024)

static int64_t read_number(const char *path)
{
	char text[32], *end;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long long value;
	ssize_t n;

	if (fd < 0)
		return HOST_UNKNOWN;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return HOST_UNKNOWN;
	text[n] = '\0';
	value = strtoll(text, &end, 10);
	return end == text ? HOST_UNKNOWN : value;
}

static void read_numbers(struct host_facts *out)
{
	static const char *const paths[HOST_NUMBERS] = {
		[HOST_FORWARD4] = "net/ipv4/ip_forward",
		[HOST_FORWARD6] = "net/ipv6/conf/all/forwarding",
		[HOST_NO_IPV6] = "net/ipv6/conf/all/disable_ipv6",
		[HOST_BRIDGE_CALLS4] = "net/bridge/bridge-nf-call-iptables",
		[HOST_BRIDGE_CALLS6] = "net/bridge/bridge-nf-call-ip6tables",
		[HOST_CT_COUNT] = "net/netfilter/nf_conntrack_count",
		[HOST_CT_MAX] = "net/netfilter/nf_conntrack_max",
		[HOST_CT_LOOSE] = "net/netfilter/nf_conntrack_tcp_loose",
		[HOST_CT_ESTABLISHED_S] =
			"net/netfilter/nf_conntrack_tcp_timeout_established",
		[HOST_SYNCOOKIES] = "net/ipv4/tcp_syncookies",
		[HOST_CT_ACCT] = "net/netfilter/nf_conntrack_acct",
	};
	char path[96];

	for (size_t i = 0; i < HOST_NUMBERS; i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", paths[i]);
		out->numbers[i] = read_number(path);
	}
}

/* "table inet OURS" in the file that the distributions load at boot. */
static bool saved(const char *ours)
{
	char line[64];
	char *text = calloc(1, SAVED_BYTES);
	FILE *f = fopen(SAVED_FILE, "re");
	bool found = false;

	snprintf(line, sizeof(line), "table inet %s {", ours);
	if (text && f && fread(text, 1, SAVED_BYTES - 1, f) > 0)
		found = strstr(text, line) != NULL;
	if (f)
		fclose(f);
	free(text);
	return found;
}

void hostfacts_switches(const char *ours, struct host_facts *out)
{
	memset(out, 0, sizeof(*out));
	read_numbers(out);
	out->saved_table = saved(ours);
}
