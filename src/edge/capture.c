/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads capture files by libpcap, and merges them. libpcap reads from a stream of ours, over read(2) with a large
 * buffer and no lock: that costs half of its own way, counts what was read of a pipe as well as of a file, and tells a disk that
 * failed from a file that is cut.
 */
#include "edge/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdarg.h>
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

/* Half of all time that can be told, so that the distance of any two times can be told, too. */
#define TIME_MOST (INT64_MAX / 2)

struct capture_file {
	char *path;
	char *buffer;
	pcap_t *pcap;
	int fd;
	int link;
	int disk; /* errno of the read that failed, else 0 */
	bool live; /* there may be another frame */
	uint64_t read, total;
	struct capture_frame head; /* the next one, where several are merged and live is set */
};

struct capture {
	size_t n;
	size_t begun;  /* so many have been asked for their first frame */
	size_t given;  /* whose head was handed out and must be read anew; n: nobody's */
	struct capture_file files[];
};

int capture_say(char why[CAPTURE_WHY], int err, const char *path, const char *format, ...)
{
	const size_t most = CAPTURE_WHY / 2, len = strlen(path);
	va_list args;
	int at;

	/* Of a long path the end says more than the beginning. */
	at = len > most ? snprintf(why, CAPTURE_WHY, "...%s: ", path + (len - most))
			: snprintf(why, CAPTURE_WHY, "%s: ", path);
	va_start(args, format);
	vsnprintf(why + at, CAPTURE_WHY - (size_t)at, format, args);
	va_end(args);
	return err;
}

int capture_err_of(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return ERR_ABSENT;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERMISSION;
	case ENOMEM:
		return ERR_MEMORY;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	default:
		return ERR_IO;
	}
}

/* ---- the stream that libpcap reads ---- */

