/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends bare TCP segments with a source of one's choice, for the lab alone: an address, or a prefix out of which each
 * packet takes the next address. A raw IPv4 socket, sendmmsg, a count and a rate; it reads no answer.
 *
 *   forge --src 198.18.0.0/15 --dst 192.0.2.1 --port 80[-89] --count 1000 [--rate 500] [--flags S]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 64
#define BYTES (sizeof(struct iphdr) + sizeof(struct tcphdr))

struct job {
	uint32_t src, mask; /* host byte order; mask covers the bits that vary */
	uint32_t dst;
	uint16_t port, port_last;
	uint64_t count, rate; /* rate 0: as fast as it goes */
	uint8_t flags;
};

static uint32_t sum_words(const void *at, size_t len, uint32_t sum)
{
	const uint8_t *b = at;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(b[i] << 8 | b[i + 1]);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void build(const struct job *j, uint64_t n, uint8_t out[BYTES])
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP };
	struct tcphdr tcp = { .doff = 5, .window = htons(64240) };
	uint32_t sum;

	ip.tot_len = htons(BYTES);
	ip.id = htons((uint16_t)n);
	ip.saddr = htonl((j->src & ~j->mask) | ((j->src + (uint32_t)n) & j->mask));
	ip.daddr = htonl(j->dst);
	ip.check = fold(sum_words(&ip, sizeof(ip), 0));
	tcp.source = htons((uint16_t)(1024 + n % 60000));
	tcp.dest = htons((uint16_t)(j->port + n % (uint64_t)(j->port_last - j->port + 1)));
	tcp.seq = htonl((uint32_t)(n * 2654435761u));
	((uint8_t *)&tcp)[13] = j->flags;
	sum = sum_words(&ip.saddr, 8, IPPROTO_TCP + sizeof(tcp));
	tcp.check = fold(sum_words(&tcp, sizeof(tcp), sum));
	memcpy(out, &ip, sizeof(ip));
	memcpy(out + sizeof(ip), &tcp, sizeof(tcp));
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Sleeps until the packet of that number is due. */
static void pace(const struct job *j, uint64_t begun, uint64_t n)
{
	uint64_t due, now = now_ns();
	struct timespec t;

	if (!j->rate)
		return;
	due = begun + n * 1000000000u / j->rate;
	if (due <= now)
		return;
	t.tv_sec = (time_t)((due - now) / 1000000000u);
	t.tv_nsec = (long)((due - now) % 1000000000u);
	nanosleep(&t, NULL);
}

static int send_all(const struct job *j, int fd)
{
	static uint8_t bytes[BURST][BYTES];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(j->dst) };
	struct iovec iov[BURST];
	struct mmsghdr msg[BURST];
	unsigned most = j->rate && j->rate < 20000 ? 1 : BURST;
	uint64_t begun = now_ns();

	for (uint64_t n = 0; n < j->count;) {
		unsigned k = (unsigned)(j->count - n < most ? j->count - n : most);
		int sent;

		memset(msg, 0, sizeof(msg));
		for (unsigned i = 0; i < k; i++) {
			build(j, n + i, bytes[i]);
			iov[i] = (struct iovec){ .iov_base = bytes[i], .iov_len = BYTES };
			msg[i].msg_hdr = (struct msghdr){ .msg_name = &to, .msg_namelen = sizeof(to),
				.msg_iov = &iov[i], .msg_iovlen = 1 };
		}
		pace(j, begun, n);
		sent = sendmmsg(fd, msg, k, 0);
		if (sent < 0 && errno != ENOBUFS && errno != EINTR) {
			perror("forge: sendmmsg");
			return 71;
		}
		n += sent > 0 ? (uint64_t)sent : 0;
	}
	return 0;
}

static int parse_source(const char *text, struct job *j)
{
	char addr[32];
	const char *slash = strchr(text, '/');
	unsigned long len = slash ? strtoul(slash + 1, NULL, 10) : 32;
	struct in_addr a;

	snprintf(addr, sizeof(addr), "%.*s", slash ? (int)(slash - text) : 31, text);
	if (inet_pton(AF_INET, addr, &a) != 1 || len > 32 || len == 0)
		return -1;
	j->src = ntohl(a.s_addr);
	j->mask = len == 32 ? 0 : UINT32_MAX >> len;
	return 0;
}

static uint8_t parse_flags(const char *text)
{
	static const char letters[] = "FSRPAU";
	uint8_t flags = 0;

	for (; *text; text++) {
		const char *at = strchr(letters, *text);

		if (at)
			flags |= (uint8_t)(1 << (at - letters));
	}
	return flags;
}

static int parse(int argc, char **argv, struct job *j)
{
	static const struct option options[] = {
		{ "src", required_argument, NULL, 's' }, { "dst", required_argument, NULL, 'd' },
		{ "port", required_argument, NULL, 'p' }, { "count", required_argument, NULL, 'c' },
		{ "rate", required_argument, NULL, 'r' }, { "flags", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct in_addr a = { 0 };
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's' && parse_source(optarg, j))
			return -1;
		if (c == 'd' && inet_pton(AF_INET, optarg, &a) != 1)
			return -1;
		if (c == 'p') {
			j->port = j->port_last = (uint16_t)strtoul(optarg, &end, 10);
			if (*end == '-')
				j->port_last = (uint16_t)strtoul(end + 1, NULL, 10);
		}
		if (c == 'c')
			j->count = strtoull(optarg, NULL, 10);
		if (c == 'r')
			j->rate = strtoull(optarg, NULL, 10);
		if (c == 'f')
			j->flags = parse_flags(optarg);
		if (c == '?')
			return -1;
	}
	j->dst = ntohl(a.s_addr);
	return j->src && j->dst && j->count && j->port_last >= j->port ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct job j = { .flags = 0x02 };
	int fd, result;

	if (parse(argc, argv, &j)) {
		fprintf(stderr, "usage: forge --src ADDR[/LEN] --dst ADDR --port N[-M] --count N [--rate N] [--flags S]\n");
		return 64;
	}
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0) {
		perror("forge: raw socket");
		return 77;
	}
	result = send_all(&j, fd);
	close(fd);
	return result;
}
