/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `tidegate support-dump` share. */
#ifndef TIDEGATE_APP_CTL_SUPPORT_H
#define TIDEGATE_APP_CTL_SUPPORT_H

#include <stddef.h>

#include "app/ctl.h"
#include "core/veil.h"

#define SUPPORT_PART (1u << 20) /* bytes of one part */

/* ctl_support_gather.c: each into SUPPORT_PART + 1 bytes, the length back. Not veiled. */
size_t ctl_support_about(char *out);
size_t ctl_support_config(struct ctl_tool *t, char *out); /* as it is in force, or what is wrong with it */
size_t ctl_support_files(struct ctl_tool *t, char *out);  /* of its folders: sizes, modes, ages */

/* The host's names and its people's. */
void ctl_support_words(struct veil *v);

#endif
