#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 80
# Packets in the name of innocents, who are really there: knocks at closed ports, SYNs to the service that they use,
# datagrams, XMAS, pings; one, or a thousand; while tidegate has just begun, before it has ever seen him, and while he is
# being served. Each innocent opens a thousand connections, sixteen a second (shipped limits), and each one is answered.
# Every one has a /24 of his own, as innocents do. (A million: spoof_million.sh. Forged ACKs: forged_ack.sh.)
. "$(dirname "$0")/lib.sh"
needs nft nmap hping3
lab_up
port=80 # of the service that they use

# innocent NUMBER: the address of that one. Its network lies behind the innocent's host.
innocent()
{
	echo "100.64.$1.20"
}

ip route add 100.64.0.0/16 via $INNOCENT
for ((i = 0; i < 36; i++)); do
	echo "address add $(innocent $i)/32 dev eth0"
done | ip -n "$LAB-innocent" -batch -

# Forged segments have a window that nobody else has, and innocents send neither datagrams nor pings.
in_ns host nft -f - <<'NFT' || bail "the host cannot count"
table inet count {
	set got {
		type ipv4_addr
		size 65536
		flags dynamic
		counter
	}
	chain in {
		type filter hook prerouting priority -500;
		tcp window 77 update @got { ip saddr counter }
		meta l4proto { udp, icmp } update @got { ip saddr counter }
	}
}
NFT

arrived()
{
	in_ns host nft list set inet count got | grep -o "$1 counter packets [0-9]*" | awk '{ print $4 }'
}

# forge_as ADDR KIND COUNT
forge_as()
{
	local how
	case $2 in
	closed) how="--port 7000-7999" ;;
	open) how="--port $port" ;;
	udp) how="--proto udp --port 9000-9999" ;;
	xmas) how="--port 7000-7999 --flags FPU" ;;
	icmp) how="--proto icmp --port 0" ;;
	esac
	# shellcheck disable=SC2086 # several options
	in_ns attacker "$B/lab/forge" --src "$1" --dst $HOST --count "$3" --rate 1000 --window 77 $how
}

CELLS=() # "NUMBER STATE KIND COUNT"
next=0

# attack STATE: all kinds and counts, each in another innocent's name.
attack()
{
	local kind count
	for count in 1 1000; do
		for kind in closed open udp xmas icmp; do
			forge_as "$(innocent $next)" $kind $count
			CELLS+=("$next $1 $kind $count")
			next=$((next + 1))
		done
	done
}

# One connection that stays, of the first innocent who is being served, and of one of the others.
hold()
{
	in_ns innocent python3 - "$1" $HOST >"$D/held.$1" 2>&1 <<'PYTHON' &
import socket
import sys

with socket.create_connection((sys.argv[2], 48443), timeout=9, source_address=(sys.argv[1], 0)) as s:
    print("open", s.recv(64), flush=True)
    s.settimeout(160)
    print("ended", s.recv(64), flush=True)
PYTHON
}

daemon_start enforce web-server
attack "just begun"
attack "unknown"
live=$next
for ((i = live; i < live + 10; i++)); do
	hold "$(innocent $i)"
done
everybody=()
for ((i = 0; i < live + 12; i++)); do
	everybody+=("$(innocent $i)")
done
in_ns innocent python3 "$HERE/many.py" --gap 0.0625 $HOST $port "${everybody[@]}" >"$D/many.txt" &
many=$!
in_ns innocent python3 "$HERE/many.py" --gap 0.0625 $HOST6 $port $INNOCENT6 >"$D/many6.txt" &
many6=$!
sleep 5
attack "being served"
decoy=$(innocent $next) aped=$(innocent $((next + 1)))
in_ns attacker timeout 40 nmap -n -Pn -sS -T4 --max-retries 0 -p 1-300 -D "$decoy" $HOST >"$D/nmap.log" 2>&1
in_ns attacker timeout 20 hping3 -q -S -a "$aped" -w 77 -p ++1 -c 1000 -i u1000 $HOST >"$D/hping.log" 2>&1
in_ns attacker "$B/lab/forge" --src $INNOCENT6 --dst $HOST6 --port 7000-7999 --count 1000 --rate 1000
note "elements meanwhile: shields $(acting '^shield'), others $(acting '^(drop|new|refuse|limit|svclimit)')"
wait $many $many6

# verdict ADDR WHAT: out of what became of its connections, and of what tidegate did.
verdict()
{
	local good=0 bad=0 worst=0
	read -r _ good bad worst < <(grep -h "^$1 " "$D/many.txt" "$D/many6.txt")
	is "$2" "$good of 1000 answered, proven guilty $(alerts "src_ip=$1" tidegate.proof=answered)" \
		"1000 of 1000 answered, proven guilty 0"
	[ "$bad" = 0 ] || note "failed: $bad"
	echo "$worst" >>"$D/worst"
}

for cell in "${CELLS[@]}"; do
	read -r i rest < <(echo "$cell")
	count=${cell##* } x=$(innocent "$i")
	verdict "$x" "$rest"
	[ "$(arrived "$x")" = "$count" ] || not_ok "forged packets that arrived: $(arrived "$x"), not $count"
done
verdict "$decoy" "decoy of nmap -D"
verdict "$aped" "aped by hping3 -a"
is "of hping3's, packets that arrived" "$(arrived "$aped")" 1000
verdict $INNOCENT6 "closed 1000 over IPv6"
is "elements that cost anybody service" "$(acting '^(drop|new|refuse|limit|svclimit)')" 0
is "lasting connections that broke" "$(cat "$D"/held.* | grep -c ended)" 0
is "lasting connections that stand" "$(cat "$D"/held.* | grep -c open)" 10
found "the forged scans were found, as claimed" "tidegate.detector=scan.*" tidegate.proof=claimed "src_ip=100.64.*"
note "slowest connection of all: $(sort -n "$D/worst" | tail -n 1) ms"
finish
