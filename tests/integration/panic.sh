#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Panic: our table leaves the kernel at once and stays away, whatever happens to the daemon; afterwards what has not
# ended is back with what is left of its time. Without a daemon the tool says how it is done by hand.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
needs jq
lab_up

table()
{
	in_ns host nft list table inet tidegate
}

# start_in_panic: daemon_start waits for a gate that is open, and here none opens.
start_in_panic()
{
	nsenter "--net=/run/netns/$LAB-host" -- "$B/tidegated" -c "$TOP/policies/tidegate.conf" --mode enforce \
		--policy web-server --run-dir "$D" --state-dir "$D" --log-dir "$D" >>"$D/daemon.log" 2>&1 &
	DAEMON=$!
	check "the daemon comes up again" wait_for 10 ctl status
}

left()
{
	ctl list blocks -o json | jq -r --arg a "$ATTACKER" 'select(.source | startswith($a)) | .left_s'
}

code "panic without a daemon" 69 panic
says "the tool says how it is done by hand" "nft delete table inet tidegate"
code "an unknown word behind it" 64 panic of
says "is answered with the right one" "did you mean off"

daemon_start enforce web-server
check "a ban" ctl ban $ATTACKER --for 60s
check "holds" wait_for 5 not reaches attacker
sleep 2
code "panic" 0 panic
says "it says what it did" PANIC
check "the table is gone at once" not table
check "the dropped source is served" reaches attacker 80 3
is "status says so" "$(state .panic)" true
ctl status >"$D/out"
says "in capitals" "PANIC *nothing is done to anybody"
code "nobody is blocked" 1 check-ip $ATTACKER
ctl list blocks >"$D/out"
says "nor does the list say so" "drop *panic"
code "panic again" 0 panic
says "changes nothing" "as before"
code "a ban in panic" 0 ban 198.18.7.7
says "waits for its end" "panic: not in force before it is over"
sleep 2.5
check "nothing puts the table back" not table
check "the dropped source is still served" reaches attacker 80 3
found "an event tells of it" "tidegate.text=panic*"

code "panic off" 0 panic off
says "it says what follows" "in force again"
check "the table is back" wait_for 3 table
check "and the source is dropped" wait_for 5 not reaches attacker
at_most "for what is left of its time, in seconds" "$(left)" 57
at_least "and not less" "$(left)" 45
code "check-ip" 0 check-ip $ATTACKER
is "status knows of no panic" "$(state .panic)" false
is "all that is wanted is enforced" "$(state .enforced_ratio)" 1

code "panic before a restart" 0 panic
daemon_stop
check "no table is left" not table
start_in_panic
is "it is still panic" "$(state .panic)" true
check "and no table is there" not table
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
start_in_panic
is "after a kill -9, too" "$(state .panic)" true
check "and no table is there" not table
code "panic off after it" 0 panic off
check "the table is back" wait_for 3 table
daemon_stop
daemon_start enforce web-server
is "the next start knows of no panic" "$(state .panic)" false
daemon_stop
finish
