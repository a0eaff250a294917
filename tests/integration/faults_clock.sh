#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 19
# The wall clock steps by an hour, forth and back, while the daemon runs and between two runs: no measure ends sooner
# or later for it. The clock is faked for the daemon alone.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs jq faketime
fake=''
for file in /usr/lib*/faketime/libfaketimeMT.so.1 /usr/lib/*/faketime/libfaketimeMT.so.1; do
	[ ! -e "$file" ] || fake=$file
done
[ -n "$fake" ] || skip "no libfaketimeMT here"
lab_up
quiet_conf

starts()
{
	LD_PRELOAD=$fake FAKETIME_TIMESTAMP_FILE=$D/clock FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 \
		daemon_start enforce web-server --state-dir "$D/state"
	wait_for 10 enforced
}

# The library reads the file anew at every look at the clock.
steps()
{
	echo "$1" >"$D/clock.new"
	mv "$D/clock.new" "$D/clock"
}

# clock_is SECONDS: the daemon's wall clock is that far from ours, within five.
clock_is()
{
	local off
	off=$(($(date -d "$(status .now)" +%s) - $(date +%s) - $1))
	[ "$off" -ge -5 ] && [ "$off" -le 5 ]
}

left()
{
	ctl list -o json | jq -r "select(.source == \"$1\") | .left_s" | head -n 1
}

steps +0
many 1000
starts
check "a ban" ctl ban $ATTACKER --for 10m
innocents_begin
told_left=$(left $ATTACKER)
for to in +3600 -3600 +0; do
	remember
	steps $to
	check "$to: the daemon's clock has stepped" wait_for 3 clock_is "$((to))"
	sleep 1.2
	all_back "$to" 5
	check "$to: a ban of two seconds" ctl ban 198.19.0.1 --for 2s
	sleep 2.3
	check "$to: is over after them" not banned 198.19.0.1
	check "$to: the attacker stays out" not reaches attacker
done
at_most "seconds left of the ban, of $told_left" "$(left $ATTACKER)" "$((told_left - 10))"

for to in +3600 -3600; do
	for how in TERM KILL; do
		remember
		daemon_stop $how 2>/dev/null
		steps $to
		starts
		all_back "$to between two runs, $how" 5
		check "$to, $how: its clock has stepped" clock_is "$((to))"
	done
done
innocents_end "all the time"
daemon_stop
is "exit code" $? 0
finish
