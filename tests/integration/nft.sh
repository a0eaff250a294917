#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 140
# Our kernel table without a daemon: what is installed is what is documented, and each response does to real packets,
# of both families, exact and by prefix, what its name says, and nothing else.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
needs nft python3 nmap setpriv
lab_up
P=$B/lab/probe_nft
[ -x "$P" ] || skip "$P is not built"
PORTS="tcp:7 tcp:22 tcp:80 udp:53"
CLOSED=4000,4001,4002

in_ns host python3 "$HERE/knock.py" echo :: 7 >"$D/echo.log" 2>&1 &
ECHO=$!
in_ns attacker python3 "$HERE/knock.py" echo :: 7 >>"$D/echo.log" 2>&1 &
ECHO2=$!
trap 'kill $ECHO $ECHO2 2>/dev/null; lab_down' EXIT

# probe VERB...: in the host's namespace.
probe()
{
	in_ns host "$P" "$@"
}

# fresh [OPTION...]: a new table that knows our ports, without any measure.
fresh()
{
	# shellcheck disable=SC2086 # several words
	probe install $PORTS "$@" >/dev/null
}

knock()
{
	in_ns "$1" python3 "$HERE/knock.py" "${@:2}"
}

# says TEXT WANTED COMMAND...: the command prints exactly that.
says()
{
	is "$1" "$("${@:3}" 2>&1)" "$2"
}

# put CHANGE...: all of them are taken.
put()
{
	local got
	got=$(probe apply "$@") || not_ok "apply $*: $got"
}

# between TEXT VALUE LEAST MOST
between()
{
	if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then ok "$1: $2 ($3 to $4)"; else not_ok "$1: $2, not $3 to $4"; fi
}

# A ruleset without what differs by right: elements, comments, and the words for a queue.
bare()
{
	sed -E '/^[[:space:]]*#/d; /elements = \{.*\}/d; /elements = \{/,/\}/d; s/queue flags bypass to ([0-9]+)/queue num \1 bypass/; s/queue to ([0-9]+)/queue num \1/; s/[[:space:]]+/ /g; /^ ?$/d'
}

# shellcheck disable=SC2317 # called by says
# held_during WHO HOST CHANGE...: a live flow, begun before the change, is "whole" or "broken" afterwards.
held_during()
{
	rm -f "$D/begun"
	in_ns "$1" python3 "$HERE/knock.py" hold "$2" 7 --seconds 0.8 --begun "$D/begun" >"$D/held" &
	local pid=$!
	wait_for 10 test -e "$D/begun"
	put "${@:3}"
	wait "$pid"
	cat "$D/held"
}

# ---- what is installed is what is documented -----------------------------------------------------------------

says "without a table a change has no place" "no such thing" probe apply add,drop,192.0.2.9,60000
says "nor is there anything to read" "no such thing" probe read
says "removing what is not there is fine" ok probe remove
said=$(probe install forward=queue output=queue dns=1 answers=1)
check "installed: $said" test "${said%: ok}" != "$said"
in_ns host nft -s list table inet tidegate 2>/dev/null | bare >"$D/kernel"
bare <"$TOP/rules/nft/tidegate.nft" >"$D/shown"
check "the kernel lists rules/nft/tidegate.nft" diff "$D/kernel" "$D/shown"
for options in "" "closed=1 forward=queue" "input=copy forward=copy output=queue" "input=off forward=off output=off" "output=copy alive=700" \
	"output=queue lacks=7" "input=off output=off dns=1"; do
	# shellcheck disable=SC2086 # several words
	fresh $options
	in_ns host nft -s list table inet tidegate 2>/dev/null | bare >"$D/kernel"
	# shellcheck disable=SC2086
	"$P" print bare native=0 $options | bare >"$D/shown"
	check "and what is printed, with ${options:-defaults}" diff "$D/kernel" "$D/shown"
done
"$P" print forward=queue output=queue dns=1 answers=1 | sed -E 's/queue flags bypass to ([0-9]+)/log group \1/' >"$D/loaded"
probe remove >/dev/null
check "what is printed can be loaded by nft" in_ns host nft -f "$D/loaded"
said=$(in_ns host setpriv --bounding-set -net_admin --inh-caps -net_admin "$P" install 2>&1)
is "without the right it says which one" "$said" \
	"no right to change nftables here: CAP_NET_ADMIN is missing: not permitted"

said=$(probe install rate=0)
is "a rule that the kernel refuses is named" "${said%% \{*}" "rule 3 of chain share (update @share4"

