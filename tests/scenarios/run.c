/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs text scenarios: tests/scenarios/ *.scn, each one a short story under simulated time against the real engine and
 * the shipped rules. README in tests/scenarios/LANGUAGE says the words. One process for all files; the last line
 * counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/time.h"
#include "scenario.h"

static bool split(struct story *s, char *line)
{
	char *save, *word;

	s->n_words = 0;
	for (word = strtok_r(line, " \t\n", &save); word; word = strtok_r(NULL, " \t\n", &save)) {
		if (*word == '#')
			break;
		if (s->n_words == STORY_WORDS)
			return story_fail(s, "too many words");
		s->words[s->n_words++] = word;
	}
	return true;
}

static void begin(struct story *s)
{
	if (!s->world.engine)
		world_start(&s->world, s->sources, s->subjects);
}

static bool run_line(struct story *s, char *line)
{
	if (!split(s, line) || s->n_words == 0)
		return s->n_words == 0;
	for (const struct verb *v = story_verbs; v->name; v++)
		if (!strcmp(v->name, s->words[0])) {
			if (v->needs_engine)
				begin(s);
			return v->run(s);
		}
	return story_fail(s, "unknown word \"%s\"", s->words[0]);
}

static bool run_file(const char *path)
{
	static struct story s;
	char line[512];
	FILE *f = fopen(path, "r");
	bool ok;

	if (!f) {
		perror(path);
		return false;
	}
	memset(&s, 0, sizeof(s));
	s.path = path;
	s.world.seed = 1;
	ok = world_load(&s.world, "policies/tidegate.conf", NULL);
	while (ok && fgets(line, sizeof(line), f)) {
		s.line++;
		ok = run_line(&s, line);
	}
	fclose(f);
	world_stop(&s.world);
	return ok;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		bool ok = run_file(argv[i]);

		printf("%s %s\n", ok ? "ok" : "not ok", argv[i]);
		failed += !ok;
	}
	printf("scenarios: %d passed, %d failed\n", argc - 1 - failed, failed);
	return failed || argc == 1;
}
