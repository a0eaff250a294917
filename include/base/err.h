/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results of functions that can fail: 0 or one of these negative values.
 * A result is never a message: whoever knows the user's word for the thing says it.
 */
#ifndef TIDEGATE_BASE_ERR_H
#define TIDEGATE_BASE_ERR_H

enum err {
	ERR_NONE = 0,
	ERR_INVALID = -1,     /* the input is not of the form that was asked for */
	ERR_TRUNCATED = -2,   /* the input ends before what it promises */
	ERR_RANGE = -3,       /* a number or length is outside its bounds */
	ERR_FULL = -4,        /* a bounded container has no room; nothing was changed */
	ERR_ABSENT = -5,      /* no such thing */
	ERR_EXISTS = -6,      /* there is one already */
	ERR_AGAIN = -7,       /* not now; the same call may succeed later */
	ERR_PERMISSION = -8,  /* the kernel or a peer's credentials forbid it */
	ERR_UNSUPPORTED = -9, /* this kernel or build cannot do it */
	ERR_IO = -10,         /* a descriptor or the disk failed; errno says how */
	ERR_MEMORY = -11,     /* no memory */
	ERR_BUSY = -12,       /* somebody else holds it */
	ERR_GUARDED = -13,    /* a guard forbids to act on this address */
};

/* Plain words for an err value; never NULL, also for numbers that are none. */
const char *err_text(int err);

#endif