# ---- no measure: nobody notices ------------------------------------------------------------------------------

fresh
served "services without the dead man's element" 20
probe alive >/dev/null
served "services while nobody reads the queue" 20
says "closed ports still answer" closed knock attacker tcp $HOST $CLOSED
says "live flows" whole knock attacker hold $HOST 7
rules=$(in_ns host nft list chain inet tidegate input 2>/dev/null | awk '/l4proto tcp counter/ { print $6 }')
between "new flows that were diverted while alive" "${rules:-0}" 20 40
sleep 2.3
knock attacker tcp $HOST 80 --count 5 >/dev/null
is "and none once it has expired" \
	"$(in_ns host nft list chain inet tidegate input 2>/dev/null | awk '/l4proto tcp counter/ { print $6 }')" "$rules"
probe alive >/dev/null
probe end >/dev/null
says "the gate can be closed at once" 0 acting '^alive'

# ---- the fail policy -----------------------------------------------------------------------------------------

fresh closed=1
in_ns attacker python3 "$HERE/knock.py" hold $HOST 7 --seconds 0.8 >"$D/held" &
pid=$!
wait "$pid"
is "fail closed, and no daemon: not even a beginning" "$(cat "$D/held")" broken
says "fail closed: no new flow" silent knock attacker tcp $HOST 22,80
says "fail closed: nor UDP" silent knock attacker udp $HOST 53
says "fail closed: nor IPv6" silent knock attacker tcp $HOST6 80
says "fail closed: ping" open knock attacker ping $HOST
in_ns host ip -6 neigh flush dev eth0
says "fail closed: neighbours are found" open knock attacker ping $HOST6
says "fail closed: our own flows" open knock host tcp $ATTACKER 7
probe guards $INNOCENT >/dev/null
served "fail closed: a guard is served" 10
probe guards >/dev/null
probe alive >/dev/null
says "fail closed, gate open, nobody at the queue" silent knock attacker tcp $HOST 80
probe install closed=1 input=copy >/dev/null
says "fail closed holds nothing that is only copied" open knock attacker tcp $HOST 80
fresh
rm -f "$D/begun"
in_ns attacker python3 "$HERE/knock.py" hold $HOST 7 --seconds 1.5 --begun "$D/begun" >"$D/held" &
pid=$!
wait_for 10 test -e "$D/begun"
fresh closed=1
wait "$pid"
is "fail closed: a live flow goes on" "$(cat "$D/held")" whole

# ---- drop ----------------------------------------------------------------------------------------------------

fresh
for who in "$ATTACKER $HOST" "198.51.100.0/24 $HOST" "2001:db8:66::/64 $HOST6" "2001:db8:66::/48 $HOST6" \
	"$ATTACKER6 $HOST6"; do
	read -r source host <<<"$who"
	says "drop $source: a live flow ends" broken held_during attacker "$host" "add,drop,$source,60000"
	says "drop $source: open ports are silent" silent knock attacker tcp "$host" 80
	says "drop $source: closed ones too" silent knock attacker tcp "$host" $CLOSED
	hits=$(probe hits "add,drop,$source,0")
	between "drop $source: what it dropped is counted" "$hits" 5 200
	put "del,drop,$source,0"
	says "drop $source: ended" open knock attacker tcp "$host" 80
done
put "add,drop,$ATTACKER,60000"
served "drop: others never notice" 20
says "hits of what is not there" "no such thing" probe hits add,drop,192.0.2.77,0
put "del,drop,$ATTACKER,0" "add,drop,$ATTACKER,2500"
says "an expiry of 2.5 s: before" silent knock attacker tcp $HOST 80
sleep 2.2
says "an expiry of 2.5 s: after" open knock attacker tcp $HOST 80
put "add,drop,$ATTACKER,60000"
put "add,drop,$ATTACKER,700"
sleep 0.9
says "setting again shortens the time" open knock attacker tcp $HOST 80
put "add,drop,$ATTACKER,700"
put "add,drop,$ATTACKER,60000"
sleep 0.9
says "and lengthens it" silent knock attacker tcp $HOST 80
probe guards $ATTACKER 2001:db8:66::/64 198.51.100.0/24 198.51.100.64/26 >/dev/null
says "a guard is never dropped" open knock attacker tcp $HOST 80
probe guards >/dev/null
says "until it is none any more" silent knock attacker tcp $HOST 80

# ---- refuse --------------------------------------------------------------------------------------------------

