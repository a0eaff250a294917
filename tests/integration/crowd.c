/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many TCP clients at once, each with an address of its own out of an IPv4 prefix, for the lab alone: honest ones, and
 * those that hoard. Real connections; the prefix must be local to the namespace (ip route add local PREFIX dev lo).
 *
 *   crowd --src 100.64.0.0 --addresses 400 [--step 64] --dst 192.0.2.1 --port 80 --rate 500 --seconds 20
 *         [--say 300] [--hold 2000] [--most 1000] [--drip 5000] [--timeout 5000]
 *
 * A client connects, says so many bytes, waits for an answer, stays for --hold ms, and ends. --drip: a byte each so many
 * ms instead, and nothing is waited for. --most: open at once. --hold 0 ends with the answer, -1 never.
 * Prints for each second in which clients began: "SECOND begun answered failed worst-ms", and at last "all ...". Failed
 * are those refused, reset, or without an answer in time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 16384
#define SECONDS 600
#define SAY 4096
#define MS INT64_C(1000000)

enum stage { FREE = 0, CONNECTS, WAITS, STAYS };

struct client {
	enum stage stage;
	bool told; /* counted as answered or failed */
	int fd;
	unsigned second;
	int64_t begun, until, drip;
};

struct second {
	unsigned begun, answered, failed;
	int64_t worst;
};

struct crowd {
	struct in_addr src, dst;
	unsigned addresses, step, port, rate, seconds, say, most;
	int64_t hold, drip, timeout; /* ns */
	int poll;
	int64_t start;
	uint64_t begun;
	unsigned open;
	struct client clients[CLIENTS];
	struct second stats[SECONDS + 1];
};

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 * MS + t.tv_nsec;
}

static void tell(struct crowd *c, struct client *k, bool good)
{
	struct second *s = &c->stats[k->second];
	int64_t took = now() - k->begun;

	if (k->told)
		return;
	k->told = true;
	if (!good) {
		s->failed++;
		return;
	}
	s->answered++;
	if (took > s->worst)
		s->worst = took;
}

static void end(struct crowd *c, struct client *k, bool good)
{
	tell(c, k, good);
	close(k->fd);
	k->stage = FREE;
	c->open--;
}

static void want(const struct crowd *c, struct client *k, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u32 = (uint32_t)(k - c->clients) };

	if (epoll_ctl(c->poll, EPOLL_CTL_MOD, k->fd, &e) < 0)
		epoll_ctl(c->poll, EPOLL_CTL_ADD, k->fd, &e);
}

static struct client *free_client(struct crowd *c)
{
	for (size_t i = 0; i < CLIENTS && c->open < c->most; i++)
		if (c->clients[i].stage == FREE)
			return &c->clients[i];
	return NULL;
}

static void begin(struct crowd *c, int64_t at)
{
	struct client *k = free_client(c);
	unsigned n = (unsigned)(c->begun % c->addresses);
	struct sockaddr_in me = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ntohl(c->src.s_addr) + n * c->step + 1) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = c->dst, .sin_port = htons((uint16_t)c->port) };
	int one = 1;

	c->begun++;
	if (!k)
		return;
	*k = (struct client){ .stage = CONNECTS, .begun = at, .until = at + c->timeout, .drip = at };
	k->second = (unsigned)((at - c->start) / (1000 * MS));
	if (k->second > SECONDS)
		k->second = SECONDS;
	k->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (k->fd < 0) {
		perror("crowd: socket");
		exit(1);
	}
	c->stats[k->second].begun++;
	c->open++;
	setsockopt(k->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(k->fd, (struct sockaddr *)&me, sizeof(me)) < 0) {
		perror("crowd: bind");
		exit(1);
	}
	if (connect(k->fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		end(c, k, false);
	else
		want(c, k, EPOLLOUT);
}

static void connected(struct crowd *c, struct client *k)
{
	static const char text[SAY] = "GET / HTTP/1.1\r\nHost: lab\r\n";
	int error = 0;
	socklen_t size = sizeof(error);

	getsockopt(k->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error || (c->say && send(k->fd, text, c->say, MSG_NOSIGNAL) < 0)) {
		end(c, k, false);
		return;
	}
	k->stage = c->drip ? STAYS : WAITS;
	if (c->drip) {
		tell(c, k, true);
		k->until = c->hold < 0 ? INT64_MAX : k->begun + c->hold;
	}
	want(c, k, EPOLLIN);
}

static void heard(struct crowd *c, struct client *k)
{
	char bytes[4096];
	ssize_t got = recv(k->fd, bytes, sizeof(bytes), 0);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		end(c, k, false); /* counts only where no answer came before */
		return;
	}
	tell(c, k, true);
	if (!c->hold) {
		end(c, k, true);
		return;
	}
	if (k->stage == WAITS)
		k->until = c->hold < 0 ? INT64_MAX : now() + c->hold;
	k->stage = STAYS;
}

