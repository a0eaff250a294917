/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One text at a time, from whoever gathered it to the disk. What goes wrong is logged when it begins and when it ends. */
#include "app/textfile.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"
#include "edge/log.h"
#include "edge/whole_file.h"

#define END_NS (2 * NS_PER_S)

struct textfile {
	pthread_t thread;
	pthread_mutex_t lock; /* of all below but path and failing */
	pthread_cond_t change;
	bool running, stop;
	char *text; /* that waits; NULL: none */
	size_t len;
	struct textfile_stats stats;
	bool failing; /* the thread's own */
	char path[WHOLE_FILE_PATH];
};

/* Without the lock. */
static bool put(struct textfile *f, const char *text, size_t len)
{
	char why[WHY_TEXT];
	int err = whole_file_write(f->path, text, len, why);

	if (err && !f->failing)
		log_at(LOG_LEVEL_ERROR, "metrics: %s; tried again with each interval", why);
	if (!err && f->failing)
		log_at(LOG_LEVEL_NOTICE, "metrics: %s is written again", f->path);
	f->failing = err != 0;
	return !err;
}

static void turn(struct textfile *f)
{
	char *text = f->text;
	bool good;

	f->text = NULL;
	pthread_mutex_unlock(&f->lock);
	good = put(f, text, f->len);
	free(text);
	pthread_mutex_lock(&f->lock);
	f->stats.written += good;
	f->stats.failures += !good;
}

static void *run(void *ctx)
{
	struct textfile *f = ctx;
	char why[WHY_TEXT];

	pthread_setname_np(pthread_self(), "textfile");
	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		if (f->text)
			turn(f);
		else
			pthread_cond_wait(&f->change, &f->lock);
	}
	pthread_mutex_unlock(&f->lock);
	if (whole_file_remove(f->path, why) && !f->failing)
		log_at(LOG_LEVEL_WARNING, "metrics: %s; the numbers in it are old", why);
	return NULL;
}

int textfile_create(struct textfile **out, const char *path)
{
	struct textfile *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_MEMORY;
	if (!text_copy(f->path, sizeof(f->path), path)) {
		free(f);
		return ERR_RANGE;
	}
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->change, NULL);
	*out = f;
	return 0;
}

int textfile_start(struct textfile *f)
{
	if (!f)
		return 0;
	f->running = pthread_create(&f->thread, NULL, run, f) == 0;
	return f->running ? 0 : ERR_MEMORY;
}

void textfile_give(struct textfile *f, char *text, size_t len)
{
	char *old;

	pthread_mutex_lock(&f->lock);
	old = f->text;
	f->text = text;
	f->len = len;
	pthread_cond_signal(&f->change);
	pthread_mutex_unlock(&f->lock);
	free(old);
}

void textfile_stats(struct textfile *f, struct textfile_stats *out)
{
	pthread_mutex_lock(&f->lock);
	*out = f->stats;
	pthread_mutex_unlock(&f->lock);
}

bool textfile_destroy(struct textfile *f)
{
	if (!f)
		return true;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->change);
	pthread_mutex_unlock(&f->lock);
	if (f->running && !clock_joined(f->thread, END_NS)) {
		log_at(LOG_LEVEL_ERROR, "%s: the disk does not answer; the numbers in it are old", f->path);
		return false;
	}
	pthread_cond_destroy(&f->change);
	pthread_mutex_destroy(&f->lock);
	free(f->text);
	free(f);
	return true;
}
