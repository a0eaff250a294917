/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of files and their formats; each pattern is looked up anew, since leases come
 * and go with their links. What stands in a file is codec/lifeline_text's to tell.
 */
#include "edge/lifelines.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "codec/lifeline_text.h"

struct source {
	const char *pattern;
	enum lifeline_format format;
	const char *from;
	bool behind; /* read only where resolv.conf names somebody on this host */
};

/* Where Debian, Fedora, Alpine and Arch have them. */
static const struct source sources[] = {
	{ "/etc/resolv.conf", LIFELINE_RESOLV, "resolv.conf", false },
	{ "/run/systemd/resolve/resolv.conf", LIFELINE_RESOLV, "systemd-resolved", true },
	{ "/run/NetworkManager/no-stub-resolv.conf", LIFELINE_RESOLV, "NetworkManager",
	  true },
	{ "/etc/systemd/timesyncd.conf", LIFELINE_TIMESYNCD, "timesyncd.conf", false },
	{ "/etc/systemd/timesyncd.conf.d/*.conf", LIFELINE_TIMESYNCD, "timesyncd.conf.d",
	  false },
	{ "/run/systemd/timesyncd.conf.d/*.conf", LIFELINE_TIMESYNCD, "timesyncd.conf.d",
	  false },
	{ "/etc/chrony.conf", LIFELINE_SERVERS, "chrony.conf", false },
	{ "/etc/chrony.d/*.conf", LIFELINE_SERVERS, "chrony.d", false },
	{ "/etc/chrony/chrony.conf", LIFELINE_SERVERS, "chrony.conf", false },
	{ "/etc/chrony/conf.d/*.conf", LIFELINE_SERVERS, "chrony/conf.d", false },
	{ "/etc/chrony/sources.d/*.sources", LIFELINE_SERVERS, "chrony/sources.d", false },
	{ "/run/chrony-dhcp/*.sources", LIFELINE_SERVERS, "chrony-dhcp", false },
	{ "/etc/ntp.conf", LIFELINE_SERVERS, "ntp.conf", false },
	{ "/etc/ntpsec/ntp.conf", LIFELINE_SERVERS, "ntpsec/ntp.conf", false },
	{ "/etc/openntpd/ntpd.conf", LIFELINE_SERVERS, "ntpd.conf", false },
	{ "/etc/ntpd.conf", LIFELINE_SERVERS, "ntpd.conf", false },
	{ "/run/systemd/netif/leases/*", LIFELINE_NETWORKD, "lease of networkd", false },
	{ "/run/systemd/netif/links/*", LIFELINE_NETWORKD, "systemd-networkd", false },
	{ "/var/lib/dhcp/dhclient*.leases", LIFELINE_DHCLIENT, "lease of dhclient", false },
	{ "/var/lib/dhclient/*.lease*", LIFELINE_DHCLIENT, "lease of dhclient", false },
	{ "/var/lib/NetworkManager/dhclient-*.lease", LIFELINE_DHCLIENT,
	  "lease of dhclient", false },
	{ "/var/lib/dhcpcd*/*.lease", LIFELINE_DHCPCD, "lease of dhcpcd", false },
};

#define SOURCES (sizeof(sources) / sizeof(sources[0]))

typedef void (*each_fn)(void *ctx, const struct source *s, const char *path);

static void each_path(const char *root, const struct source *s, each_fn each, void *ctx)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };
	int n = snprintf(pattern, sizeof(pattern), "%s%s", root, s->pattern);

	if (n < 0 || (size_t)n >= sizeof(pattern))
		return;
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && i < LIFELINES_FILES; i++)
			each(ctx, s, found.gl_pathv[i]);
	globfree(&found);
}

struct reading {
	struct lifelines_found *f;
	wall_t now;
	const struct source *source;
	size_t stubs; /* resolvers on this host that resolv.conf named */
	uint8_t bytes[LIFELINES_BYTES];
};

static void add(void *ctx, const struct addr *a, enum guard_kind kind)
{
	struct reading *r = ctx;
	struct prefix p = prefix_of(a, addr_bits(a));

	if (guards_add_from(r->f->guards, &p, kind, r->source->from) == ERR_FULL)
		r->f->cut++;
}

/* The end of a file; of a line that begins before it, nothing. Never waits: somebody may
 * have put a pipe there. */
static int read_end(const char *path, uint8_t *bytes, struct slice *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t got = -1;
	off_t from = 0;

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT : ERR_IO;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		from = st.st_size > LIFELINES_BYTES ? st.st_size - LIFELINES_BYTES : 0;
		got = pread(fd, bytes, LIFELINES_BYTES, from);
	}
	close(fd);
	if (got < 0)
		return ERR_IO;
	*out = (struct slice){ bytes, (size_t)got };
	while (from && out->len && out->at[0] != '\n') {
		out->at++;
		out->len--;
	}
	return 0;
}

static void add_stub(void *ctx, const struct addr *a)
{
	struct lifelines_found *f = ((struct reading *)ctx)->f;

	for (size_t i = 0; i < f->n_stubs; i++)
		if (addr_equal(&f->stubs[i], a))
			return;
	if (f->n_stubs < LIFELINES_STUBS)
		f->stubs[f->n_stubs++] = *a;
}

static void read_one(void *ctx, const struct source *s, const char *path)
{
	struct reading *r = ctx;
	struct lifeline_sink sink = { .each = add, .stub = add_stub, .ctx = r };
	struct slice text;
	int err = read_end(path, r->bytes, &text);

	if (err) {
		r->f->refused += err != ERR_ABSENT;
		return;
	}
	r->source = s;
	lifeline_read(s->format, text, r->now, &sink);
	r->f->files++;
	r->f->names += sink.names;
	if (s->format == LIFELINE_RESOLV)
		r->stubs += sink.loopback;
}

void lifelines_read(const char *root, wall_t now, struct lifelines_found *f)
{
	struct reading r;

	r.f = f;
	r.now = now;
	r.stubs = 0;
	for (size_t i = 0; i < SOURCES; i++)
		if (!sources[i].behind || r.stubs)
			each_path(root, &sources[i], read_one, &r);
}

/* One step of splitmix64: all that is asked of it is that two states of the files never
 * meet by accident. */
static void mix(uint64_t *mark, uint64_t value)
{
	uint64_t state = *mark ^ value;

	*mark = random_next(&state);
}

static void mark_one(void *ctx, const struct source *s, const char *path)
{
	uint64_t *mark = ctx;
	struct stat st;

	(void)s;
	for (const char *c = path; *c; c++)
		mix(mark, (uint8_t)*c);
	if (stat(path, &st))
		return;
	mix(mark, (uint64_t)st.st_mtim.tv_sec);
	mix(mark, (uint64_t)st.st_mtim.tv_nsec);
	mix(mark, (uint64_t)st.st_size);
	mix(mark, (uint64_t)st.st_ino);
	mix(mark, (uint64_t)st.st_dev);
}

uint64_t lifelines_mark(const char *root)
{
	uint64_t mark = 0;

	for (size_t i = 0; i < SOURCES; i++) {
		mix(&mark, i);
		each_path(root, &sources[i], mark_one, &mark);
	}
	return mark;
}
