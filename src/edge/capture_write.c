/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes capture files by libpcap: into a file beside the one that is meant, which takes its place at the end.
 * libpcap does not say whether a write failed, so the stream is asked.
 */
#include "edge/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/link.h"
#include "edge/capture_parts.h"

#define SNAP_MOST 262144 /* libpcap refuses to read longer frames */
#define BUFFER 65536

struct capture_writer {
	char *path;      /* as it was named */
	char *target;    /* what is replaced, behind symbolic links; NULL: written to directly */
	char *temporary; /* NULL: the same */
	pcap_t *pcap;
	pcap_dumper_t *dump;
	FILE *stream;
	char *buffer;
	uint32_t snap_len;
	int number; /* errno of the first write that failed, else 0 */
};

static const char *name_of(const struct capture_writer *w)
{
	return capture_name(w->path, "standard output");
}

static int say_errno(const struct capture_writer *w, int number, char why[CAPTURE_WHY])
{
	return capture_say(why, capture_err_of(number), name_of(w), "%s", strerror(number));
}

/* A device or a pipe is written to: to rename a file over it would destroy it. */
static bool is_direct(const char *path, const struct stat *st)
{
	return !strcmp(path, "-") || (st && !S_ISREG(st->st_mode));
}

static int open_temporary(struct capture_writer *w, bool exists)
{
	int fd;

	w->target = exists ? realpath(w->path, NULL) : strdup(w->path);
	if (!w->target || asprintf(&w->temporary, "%s.XXXXXX", w->target) < 0) {
		w->temporary = NULL;
		return -1;
	}
	fd = mkostemp(w->temporary, O_CLOEXEC);
	if (fd < 0) {
		const int number = errno;

		free(w->temporary); /* nothing to remove */
		w->temporary = NULL;
		errno = number;
	}
	return fd;
}

static int open_descriptor(struct capture_writer *w, char why[CAPTURE_WHY])
{
	struct stat st;
	const bool exists = !stat(w->path, &st);
	int fd;

	if (exists && S_ISDIR(st.st_mode))
		return capture_say(why, ERR_INVALID, w->path, "is a directory");
	if (!strcmp(w->path, "-"))
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	else if (is_direct(w->path, exists ? &st : NULL))
		fd = open(w->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	else
		fd = open_temporary(w, exists);
	if (fd < 0)
		return say_errno(w, errno, why);
	if (isatty(fd)) {
		close(fd);
		return capture_say(why, ERR_INVALID, name_of(w), "is a terminal: name a file, or pipe it on");
	}
	w->buffer = malloc(BUFFER);
	w->stream = w->buffer ? fdopen(fd, "w") : NULL;
	if (!w->stream) {
		close(fd);
		return say_errno(w, ENOMEM, why);
	}
	setvbuf(w->stream, w->buffer, _IOFBF, BUFFER);
	__fsetlocking(w->stream, FSETLOCKING_BYCALLER); /* nobody else has it */
	return 0;
}

static int open_dump(struct capture_writer *w, int link, char why[CAPTURE_WHY])
{
	const int dlt = link == CAPTURE_LINKTYPE_RAW ? DLT_RAW : link;

	w->pcap = pcap_open_dead_with_tstamp_precision(dlt, (int)w->snap_len, PCAP_TSTAMP_PRECISION_NANO);
	if (!w->pcap)
		return say_errno(w, ENOMEM, why);
	/* The head waits in the buffer of the stream: it cannot fail to be written yet. */
	w->dump = pcap_dump_fopen(w->pcap, w->stream);
	if (!w->dump)
		return capture_say(why, ERR_INVALID, name_of(w), "%s", pcap_geterr(w->pcap));
	return 0;
}

int capture_create(struct capture_writer **out, const char *path, int link, uint32_t snap_len, char why[CAPTURE_WHY])
{
	struct capture_writer *w;
	int err;

	if (!link_known(link))
		return capture_say(why, ERR_INVALID, path, "no frames of link type %d are written here", link);
	w = calloc(1, sizeof(*w));
	if (w)
		w->path = strdup(path);
	if (!w || !w->path) {
		free(w);
		return capture_say(why, ERR_MEMORY, path, "%s", err_text(ERR_MEMORY));
	}
	w->snap_len = snap_len && snap_len < SNAP_MOST ? snap_len : SNAP_MOST;
	err = open_descriptor(w, why);
	if (!err)
		err = open_dump(w, link, why);
	if (err) {
		capture_abandon(w);
		return err;
	}
	*out = w;
	return 0;
}

/* The form has 32 bits for the seconds. Readers differ on whether they have a sign; libpcap gives the negative number
 * back to us, and writes it as the same bits. */
static struct timeval time_for(wall_t at)
{
	int64_t s = at.ns / NS_PER_S, ns = at.ns % NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	if (s > UINT32_MAX)
		s = UINT32_MAX;
	if (s < INT32_MIN)
		s = INT32_MIN;
	return (struct timeval){ .tv_sec = s, .tv_usec = ns };
}

static int write_err(int number)
{
	return capture_err_of(number) == ERR_FULL ? ERR_FULL : ERR_IO;
}

int capture_write(struct capture_writer *w, const struct capture_frame *f)
{
	const uint32_t len = f->bytes.len < w->snap_len ? (uint32_t)f->bytes.len : w->snap_len;
	const struct pcap_pkthdr head = {
		.ts = time_for(f->at),
		.caplen = len,
		.len = f->wire_len > f->bytes.len ? f->wire_len : (uint32_t)f->bytes.len,
	};

	if (w->number)
		return write_err(w->number);
	errno = 0;
	pcap_dump((u_char *)w->dump, &head, f->bytes.at);
	if (!ferror(w->stream))
		return 0;
	w->number = errno ? errno : EIO;
	return write_err(w->number);
}

void capture_abandon(struct capture_writer *w)
{
	if (!w)
		return;
	if (w->temporary)
		unlink(w->temporary);
	if (w->stream)
		fclose(w->stream); /* it is the dumper, too */
	if (w->pcap)
		pcap_close(w->pcap);
	free(w->buffer);
	free(w->temporary);
	free(w->target);
	free(w->path);
	free(w);
}

/* Down to the disk: the name must not get a file whose bytes are lost with the power. */
static int settle(const struct capture_writer *w)
{
	if (fflush(w->stream))
		return errno;
	if (!w->temporary)
		return 0;
	if (fsync(fileno(w->stream)) || rename(w->temporary, w->target))
		return errno;
	return 0;
}

int capture_finish(struct capture_writer *w, char why[CAPTURE_WHY])
{
	const int number = w->number ? w->number : settle(w);
	int err = 0;

	if (number) {
		say_errno(w, number, why);
		err = write_err(number);
	} else {
		free(w->temporary); /* it has its name now */
		w->temporary = NULL;
	}
	capture_abandon(w);
	return err;
}
