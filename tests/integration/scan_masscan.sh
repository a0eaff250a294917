#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 10
# masscan brings its own TCP and reports open ports alone, so what it learns is counted on the wire: answers of the
# host that reach the attacker, distinct by port.
. "$(dirname "$0")/lib.sh"
needs masscan
lab_up
in_ns attacker nft -f - <<'NFT'
table inet count {
	set answered { typeof tcp sport; size 65535; flags dynamic; }
	chain in {
		type filter hook prerouting priority -400;
		ip saddr 192.0.2.1 tcp flags & (rst | ack) != 0 add @answered { tcp sport }
	}
}
NFT
daemon_start enforce web-server
in_ns attacker timeout 60 masscan $HOST -p1-2000 --rate 20000 --wait 1 --adapter eth0 --adapter-ip $ATTACKER \
	--router-mac "$(cat /sys/class/net/to-attacker/address 2>/dev/null ||
		ip -j link show to-attacker | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["address"])')" \
	>"$D/masscan.log" 2>&1
answers=$(in_ns attacker nft -j list set inet count answered | python3 "$HERE/sets.py" answered)
at_most "ports that answered, of 2000" "$answers" 8
at_least "ports that answered before it was stopped" "$answers" 1
stopped "masscan" $ATTACKER
served "the innocent" 100
finish
