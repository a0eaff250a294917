#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 36
# Somebody forges packets in the innocent's name: knocks at a thousand closed ports, and SYNs to a live service, by two
# tools. The innocent completes each of its connections to live services before, during and after. Its own hundred a
# second would be too many for a web server's rules, rightly; they get ten times the room here: this is about forgery.
. "$(dirname "$0")/lib.sh"
needs hping3
lab_up
own_conf
sed -i -E 's/^([[:space:]]*limit = [0-9]+);/\10;/' "$D/etc/rules/rate.conf"
PACE=0.01
daemon_start enforce web-server
served "before" 1000
in_ns attacker "$B/lab/forge" --src $INNOCENT --dst $HOST --port 1000-1999 --count 1000 --rate 200 &
first=$!
in_ns attacker timeout 30 hping3 -q -S -a $INNOCENT -p 80 -c 1000 -i u5000 $HOST >"$D/hping.log" 2>&1 &
second=$!
served "during" 1000
wait $first $second
is "SYNs that hping3 forged" "$(sed -n 's/ packets transmitted.*//p' "$D/hping.log")" 1000
found "the knocks were found" event_type=alert "tidegate.detector=scan.*" "src_ip=$INNOCENT"
is "findings that call it proven" "$(alerts event_type=alert "src_ip=$INNOCENT" tidegate.proof=answered)" 0
served "after" 1000
is "elements that cost it service" "$(acting '^(drop|new|refuse|limit)')" 0
finish
