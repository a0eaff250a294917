#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 13
# A SYN flood whose sources are forged: the service stays reachable, and nobody is punished for it by name: an element
# for each forged source is what the flood would be for.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server
in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port 80 --count 24000 --rate 3000 &
flood=$!
sleep 2
PACE=0.05 served "the innocent, during the flood" 100
wait $flood
found "found as a flood of that service" event_type=alert "tidegate.detector=flood.*"
is "measures against forged sources" "$(alerts tidegate.event=block 'tidegate.subject=198.1[89].*')" 0
is "elements against single sources" "$(acting '^(drop|new|refuse|shield)')" 0
served "the innocent, after it" 50
check "the daemon answers" ctl status
finish
