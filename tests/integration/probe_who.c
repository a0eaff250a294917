/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who owns a socket, for who.sh.
 *   probe_who UID CGROUP INODE...   a line for each (CGROUP 0: not known), then "walk DESCRIPTORS UNREAD MICROSECONDS"
 *   probe_who hold PORT             listens on 127.0.0.1:PORT, says the inode and its own process, and waits
 *   probe_who crowd N               opens N sockets, says so, and waits
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/clock.h"
#include "edge/process.h"

static int hold(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct stat st;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1) || fstat(fd, &st)) {
		perror("probe_who");
		return 1;
	}
	printf("%lu %ld\n", (unsigned long)st.st_ino, (long)getpid());
	fflush(stdout);
	pause();
	return 0;
}

static int crowd(int n)
{
	struct rlimit most = { .rlim_cur = (rlim_t)n + 64, .rlim_max = (rlim_t)n + 64 };

	if (setrlimit(RLIMIT_NOFILE, &most)) {
		perror("probe_who");
		return 1;
	}
	for (int i = 0; i < n; i++) {
		if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0) {
			perror("probe_who");
			return 1;
		}
	}
	printf("%d\n", n);
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	struct process_opts o = process_opts_default();
	struct process_stats s;
	struct process *p;
	char why[WHY_TEXT];

	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold((uint16_t)atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "crowd") == 0)
		return crowd(atoi(argv[2]));
	if (argc < 4 || process_open(&p, &o, why))
		return 1;
	for (int i = 3; i < argc; i++) {
		const struct socket_owner owner = { .uid = (uint32_t)strtoul(argv[1], NULL, 10),
			.cgroup = strtoull(argv[2], NULL, 10), .inode = (uint32_t)strtoul(argv[i], NULL, 10) };
		struct process_who who;
		char line[PROCESS_LINE];

		process_who(p, &owner, clock_mono(), &who);
		process_text_line(&who, line, sizeof(line));
		printf("%s\n", line);
	}
	process_stats(p, &s);
	printf("walk %" PRIu64 " %" PRIu64 " %" PRId64 "\n", s.descriptors, s.unread, s.walk_ns / 1000);
	process_close(p);
	return 0;
}
