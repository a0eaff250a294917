#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 70
# A flood of datagrams against what this host usually gets: told once, by the kernel's own counters, and nothing
# is done for it. Its end, too: what was counted stands in the history.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
lab_up
own_conf
sed -i 's/learn = "10m"/learn = "20s"/' "$D/etc/rules/volume.conf"
daemon_start enforce web-server
in_ns innocent python3 "$HERE/connect.py" --count 600 --gap 0.05 $HOST 80 >/dev/null
sleep 3
is "surges while all is as usual" "$(alerts "tidegate.detector=volume.*")" 0

# 4000 datagrams a second for 24 s, to a port that is served: a hundred each 25 ms.
in_ns attacker python3 - $HOST <<'PY' &
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
begin = time.monotonic()
for burst in range(960):
    for _ in range(100):
        s.sendto(b"x" * 200, (sys.argv[1], 53))
    time.sleep(max(0, begin + (burst + 1) * 0.025 - time.monotonic()))
PY
flood=$!
check "the counters say so" wait_for 30 some_alert event_type=alert tidegate.detector=volume.surge "tidegate.about=udp packets-in*"
wait $flood
is "that is news, and no more" "$(alerts event_type=alert tidegate.detector=volume.surge)" \
	"$(alerts event_type=alert tidegate.detector=volume.surge tidegate.decision=observe)"
at_most "alerts of it" "$(alerts event_type=alert tidegate.detector=volume.surge)" 4
is "elements that cost anybody a service" "$(acting '^(drop|new|refuse|limit)')" 0
served "the innocent" 20
daemon_stop
is "slots that the end left in the history" "$(python3 -c '
import sqlite3, sys
print(min(1, sqlite3.connect(sys.argv[1]).execute("select count(*) from slot").fetchone()[0]))' "$D/history.db")" 1
finish
