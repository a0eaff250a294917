#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 43
# The kernel's refusals while it runs: ENOBUFS, EAGAIN, EINTR, EPERM of the calls that the daemon lives by, injected
# into its threads; and ten seconds of standing still under load.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs strace jq
lab_up
quiet_conf
in_ns host strace -f -o /dev/null -e trace=none true 2>/dev/null || skip "strace may not trace here"
many 1000
daemon_start enforce web-server --state-dir "$D/state"
wait_for 10 enforced
check "a ban" ctl ban $ATTACKER --for 10m
innocents_begin

# injected TEXT CALLS ERROR WHEN: for two seconds, with a ban in the midst of it.
injected()
{
	local hits text="$3 of $2, $4"
	remember
	timeout 3 strace -f -p "$DAEMON" -o "$D/strace" -e "trace=$2" -e "inject=$2:error=$3:when=$4" 2>/dev/null &
	hits=$!
	sleep 0.7
	timeout 2 "$B/tidegate" --socket "$D/control.sock" ban "198.19.0.$1" --for 10m >/dev/null 2>&1
	wait $hits
	hits=$(grep -c INJECTED "$D/strace")
	at_least "$text: calls that failed" "$hits" 1
	all_back "$text" 5
	check "$text: a ban is in force" ctl ban "198.19.1.$1" --for 10m
	check "$text: the one in the midst, too, if it was taken" wait_for 5 enforced
	check "$text: the attacker stays out" not reaches attacker
}

injected 1 recvmsg,recvfrom,recvmmsg ENOBUFS 1+5
injected 2 recvmsg,recvfrom,recvmmsg EAGAIN 1+3
injected 3 recvmsg,recvfrom,recvmmsg EINTR 1+2
injected 4 sendto,sendmsg ENOBUFS 1+3
injected 5 sendto,sendmsg EPERM 1+4
injected 6 sendto,sendmsg EINTR 1+2
injected 7 epoll_wait EINTR 1+2
injected 8 pwrite64,fsync,fdatasync EIO 1+2
note "status: $(status '.queue | tostring'), nft $(status '.nft | tostring')"
innocents_end "all the time"

echo "- standing still for ten seconds"
check "a short ban" ctl ban 198.19.2.1 --for 8s
remember
in_ns attacker timeout 12 "$B/lab/forge" --src $FORGED --dst $HOST --port 80 --count 100000 >/dev/null 2>&1 &
flood=$!
kill -STOP "$DAEMON"
sleep 3
served "the innocent, the dead man's time being over" 20
check "the attacker stays out" not reaches attacker
sleep 5
kill -CONT "$DAEMON"
wait $flood
all_back "after ten seconds" 5
check "what ended meanwhile has ended" not banned 198.19.2.1
served "the innocent, afterwards" 20
daemon_stop
is "exit code" $? 0
finish
