#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A million packets of each kind in the name of an innocent of its own, as fast as this machine sends them, one kind
# after the other, while all of them and a bystander are being served (shipped limits). The same without tidegate first:
# what the machine itself cannot bear under such a flood is not tidegate's doing. (That takes 300,000 of each.)
#
# Each connection is answered, and soon: of a peer that was served within the hour. A flood of SYNs to a served port is
# answered by a fair share of it for each /24 of strangers, and who was never here before and has his name forged right
# now shares with the forger: what becomes of him is noted, not asserted.
. "$(dirname "$0")/lib.sh"
needs nft
lab_up
kinds="closed open udp xmas icmp"
most=300000

ip route add 100.64.0.0/16 via $INNOCENT
innocents=()
for i in 0 1 2 3 4 9; do
	ip -n "$LAB-innocent" addr add 100.64.$i.20/32 dev eth0
	innocents+=("100.64.$i.20")
done
ip -n "$LAB-innocent" addr add 100.64.7.20/32 dev eth0

# Forged segments have a window that nobody else has, and innocents send neither datagrams nor pings.
in_ns host nft -f - <<'NFT' || bail "the host cannot count"
table inet count {
	counter got { }
	chain in {
		type filter hook prerouting priority -500;
		tcp window 77 counter name got
		meta l4proto { udp, icmp } counter name got
	}
}
NFT

# floods: every kind once, each in another innocent's name.
floods()
{
	local kind how i=0 begun ms got
	for kind in $kinds; do
		case $kind in
		closed) how="--port 7000-7999" ;;
		open) how="--port 80" ;;
		udp) how="--proto udp --port 9000-9999" ;;
		xmas) how="--port 7000-7999 --flags FPU" ;;
		icmp) how="--proto icmp --port 0" ;;
		esac
		begun=$(date +%s%N)
		# shellcheck disable=SC2086 # several options
		in_ns attacker "$B/lab/forge" --src 100.64.$i.20 --dst $HOST --count $most --window 77 $how
		ms=$((($(date +%s%N) - begun) / 1000000))
		sleep 1
		got=$(in_ns host nft reset counter inet count got | sed -n 's/.*packets \([0-9]*\).*/\1/p')
		at_least "$1, $kind: of $most packets, arrived ($((got / (ms + 1))) thousand a second)" \
			"$got" $((most * 9 / 10))
		i=$((i + 1))
	done
}

# stranger_under_flood: he begins to come while a million SYNs to the service bear his name.
stranger_under_flood()
{
	local good worst
	in_ns attacker "$B/lab/forge" --src 100.64.7.20 --dst $HOST --count $most --window 77 --port 80 &
	local flood=$!
	sleep 1
	in_ns innocent python3 "$HERE/many.py" --count 40 --gap 0.1 $HOST 80 100.64.7.20 >"$D/stranger.txt"
	wait $flood
	read -r _ good _ worst <"$D/stranger.txt"
	note "a stranger in whose name a million SYNs come meanwhile: $good of 40 answered, slowest $worst ms"
}

# under_floods WHAT COUNT: with the floods, that many connections of each innocent; sets GOOD, all of them.
under_floods()
{
	in_ns innocent python3 "$HERE/many.py" --count "$2" --gap 0.0625 $HOST 80 "${innocents[@]}" >"$D/many.txt" &
	local many=$!
	sleep 2
	floods "$1"
	wait $many
	GOOD=$(awk '{ n += $2 } END { print n }' "$D/many.txt")
	note "$1: $GOOD of $((6 * $2)) answered, slowest $(sort -nk4 "$D/many.txt" | awk 'END { print $4 }') ms"
}

under_floods "without tidegate" 300
at_least "without tidegate: connections answered" "$GOOD" 1
most=1000000
daemon_start enforce web-server
under_floods "with tidegate" 1000
i=0
for kind in $kinds bystander; do
	read -r x good _ worst < <(sed -n "$((i + 1))p" "$D/many.txt")
	is "connections of the one in whose name a million was sent ($kind)" "$good of 1000 answered" "1000 of 1000 answered"
	at_most "his slowest, in ms" "$worst" 1200 # one SYN may be lost
	is "findings that call him proven" "$(alerts "src_ip=$x" tidegate.proof=answered)" 0
	i=$((i + 1))
done
is "elements that cost one of them service" "$(acting '^(drop|new|refuse|limit)')" 0
is "services shared out fairly" "$(acting '^svclimit')" 1
at_least "new flows of peers that were spared their share" "$(in_ns host nft list chain inet tidegate share |
	sed -n 's/.*@served4 counter packets \([0-9]*\).*/\1/p')" 100000
stranger_under_flood
found "the knocks were found, as claimed" "tidegate.detector=scan.*" tidegate.proof=claimed src_ip=100.64.0.20
check "the daemon answers" ctl status
finish
