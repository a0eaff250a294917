#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 18
# What store.sh and faults.sh leave out of a disk's bad days: it turns read-only, the database is deleted, garbage comes
# before a start that finds a table in the kernel. Nothing of it is felt by anybody, and all is written when it can be again.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs jq strace
lab_up
quiet_conf
in_ns host strace -f -o /dev/null -e trace=none true 2>/dev/null || skip "strace may not trace here"

store_is()
{
	[ "$(status ".store.$1")" = "$2" ]
}

many 1000
mkdir "$D/disk"
mount -t tmpfs -o size=16m none "$D/disk"
mv "$D/state/tidegate.db" "$D/disk"
daemon_start enforce web-server --state-dir "$D/disk"
wait_for 10 enforced
check "a ban" ctl ban $ATTACKER --for 10m
check "an allowed address" ctl allow add 198.19.9.9
check "is in the store" wait_for 5 store_is measures 1001
innocents_begin

# No mount lets itself be made read-only while a file in it is open for writing: so the kernel says it by strace.
remember
calls=pwrite64,fsync,fdatasync,ftruncate
timeout 5 strace -f -p "$DAEMON" -o "$D/strace" -e "trace=$calls" -e "inject=$calls:error=EROFS" 2>/dev/null &
strace=$!
sleep 0.5
check "a ban on a read-only disk" ctl ban 198.19.0.1 --for 10m
check "status tells that the store fails" wait_for 3 store_is failing true
note "$(status .store.error)"
told "the failure" 'cannot be written'
check "the attacker stays out" not reaches attacker
wait $strace
at_least "calls that failed" "$(grep -c INJECTED "$D/strace")" 1
all_back "writable again" 5
check "all is in the store" wait_for 15 store_is measures 1002
check "and it does not fail" wait_for 15 store_is failing false

remember
rm -f "$D"/disk/tidegate.db*
check "a ban with the database deleted" ctl ban 198.19.0.2 --for 10m
told "the deletion" 'store\|database\|tidegate.db'
all_back "deleted" 5
check "all is in a new one" wait_for 15 store_is measures 1003
check "the allowed, too" store_is allowed 1
check "which is there" [ -s "$D/disk/tidegate.db" ]

remember
daemon_stop KILL 2>/dev/null
head -c 65536 /dev/urandom >"$D/disk/tidegate.db"
rm -f "$D"/disk/tidegate.db-*
daemon_start enforce web-server --state-dir "$D/disk"
check "kill -9 and garbage: what the kernel has is adopted" held wait "$D/held" 3
check "enforced_ratio is 1" enforced
check "status names the file that was set aside" sh -c "$B/tidegate --socket $D/control.sock status -o json | grep -q damaged-"
check "and is in a new store" wait_for 10 store_is measures 1003
innocents_end "all the time"
daemon_stop
is "exit code" $? 0
umount "$D/disk"
finish
