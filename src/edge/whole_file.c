/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written beside, then renamed over: rename(2) is what makes it whole. */
#include "edge/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/fd.h"

static int say(const char *path, char why[WHY_TEXT])
{
	int err = errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO;

	return log_why(why, err, "%s: %s", path, strerror(errno));
}

int whole_file_write(const char *path, const char *bytes, size_t len, char why[WHY_TEXT])
{
	char beside[WHOLE_FILE_PATH];
	int err = 0;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside))
		return log_why(why, ERR_RANGE, "its path is too long");
	if (fd_write_new(AT_FDCWD, beside, 0644, false, bytes, len))
		return say(beside, why);
	if (rename(beside, path)) {
		err = say(path, why);
		unlink(beside);
	}
	return err;
}

int whole_file_remove(const char *path, char why[WHY_TEXT])
{
	return unlink(path) && errno != ENOENT ? say(path, why) : 0;
}
