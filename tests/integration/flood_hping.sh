#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 22
# Floods by hping3, bounded in count: SYNs in one forged name at a live service, then datagrams at closed ports. hping3's
# own count of what it sent is held against what was asked, or a tool that refused its arguments would prove all of it.
. "$(dirname "$0")/lib.sh"
needs hping3
lab_up
daemon_start enforce web-server
forged=198.18.7.7

# hping COUNT ARGUMENT...: in the background, from the attacker.
hping()
{
	in_ns attacker timeout 20 hping3 -c "$@" $HOST >"$D/hping.log" 2>&1 &
	flood=$!
}

# sent COUNT: when the flood has ended.
sent()
{
	wait $flood
	is "packets that hping3 sent" "$(sed -n 's/ packets transmitted.*//p' "$D/hping.log" | tail -n 1)" "$1"
}

hping 60000 -q -S -p 80 -a $forged -i u100
served "the innocent, during the flood of SYNs" 100
sent 60000
found "found as a flood of that service" event_type=alert tidegate.detector=flood.syn
is "elements that cost the forged one service" "$(acting '^(drop|refuse|limit)')" 0

hping 20000 -q -2 -p ++3000 -i u200
served "the innocent, during the flood of datagrams" 100
sent 20000
found "found as a scan of closed ports" event_type=alert "tidegate.detector=scan.*" src_ip=$ATTACKER
served "the innocent, after it" 50
daemon_stop
is "exit code" $? 0
finish
