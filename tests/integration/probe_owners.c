/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose are flows that have just begun, and how soon is that known; for who.sh. Each run starts a process that connects,
 * says so, lives for MS milliseconds and is gone; the observer is asked meanwhile.
 *
 *   probe_owners tcp|udp|open|bound N MS [UID [CGROUP-FOLDER]]   ("open": a datagram socket without a peer; "bound": one
 *                                 of TCP that is bound to the interface lo)
 *   probe_owners inherit N MS     a child and a grandchild hold the socket; who opened it is wanted
 *   probe_owners orphan N MS      the opener is gone, his child holds it
 *   probe_owners exec N MS PROGRAM ARG...   that program connects to 127.0.0.1:7777, and writes "PORT NANOSECONDS" (of
 *                                 CLOCK_BOOTTIME before that) to its descriptor 3
 *   probe_owners upload FROM TO MIB   sends so much between two addresses, as user 65534; says "so far BYTES uid UID", and at the end "ended BYTES uid UID"
 *
 * Says "N asked N right N wrong N unnamed, p50 US p99 US", then the last answer's words.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/observer.h"
#include "core/packet.h"
#include "edge/clock.h"

#define PORT 7777
#define MOST 10000
#define PATIENCE_MS 2000

struct hello {
	int64_t began_ns;
	int32_t pid; /* that is to be told */
	uint16_t port;
};

static struct observer *observer;
static int listener = -1, datagrams = -1;
static int64_t took_us[MOST];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in there(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static void rest(int64_t ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void become(const char *uid, const char *group)
{
	char path[512];
	FILE *f;

	if (group) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", group);
		f = fopen(path, "w");
		if (!f || fprintf(f, "0\n") < 0 || fclose(f))
			die(path);
	}
	if (uid && setuid((uid_t)atoi(uid)))
		die("setuid");
}

static void say_hello(int to, struct hello h)
{
	if (write(to, &h, sizeof(h)) != (ssize_t)sizeof(h))
		die("hello");
}

/* The child's whole life. */
static void call(const char *how, int to, int64_t ms)
{
	bool tcp = strcmp(how, "udp") != 0 && strcmp(how, "open") != 0;
	int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	struct sockaddr_in at = there();
	struct hello h = { .began_ns = clock_mono().ns, .pid = getpid() };
	socklen_t len = sizeof(at);
	bool open = strcmp(how, "open") == 0;

	if (strcmp(how, "bound") == 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2))
		die("SO_BINDTODEVICE");
	if (fd < 0 || (!open && connect(fd, (struct sockaddr *)&at, len)) ||
		(open && sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len) != 1) ||
		getsockname(fd, (struct sockaddr *)&at, &len))
		die("connect");
	h.port = ntohs(at.sin_port);
	if (strcmp(how, "orphan") == 0) {
		pid_t heir = fork();

		if (heir)
			_exit(0);
		h.pid = getpid();
		rest(5); /* until its father is gone */
	} else if (strcmp(how, "inherit") == 0 && fork() == 0) {
		rest(ms + 20);
		_exit(0);
	}
	say_hello(to, h);
	rest(ms);
	_exit(0);
}

/* Its first line, as a hello. */
static void relay(int from, int to, pid_t pid)
{
	char line[128] = "";
	struct hello h = { .pid = pid };
	ssize_t n = read(from, line, sizeof(line) - 1);

	if (n <= 0 || sscanf(line, "%" SCNu16 " %" SCNd64, &h.port, &h.began_ns) != 2)
		die("the program's line");
	say_hello(to, h);
	waitpid(pid, NULL, 0); /* it shall keep its parent */
	exit(0);
}

static void run_program(char **argv, int to)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		die("pipe");
	pid = fork();
	if (pid)
		relay(ends[0], to, pid);
	if (dup2(ends[1], 3) != 3)
		die("dup2");
	execvp(argv[0], argv);
	die(argv[0]);
}

static bool ask(const char *from, const char *to, uint16_t port, bool tcp, struct owner_answer *out)
{
	struct pollfd p = { .fd = observer_owner_fd(observer), .events = POLLIN };
	struct tuple t = { .sport = port, .dport = PORT, .proto = tcp ? PROTO_TCP : PROTO_UDP };

	addr_parse(from, &t.src);
	addr_parse(to, &t.dst);
	if (!observer_ask_owner(observer, &t))
		return false;
	while (!observer_owner(observer, out))
		if (poll(&p, 1, PATIENCE_MS) != 1)
			return false;
	return tuple_equal(&out->tuple, &t);
}

static int ascending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void open_observer(void)
{
	static struct conf conf;
	char why[WHY_TEXT];

	conf.flows.source = CONF_FLOWS_SOCKETS;
	if (observer_create(&observer, &conf, why) || observer_start(observer)) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
}

static void open_listeners(void)
{
	struct sockaddr_in at = there();
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 512) ||
		bind(datagrams, (struct sockaddr *)&at, sizeof(at)))
		die("listen");
}

/* ---- an upload ---- */

