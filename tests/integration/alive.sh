#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 50
# A daemon that hangs, and one that dies: traffic goes on, measures end by themselves, a new one takes over.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server

kill -STOP "$DAEMON"
served "with a stopped daemon" 40
at_most "longest wait of one connection, ms" "$WORST" 3500
kill -CONT "$DAEMON"
sleep 1
served "after it goes on" 40
check "it answers again" ctl status
sleep 0.7
served "and diverts again" 40

check "a ban of twelve seconds" ctl ban $ATTACKER --for 12s --reason lab
check "holds" wait_for 3 not reaches attacker
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
served "after kill -9" 40
at_most "longest wait of one connection, ms" "$WORST" 3500
check "the ban outlives the daemon" not reaches attacker
sleep 8
check "and ends by itself" wait_for 8 reaches attacker 80 2

daemon_start enforce web-server
check "a ban of ten minutes" ctl ban $ATTACKER --for 10m --reason lab
sleep 0.5
in_ns attacker timeout 30 python3 "$HERE/connect.py" --count 100000 --seconds 6 --timeout 0.2 $HOST 80 >"$D/gap.txt" &
knocking=$!
sleep 1
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
sleep 1
daemon_start enforce web-server
check "the new daemon has adopted the ban" banned $ATTACKER
wait $knocking
read -r good _ <"$D/gap.txt"
is "connections of the banned one in six seconds around a kill -9 and a restart" "$good" 0
served "the innocent" 40
finish
