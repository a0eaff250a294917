/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support-dump: what a maintainer asks for, in one archive, with the names of others taken out (core/veil.h). Most of it is what
 * this very tool says in its other verbs, so it runs itself; what hangs is left behind after its time and named.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "app/ctl_support.h"
#include "base/err.h"
#include "codec/tar.h"
#include "edge/spawn.h"

#define SELF "/proc/self/exe"
#define PART_MS 10000
#define ALL_BYTES (24u << 20)
#define FOLDER "tidegate-support/"

/* One file of it. Words of the command; "SELF" first: this tool, with its socket. */
struct part {
	const char *name;
	const char *argv[10];
};

static const struct part parts[] = {
	{ "version.txt", { "SELF", "version" } },
	{ "status.json", { "SELF", "status" } },
	{ "doctor.json", { "SELF", "doctor" } },
	{ "blocks.json", { "SELF", "list", "blocks" } },
	{ "unenforced.json", { "SELF", "list", "unenforced" } },
	{ "guards.json", { "SELF", "list", "guards" } },
	{ "incidents.json", { "SELF", "list", "incidents" } },
	{ "excuses.json", { "SELF", "list", "excuses" } },
	{ "events.json", { "SELF", "events" } },
	{ "egress.json", { "SELF", "egress", "show" } },
	{ "feeds.json", { "SELF", "feed", "list" } },
	{ "setup.json", { "SELF", "setup", "--dry-run" } },
	{ "nft-ours.txt", { "nft", "list", "table", "inet", "tidegate" } },
	{ "nft-tables.txt", { "nft", "list", "tables" } },
	{ "unit.txt", { "systemctl", "show", "--no-pager", "tidegated.service" } },
	{ "journal.txt", { "journalctl", "--no-pager", "-o", "short-iso", "-n", "300", "-u", "tidegated.service" } },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

struct archive {
	struct veil *veil; /* NULL: as it is */
	uint8_t *bytes;
	size_t len;
	uint64_t now_s;
	char *raw, *veiled; /* SUPPORT_PART and twice as much */
	FILE *told;         /* the list of what is in it */
};

static void put_bytes(struct archive *a, const void *bytes, size_t len)
{
	memcpy(a->bytes + a->len, bytes, len);
	a->len += len;
}

static bool has_room(const struct archive *a, size_t len)
{
	return a->len + TAR_BLOCK + len + tar_fill(len) + TAR_END <= ALL_BYTES;
}

/* Takes the text out of a->raw. What finds no room is named, too. */
static void put_part(struct archive *a, const char *name, size_t len, const char *remark)
{
	struct text t = text_over(a->veiled, 2 * SUPPORT_PART);
	uint8_t head[TAR_BLOCK];
	const char *from = a->raw;
	char path[TAR_NAME];

	if (a->veil) {
		veil_text(a->veil, (struct slice){ (const uint8_t *)a->raw, len }, &t);
		from = a->veiled;
		len = t.len;
	}
	snprintf(path, sizeof(path), FOLDER "%s", name);
	if (!has_room(a, len) || tar_header(path, len, a->now_s, head)) {
		fprintf(a->told, "  %-18s left out: the archive is full\n", name);
		return;
	}
	put_bytes(a, head, sizeof(head));
	put_bytes(a, from, len);
	memset(a->bytes + a->len, 0, tar_fill(len));
	a->len += tar_fill(len);
	fprintf(a->told, "  %-18s %8zu bytes%s%s\n", name, len, *remark ? ", " : "", remark);
}

static const char *remark_of(int err, int code, char out[64])
{
	switch (err) {
	case 0:
		snprintf(out, 64, "exit code %d", code);
		return code ? out : "";
	case ERR_FULL:
		return "cut: it was longer";
	case ERR_AGAIN:
		return "cut: it took too long";
	case ERR_ABSENT:
		return "there is no such program here";
	default:
		return "it could not be run";
	}
}

static void put_command(struct ctl_tool *t, struct archive *a, const struct part *p)
{
	const char *argv[16] = { p->argv[0] };
	char remark[64];
	size_t n = 0, len;
	int code, err;

	if (strcmp(p->argv[0], "SELF") == 0) {
		argv[n++] = SELF;
		argv[n++] = "--socket";
		argv[n++] = t->socket;
		argv[n++] = "-o";
		argv[n++] = "json";
	} else {
		argv[n++] = p->argv[0];
	}
	for (size_t i = 1; p->argv[i]; i++)
		argv[n++] = p->argv[i];
	if (t->given & CTL_CONF_FILE && strcmp(p->name, "setup.json") == 0) {
		argv[n++] = "-c";
		argv[n++] = ctl_value(t, CTL_CONF_FILE);
	}
	err = spawn_read(argv, PART_MS, a->raw, SUPPORT_PART, &len, &code);
	put_part(a, p->name, len, remark_of(err, code, remark));
}

static void put_all(struct ctl_tool *t, struct archive *a)
{
	put_part(a, "about.txt", ctl_support_about(a->raw), "");
	put_part(a, "config.txt", ctl_support_config(t, a->raw), "");
	put_part(a, "files.txt", ctl_support_files(t, a->raw), "");
	for (size_t i = 0; i < PARTS; i++)
		put_command(t, a, &parts[i]);
	memset(a->bytes + a->len, 0, TAR_END);
	a->len += TAR_END;
}

/* FILE, "-", or one of today's in the current folder. What is there is not replaced. */
static int open_out(const char *file, char *path, size_t size, int *fd)
{
	time_t now = time(NULL);
	struct tm day;

	if (file && strcmp(file, "-") == 0) {
		*fd = STDOUT_FILENO;
		snprintf(path, size, "standard output");
		return isatty(STDOUT_FILENO) ? ctl_complain(CTL_USAGE, "an archive is not for a terminal: support-dump - | ...") :
			CTL_OK;
	}
	gmtime_r(&now, &day);
	if (file)
		snprintf(path, size, "%s", file);
	else
		strftime(path, size, "tidegate-support-%Y%m%d-%H%M%S.tar.gz", &day);
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *fd < 0 ? ctl_complain(errno == EACCES ? CTL_PERMISSION : CTL_USAGE, "%s: %s", path, strerror(errno)) : CTL_OK;
}

static int write_out(const struct archive *a, const char *path, int fd)
{
	static const char *const gzip[] = { "gzip", "-n", "-9", "-c", NULL };
	int err = spawn_filter(gzip, a->bytes, a->len, fd);

	if (fd != STDOUT_FILENO && close(fd) && !err)
		err = ERR_IO;
	if (!err)
		return CTL_OK;
	if (fd != STDOUT_FILENO)
		unlink(path);
	return ctl_complain(CTL_INTERNAL, "%s: %s", path, err == ERR_ABSENT ? "gzip is needed for it" : "it could not be written");
}

static void say_end(const struct archive *a, const char *path)
{
	fprintf(a->told, "%s is for your eyes alone until you have looked into it:\n  tar -xzOf %s | less\n", path, path);
	if (a->veil)
		fprintf(a->told, "Addresses, hosts and users in it have other names, the same throughout; the key is gone.%s\n",
			a->veil->cut ? " There are more users than could be looked for: look twice." : "");
	else
		fputs("Addresses, hosts and users stand in it as they are (--plain): give it to nobody whom that is not for.\n",
			a->told);
}

static int make(struct ctl_tool *t, struct archive *a, const char *path, int fd)
{
	int code;

	a->now_s = (uint64_t)time(NULL);
	fprintf(a->told, "%s\n", path);
	put_all(t, a);
	code = write_out(a, path, fd);
	if (code == CTL_OK)
		say_end(a, path);
	return code;
}

static bool allocate(const struct ctl_tool *t, struct archive *a)
{
	a->told = t->quiet ? fopen("/dev/null", "we") : stderr;
	a->bytes = malloc(ALL_BYTES);
	a->raw = malloc(SUPPORT_PART + 1);
	a->veiled = malloc(2 * SUPPORT_PART);
	a->veil = calloc(1, sizeof(*a->veil));
	return a->told && a->bytes && a->raw && a->veiled && a->veil;
}

static int fill(struct ctl_tool *t, struct archive *a)
{
	struct veil *veil = a->veil;
	char path[512];
	int fd = -1, code;

	if (getrandom(&veil->key, sizeof(veil->key), 0) != (ssize_t)sizeof(veil->key))
		return ctl_complain(CTL_INTERNAL, "no random numbers: names could be guessed");
	code = open_out(t->n_operands ? t->operands[0] : NULL, path, sizeof(path), &fd);
	if (code)
		return code;
	ctl_support_words(veil);
	a->veil = t->given & CTL_AS_IT_IS ? NULL : veil;
	code = make(t, a, path, fd);
	a->veil = veil;
	return code;
}

int ctl_support(struct ctl_tool *t)
{
	struct archive a = { .len = 0 };
	int code = allocate(t, &a) ? fill(t, &a) : ctl_complain(CTL_INTERNAL, "no memory");

	if (a.told && a.told != stderr)
		fclose(a.told);
	free(a.veil);
	free(a.veiled);
	free(a.raw);
	free(a.bytes);
	return code;
}
