/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a listening socket is for, by its program and, where that says nothing, by its port. For core/role.c. */
#ifndef TIDEGATE_CORE_ROLE_KIND_H
#define TIDEGATE_CORE_ROLE_KIND_H

#include "core/role.h"

enum role_kind {
	KIND_OTHER = 0,
	KIND_HOUSE, /* clock, leases, names, metrics: every host has them */
	KIND_SSH,
	KIND_WEB,
	KIND_DATABASE,
	KIND_DESK,
	KIND_ROUTING,
	KIND_DEVELOPER, /* ports on which people try what they write */
	KINDS,
};

enum role_kind role_kind_of(const struct role_facts *f, const struct role_socket *s);

#endif
