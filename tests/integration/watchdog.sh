#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 25
# The service manager's watchdog is fed while packets and nftables come round, and not while one of them hangs; a hung
# control thread is told, but ends no protection. A thread hangs where strace holds it at the door of epoll_wait.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs strace python3
lab_up
in_ns host strace -f -o /dev/null -e trace=none true 2>/dev/null || skip "strace may not trace here"
python3 "$HERE/manager.py" "$D/notify" "$D/told" &
EAR=$!
wait_for 5 test -S "$D/notify" || bail "no ear for the daemon's datagrams"
export NOTIFY_SOCKET=$D/notify WATCHDOG_USEC=2000000
daemon_start enforce web-server
unset NOTIFY_SOCKET WATCHDOG_USEC

tells()
{
	grep -q -- "$1" "$D/told"
}

meals()
{
	grep -c '^WATCHDOG=1$' "$D/told"
}

# more_than COUNT: so many meals were had, and more.
more_than()
{
	[ "$(meals)" -gt "$1" ]
}

# thread NAME: its id.
thread()
{
	grep -lx "$1" "/proc/$DAEMON"/task/*/comm | cut -d/ -f5
}

# freeze NAME, thaw: that thread does not come back into its loop; it does.
freeze()
{
	strace -p "$(thread "$1")" -o /dev/null -e trace=epoll_wait,epoll_pwait \
		-e inject=epoll_wait,epoll_pwait:delay_enter=600000000 2>"$D/strace" &
	FROZEN=$!
	wait_for 10 grep -q attached "$D/strace" || bail "the $1 thread cannot be frozen"
}

thaw()
{
	kill -9 "$FROZEN"
	wait "$FROZEN" 2>/dev/null
}

# fed TEXT: more is coming.
fed()
{
	check "$1" wait_for 15 more_than "$(meals)"
}

# starved THREAD: it is told who hangs; from then on nothing comes.
starved()
{
	local before
	check "$1 hangs: told to the manager" wait_for 15 tells "STATUS=the $1 thread has not come round"
	before=$(meals)
	sleep 2.5
	is "$1 hangs: meals from then on" $(($(meals) - before)) 0
	check "$1 hangs: told in the log, with what follows" \
		grep -q "the $1 thread has not come round for .*hears nothing" "$D/daemon.log"
}

check "the manager is told that it is ready" wait_for 5 tells '^READY=1$'
fed "all is well: fed"
for who in packets worker; do
	freeze $who
	starved $who
	thaw
	fed "$who comes round again: fed"
done
check "and that is told" wait_for 15 tells 'STATUS=all threads come round again'
freeze control
check "control hangs: told to the manager" wait_for 15 tells 'STATUS=the control thread has not come round'
fed "control hangs: fed all the same"
thaw
check "it answers again" wait_for 10 ctl status
before=$(meals)
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	kill -HUP "$DAEMON"
	sleep 0.2
done
check "fed between signals that come faster than meals" more_than "$before"
daemon_stop
is "exit code" $? 0
check "the end is told, too" wait_for 5 tells '^STOPPING=1$'
kill "$EAR"
finish
