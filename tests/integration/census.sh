#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 40
# What the host says of itself, against what is known of it and what ss says: states of sockets, services, who holds
# connections and for how long, who serves, interfaces, protocols. No daemon: the edges alone.
. "$(dirname "$0")/lib.sh"
needs ss python3
lab_up

HOLD=8080 LEAVE=8081 SHUT=8082 UNPRIVILEGED=12345
[ "$(id -u)" = 0 ] && [ "$(awk '{ print $3 }' /proc/self/uid_map)" -gt $UNPRIVILEGED ] || UNPRIVILEGED=0
for n in 101 102 103 104; do
	ip -n "$LAB-attacker" addr add 198.51.100.$n/24 dev eth0
done
ip -n "$LAB-attacker" addr add 2001:db8:66::67/64 dev eth0 nodad

# in the background without in_ns: of a function in the background one has the shell's number
nsenter "--net=/run/netns/$LAB-host" -- python3 "$HERE/held.py" serve --uid $UNPRIVILEGED --hold $HOLD --leave $LEAVE \
	--shut $SHUT &
OURS=$!
wait_for 5 in_ns host sh -c "ss -Hltn 'sport = :$SHUT' | grep -q ." || bail "held.py does not serve"

# holding NS ARGUMENT...: connections that stay until the lab goes
holding()
{
	local ns=$1 out
	out=$(mktemp "$D/held.XXXXXX")
	shift
	nsenter "--net=/run/netns/$LAB-$ns" -- python3 "$HERE/held.py" open "$@" >"$out" 2>&1 &
	wait_for 20 grep -q ready "$out" || bail "no connections: $* ($(tail -n 1 "$out"))"
}

# look [SECONDS]: the census now, or after so many walks a second apart
look()
{
	[ ! -s "$D/census" ] || mv "$D/census" "$D/before"
	in_ns host "$B/lab/probe_census" once "${1:-0}" >"$D/census" || bail "no census"
}

# get KEY [FIELD [FILE]]
get()
{
	awk -v key="$1" -v field="${2:-2}" '$1 == key { print $field; found = 1 } END { if (!found) print 0 }' "$D/${3:-census}"
}

# grown KEY: since the look before
grown()
{
	echo $(($(get "$1") - $(get "$1" 2 before)))
}

# by_ss STATE [FILTER...]
by_ss()
{
	in_ns host ss -Htan state "$@" | wc -l
}

# Four that say nothing, one that says much, and two addresses of one /64 that drip a byte now and then.
begun=$SECONDS
holding attacker $HOST $HOLD 300 198.51.100.101 4
holding innocent $HOST $HOLD 5 $INNOCENT 1 --say 500
holding attacker $HOST6 $HOLD 7 $ATTACKER6 2 --drip 2
holding innocent $HOST6 $HOLD 2 $INNOCENT6 1 --say 500
holding innocent $HOST $LEAVE 70 $INNOCENT 1 --end
holding innocent $HOST $SHUT 25 $INNOCENT 1 --last
in_ns host python3 "$HERE/connect.py" --quiet --timeout 0.5 127.0.0.1 $HOLD
in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port $HOLD --count 40 --rate 1000
sleep 1.5
look

is "established, as ss has it" "$(get state.ESTAB)" "$(by_ss established)"
is "close-wait, as ss has it" "$(get state.CLOSE-WAIT)" "$(by_ss close-wait)"
is "time-wait, as ss has it" "$(get state.TIME-WAIT)" "$(by_ss time-wait)"
is "half-open, as ss has it" "$(get state.SYN-RECV)" "$(by_ss syn-recv)"
is "listening, as ss has it" "$(get state.LISTEN)" "$(by_ss listening)"
is "the service's established ones" "$(get service.$HOLD.established)" $((1200 + 5 + 14 + 2))
is "the service's half-open ones" "$(get service.$HOLD.half-open)" 40
is "of these older than a second" "$(get service.$HOLD.half-open-old)" 40
is "what our program leaves open" "$(get service.$LEAVE.close-wait)" 70
is "what ended at our side first waits" "$(get service.$SHUT.time-wait)" 25
is "the service's time-wait, as ss has it" "$(get service.$SHUT.time-wait)" "$(by_ss time-wait "sport = :$SHUT")"
is "services that the plain census tells otherwise" "$(get census-differs)" 0
at_least "backlog of the service" "$(get service.$HOLD.backlog)" 1024

