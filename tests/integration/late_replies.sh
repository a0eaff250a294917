#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 30
# Answers that come when nobody waits any more: the client's socket is closed, and the host's conntrack, which forgets
# after a second here, takes them for something new. A resolver that is slow, and a peer that answers SYNs late, are
# found guilty of nothing; the very same datagrams, unasked, are a scan. Port 5300 and not 53: datagrams from 53 to such
# ports are forgiven altogether in the first ten minutes, which is shown apart.
. "$(dirname "$0")/lib.sh"
needs nft
lab_up
for file in udp_timeout udp_timeout_stream tcp_timeout_syn_sent; do
	in_ns host sh -c "echo 1 >/proc/sys/net/netfilter/nf_conntrack_$file" ||
		skip "conntrack's time limits cannot be set here"
done
in_ns innocent nft 'add table ip deaf; add chain ip deaf in { type filter hook input priority 0; };
	add rule ip deaf in tcp dport { 8001, 8002 } drop' || skip "nft does not work here"
in_ns host nft 'add table ip tally; add chain ip tally in { type filter hook prerouting priority -300; };
	add rule ip tally in tcp sport { 8001, 8002 } counter'
daemon_start enforce web-server

# counter NAME: of the engine.
counter()
{
	ctl status -o json | python3 -c 'import functools, json, sys
print(functools.reduce(lambda o, k: o[k], sys.argv[1].split("."), json.load(sys.stdin)["status"]["engine"]))' "$1"
}

# answering SECONDS WHAT PORT HOW-THE-HOST-ASKS FIRST-PORT: sets ASKED and ANSWERED. Not by in_ns: $! is to be python.
answering()
{
	nsenter "--net=/run/netns/$LAB-innocent" -- python3 "$HERE/late.py" "$2" --port "$3" >"$D/$2.txt" &
	local pid=$!
	sleep 0.5
	ASKED=$(in_ns host python3 "$HERE/late.py" "$4" $INNOCENT --port "$3" --own "$5")
	sleep "$1"
	kill -TERM "$pid"
	wait "$pid"
	ANSWERED=$(<"$D/$2.txt")
}

innocent_is_left_alone()
{
	is "$1: findings about the innocent" "$(alerts event_type=alert "src_ip=$INNOCENT")" 0
	is "$1: elements that cost somebody something" "$(acting)" 0
}

before=$(counter late_answers) seen=$(counter packets.input)
answering 3.5 resolve 5300 ask 40000
is "queries that the slow resolver answered" "$ANSWERED of $ASKED" "200 of 200"
is "late answers, counted as such" $(($(counter late_answers) - before)) 200
at_least "of which the kernel made new flows" $(($(counter packets.input) - seen)) 200
innocent_is_left_alone "late datagrams"

before=$(counter late_answers) seen=$(counter packets.input) backscatter=$(counter backscatter)
answering 3.5 segments 8001 connect 41000
is "SYNs that got a late SYN-ACK or RST" "$ANSWERED of $ASKED" "200 of 200"
note "of these conntrack called $(($(counter packets.input) - seen)) new and showed them to us;" \
	"late answers $(($(counter late_answers) - before)), backscatter $(($(counter backscatter) - backscatter))"
is "late segments that reached the host" "$(in_ns host nft list table ip tally |
	sed -n 's/.*counter packets \([0-9]*\).*/\1/p')" 200
innocent_is_left_alone "late segments"

before=$(counter late_grace)
is "datagrams of the innocent from port 53 that nobody asked for" \
	"$(in_ns innocent python3 "$HERE/late.py" unasked $HOST --port 53 --own 42000)" 200
is "soon after the start they are forgiven, and counted" $(($(counter late_grace) - before)) 200
innocent_is_left_alone "forgiven datagrams"
served "the innocent" 50

is "the late datagrams again, unasked, by the attacker" \
	"$(in_ns attacker python3 "$HERE/late.py" unasked $HOST --port 5300 --own 40000)" 200
stopped "they are a scan" $ATTACKER
is "findings about the innocent at the end" "$(alerts event_type=alert "src_ip=$INNOCENT")" 0
served "the innocent" 50
finish
