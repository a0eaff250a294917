#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# More new flows than the queue holds: a flood at a live service, and a daemon that is stopped for a second within it, so
# that the queue is full for sure. The kernel accepts what it cannot hold; the innocent is served, the daemon lives.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server
sent=2000000
in_ns attacker timeout 20 "$B/lab/forge" --src $FORGED --dst $HOST --port 80 --count $sent &
flood=$!
sleep 0.3
kill -STOP "$DAEMON"
served "the innocent, with the queue full" 40
kill -CONT "$DAEMON"
served "the innocent, after that" 40
wait $flood
judged=$(ctl -o json status |
	python3 -c 'import json, sys; print(json.load(sys.stdin)["status"]["engine"]["packets"]["input"])')
at_most "packets of the flood that were seen, of $sent" "$judged" $((sent - 4096))
check "the daemon answers" ctl status
served "the innocent, after the flood" 40
daemon_stop
is "exit code" $? 0
finish