fresh
for who in "$ATTACKER $HOST" "198.51.100.0/25 $HOST" "2001:db8:66::/64 $HOST6" "2001:db8::/33 $HOST6"; do
	read -r source host <<<"$who"
	says "refuse $source: a live flow goes on" whole held_during attacker "$host" "add,refuse,$source,60000"
	says "refuse $source: no new one" silent knock attacker tcp "$host" 7,22,80
	says "refuse $source: nor UDP" silent knock attacker udp "$host" 53
	put "del,refuse,$source,0"
	says "refuse $source: ended" open knock attacker tcp "$host" 80
done
put "add,refuse,$ATTACKER,60000"
says "refuse: our own flows to it go on" open knock host tcp $ATTACKER 7
if command -v conntrack >/dev/null; then
	in_ns attacker true
	rm -f "$D/begun"
	in_ns host python3 "$HERE/knock.py" hold $ATTACKER 7 --seconds 0.8 --begun "$D/begun" >"$D/held" &
	pid=$!
	wait_for 10 test -e "$D/begun"
	in_ns host conntrack -F >/dev/null 2>&1
	wait "$pid"
	is "refuse: a live flow that conntrack forgot goes on" "$(cat "$D/held")" whole
fi
for source in $ATTACKER 198.51.100.0/24; do
	fresh
	put "add,refuse,$source,60000,0,0,6,80"
	says "refuse $source at 80: silent there" silent knock attacker tcp $HOST 80
	says "refuse $source at 80: open elsewhere" open knock attacker tcp $HOST 7,22
done
for source in 2001:db8:66::/64 2001:db8::/32; do
	fresh
	put "add,refuse,$source,60000,0,0,6,80"
	says "refuse $source at 80: silent there" silent knock attacker tcp $HOST6 80
	says "refuse $source at 80: open elsewhere" open knock attacker tcp $HOST6 7,22
done

# ---- limit ---------------------------------------------------------------------------------------------------

# limited HOST PORT COUNT: how many of so many connections at once get through.
limited()
{
	local open rest
	read -r open rest < <(knock attacker tcp "$1" "$2" --count "$3" --counts)
	echo "$open"
}

for who in "$ATTACKER $HOST" "198.51.100.0/24 $HOST" "2001:db8:66::/64 $HOST6" "2001:db8:66::/47 $HOST6"; do
	read -r source host <<<"$who"
	fresh
	says "limit $source: a live flow goes on" whole held_during attacker "$host" "add,limit,$source,60000,5,10"
	between "limit $source to 5 a second, 10 at once: of 40" "$(limited "$host" 80 40)" 10 15
	between "limit $source: only what it dropped is counted" "$(probe hits "add,limit,$source,0,5,10")" 25 60
	sleep 1
	between "limit $source: a second later, of 20" "$(limited "$host" 80 20)" 4 9
done
fresh
put "add,limit,$ATTACKER,60000,5,10,6,80" "add,limit,198.51.100.0/24,60000,5,5,6,7"
between "limit at one service: of 40 there" "$(limited $HOST 80 40)" 10 15
between "limit of a prefix at another: of 40 there" "$(limited $HOST 7 40)" 5 10
is "limit at one service: of 40 elsewhere" "$(limited $HOST 22 40)" 40
fresh
put "add,limit,$ATTACKER,60000,5,10"
put "add,refuse,$ATTACKER,60000"
is "a refusal takes the place of a limit" "$(limited $HOST 80 10)" 0
put "add,limit,$ATTACKER,60000,5,10"
between "and a limit that of a refusal" "$(limited $HOST 80 40)" 10 15

# ---- shield --------------------------------------------------------------------------------------------------

# stealthy HOST: how many closed ports a FIN, a NULL and an XMAS scan of three ports see.
stealthy()
{
	local six=
	[ "${1#*:}" = "$1" ] || six=-6
	for scan in -sF -sN -sX; do
		# shellcheck disable=SC2086 # one option or none
		in_ns attacker nmap -n -Pn $six $scan -p $CLOSED --max-retries 1 --max-rtt-timeout 150ms "$1" -oG - 2>/dev/null
	done | grep -o '/closed/' | wc -l
}