static ssize_t stream_read(void *ctx, char *out, size_t size)
{
	struct capture_file *f = ctx;
	ssize_t n;

	do
		n = read(f->fd, out, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		f->disk = errno;
	else
		f->read += (uint64_t)n;
	return n;
}

static int stream_close(void *ctx)
{
	struct capture_file *f = ctx;
	int result = close(f->fd);

	f->fd = -1;
	return result;
}

/* From 64 KiB to 4 MiB all are alike, measured. Of many files each gets less: 64 take no more than 16. */
static size_t buffer_size(size_t n_files)
{
	const size_t most = 256 << 10;

	return n_files <= 16 ? most : most / 4;
}

static FILE *stream_over(struct capture_file *f, size_t buffer)
{
	const cookie_io_functions_t calls = { .read = stream_read, .close = stream_close };
	FILE *stream;

	f->buffer = malloc(buffer);
	if (!f->buffer)
		return NULL;
	stream = fopencookie(f, "r", calls);
	if (!stream)
		return NULL;
	setvbuf(stream, f->buffer, _IOFBF, buffer);
	/* Two reads a frame, and nobody else has the stream: its lock would be a third of the cost. */
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
	return stream;
}

/* ---- opening ---- */

static int open_descriptor(struct capture_file *f, char why[CAPTURE_WHY])
{
	const bool standard = !strcmp(f->path, "-");
	struct stat st;

	f->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0 || fstat(f->fd, &st)) {
		const int number = errno;

		return capture_say(why, capture_err_of(number), capture_name(f->path, "standard input"),
			"%s", strerror(number));
	}
	if (S_ISDIR(st.st_mode))
		return capture_say(why, ERR_INVALID, f->path, "is a directory: name the files in it");
	if (standard && isatty(f->fd))
		return capture_say(why, ERR_INVALID, "standard input",
			"is a terminal: name a file, or pipe a capture in");
	if (S_ISREG(st.st_mode)) {
		const off_t at = lseek(f->fd, 0, SEEK_CUR); /* of standard input somebody may have read a part */

		f->total = st.st_size > at && at >= 0 ? (uint64_t)(st.st_size - at) : 0;
		posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return 0;
}

/* What people feed most often in place of a capture, by its first bytes. */
static const char *advice_for(const struct capture_file *f)
{
	static const struct {
		uint8_t magic[4];
		size_t len;
		const char *advice;
	} kinds[] = {
		{ { 0x1f, 0x8b }, 2, ": it is compressed, use gunzip -c FILE and give - in its place" },
		{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, ": it is compressed, use zstd -dc FILE and give - in its place" },
		{ { 0xfd, '7', 'z', 'X' }, 4, ": it is compressed, use xz -dc FILE and give - in its place" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (f->read >= kinds[i].len && !memcmp(f->buffer, kinds[i].magic, kinds[i].len))
			return kinds[i].advice;
	}
	return "";
}

static int open_pcap(struct capture_file *f, size_t buffer, char why[CAPTURE_WHY])
{
	const char *name = capture_name(f->path, "standard input");
	char said[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = stream_over(f, buffer);

	if (!stream)
		return capture_say(why, ERR_MEMORY, name, "%s", err_text(ERR_MEMORY));
	f->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, said);
	if (f->pcap) /* it has the stream now */
		return 0;
	if (f->disk)
		capture_say(why, capture_err_of(f->disk), name, "%s", strerror(f->disk));
	else if (!f->read)
		capture_say(why, ERR_INVALID, name, "is empty");
	else
		capture_say(why, ERR_INVALID, name, "%s%s", said, advice_for(f));
	fclose(stream);
	return f->disk ? capture_err_of(f->disk) : ERR_INVALID;
}

static int check_link(struct capture_file *f, char why[CAPTURE_WHY])
{
	const int link = pcap_datalink(f->pcap);
	const char *name = pcap_datalink_val_to_name(link), *words = pcap_datalink_val_to_description(link);

	f->link = link == DLT_RAW ? CAPTURE_LINKTYPE_RAW : link;
	if (link_known(f->link))
		return 0;
	return capture_say(why, ERR_INVALID, capture_name(f->path, "standard input"),
		"its link type is %d, %s (%s), and no IP packet can be found in that: capture on an Ethernet "
		"interface, or on all of them (tcpdump -i any)", link, name ? name : "without a name",
		words ? words : "libpcap does not know it");
}

static int set_filter(struct capture_file *f, const char *filter, char why[CAPTURE_WHY])
{
	struct bpf_program program;
	int result;

	if (!filter)
		return 0;
	if (pcap_compile(f->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN))
		return capture_say(why, ERR_INVALID, capture_name(f->path, "standard input"),
			"the filter \"%s\": %s", filter, pcap_geterr(f->pcap));
	result = pcap_setfilter(f->pcap, &program);
	pcap_freecode(&program);
	return result ? capture_say(why, ERR_INVALID, f->path, "the filter: %s", pcap_geterr(f->pcap)) : 0;
}

static int open_file(struct capture_file *f, const char *path, size_t n_files, const char *filter,
	char why[CAPTURE_WHY])
{
	int err;

	f->path = strdup(path);
	if (!f->path)
		return capture_say(why, ERR_MEMORY, path, "%s", err_text(ERR_MEMORY));
	err = open_descriptor(f, why);
	if (!err)
		err = open_pcap(f, buffer_size(n_files), why);
	if (!err)
		err = check_link(f, why);
	if (!err)
		err = set_filter(f, filter, why);
	f->live = !err;
	return err;
}

int capture_open(struct capture **out, const char *const *paths, size_t n, const char *filter, char why[CAPTURE_WHY])
{
	struct capture *c;
	size_t standard = 0;

	if (!n || n > CAPTURE_FILES) {
		snprintf(why, CAPTURE_WHY, n ? "more than %d captures at once: merge some of them first (mergecap)"
			: "no capture is named", CAPTURE_FILES);
		return n ? ERR_RANGE : ERR_INVALID;
	}
	for (size_t i = 0; i < n; i++)
		standard += !strcmp(paths[i], "-");
	if (standard > 1)
		return capture_say(why, ERR_INVALID, "standard input", "can be read once only");
	c = calloc(1, sizeof(*c) + n * sizeof(c->files[0]));
	if (!c)
		return capture_say(why, ERR_MEMORY, paths[0], "%s", err_text(ERR_MEMORY));
	c->n = c->given = n;
	for (size_t i = 0; i < n; i++)
		c->files[i].fd = -1;
	for (size_t i = 0; i < n; i++) {
		const int err = open_file(&c->files[i], paths[i], n, filter, why);

		if (err) {
			capture_close(c);
			return err;
		}
	}
	*out = c;
	return 0;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		struct capture_file *f = &c->files[i];

		if (f->pcap)
			pcap_close(f->pcap); /* and with it the stream and the descriptor */
		if (f->fd >= 0)
			close(f->fd);
		free(f->buffer);
		free(f->path);
	}
	free(c);
}

/* ---- reading ---- */

/* libpcap has nanoseconds in tv_usec, as it was asked to; a damaged file has any numbers in both. */
static wall_t time_of(const struct timeval *tv)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)tv->tv_sec, NS_PER_S, &ns) ||
		__builtin_add_overflow(ns, (int64_t)tv->tv_usec, &ns))
		ns = tv->tv_sec < 0 ? -TIME_MOST : TIME_MOST;
	if (ns > TIME_MOST)
		ns = TIME_MOST;
	if (ns < -TIME_MOST)
		ns = -TIME_MOST;
	return (wall_t){ ns };
}