static void look_around(struct crowd *c, int64_t at)
{
	for (size_t i = 0; i < CLIENTS && c->open; i++) {
		struct client *k = &c->clients[i];

		if (k->stage == FREE)
			continue;
		if (k->until <= at) {
			end(c, k, k->stage == STAYS);
			continue;
		}
		if (k->stage != STAYS || !c->drip || at - k->drip < c->drip)
			continue;
		k->drip = at;
		if (send(k->fd, "x", 1, MSG_NOSIGNAL) < 0)
			end(c, k, false);
	}
}

static void run(struct crowd *c)
{
	int64_t last = 0, stop = c->start + (int64_t)c->seconds * 1000 * MS;

	for (;;) {
		struct epoll_event e[256];
		int64_t at = now(), due = (at < stop ? at : stop) - c->start;
		uint64_t wanted = (uint64_t)(due / MS) * c->rate / 1000;
		int n;

		while (c->begun < wanted)
			begin(c, at);
		if (at - last > 50 * MS) {
			look_around(c, at);
			last = at;
		}
		/* Who never ends by himself ends with the crowd. */
		if (at >= stop && (!c->open || c->hold < 0 || at >= stop + c->timeout + c->hold))
			return;
		n = epoll_wait(c->poll, e, 256, 2);
		for (int i = 0; i < n; i++) {
			struct client *k = &c->clients[e[i].data.u32];

			if (k->stage == CONNECTS)
				connected(c, k);
			else if (k->stage != FREE)
				heard(c, k);
		}
	}
}

static void print_line(const struct second *s)
{
	printf(" %u %u %u %.1f\n", s->begun, s->answered, s->failed, (double)s->worst / (double)MS);
}

static void print(const struct crowd *c)
{
	struct second all = { 0 };

	for (unsigned i = 0; i <= SECONDS; i++) {
		const struct second *s = &c->stats[i];

		if (!s->begun)
			continue;
		printf("%u", i);
		print_line(s);
		all.begun += s->begun;
		all.answered += s->answered;
		all.failed += s->failed;
		all.worst = s->worst > all.worst ? s->worst : all.worst;
	}
	printf("all");
	print_line(&all);
}

static void read_options(struct crowd *c, int argc, char **argv)
{
	static const struct option names[] = { { "src", 1, NULL, 's' }, { "addresses", 1, NULL, 'a' },
		{ "step", 1, NULL, 't' }, { "dst", 1, NULL, 'd' }, { "port", 1, NULL, 'p' }, { "rate", 1, NULL, 'r' },
		{ "seconds", 1, NULL, 'n' }, { "say", 1, NULL, 'y' }, { "hold", 1, NULL, 'h' },
		{ "most", 1, NULL, 'm' },
		{ "drip", 1, NULL, 'i' }, { "timeout", 1, NULL, 'o' }, { NULL, 0, NULL, 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", names, NULL)) != -1) {
		unsigned long n = o == 's' || o == 'd' ? 0 : strtoul(optarg ? optarg : "", NULL, 10);

		if (o == '?')
			exit(64);
		switch (o) {
		case 's': inet_pton(AF_INET, optarg, &c->src); break;
		case 'd': inet_pton(AF_INET, optarg, &c->dst); break;
		case 'a': c->addresses = (unsigned)n; break;
		case 't': c->step = (unsigned)n; break;
		case 'p': c->port = (unsigned)n; break;
		case 'r': c->rate = (unsigned)n; break;
		case 'n': c->seconds = (unsigned)n; break;
		case 'y': c->say = n < SAY ? (unsigned)n : SAY; break;
		case 'h': c->hold = (int64_t)n < 0 ? -1 : (int64_t)n * MS; break;
		case 'm': c->most = (unsigned)n; break;
		case 'i': c->drip = (int64_t)n * MS; break;
		case 'o': c->timeout = (int64_t)n * MS; break;
		}
	}
}

int main(int argc, char **argv)
{
	static struct crowd c = { .addresses = 1, .step = 1, .rate = 1, .seconds = 1, .most = CLIENTS,
		.timeout = 5000 * MS };
	struct rlimit files = { CLIENTS + 64, CLIENTS + 64 };

	read_options(&c, argc, argv);
	if (!c.dst.s_addr || !c.port || !c.addresses || !c.rate || c.seconds > SECONDS) {
		fprintf(stderr, "crowd: see the head of crowd.c\n");
		return 64;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	c.poll = epoll_create1(0);
	c.start = now();
	run(&c);
	print(&c);
	return 0;
}
