/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of our own processes opened a flow, as far as could be told while its socket lived: what egress findings say of
 * ourselves. An input of the engine (engine_owner); it names, and it decides whose a contact is.
 */
#ifndef TIDEGATE_CORE_BLAME_H
#define TIDEGATE_CORE_BLAME_H

#include <stdint.h>

#include "core/actor.h"
#include "core/ask.h"

#define BLAME_EXE 64
#define BLAME_PARENT 32
#define BLAME_UNIT 96 /* "cri-containerd-" and 64 digits and ".scope" */
#define BLAME_NAME 64
#define BLAME_GROUP 128

/* Texts are "" where nothing is known, and never hold what a terminal would act on. */
struct blame {
	struct socket_owner owner;
	uint8_t level;              /* of its control group; 0: not known */
	uint32_t pid;               /* 0: not known */
	char comm[16];
	char user[32];              /* "bob" */
	char exe[BLAME_EXE];        /* "/usr/bin/curl"; a longer one loses its beginning, after "..." */
	char parent[BLAME_PARENT];  /* "bash (pid 811)" */
	char unit[BLAME_UNIT];      /* "ssh.service", or the path of the group */
};

/* What the world says of a flow that began. */
struct owner_answer {
	struct tuple tuple;
	struct blame blame;
	char group[BLAME_GROUP]; /* whole path of its control group: "system.slice/ssh.service"; "": not known */
};

#endif
