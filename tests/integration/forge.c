/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends packets with a source of one's choice, for the lab alone: an address of either family, or an IPv4 prefix out
 * of which each packet takes the next address. A raw socket, sendmmsg, a count and a rate; it reads no answer.
 *
 *   forge --src 198.18.0.0/15 --dst 192.0.2.1 --port 80[-89] --count 1000 [--rate 500]
 *         [--proto tcp|udp|icmp] [--flags S] [--sport N] [--window N] [--md5]
 *
 * With --guess N it does what somebody off the path would do to make others believe in a handshake: each N packets
 * are a SYN from a port of its own and then bare ACKs of one guess after the other, --step apart, from --guess-from on
 * (and round again at 2^32).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 64
#define MOST_BYTES 96
#define MD5_BYTES 20 /* the option of RFC 2385, and two of padding */

struct job {
	int family;
	uint8_t src[16], dst[16];
	uint32_t mask; /* IPv4: the bits of the source that vary, host byte order */
	uint16_t port, port_last, sport, window;
	uint8_t proto, flags;
	bool md5;
	uint64_t count, rate; /* rate 0: as fast as it goes */
	uint64_t guess;       /* packets for each pretended connection; 0: none */
	uint32_t guess_from, step;
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

static uint32_t mix(uint64_t n)
{
	return (uint32_t)(n * 2654435761u);
}

/* SYNs and guesses of one pretended connection share a port and the SYN's sequence number. */
static void fill_guess(const struct job *j, uint64_t n, struct tcphdr *tcp, uint8_t *flags)
{
	uint64_t which = n / j->guess, k = n % j->guess;
	uint32_t first = mix(which + 1);

	tcp->source = htons((uint16_t)(j->sport ? j->sport + which : 1024 + which % 60000));
	*flags = k ? 0x10 : 0x02;
	tcp->seq = htonl(k ? first + 1 : first);
	if (k)
		tcp->ack_seq = htonl(j->guess_from + (uint32_t)(n - which - 1) * j->step);
}

static size_t put_tcp(const struct job *j, uint64_t n, uint8_t *out)
{
	struct tcphdr tcp = { .doff = 5, .window = htons(j->window) };
	uint8_t flags = j->flags;
	size_t len = sizeof(tcp);

	tcp.source = htons((uint16_t)(j->sport ? j->sport : 1024 + n % 60000));
	tcp.dest = htons((uint16_t)(j->port + n % (uint64_t)(j->port_last - j->port + 1)));
	tcp.seq = htonl(mix(n));
	if (j->guess)
		fill_guess(j, n, &tcp, &flags);
	/* A SYN with the option would not be answered. */
	if (j->md5 && !(flags & 0x02)) {
		memset(out + len, 1, MD5_BYTES);
		out[len] = 19;
		out[len + 1] = 18;
		len += MD5_BYTES;
		tcp.doff = (sizeof(tcp) + MD5_BYTES) / 4;
	}
	memcpy(out, &tcp, sizeof(tcp));
	out[13] = flags;
	return len;
}

/* Source and destination port, length; twelve bytes of text. */
static size_t put_udp(const struct job *j, uint64_t n, uint8_t *out)
{
	uint16_t sport = (uint16_t)(j->sport ? j->sport : 1024 + n % 60000);
	uint16_t port = (uint16_t)(j->port + n % (uint64_t)(j->port_last - j->port + 1));
	const uint8_t head[8] = { (uint8_t)(sport >> 8), (uint8_t)sport, (uint8_t)(port >> 8),
		(uint8_t)port, 0, 20 };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), "not my words", 12);
	return 20;
}

/* Echo requests. */
static size_t put_icmp(const struct job *j, uint64_t n, uint8_t *out)
{
	const uint8_t head[8] = { j->family == AF_INET ? 8 : 128, 0, 0, 0, 0, 7, (uint8_t)(n >> 8), (uint8_t)n };

	memcpy(out, head, sizeof(head));
	return sizeof(head);
}

/* Where the checksum stands. */
static size_t checksum_at(uint8_t proto)
{
	if (proto == IPPROTO_TCP)
		return 16;
	return proto == IPPROTO_UDP ? 6 : 2;
}

static size_t put_ip4(const struct job *j, uint64_t n, size_t len, uint8_t *out)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = j->proto };
	uint32_t src;

	memcpy(&src, j->src, sizeof(src));
	src = ntohl(src);
	ip.tot_len = htons((uint16_t)(sizeof(ip) + len));
	ip.id = htons((uint16_t)n);
	ip.saddr = htonl((src & ~j->mask) | ((src + (uint32_t)n) & j->mask));
	memcpy(&ip.daddr, j->dst, sizeof(ip.daddr));
	ip.check = fold(sum_words(&ip, sizeof(ip), 0));
	memcpy(out, &ip, sizeof(ip));
	return sizeof(ip);
}

static size_t put_ip6(const struct job *j, size_t len, uint8_t *out)
{
	struct ip6_hdr ip = { .ip6_flow = htonl(6u << 28), .ip6_hlim = 64, .ip6_nxt = j->proto };

	ip.ip6_plen = htons((uint16_t)len);
	memcpy(&ip.ip6_src, j->src, sizeof(ip.ip6_src));
	memcpy(&ip.ip6_dst, j->dst, sizeof(ip.ip6_dst));
	memcpy(out, &ip, sizeof(ip));
	return sizeof(ip);
}