fresh
is "without a shield stealth scans see closed ports" "$(stealthy $HOST)" 9
for who in "$ATTACKER $HOST" "198.51.100.0/26 $HOST ." "$ATTACKER/31 $HOST" "2001:db8:66::/64 $HOST6" "2001:db8::/32 $HOST6" \
	"host $HOST" "host $HOST6"; do
	read -r source host nothing <<<"$who"
	# 198.51.100.66 is outside of the first /26: a shield next door is none of his.
	want=silent
	[ -z "$nothing" ] || want=closed
	fresh
	says "shield $source: live flows go on" whole held_during attacker "$host" "add,shield,$source,60000"
	says "shield $source: closed ports are $want" $want knock attacker tcp "$host" $CLOSED
	says "shield $source: UDP ones too" $want knock attacker udp "$host" 4000
	says "shield $source: services stay open" open knock attacker tcp "$host" 7,22,80 --count 20
	says "shield $source: UDP ones too" open knock attacker udp "$host" 53
	says "shield $source: it may ping" open knock attacker ping "$host"
done
fresh
put "add,shield,$ATTACKER,60000" "add,shield,2001:db8:66::/64,60000"
is "shield: stealth scans see nothing" "$(stealthy $HOST)" 0
is "shield: nor over IPv6" "$(stealthy $HOST6)" 0
says "shield: our own flows to it work" open knock host tcp $ATTACKER 7
says "shield: and are left alone" whole knock host hold $ATTACKER 7
if command -v conntrack >/dev/null; then
	rm -f "$D/begun"
	in_ns host python3 "$HERE/knock.py" hold $ATTACKER 7 --seconds 0.8 --begun "$D/begun" >"$D/held" &
	pid=$!
	wait_for 10 test -e "$D/begun"
	in_ns host conntrack -F >/dev/null 2>&1
	wait "$pid"
	is "shield: also when conntrack forgets them" "$(cat "$D/held")" whole
fi
says "shield: others see closed ports as before" closed knock innocent tcp $HOST $CLOSED
# shellcheck disable=SC2086 # several words
probe listen $PORTS to $PORTS tcp:4000 >/dev/null
says "a port that begins to listen is seen at once" closed knock attacker tcp $HOST 4000
# shellcheck disable=SC2086
probe listen $PORTS tcp:4000 to $PORTS >/dev/null
says "and one that ends is shielded at once" silent knock attacker tcp $HOST 4000
in_ns host nft delete element inet tidegate mapped "{ tcp }"
says "shield: ports of an unknown protocol are left alone" closed knock attacker tcp $HOST $CLOSED
put "add,shield,host,700"
sleep 0.9
says "the shield of the host expires" closed knock innocent udp $HOST 4000

# ---- service-limit -------------------------------------------------------------------------------------------

in_ns host nft 'table inet behind {
	counter syn { }
	chain in {
		type filter hook input priority -140;
		tcp dport 80 tcp flags & (syn | ack) == syn counter name syn
	}
}'

# behind: how many SYNs to port 80 have come through since it was asked last.
behind()
{
	sleep 0.2
	in_ns host nft reset counter inet behind syn | awk '/packets/ { print $2 }'
}

# forged SOURCE HOST: of 60 SYNs in that name, how many come through.
forged()
{
	behind >/dev/null
	in_ns attacker "$B/lab/forge" --src "$1" --dst "$2" --port 80 --count 60
	behind
}

# datagrams: of 60 askers of one address, how many are answered.
datagrams()
{
	local open rest
	read -r open rest < <(knock attacker udp $HOST 53 --count 60 --counts)
	echo "$open"
}

fresh rate=5 burst=10
put add,service-limit,service,60000,0,0,6,80 add,service-limit,service,60000,0,0,17,53
between "service-limit: of 60 SYNs of strangers of one /24" "$(forged 198.18.7.0/24 $HOST)" 10 15
between "service-limit: of 60 over IPv6" "$(forged 2001:db8:77::7 $HOST6)" 10 15
between "service-limit: of 60 datagrams" "$(datagrams)" 10 15
between "service-limit: of 60 SYNs in the name of one who was not served yet" "$(forged $INNOCENT $HOST)" 10 15
sleep 2.5
says "service-limit: an innocent network has its own share" "8 0 0" knock innocent tcp $HOST 80 --count 8 --counts
is "service-limit: who was served is under none, of 60 in his name" "$(forged $INNOCENT $HOST)" 60
between "service-limit: his neighbours are" "$(forged 203.0.113.21 $HOST)" 0 15
says "service-limit: they take nothing from him" "30 0 0" knock innocent tcp $HOST 80 --count 30 --counts
between "service-limit: the list says how often he was let by" "$(in_ns host nft list chain inet tidegate share |
	sed -n 's/.*@served4 counter packets \([0-9]*\).*/\1/p')" 90 110
