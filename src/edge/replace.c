/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The new file is written under a hidden name, which no reader of the folder takes and the next run overwrites. */
#include "edge/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/fd.h"

#define NAME 128

static int fail(char why[WHY_TEXT], const char *what, const char *name)
{
	const int error = errno;

	return log_why(why, error == EACCES || error == EPERM ? ERR_PERMISSION : ERR_IO, "%s %s: %s", what, name,
		strerror(error));
}

/* A second name of the old file; what was the backup before goes. */
static int keep_old(int dir, const char *name, const char *backup, char why[WHY_TEXT])
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : fail(why, "cannot look at", name);
	if (!S_ISREG(st.st_mode))
		return log_why(why, ERR_IO, "%s is no regular file: it is left alone", name);
	if ((unlinkat(dir, backup, 0) && errno != ENOENT) || linkat(dir, name, dir, backup, 0))
		return fail(why, "cannot keep the old one as", backup);
	return 0;
}

static int replace_in(int dir, const char *name, const char *bytes, size_t len, char why[WHY_TEXT])
{
	char hidden[NAME], backup[NAME];
	struct text h = text_over(hidden, sizeof(hidden)), b = text_over(backup, sizeof(backup));
	int err;

	text_addf(&h, ".%s.new", name);
	text_addf(&b, "%s.bak", name);
	if (h.cut || b.cut)
		return log_why(why, ERR_IO, "%s is too long a name", name);
	if (fd_write_new(dir, hidden, 0644, true, bytes, len))
		return fail(why, "cannot write", hidden);
	err = keep_old(dir, name, backup, why);
	if (!err && renameat(dir, hidden, dir, name))
		err = fail(why, "cannot rename to", name);
	if (err)
		unlinkat(dir, hidden, 0);
	else
		fsync(dir); /* that the name points at the new one outlives a crash; without, the old one does */
	return err;
}

int replace_file(const char *folder, const char *name, const char *bytes, size_t len, char why[WHY_TEXT])
{
	int dir, err;

	if (mkdir(folder, 0755) && errno != EEXIST)
		return fail(why, "cannot make the folder", folder);
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail(why, "cannot open the folder", folder);
	err = replace_in(dir, name, bytes, len, why);
	close(dir);
	return err;
}
