/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The peer of the SSH session: SSH_CONNECTION of our own environment or, since sudo takes
 * it away, of the nearest ancestor that has it (whose environment we may read as root).
 */
#include "app/ctl_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

#define ANCESTORS 16
#define NAME "SSH_CONNECTION="

/* "203.0.113.9 50412 198.51.100.1 22": the first word, in our spelling, and the last. */
static int take_peer(const char *connection, char out[ADDR_TEXT], uint16_t *port)
{
	unsigned ours = 0;
	char word[ADDR_TEXT];
	struct addr a;
	size_t len = strcspn(connection, " ");

	if (len >= sizeof(word))
		return ERR_INVALID;
	memcpy(word, connection, len);
	word[len] = '\0';
	if (addr_parse(word, &a))
		return ERR_INVALID;
	addr_format(&a, out, ADDR_TEXT);
	if (sscanf(connection, "%*s %*s %*s %5u", &ours) != 1 || ours > UINT16_MAX)
		ours = 0;
	*port = (uint16_t)ours;
	return 0;
}

static size_t read_file(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	size_t n = fread(out, 1, size - 1, f);
	fclose(f);
	out[n] = '\0';
	return n;
}

static int peer_of(pid_t pid, char out[ADDR_TEXT], uint16_t *port)
{
	char environment[65536];
	size_t n = read_file(pid, "environ", environment, sizeof(environment));

	for (size_t at = 0; at < n; at += strlen(environment + at) + 1)
		if (strncmp(environment + at, NAME, strlen(NAME)) == 0)
			return take_peer(environment + at + strlen(NAME), out, port);
	return ERR_ABSENT;
}

/* The parent, or 0. The name before it may hold anything, also brackets: the last one
 * counts. */
static pid_t parent_of(pid_t pid)
{
	char stat[1024];
	char state;
	int parent;

	if (read_file(pid, "stat", stat, sizeof(stat)) == 0)
		return 0;
	const char *end = strrchr(stat, ')');
	if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2)
		return 0;
	return parent;
}

int ctl_session_find(char out[ADDR_TEXT], uint16_t *port)
{
	const char *own = getenv("SSH_CONNECTION");

	if (own && take_peer(own, out, port) == 0)
		return 0;
	pid_t pid = getppid();
	for (int i = 0; i < ANCESTORS && pid > 1; i++) {
		if (peer_of(pid, out, port) == 0)
			return 0;
		pid = parent_of(pid);
	}
	return ERR_ABSENT;
}

int ctl_session_peer(char out[ADDR_TEXT])
{
	uint16_t port;

	return ctl_session_find(out, &port);
}
