/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What conntrack counts is the administrator's to say: two switches in /proc, of the network namespace that looks.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/flow_ends.h"

static const char bytes_switch[] = "/proc/sys/net/netfilter/nf_conntrack_acct";
static const char times_switch[] = "/proc/sys/net/netfilter/nf_conntrack_timestamp";

static int read_switch(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = '\0';
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, &c, 1);
	close(fd);
	if (n != 1 || c < '0' || c > '9')
		return -1;
	return c != '0';
}

static int write_switch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT : errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO;
	n = write(fd, "1\n", 2);
	close(fd);
	return n == 2 ? 0 : ERR_IO;
}

void flow_ends_accounting(struct flow_accounting *out)
{
	out->bytes = read_switch(bytes_switch);
	out->times = read_switch(times_switch);
}

int flow_ends_switch_on(void)
{
	int err = write_switch(bytes_switch);

	return err ? err : write_switch(times_switch);
}
