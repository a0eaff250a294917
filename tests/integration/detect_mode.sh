#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Detect mode decides everything and does nothing: the same traffic with and without tidegate, packet by packet, and no
# element in any set that could hurt.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
in_ns host nft -f - <<'NFT'
table inet count {
	counter arrived { }
	chain in {
		type filter hook input priority 300;
		tcp dport { 22, 80, 7000-7099 } tcp flags & (syn | ack) == syn counter name arrived
	}
}
NFT

# The innocent's connections, a scan, and forged SYNs at 2000 a second; sets ARRIVED and LEARNED.
traffic()
{
	in_ns host nft reset counters table inet count >/dev/null
	PACE=0.005 served "$1: the innocent" 300
	in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port 7000-7099 --count 4000 --rate 2000
	in_ns attacker "$B/lab/forge" --src $ATTACKER --dst $HOST --port 80 --count 4000 --rate 2000
	ARRIVED=$(in_ns host nft list counters table inet count | awk '/packets/ { print $2 }')
	attack_nmap 60 -sS -T4 --max-retries 0 -p 1-1000 $HOST
	learned "$D/nmap.xml"
}

traffic "without tidegate"
without=$ARRIVED without_learned=$LEARNED
is "SYNs that arrived without tidegate" "$without" 8300
daemon_start detect web-server
traffic "in detect mode"
is "SYNs that arrived in detect mode" "$ARRIVED" "$without"
is "ports that the scan learned in detect mode" "$LEARNED" "$without_learned"
found "the scan was found all the same" event_type=alert "tidegate.detector=scan.*" "src_ip=$ATTACKER"
is "events that say something was blocked" "$(alerts tidegate.applied=true)" 0
is "elements in acting sets" "$(acting)" 0
finish
