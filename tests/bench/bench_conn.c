/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New connections a second: a server that accepts and closes, and clients that connect, wait for that close and reset.
 * The reset leaves nobody in TIME_WAIT, so that ports never run out.
 *
 *   bench_conn serve PORT
 *   bench_conn answer PORT                              a line is asked for first, and 4 KiB come back
 *   bench_conn run ADDR PORT SECONDS CLIENTS [RATE]     prints the rate over all clients, failures, and their CPU in us
 *   bench_conn fetch ADDR PORT SECONDS CLIENTS [RATE]   as run, of a service that answers: what curl does
 *
 * RATE: so many a second of all clients together; 0, as many as they can.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 64
#define ANSWER 4096

struct tally {
	uint64_t done, failed;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n";

static void give(int c, bool answers)
{
	static char page[ANSWER];

	if (answers && read(c, page, sizeof(page)) > 0 && write(c, page, sizeof(page)) < 0)
		perror("bench_conn: answer");
	close(c);
}

static int serve(uint16_t port, bool answers)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 4096)) {
		perror("bench_conn: listen");
		return 71;
	}
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c >= 0)
			give(c, answers);
	}
}

/* All that comes, until the other side closes; how much that was, or -1. */
static ssize_t drain(int fd)
{
	char page[ANSWER];
	ssize_t n, all = 0;

	while ((n = read(fd, page, sizeof(page))) > 0)
		all += n;
	return n < 0 ? -1 : all;
}

static int talk(int fd, bool asks)
{
	if (!asks)
		return drain(fd) == 0 ? 0 : -1;
	return write(fd, request, sizeof(request) - 1) > 0 && drain(fd) == ANSWER ? 0 : -1;
}

static int once(const struct sockaddr_in *to, bool asks)
{
	struct linger reset = { .l_onoff = 1 };
	struct timeval most = { .tv_sec = 3 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int result = -1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	if (!connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		result = talk(fd, asks);
	close(fd);
	return result;
}

static void wait_until(double when)
{
	double left = when - now_s();
	struct timespec t;

	if (left <= 0)
		return;
	t.tv_sec = (time_t)left;
	t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

/* gap: seconds from one to the next; whoever is late makes up for it. */
static void client(const struct sockaddr_in *to, bool asks, double until, double gap, struct tally *t)
{
	double next = now_s();

	for (; now_s() < until; next += gap) {
		wait_until(next);
		if (once(to, asks))
			t->failed++;
		else
			t->done++;
	}
}

static double children_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int run(char **argv, bool asks, double rate)
{
	const double seconds = strtod(argv[4], NULL);
	const int clients = (int)strtol(argv[5], NULL, 10);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10)) };
	struct tally *t = mmap(NULL, CLIENTS * sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct tally sum = { 0 };
	double begun = now_s();

	if (inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 || t == MAP_FAILED || clients > CLIENTS)
		return 64;
	for (int i = 0; i < clients; i++) {
		if (fork() == 0) {
			client(&to, asks, begun + seconds, rate > 0 ? clients / rate : 0, &t[i]);
			_exit(0);
		}
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	for (int i = 0; i < clients; i++) {
		sum.done += t[i].done;
		sum.failed += t[i].failed;
	}
	printf("%.0f %llu %.0f\n", (double)sum.done / (now_s() - begun), (unsigned long long)sum.failed, children_us());
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool answers = !strcmp(verb, "answer"), asks = !strcmp(verb, "fetch");

	if (argc == 3 && (answers || !strcmp(verb, "serve")))
		return serve((uint16_t)strtoul(argv[2], NULL, 10), answers);
	if ((argc == 6 || argc == 7) && (asks || !strcmp(verb, "run")))
		return run(argv, asks, argc == 7 ? strtod(argv[6], NULL) : 0);
	fprintf(stderr, "usage: bench_conn serve|answer PORT | run|fetch ADDR PORT SECONDS CLIENTS [RATE]\n");
	return 64;
}
