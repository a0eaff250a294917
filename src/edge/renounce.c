/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is given up at the start, with the calls that the kernel has for it. */
#include "edge/renounce.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

/* The sets of the process, and what a program that it started would get back: nothing. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 }, there[_LINUX_CAPABILITY_U32S_3];

	/* Under its unit there are none, and the call to drop them is refused as any other on rights. */
	if (syscall(SYS_capget, &head, there) == 0 && !memcmp(there, none, sizeof(none)))
		return 0;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return -1;
	return (int)syscall(SYS_capset, &head, none);
}

/* Never more than there was: who was given less keeps less. */
static int bound(int what, rlim_t most)
{
	struct rlimit l;

	if (getrlimit(what, &l))
		return -1;
	if (l.rlim_max <= most)
		return 0;
	l.rlim_max = most;
	if (l.rlim_cur > l.rlim_max)
		l.rlim_cur = l.rlim_max;
	return setrlimit(what, &l);
}

int renounce(unsigned descriptors, char why[WHY_TEXT])
{
	const char *what = NULL;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		what = "no_new_privs";
	else if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		what = "dumpable";
	else if (drop_capabilities())
		what = "capabilities";
	else if (bound(RLIMIT_CORE, 0))
		what = "RLIMIT_CORE";
	else if (bound(RLIMIT_NOFILE, descriptors))
		what = "RLIMIT_NOFILE";
	return what ? log_why(why, ERR_PERMISSION, "%s: %s", what, strerror(errno)) : 0;
}

int renounce_processes(void)
{
	return bound(RLIMIT_NPROC, 0) ? ERR_PERMISSION : 0;
}
