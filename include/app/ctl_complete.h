/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may come next on a command line, for shells: a verb that stands in no table and no help. */
#ifndef TIDEGATE_APP_CTL_COMPLETE_H
#define TIDEGATE_APP_CTL_COMPLETE_H

#include "app/ctl.h"

extern const struct ctl_verb ctl_verb_complete;

#endif