static size_t build(const struct job *j, uint64_t n, uint8_t out[MOST_BYTES])
{
	bool v4 = j->family == AF_INET;
	size_t head = v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr), len;
	uint32_t sum = 0;
	uint16_t check;

	if (j->proto == IPPROTO_TCP)
		len = put_tcp(j, n, out + head);
	else
		len = j->proto == IPPROTO_UDP ? put_udp(j, n, out + head) : put_icmp(j, n, out + head);
	if (v4)
		put_ip4(j, n, len, out);
	else
		put_ip6(j, len, out);
	if (!v4 || j->proto != IPPROTO_ICMP)
		sum = sum_words(out + (v4 ? 12 : 8), v4 ? 8 : 32, j->proto + (uint32_t)len);
	check = fold(sum_words(out + head, len, sum));
	memcpy(out + head + checksum_at(j->proto), &check, sizeof(check));
	return head + len;
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

static socklen_t fill_to(const struct job *j, struct sockaddr_storage *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (j->family == AF_INET) {
		memcpy(&in.sin_addr, j->dst, sizeof(in.sin_addr));
		memcpy(to, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, j->dst, sizeof(in6.sin6_addr));
	memcpy(to, &in6, sizeof(in6));
	return sizeof(in6);
}

static int send_all(const struct job *j, int fd)
{
	static uint8_t bytes[BURST][MOST_BYTES];
	struct sockaddr_storage to = { 0 };
	socklen_t to_len = fill_to(j, &to);
	struct iovec iov[BURST];
	struct mmsghdr msg[BURST];
	unsigned most = j->rate && j->rate < 20000 ? 1 : BURST;
	uint64_t begun = now_ns();

	for (uint64_t n = 0; n < j->count;) {
		unsigned k = (unsigned)(j->count - n < most ? j->count - n : most);
		int sent;

		memset(msg, 0, sizeof(msg));
		for (unsigned i = 0; i < k; i++) {
			iov[i] = (struct iovec){ .iov_base = bytes[i], .iov_len = build(j, n + i, bytes[i]) };
			msg[i].msg_hdr = (struct msghdr){ .msg_name = &to, .msg_namelen = to_len,
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

static int parse_address(const char *text, struct job *j, uint8_t out[16])
{
	char addr[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	unsigned long len = slash ? strtoul(slash + 1, NULL, 10) : 32;

	snprintf(addr, sizeof(addr), "%.*s", slash ? (int)(slash - text) : INET6_ADDRSTRLEN - 1, text);
	j->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(j->family, addr, out) != 1 || len > 32 || len == 0)
		return -1;
	if (slash)
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

static uint8_t parse_proto(const char *text, const struct job *j)
{
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	return j->family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static void parse_ports(const char *text, struct job *j)
{
	char *end;

	j->port = j->port_last = (uint16_t)strtoul(text, &end, 10);
	if (*end == '-')
		j->port_last = (uint16_t)strtoul(end + 1, NULL, 10);
}

static void parse_number(int option, const char *text, struct job *j)
{
	uint64_t value = strtoull(text, NULL, 10);

	switch (option) {
	case 'c': j->count = value; break;
	case 'r': j->rate = value; break;
	case 'P': j->sport = (uint16_t)value; break;
	case 'w': j->window = (uint16_t)value; break;
	case 'g': j->guess = value; break;
	case 'G': j->guess_from = (uint32_t)value; break;
	case 'S': j->step = (uint32_t)value; break;
	}
}

static int parse(int argc, char **argv, struct job *j)
{
	static const struct option options[] = {
		{ "src", required_argument, NULL, 's' }, { "dst", required_argument, NULL, 'd' },
		{ "port", required_argument, NULL, 'p' }, { "count", required_argument, NULL, 'c' },
		{ "rate", required_argument, NULL, 'r' }, { "flags", required_argument, NULL, 'f' },
		{ "proto", required_argument, NULL, 'x' }, { "sport", required_argument, NULL, 'P' },
		{ "window", required_argument, NULL, 'w' }, { "md5", no_argument, NULL, 'm' },
		{ "guess", required_argument, NULL, 'g' }, { "guess-from", required_argument, NULL, 'G' },
		{ "step", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	const char *proto = "tcp";
	int c, source = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's' && parse_address(optarg, j, j->src))
			return -1;
		if (c == 's')
			source = j->family;
		if (c == 'd' && parse_address(optarg, j, j->dst))
			return -1;
		if (c == 'p')
			parse_ports(optarg, j);
		if (c == 'f')
			j->flags = parse_flags(optarg);
		if (c == 'x')
			proto = optarg;
		if (c == 'm')
			j->md5 = true;
		if (c == '?')
			return -1;
		if (optarg && strchr("crPwgGS", c))
			parse_number(c, optarg, j);
	}
	j->proto = parse_proto(proto, j);
	return source && source == j->family && j->count && j->port_last >= j->port ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct job j = { .flags = 0x02, .window = 64240, .step = 66001 };
	int fd, result;

	if (parse(argc, argv, &j)) {
		fprintf(stderr, "usage: forge --src ADDR[/LEN] --dst ADDR --port N[-M] --count N [--rate N] [--proto P]\n"
			"  [--flags S] [--sport N] [--window N] [--md5] [--guess N [--guess-from N] [--step N]]\n");
		return 64;
	}
	fd = socket(j.family, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0) {
		perror("forge: raw socket");
		return 77;
	}
	result = send_all(&j, fd);
	close(fd);
	return result;
}
