/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edge/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/process_text.h"

#define MOUNTS_BYTES 65536

static size_t read_all(const char *path, uint8_t *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return 0;
	while (len < size && (got = read(fd, bytes + len, size - len)) > 0)
		len += (size_t)got;
	close(fd);
	return len;
}

bool cgroup_mount(const char *root, char *out, size_t size)
{
	static const char file[] = "/proc/self/mountinfo";
	char path[PATH_MAX], found[PATH_MAX];
	uint8_t bytes[MOUNTS_BYTES];
	int n = snprintf(path, sizeof(path), "%s%s", root, file);

	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	if (!process_text_cgroup2((struct slice){ bytes, read_all(path, bytes, sizeof(bytes)) }, found, sizeof(found)))
		return false;
	n = snprintf(out, size, "%s%s", root, found);
	return n >= 0 && (size_t)n < size;
}

uint64_t cgroup_id(const char *mount, const char *path)
{
	char whole[PATH_MAX];
	struct stat st;
	int n = snprintf(whole, sizeof(whole), "%s/%s", mount, path);

	if (n < 0 || (size_t)n >= sizeof(whole) || stat(whole, &st) || !S_ISDIR(st.st_mode))
		return 0;
	return st.st_ino;
}
