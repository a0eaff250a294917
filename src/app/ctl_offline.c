/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration, for verbs that ask no daemon for it. */
#include "app/ctl_offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/process.h"

static const char *const places[] = { "/etc/tidegate/tidegate.conf",
	"/usr/local/share/tidegate/policies/tidegate.conf", "/usr/share/tidegate/policies/tidegate.conf" };

const char *ctl_find_conf(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

int ctl_load_conf_from(const char *file, const char *policy, struct conf *out)
{
	struct conf_source src = { .file = file ? file : ctl_find_conf(), .policy = policy,
		.user_id = process_uid_of };
	struct conf_report *report;
	int err;

	if (!src.file)
		return ctl_complain(CTL_USAGE, "no %s here: say -c FILE", places[0]);
	report = calloc(1, sizeof(*report));
	if (!report)
		return ctl_complain(CTL_INTERNAL, "no memory");
	err = conf_load(&src, out, report);
	conf_check_print(report, stderr);
	free(report);
	return err ? CTL_CONFIG : CTL_OK;
}

int ctl_read_mode(const struct ctl_tool *t, bool *enforce)
{
	const char *mode = ctl_value(t, CTL_MODE);

	if (!mode)
		return CTL_OK;
	if (strcmp(mode, "detect") && strcmp(mode, "enforce"))
		return ctl_complain(CTL_USAGE, "--mode %s: detect or enforce", mode);
	*enforce = strcmp(mode, "enforce") == 0;
	return CTL_OK;
}

static int join(const char *dir, const char *name, char path[STORE_PATH])
{
	/* Room for what the store adds to the name of a damaged one. */
	if (strlen(dir) + 80 > STORE_PATH)
		return ctl_complain(CTL_USAGE, "--state-dir: a longer path than there may be");
	snprintf(path, STORE_PATH, "%s/%s", dir, name);
	return CTL_OK;
}

int ctl_state_code(int err)
{
	switch (err) {
	case ERR_INVALID:
	case ERR_UNSUPPORTED:
		return CTL_DATA;
	case ERR_BUSY:
		return CTL_AGAIN;
	default:
		return ctl_code_of(err);
	}
}

int ctl_state_file(struct ctl_tool *t, const char *name, char path[STORE_PATH])
{
	const char *dir = ctl_value(t, CTL_STATE_DIR);
	struct conf *conf;
	int code;

	if (dir)
		return join(dir, name, path);
	conf = calloc(1, sizeof(*conf));
	if (!conf)
		return ctl_complain(CTL_INTERNAL, "no memory");
	code = ctl_load_conf(t, conf);
	if (!code)
		code = join(conf->paths.state_dir, name, path);
	free(conf);
	return code;
}

int ctl_load_conf(struct ctl_tool *t, struct conf *out)
{
	int code = ctl_load_conf_from(ctl_value(t, CTL_CONF_FILE), ctl_value(t, CTL_POLICY), out);

	return code ? code : ctl_read_mode(t, &out->enforce);
}