static void send_much(const char *from, const char *to, int64_t bytes, int hello, int stay)
{
	struct sockaddr_in at = there(), self = { .sin_family = AF_INET };
	struct hello h = { .pid = getpid() };
	socklen_t len = sizeof(self);
	static char text[65536];
	int fd;

	become("65534", NULL);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (inet_pton(AF_INET, from, &self.sin_addr) != 1 || inet_pton(AF_INET, to, &at.sin_addr) != 1 ||
		bind(fd, (struct sockaddr *)&self, len) || connect(fd, (struct sockaddr *)&at, sizeof(at)) ||
		getsockname(fd, (struct sockaddr *)&self, &len))
		die("connect");
	h.port = ntohs(self.sin_port);
	say_hello(hello, h);
	for (ssize_t n; bytes > 0; bytes -= n) {
		n = write(fd, text, bytes < (int64_t)sizeof(text) ? (size_t)bytes : sizeof(text));
		if (n <= 0)
			die("write");
	}
	if (read(stay, text, 1) < 0) /* until the other end is closed */
		die("read");
	_exit(0);
}

static void drain(const char *to, int hello)
{
	struct sockaddr_in at = there();
	static char text[65536];
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (inet_pton(AF_INET, to, &at.sin_addr) != 1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		die("listen");
	say_hello(hello, (struct hello){ .pid = getpid() });
	fd = accept(fd, NULL, NULL);
	while (read(fd, text, sizeof(text)) > 0)
		continue;
	_exit(0);
}

static bool await_flow(bool so_far, struct flow_end *f)
{
	for (int i = 0; i < 1500; i++) {
		const struct observed *s = observer_second(observer);

		if (s)
			observer_seen(observer);
		while (observer_flow_end(observer, f))
			if (f->so_far == so_far && f->direction == FLOW_OUT && f->bytes[FLOW_THERE] >= 1 << 20)
				return true;
		rest(20);
	}
	return false;
}

static int upload(const char *from, const char *to, int64_t bytes)
{
	int ends[2], stay[2];
	struct owner_answer a;
	struct flow_end f;
	struct hello h;

	if (pipe(ends))
		die("pipe");
	if (!fork())
		drain(to, ends[1]);
	if (pipe(stay))
		die("pipe");
	if (read(ends[0], &h, sizeof(h)) != (ssize_t)sizeof(h))
		die("read");
	if (!fork()) {
		close(stay[1]);
		send_much(from, to, bytes, ends[1], stay[0]);
	}
	open_observer();
	if (read(ends[0], &h, sizeof(h)) != (ssize_t)sizeof(h) || !ask(from, to, h.port, true, &a))
		die("ask");
	if (await_flow(true, &f))
		printf("so far %" PRIu64 " uid %u\n", f.bytes[FLOW_THERE], f.owner.uid);
	close(stay[1]);
	if (await_flow(false, &f))
		printf("ended %" PRIu64 " uid %u\n", f.bytes[FLOW_THERE], f.owner.uid);
	observer_destroy(observer);
	return 0;
}

static void start_one(char **argv, int argc, int to, int64_t ms)
{
	if (fork())
		return;
	close(listener);
	close(datagrams);
	if (strcmp(argv[1], "exec") == 0)
		run_program(argv + 4, to);
	become(argc > 4 ? argv[4] : NULL, argc > 5 ? argv[5] : NULL);
	call(argv[1], to, ms);
}

int main(int argc, char **argv)
{
	int n = argc > 3 ? atoi(argv[2]) : 0, ends[2], right = 0, wrong = 0, unnamed = 0;
	bool tcp = argc > 3 && strcmp(argv[1], "udp") != 0 && strcmp(argv[1], "open") != 0;
	struct owner_answer a = { .blame.pid = 0 };

	if (argc == 5 && strcmp(argv[1], "upload") == 0)
		return upload(argv[2], argv[3], (int64_t)atoi(argv[4]) << 20);
	if (n < 1 || n > MOST || pipe(ends))
		return 1;
	open_listeners();
	open_observer();
	for (int i = 0; i < n; i++) {
		struct hello h;
		int accepted;

		start_one(argv, argc, ends[1], atoi(argv[3]));
		accepted = tcp ? accept(listener, NULL, NULL) : -1;
		if (read(ends[0], &h, sizeof(h)) != (ssize_t)sizeof(h))
			die("read");
		memset(&a, 0, sizeof(a));
		if (!ask("127.0.0.1", "127.0.0.1", h.port, tcp, &a))
			die("no answer");
		took_us[i] = (clock_mono().ns - h.began_ns) / 1000;
		right += a.blame.pid == (uint32_t)h.pid;
		unnamed += a.blame.pid == 0;
		wrong += a.blame.pid != 0 && a.blame.pid != (uint32_t)h.pid;
		if (accepted >= 0)
			close(accepted);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
	qsort(took_us, (size_t)n, sizeof(took_us[0]), ascending);
	printf("%d asked %d right %d wrong %d unnamed, p50 %" PRId64 " p99 %" PRId64 "\n", n, right, wrong, unnamed,
		took_us[n / 2], took_us[n * 99 / 100]);
	printf("%s|%s|%s|%s|%s|level %u|uid %u\n", a.blame.comm, a.blame.exe, a.blame.parent, a.blame.user, a.blame.unit,
		a.blame.level, a.blame.owner.uid);
	observer_destroy(observer);
	return 0;
}