static int end_of(struct capture_file *f, int result, char why[CAPTURE_WHY])
{
	const char *name = capture_name(f->path, "standard input");

	f->live = false;
	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (f->disk)
		return capture_say(why, ERR_TRUNCATED, name, "%s", strerror(f->disk));
	return capture_say(why, ERR_TRUNCATED, name, "%s", pcap_geterr(f->pcap));
}

/* 1, 0 at its end, ERR_TRUNCATED. Asked only while it is live. */
static int read_frame(struct capture_file *f, size_t index, struct capture_frame *out, char why[CAPTURE_WHY])
{
	struct pcap_pkthdr *head;
	const u_char *bytes;
	const int result = pcap_next_ex(f->pcap, &head, &bytes);

	if (result != 1)
		return end_of(f, result, why);
	out->at = time_of(&head->ts);
	out->bytes = (struct slice){ bytes, head->caplen };
	out->wire_len = head->len > head->caplen ? head->len : head->caplen;
	out->link = f->link;
	out->file = index;
	return 1;
}

/* At the same time the file that was named first comes first. At most 64 of them: nothing to keep a heap for. */
static size_t earliest(const struct capture *c)
{
	size_t best = c->n;

	for (size_t i = 0; i < c->n; i++) {
		if (c->files[i].live && (best == c->n || c->files[i].head.at.ns < c->files[best].head.at.ns))
			best = i;
	}
	return best;
}

static int next_of_many(struct capture *c, struct capture_frame *out, char why[CAPTURE_WHY])
{
	while (c->begun < c->n) {
		const size_t i = c->begun++;
		const int result = read_frame(&c->files[i], i, &c->files[i].head, why);

		if (result < 0)
			return result;
	}
	if (c->given < c->n) {
		const size_t i = c->given;
		int result;

		c->given = c->n;
		result = read_frame(&c->files[i], i, &c->files[i].head, why);
		if (result < 0)
			return result;
	}
	c->given = earliest(c);
	if (c->given == c->n)
		return 0;
	*out = c->files[c->given].head;
	return 1;
}

int capture_next(struct capture *c, struct capture_frame *out, char why[CAPTURE_WHY])
{
	if (c->n > 1)
		return next_of_many(c, out, why);
	return c->files[0].live ? read_frame(&c->files[0], 0, out, why) : 0;
}

void capture_progress(const struct capture *c, struct capture_progress *out)
{
	*out = (struct capture_progress){ 0, 0 };
	for (size_t i = 0; i < c->n; i++) {
		out->read += c->files[i].read;
		out->total += c->files[i].total;
	}
	for (size_t i = 0; i < c->n; i++) {
		if (!c->files[i].total)
			out->total = 0;
	}
}
