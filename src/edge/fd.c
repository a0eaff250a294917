/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edge/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

int fd_write_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len) {
		const ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : ENOSPC;
			return -1;
		}
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_write_new(int dir, const char *name, mode_t mode, bool synced, const void *bytes, size_t len)
{
	int fd, error = 0;

	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return -1;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -1;
	if (fchmod(fd, mode) || fd_write_all(fd, bytes, len) || (synced && fsync(fd)))
		error = errno;
	if (close(fd) && !error)
		error = errno;
	if (!error)
		return 0;
	unlinkat(dir, name, 0);
	errno = error;
	return -1;
}