is "peers that hold some, a /64 as one" "$(get holders.$HOLD.peers)" 7
is "open ones of all" "$(get holders.$HOLD.open)" $((1200 + 5 + 14 + 2))
is "of the peer in the middle" "$(get holders.$HOLD.median)" 300
for n in 0 1 2 3; do
	is "holder $n is one of the four" "$(get top.$HOLD.$n) $(get top.$HOLD.$n 3)" "198.51.100.10$((n + 1)) 300"
done
is "the next is a /64" "$(get top.$HOLD.4) $(get top.$HOLD.4 3)" "2001:db8:66:: 14"
is "who left the pile" "$(get top.$LEAVE.0) $(get top.$LEAVE.0 5)" "$INNOCENT 70"
is "nobody is slow before his time" "$(get holders.$HOLD.slow)" 0

is "uid and inode of the listener, as ss has them" "$(get owner.tcp.$HOLD) $(get owner.tcp.$HOLD 3)" \
	"$(in_ns host ss -Hltne "sport = :$HOLD" | sed -E '/uid:/!s/ino:/uid:0 ino:/; s/.*uid:([0-9]+) ino:([0-9]+).*/\1 \2/')"
is "the uid of the listener" "$(get owner.tcp.$HOLD)" $UNPRIVILEGED
check "the one of a UDP service is told, too" test "$(get owner.udp.53 3)" != 0
# read alone: no group is made
mkdir "$D/cgroup"
if mount -t cgroup2 none "$D/cgroup" 2>/dev/null; then
	is "cgroup of the listener" "$(get owner.tcp.$HOLD 4)" \
		"$(stat -c %i "$D/cgroup$(sed -n 's/^0:://p' "/proc/$OURS/cgroup")")"
	umount "$D/cgroup"
else
	note "no cgroup2 to be had here: not compared"
fi

# 1000 datagrams to a port that nobody serves, and 50 connections.
look
in_ns attacker python3 - $HOST <<'PY'
import socket
import sys
import time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1000):
    s.sendto(b"x" * 1000, (sys.argv[1], 9999))
    time.sleep(0.0005)
PY
holding innocent $HOST $SHUT 50 $INNOCENT 1 --last
look
is "datagrams that came" "$(grown packets.udp.in)" 1000
is "of these to nobody" "$(grown unreachable)" 1000
at_least "bytes of the link" "$(grown link.eth0.bytes.in)" $((1000 * 1042))
at_most "bytes of the link" "$(grown link.eth0.bytes.in)" $((1000 * 1042 + 60000))
at_least "its packets" "$(grown link.eth0.packets.in)" 1000
is "connections that were accepted" "$(grown opened.in)" 50
at_least "segments" "$(grown packets.tcp.in)" 150
is "loopback among the links" "$(grep -c '^link.lo' "$D/census")" 0
limit=$(in_ns host cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null || echo 0)
is "room of conntrack" "$(get conntrack-max)" "$limit"

# Half a minute after they came, and walked each second since: the silent are slow, and who drips is, too.
[ $((SECONDS - begun)) -ge 1 ] || sleep 1
look 32
is "slow ones, of the silent and of those that drip" "$(get holders.$HOLD.slow)" $((1200 + 14))
is "who drips" "$(get top.$HOLD.4) $(get top.$HOLD.4 3) $(get top.$HOLD.4 4)" "2001:db8:66:: 14 14"
finish
