/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written beside, then renamed over: rename(2) is what makes it whole. */
#include "edge/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/fd.h"

static int say(const char *path, char why[WHY_TEXT])
{
	int err = errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO;

	return log_why(why, err, "%s: %s", path, strerror(errno));
}

/* Nobody's link is followed or written through, a second name of another file neither. What close has to say (quotas, NFS) counts as much as what write says. */
static int write_beside(const char *beside, const char *bytes, size_t len, char why[WHY_TEXT])
{
	int fd, err;

	if (unlink(beside) && errno != ENOENT)
		return say(beside, why);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return say(beside, why);
	err = fchmod(fd, 0644) || fd_write_all(fd, bytes, len) ? say(beside, why) : 0;
	if (close(fd) && !err)
		err = say(beside, why);
	return err;
}

int whole_file_write(const char *path, const char *bytes, size_t len, char why[WHY_TEXT])
{
	char beside[WHOLE_FILE_PATH];
	int err;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside))
		return log_why(why, ERR_RANGE, "its path is too long");
	err = write_beside(beside, bytes, len, why);
	if (!err && rename(beside, path))
		err = say(path, why);
	if (err)
		unlink(beside);
	return err;
}

int whole_file_remove(const char *path, char why[WHY_TEXT])
{
	return unlink(path) && errno != ENOENT ? say(path, why) : 0;
}
