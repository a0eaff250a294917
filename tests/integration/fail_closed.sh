#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 13
# divert.fail = "closed": while the daemon hangs or is gone nobody new gets in, but for guards; live connections go on.
. "$(dirname "$0")/lib.sh"
lab_up
own_conf
sed -i 's/fail = "open"/fail = "closed"/; s|never_block = \[\]|never_block = ["203.0.113.77"]|' \
	"$D/etc/policies/tidegate.conf"
ip -n "$LAB-innocent" addr add 203.0.113.77/24 dev eth0
daemon_start enforce web-server
served "with the daemon" 30
# Ten seconds of one connection, a byte each half second.
in_ns innocent python3 - $HOST >"$D/live.log" 2>&1 <<'PY' &
import socket, sys, time
s = socket.create_connection((sys.argv[1], 48443), 5)
print("begun", flush=True)
for _ in range(16):
    s.sendall(b"x")
    time.sleep(0.5)
print("alive to the end")
PY
LIVE=$!
wait_for 10 grep -q begun "$D/live.log" || bail "no live connection"
# shellcheck disable=SC2317 # called by check
guarded()
{
	in_ns innocent python3 -c "import socket; s = socket.socket(); s.bind(('203.0.113.77', 0)); s.settimeout(3)
s.connect(('$HOST', 80)); s.recv(10)"
}
kill -STOP "$DAEMON"
sleep 2.6
check "it hangs: nobody new gets in" not reaches innocent
check "but a guard does" guarded
kill -CONT "$DAEMON"
check "it goes on, and so do new connections" wait_for 3 reaches innocent
daemon_stop KILL
sleep 2.2
check "killed: nobody new gets in" not reaches innocent
check "but a guard does" guarded
daemon_start enforce web-server
check "a new run lets them in" wait_for 3 reaches innocent
wait "$LIVE"
is "the live connection" "$(tail -n 1 "$D/live.log")" "alive to the end"
daemon_stop
check "an end by order opens the host again" reaches innocent 80 3
finish
