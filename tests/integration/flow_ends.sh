#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 13
# The ends of flows as the kernel tells them: right bytes, direction, user and proof for both families; a burst beyond
# the buffer is counted one by one and got over; beyond the bound the kernel is left alone for a while, and come back to.
# The daemon takes no part: probe_flow_ends listens.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
P=$B/lab/probe_flow_ends
[ -x "$P" ] || skip "$P is not built"
USER_ID=12345 PORT=2200
PID=
[ "$(id -u)" = 0 ] && grep -q " 4294967295$" /proc/self/uid_map || USER_ID=$(id -u) # no other user here

talk()
{
	in_ns "$1" python3 "$HERE/talk.py" "${@:2}"
}

# shellcheck disable=SC2317 # called by wait_for
answered()
{
	[ "$(talk "$1" call "$2" "$PORT" 1 1)" = 1 ]
}

# listens NAMESPACE|router TELLER [KEY=NUMBER...]
listens()
{
	: >"$D/ends"
	if [ "$1" = router ]; then
		"$P" "${@:2}" >"$D/ends" &
	else
		nsenter "--net=/run/netns/$LAB-$1" -- "$P" "${@:2}" >"$D/ends" &
	fi
	PID=$!
	wait_for 5 grep -q listening "$D/ends" || bail "nobody listens: $(cat "$D/ends")"
}

# stops: and what it counted is in $D/ends.
stops()
{
	kill "$PID"
	wait "$PID"
	PID=
}

# counted KEY
counted()
{
	sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" "$D/ends" | tail -n 1
}

# shellcheck disable=SC2317 # called by wait_for
has_ends()
{
	[ "$(grep -c "$2" "$D/ends")" -ge "$1" ]
}

# ends TEXT COUNT PATTERN: so many lines come that match.
ends()
{
	wait_for 5 has_ends "$2" "$3"
	is "$1" "$(grep -c "$3" "$D/ends")" "$2"
}

# field N PATTERN: of the first line that matches.
field()
{
	grep -m 1 "$2" "$D/ends" | cut -d' ' -f"$1"
}

serve_as_user()
{
	nsenter "--net=/run/netns/$LAB-$1" -- python3 "$HERE/talk.py" serve $PORT 3000 "$USER_ID" &
	SERVICES+=($!)
}

lab_up
SERVICES=()
trap 'kill $PID "${SERVICES[@]}" 2>/dev/null; lab_down' EXIT
serve_as_user host
serve_as_user innocent
wait_for 9 answered innocent $HOST || bail "no service"
wait_for 9 answered host $INNOCENT || bail "no service outside"
sleep 0.3

listens host sockets look=200
talk innocent call $HOST $PORT 1000 3 >/dev/null
ends "connections of a second are told, each one" 3 "^in 6 $INNOCENT [0-9]* $HOST $PORT "
# The peer's FIN is one of its bytes, for the kernel: see codec/flow_end_msg.h.
is "what the peer wrote, and its FIN" "$(field 8 '^in')" 1001
is "what we wrote" "$(field 9 '^in')" 3000
is "proof" "$(field 13 '^in')" answered
is "user of the service" "$(field 19 '^in')" "$USER_ID"
talk innocent call $HOST6 $PORT 70000 2 >/dev/null
ends "and over IPv6" 2 "^in 6 $INNOCENT6 [0-9]* $HOST6 $PORT bytes 70001 3000 .* answered .* uid $USER_ID"
talk innocent call $HOST $PORT 555 1 1.5 >/dev/null
ends "one that lasted is told" 1 "bytes 556 3000"
at_least "how long, ms, by looks each 200 ms" "$(field 17 'bytes 556 3000')" 1200
at_most "and not longer than it was" "$(field 17 'bytes 556 3000')" 1700
talk host call $INNOCENT $PORT 222 1 0.5 >/dev/null
ends "what this host begins goes out" 1 "^out 6 $HOST [0-9]* $INNOCENT $PORT bytes 222 300[01] .* answered .* uid $(id -u)$"
talk host call $HOST $PORT 1 1 >/dev/null
talk host call 127.0.0.1 $PORT 1 1 >/dev/null
talk host give-up 198.18.0.1 80
talk host call $INNOCENT 81 1 1 >/dev/null
talk innocent call $HOST $PORT 4 1 >/dev/null
ends "and then another" 1 "bytes 5 3000"
is "of this host with itself nothing is told" "$(grep -c "$HOST [0-9]* $HOST \|127.0.0.1" "$D/ends")" 0
is "nothing unanswered is called answered" "$(grep -c "198.18.0.1.*answered\|$INNOCENT 81 .*answered" "$D/ends")" 0
stops
is "none lost" "$(counted lost)" 0
is "none misread" "$(counted malformed)" 0

# Six hundred ends do not fit into this buffer, and nobody reads meanwhile.
listens host sockets look=0 buffer=65536 stall=1 quiet=1
is "connections served meanwhile" "$(talk innocent call $HOST $PORT 10 600)" 600
sleep 0.3
kill -USR1 "$PID"
sleep 0.3
talk innocent call $HOST $PORT 10 5 >/dev/null
sleep 0.5
stops
at_least "ends that found no room" "$(counted lost)" 1
is "told and lost are all there were" "$(($(counted told) + $(counted lost)))" 605
at_least "and it went on afterwards" "$(counted told)" 6

# Two hundred a second, and many more come at once.
listens host sockets look=200 most=200
is "connections served beyond the bound" "$(talk innocent call $HOST $PORT 10 1500)" 1500
# shellcheck disable=SC2317 # called by wait_for
is_back()
{
	talk innocent call "$HOST" "$PORT" 77 1
	grep -q "bytes 78 3000" "$D/ends"
}
check "it comes back after a pause" wait_for 9 is_back
stops
at_least "pauses" "$(counted pauses)" 1
at_most "ends told" "$(counted told)" 1200
at_least "those missed are owned up to" "$(counted missed)" 1
is "none lost beside" "$(counted lost)" 0

# conntrack, on the router between them.
nft 'table inet plain { chain f { type filter hook forward priority 0; ct state new counter; }; }' 2>/dev/null ||
	skip "no nftables here"
echo 1 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout || skip "no conntrack here"
echo 0 >/proc/sys/net/netfilter/nf_conntrack_acct
listens router conntrack
talk innocent datagrams $HOST 53 5353 1.3 2
ends "a datagram that was forwarded is told" 1 "^forward 17 $INNOCENT 5353 $HOST 53 bytes 0 0 packets 0 0 claimed"
echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct
echo 1 >/proc/sys/net/netfilter/nf_conntrack_timestamp
talk innocent datagrams $HOST 53 5354 1.3 2
ends "with its bytes and packets, where they are counted" 1 "^forward 17 $INNOCENT 5354 $HOST 53 bytes 128 128 packets 1 1 "
at_least "and its time, ms" "$(field 17 'bytes 128 128')" 900
stops
finish
