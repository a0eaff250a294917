#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# A machine that sleeps: our clock goes on (CLOCK_BOOTTIME), the kernel's timeouts do not. What has ended meanwhile must
# not stand on in the kernel, and what has not keeps what is left of its time. No machine can be put to sleep here, so
# the daemon alone is told a later time by a library before the C library.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
needs cc jq
! grep -q __asan_init "$B/tidegated" || skip "a sanitizer wants to be the first library"
lab_up

cat >"$D/late.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	char text[16] = { 0 };
	int fd, r;

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	r = real(id, t);
	if (id != CLOCK_BOOTTIME && id != CLOCK_REALTIME)
		return r;
	fd = open(getenv("SLEPT"), O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		t->tv_sec += atol(text);
	if (fd >= 0)
		close(fd);
	return r;
}
C
cc -shared -fPIC -o "$D/late.so" "$D/late.c" -ldl || skip "no library can be made here"
echo 0 >"$D/slept"

# sleeps SECONDS in all
sleeps()
{
	echo "$1" >"$D/new"
	mv "$D/new" "$D/slept"
}

in_kernel()
{
	local set
	for set in drop4 dropnet4; do
		in_ns host nft list set inet tidegate "$set" | grep -q "$1" && return 0
	done
	return 1
}

export SLEPT=$D/slept
export LD_PRELOAD=$D/late.so
daemon_start enforce web-server
unset LD_PRELOAD
check "a ban for a minute" ctl ban $ATTACKER --for 60s
check "one for an hour" ctl ban 198.18.7.7 --for 1h
check "of a prefix, too" ctl ban 198.18.8.0/24 --for 60s
check "holds" wait_for 5 not reaches attacker
sleep 1
sleeps 90
check "asleep for 90 s: who was to be free is served" wait_for 5 reaches attacker
check "nothing of his is in the kernel" wait_for 5 not in_kernel $ATTACKER
check "nor of the prefix" wait_for 5 not in_kernel 198.18.8.0/24
check "the long one is still there" wait_for 5 in_kernel 198.18.7.7
at_most "with what is left of its time" "$(in_ns host nft -j list table inet tidegate |
	jq '[.. | .elem? | objects | select(.val == "198.18.7.7") | .expires] | max')" 3511
found "an event tells of it" "tidegate.text=*slept*"
is "all that is wanted is enforced" "$(ctl status -o json | jq -r .status.enforced_ratio)" 1
sleep 1.5
is "it is put in anew once" "$(grep -c "warning: the machine has slept" "$D/daemon.log")" 1
daemon_stop
finish