says "service-limit: over IPv6 likewise" "5 0 0" knock innocent tcp $HOST6 80 --count 5 --counts
is "service-limit: of 60 from his /64" "$(forged 2001:db8:20::21 $HOST6)" 60
says "service-limit: the attacker is served, too" open knock attacker tcp $HOST 80
is "service-limit: and under no share from then on" "$(limited $HOST 80 40)" 40
sleep 2.5
between "service-limit: but his datagrams are" "$(datagrams)" 10 15
is "service-limit: peers that are known as served, IPv4 and IPv6" "$(acting '^served4') $(acting '^served6')" "2 1"
is "service-limit: other services are as before" "$(limited $HOST 22 40)" 40
says "service-limit: a live flow goes on" whole held_during attacker $HOST add,service-limit,service,60000,0,0,6,7
put del,service-limit,service,0,0,0,6,80
is "service-limit: ended" "$(forged 198.18.7.0/24 $HOST)" 60
in_ns host nft delete table inet behind

# ---- a router ------------------------------------------------------------------------------------------------

"$P" install input=off forward=copy >/dev/null
"$P" apply "add,shield,$ATTACKER,60000" >/dev/null
says "forward: a shield does not judge other hosts' ports" closed knock attacker tcp $HOST $CLOSED
in_ns attacker python3 "$HERE/knock.py" hold $HOST 7 --seconds 0.8 >"$D/held" &
pid=$!
sleep 0.3
"$P" apply "add,refuse,$ATTACKER,60000" >/dev/null
says "forward: refuse" silent knock attacker tcp $HOST 80
wait "$pid"
is "forward: a live flow goes on" "$(cat "$D/held")" whole
served "forward: others pass" 10
"$P" remove >/dev/null

# ---- bounds, overlaps, replacement, loss ---------------------------------------------------------------------

fresh size=100
is "a full set is told for each change" "$(probe fill 150 2>/dev/null)" "50 of 150 found no room"
says "one that is in a full set can be set again" ok probe apply add,drop,10.0.0.5,60000
says "what is not in it can be removed" ok probe apply del,drop,203.0.113.77,0
says "a bad change holds up no other" "ok, no room left, ok" probe apply "add,refuse,$ATTACKER,60000" add,drop,203.0.113.77,60000 \
	del,drop,10.0.0.5,0
says "room that was made is used" ok probe apply add,drop,203.0.113.77,60000
fresh
says "prefixes of one response may not nest" "ok, exists already, ok" probe apply add,drop,10.0.0.0/8,60000 \
	add,drop,10.1.0.0/16,60000 add,refuse,10.1.0.0/16,60000
says "a prefix is removed where a wider one stands" ok probe apply del,drop,10.1.0.0/16,0
says "limits and refusals of prefixes may" "ok, ok" probe apply add,limit,10.0.0.0/8,60000,5,5 add,refuse,10.2.0.0/16,60000
says "what has no set is said so" "not supported here" probe apply add,observe,10.0.0.1,60000

fresh
put "add,drop,$ATTACKER,60000" add,drop,2001:db8:66::/64,50000 add,refuse,10.0.0.0/8,40000 add,limit,10.9.9.9,40000,3,9 \
	add,limit,2001:db8:99::/48,40000,3,9,6,22 add,shield,host,40000 add,service-limit,service,40000,0,0,17,53
probe read | sed 's/ left.*//' | sort >"$D/before"
in_ns host nft 'table inet watch { chain c { type filter hook prerouting priority -440; ip saddr '$ATTACKER' counter; }; }'
in_ns attacker "$B/lab/forge" --src $ATTACKER --dst $HOST --port 80 --count 60000 --rate 20000 &
pid=$!
sleep 0.3
for ((i = 0; i < 20; i++)); do
	said=$(probe install keep tcp:80)
done
wait "$pid"
is "a table is replaced with all that it held" "$said" "${said%%,*}, kept 7, left out 0: ok"
probe read | sed 's/ left.*//' | sort >"$D/after"
check "and nothing of it is lost" diff "$D/before" "$D/after"
is "while a dropped source is never let through" \
	"$(in_ns host nft list table inet watch | awk '/counter packets/ { print $6 }')" 0
left=$(probe read | awk '/^refuse 10.0.0.0/ { print $NF }')
between "what is kept ends when it would have" "${left:-0}" 20 39
in_ns host nft delete table inet watch

