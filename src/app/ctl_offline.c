/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration, for verbs that ask no daemon for it. */
#include "app/ctl_offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const places[] = { "/etc/tidegate/tidegate.conf",
	"/usr/local/share/tidegate/policies/tidegate.conf", "/usr/share/tidegate/policies/tidegate.conf" };

static const char *find_conf(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

int ctl_load_conf(struct ctl_tool *t, struct conf *out)
{
	struct conf_source src = { .file = ctl_value(t, CTL_CONF_FILE), .policy = ctl_value(t, CTL_POLICY) };
	const char *mode = ctl_value(t, CTL_MODE);
	struct conf_report *report = calloc(1, sizeof(*report));
	int err;

	if (!report)
		return ctl_complain(CTL_INTERNAL, "no memory");
	if (!src.file)
		src.file = find_conf();
	if (!src.file) {
		free(report);
		return ctl_complain(CTL_USAGE, "no %s here: say -c FILE", places[0]);
	}
	err = conf_load(&src, out, report);
	conf_check_print(report, stderr);
	free(report);
	if (err)
		return CTL_CONFIG;
	if (mode && strcmp(mode, "detect") && strcmp(mode, "enforce"))
		return ctl_complain(CTL_USAGE, "--mode %s: detect or enforce", mode);
	if (mode)
		out->enforce = strcmp(mode, "enforce") == 0;
	return CTL_OK;
}
