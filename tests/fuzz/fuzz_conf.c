/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as a main configuration. Whatever they are, they load or are reported; what loads
 * is printed, and what is printed loads again and prints the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the text of a string that a syntax error follows. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static char *print(const struct conf *c, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		abort();
	conf_print(c, f);
	fclose(f);
	return text;
}

/* Reads a printed configuration under the same name and prints it; frees what it read. */
static char *again(char *text, size_t *len)
{
	static struct conf_report report;
	static struct conf conf;

	memset(&report, 0, sizeof(report));
	if (conf_load_string(text, *len, "printed", &conf, &report)) {
		conf_check_print(&report, stderr);
		abort();
	}
	free(text);
	return print(&conf, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf_report report;
	static struct conf conf;
	char *once, *twice;
	size_t len;

	memset(&report, 0, sizeof(report));
	if (conf_load_string((const char *)data, size, "fuzz", &conf, &report)) {
		if (report.errors == 0)
			abort();
		return 0;
	}
	/* The first print names other places than the second one; from then on all is
	 * the same. */
	once = again(print(&conf, &len), &len);
	twice = again(strdup(once), &len);
	if (strcmp(once, twice) != 0)
		abort();
	free(once);
	free(twice);
	return 0;
}