in_ns host nft delete table inet tidegate
says "a table that others deleted is missed by a change" "no such thing, no such thing" probe apply \
	"add,drop,$ATTACKER,60000" "del,drop,$ATTACKER,0"
says "by the dead man's element" "no such thing" probe alive
says "by the guards" "no such thing" probe guards 10.0.0.0/8
says "and by the ports" "no such thing" probe listen to tcp:80

# ---- looking ------------------------------------------------------------------------------------------------

fresh
EVERY="drop,$ATTACKER,60000 drop,198.51.100.0/24,60000 drop,2001:db8:66::/64,60000 drop,2001:db8::/32,60000
	drop,240.0.0.0/4,60000 refuse,10.0.0.0/8,60000 limit,10.9.9.9,60000,3,9 refuse,10.9.9.8,60000 limit,10.0.0.0/8,60000,3,9
	refuse,10.9.9.9,60000,0,0,6,80 limit,2001:db8:99::/48,60000,3,9,6,22 limit,10.0.0.0/8,60000,3,9,6,22
	shield,10.9.9.9,60000 shield,10.9.0.0/16,60000 shield,host,60000 service-limit,service,60000,0,0,17,53"
for what in $EVERY; do
	says "look at $what: before" "no such thing" probe look "add,$what"
	put "add,$what"
	says "look at $what: there" there probe look "add,$what"
done
for what in drop,198.51.100.0/25,60000 drop,198.51.100.128/25,60000 drop,198.51.0.0/16,60000 drop,240.0.0.0/5,60000 \
	refuse,10.9.9.9,60000 limit,10.9.9.9,60000,4,9 limit,2001:db8:99::/49,60000,3,9,6,22 limit,2001:db8:99::/48,60000,3,9,6,23; do
	says "look at $what: is another" "no such thing" probe look "add,$what"
done
in_ns host nft delete element inet tidegate shieldall '{ ipv6 }'
says "half of the host's shield is none" "no such thing" probe look add,shield,host,60000
put add,drop,10.0.0.7,200 add,drop,172.16.0.0/16,200 add,limit,172.16.0.0/16,200,5,5,6,22
sleep 0.3
for what in drop,10.0.0.7,1 drop,172.16.0.0/16,1 limit,172.16.0.0/16,1,5,5,6,22; do
	says "look at $what: ended" "no such thing" probe look "add,$what"
done
put add,drop,10.0.0.7,60000
put add,drop,10.0.0.7,5000
says "look at what was shortened" there probe look add,drop,10.0.0.7,5000

# ---- fresh ---------------------------------------------------------------------------------------------------

fresh
says "what is fresh is added" "ok, ok" probe apply new,drop,10.0.0.1,60000 new,drop,10.1.0.0/16,60000
says "what was called fresh and is there is set" "ok, ok" probe apply new,drop,10.0.0.1,5000 new,drop,10.1.0.0/16,5000
says "to exactly this" there probe look add,drop,10.0.0.1,5000
says "also a prefix" there probe look add,drop,10.1.0.0/16,5000
says "an overlap is still told, and holds up no other" "exists already, ok" probe apply new,drop,10.1.2.0/24,60000 \
	new,drop,10.2.0.1,60000
says "a limit that was there becomes a refusal" "ok" probe apply new,limit,10.0.0.2,60000,5,5
put new,refuse,10.0.0.2,60000
says "for good" there probe look add,refuse,10.0.0.2,60000
put add,drop,10.0.0.9,100 add,drop,10.9.0.0/16,100 add,limit,10.9.0.0/16,100,5,5,6,22
sleep 0.15
check "an address that has ended is not there" in_ns host nft create element inet tidegate drop4 '{ 10.0.0.9 timeout 1m }'
check "nor a prefix" in_ns host nft create element inet tidegate dropnet4 '{ 10.9.0.0/16 timeout 1m }'
check "nor one at a service" in_ns host nft create element inet tidegate limitsvcnet4 '{ 10.9.0.0/16 . tcp . 22 timeout 1m }'
check "(one that is there, is)" not in_ns host nft create element inet tidegate drop4 '{ 10.0.0.9 timeout 1m }'

# ---- time ----------------------------------------------------------------------------------------------------

fresh
probe timing
note "$(probe fill 60000 2>&1 | tr '\n' ' ')"
median=$(probe timing | awk '/one new address/ { print $6; exit }')
at_most "one drop is in force within, us, with 60000 others" "${median:-999}" 100
finish
