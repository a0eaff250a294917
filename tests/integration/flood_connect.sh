#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# A flood of real connections: each one is proven by a handshake that a forger could not complete, so this source may
# be limited, refused or dropped.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server
in_ns attacker python3 "$HERE/connect.py" --parallel 8 --count 1000000 --seconds 8 --timeout 1 $HOST 80 >"$D/flood.txt" &
flood=$!
sleep 1
PACE=0.05 served "the innocent, during the flood" 100
wait $flood
read -r good bad _ _ <"$D/flood.txt"
note "the attacker: $good answered, $bad not"
found "found, with proof" event_type=alert "tidegate.detector=rate.*" "src_ip=$ATTACKER" tidegate.proof=answered
found "the kernel put a measure in force" tidegate.event=block "tidegate.subject=$ATTACKER*"
at_least "the attacker's connections that failed" "$bad" 1
in_ns attacker python3 "$HERE/connect.py" --parallel 4 --count 1000 --seconds 3 --timeout 1 $HOST 80 >"$D/flood.txt"
read -r good bad _ _ <"$D/flood.txt"
at_most "the attacker's connections in three more seconds (20 a second are left to it, 40 at once)" "$good" 140
served "the innocent, after it" 50
finish
