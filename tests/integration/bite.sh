#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 35
# Does a measure bite? One that holds is confirmed, and each way around it that this kernel really has is found and
# named: a notrack rule of another table, a container behind the host, and flowtables where the kernel has them.
. "$(dirname "$0")/lib.sh"
needs nft ip
lab_up
[ -x "$B/lab/probe_bite" ] || skip "$B/lab/probe_bite is not built"

# A container behind the host: routed, not bridged, with a service that echoes.
CONTAINER=10.77.0.2
ip netns add "$LAB-container"
ip -n "$LAB-host" link add ctr0 type veth peer name eth0 netns "$LAB-container"
ip -n "$LAB-host" addr add 10.77.0.1/24 dev ctr0
ip -n "$LAB-host" link set ctr0 up
ip -n "$LAB-container" link set lo up
ip -n "$LAB-container" addr add $CONTAINER/24 dev eth0
ip -n "$LAB-container" link set eth0 up
ip -n "$LAB-container" route add default via 10.77.0.1
ip route add 10.77.0.0/24 via $HOST
in_ns host sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 | tee /proc/sys/net/ipv4/conf/*/rp_filter' >/dev/null
in_ns container python3 "$HERE/serve.py" --keep 48443 >"$D/container.log" 2>&1 &
CONTAINER_SERVE=$!
trap 'kill $CONTAINER_SERVE 2>/dev/null; lab_down' EXIT

daemon_start enforce web-server

# watch RESPONSE: the first look at a measure against the attacker, which remembers what there is. look: another one.
watch()
{
	coproc PROBE { in_ns host "$B/lab/probe_bite" "$1" $ATTACKER; }
	read -r -t 5 SEEN <&"${PROBE[0]}"
}

look()
{
	echo >&"${PROBE[1]}"
	read -r -t 5 SEEN <&"${PROBE[0]}"
	note "$SEEN"
}

unwatch()
{
	local fd=${PROBE[1]}
	exec {fd}>&-
	wait "$PROBE_PID" 2>/dev/null
	ctl unban $ATTACKER >/dev/null 2>&1
	wait_for 3 not banned $ATTACKER
}

# says TEXT WORDS: a look begins with them; on a busy machine not the first one.
says()
{
	local i
	for ((i = 0; i < 8; i++)); do
		[ "$(cut -d, -f1,2 <<<"$SEEN")" != "$2" ] || break
		sleep 0.3
		look
	done
	is "$1" "$(cut -d, -f1,2 <<<"$SEEN")" "$2"
}

# banned_with RESPONSE: in the kernel.
banned_with()
{
	ctl ban $ATTACKER --for 5m --response "$1" >/dev/null || not_ok "a $1"
	wait_for 3 in_ns host sh -c "nft list table inet tidegate | grep -q $ATTACKER"
}

# stays TO: opens a connection from the attacker and keeps it; HOLD is its process.
stays()
{
	in_ns attacker python3 -c "
import socket, time
s = socket.create_connection(('$1', 48443), timeout=3)
s.recv(64)
print('open', flush=True)
time.sleep(30)" >"$D/stays.log" 2>&1 &
	HOLD=$!
	wait_for 6 grep -q open "$D/stays.log"
}

# shellcheck disable=SC2317 # check calls it
reaches_container()
{
	in_ns attacker python3 "$HERE/connect.py" --quiet --timeout 0.4 "$CONTAINER" 48443
}

check "the container can be reached" reaches_container
banned_with drop
watch drop
says "a drop that no packet met" "not yet tested, none"
check "the attacker gets nothing" not reaches attacker
sleep 0.5
look
says "a drop that was tested" "holds, none"
at_least "packets that it dropped" "$(cut -d, -f3 <<<"$SEEN" | tr -dc 0-9)" 1
check "nor does it reach the container" not reaches_container
look
says "a drop ahead of the container" "holds, none"
unwatch

stays $HOST
check "a live connection of the attacker" grep -q open "$D/stays.log"
banned_with refuse
watch refuse
check "the attacker begins nothing new" not reaches attacker
look
says "a refusal beside an older connection" "holds, none"
kill "$HOLD"
unwatch

in_ns host nft -f - <<'NFT'
table inet lab {
	chain raw { type filter hook prerouting priority raw; tcp dport 48443 notrack; }
	chain out { type filter hook output priority raw; tcp sport 48443 notrack; }
}
NFT
banned_with refuse
watch refuse
check "with a notrack rule, the refused one gets through" stays $HOST
look
says "and that is found" "leaks, untracked"
kill "$HOLD"
unwatch
banned_with drop
watch drop
check "a drop stands ahead of notrack" not reaches attacker 48443
sleep 0.4
look
says "and holds" "holds, none"
unwatch
in_ns host nft delete table inet lab

banned_with refuse
watch refuse
check "the container, with divert.forward off, answers the refused one" stays $CONTAINER
look
says "and that is found" "leaks, forward"
kill "$HOLD"
unwatch

in_ns host nft 'table inet lab { flowtable fast { hook ingress priority 0; devices = { eth0, ctr0 }; }; }' 2>/dev/null ||
	note "no flowtables in this kernel: offloaded flows are left to the unit tests"
finish
