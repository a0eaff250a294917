#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 10
# What others do to our kernel table is heard and told right, with their name; what we do ourselves is not heard.
# The daemon takes no part: probe_watch listens.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
needs nft
P=$B/lab/probe_nft W=$B/lab/probe_watch
[ -x "$W" ] || skip "$W is not built"
D=$(mktemp -d /tmp/tidegate-lab.XXXXXX) || exit 70
trap 'kill $PID 2>/dev/null; rm -rf "$D"' EXIT
ip link set lo up
PID=

SOME="add,drop,10.0.0.1,60000 add,drop,10.1.0.0/16,60000 add,drop,10.2.0.0/16,60000 add,refuse,2001:db8::/40,60000,0,0,6,22"
SOME+=" add,limit,10.0.0.9,60000,5,10 add,shield,host,60000 add,service-limit,service,60000,0,0,6,80"

# fresh: a table that holds some measures.
fresh()
{
	"$P" install tcp:80 >/dev/null
	# shellcheck disable=SC2086 # several words
	"$P" apply $SOME >/dev/null
	"$P" guards 192.0.2.0/24 >/dev/null
	"$P" alive >/dev/null
}

# listens: from now on probe_watch writes down what it hears.
listens()
{
	: >"$D/heard"
	"$W" listen 9 >"$D/heard" &
	PID=$!
	wait_for 5 grep -q listening "$D/heard" || not_ok "nobody listens"
}

# shellcheck disable=SC2317 # called by wait_for
has_heard()
{
	[ "$(wc -l <"$D/heard")" -gt 1 ]
}

# heard TEXT WANTED COMMAND...: what is heard while the command runs.
heard()
{
	local got
	listens
	"${@:3}" >/dev/null 2>&1 || not_ok "$1: ${*:3} failed"
	if [ "$2" = nothing ]; then sleep 0.2; else wait_for 5 has_heard; fi
	kill "$PID"
	wait "$PID" 2>/dev/null
	got=$(sed 1d "$D/heard" | paste -sd '|')
	is "$1" "${got:-nothing}" "$2"
}

fresh
heard "one element deleted" "heard gone drop:10.0.0.1 by nft" nft delete element inet tidegate drop4 '{ 10.0.0.1 }'
heard "two neighbours among prefixes" "heard gone drop:10.1.0.0/16 drop:10.2.0.0/16 by nft" \
	nft delete element inet tidegate dropnet4 '{ 10.1.0.0/16, 10.2.0.0/16 }'
heard "a set flushed" "heard gone refuse:2001:db8::/40 by nft" nft flush set inet tidegate refusesvcnet6
heard "a limit deleted" "heard gone limit:10.0.0.9 by nft" nft delete element inet tidegate refuse4 '{ 10.0.0.9 }'
heard "the shield of the host deleted" "heard gone shield:host by nft" nft flush set inet tidegate shieldall
heard "a service's limit deleted" "heard gone service-limit:service by nft" nft flush set inet tidegate svclimit
heard "guards flushed" "heard guards by nft" nft flush set inet tidegate guard4
heard "a listening port deleted" "heard listening by nft" nft delete element inet tidegate listening '{ tcp . 80 }'
heard "a protocol called unknown" "heard listening by nft" nft delete element inet tidegate mapped '{ tcp }'
"$P" alive >/dev/null
heard "the dead man's element flushed" "heard alive by nft" nft flush set inet tidegate alive
heard "an element added" "heard added drop:10.7.7.7 by nft" nft add element inet tidegate drop4 '{ 10.7.7.7 timeout 1m }'
heard "a range that is no prefix" "heard many by nft" nft add element inet tidegate dropnet4 '{ 10.7.7.7-10.7.7.9 timeout 1m }'
heard "a single address among prefixes" "heard many by nft" nft add element inet tidegate dropnet4 '{ 10.8.7.7 timeout 1m }'
heard "everything in one set" "heard many by nft" nft add element inet tidegate drop4 '{ * timeout 1m }'

# These the kernel fills again by itself: nothing is to be put back.
heard "a peer that was served added" "heard by nft" nft add element inet tidegate served4 '{ 10.7.7.7 }'
heard "all of them taken out" "heard by nft" nft flush set inet tidegate served4

fresh
heard "a chain flushed" "heard structure by nft" nft flush chain inet tidegate early
fresh
heard "a rule added" "heard structure by nft" nft insert rule inet tidegate early accept
heard "a chain added" "heard structure by nft" nft add chain inet tidegate theirs
heard "and deleted" "heard structure by nft" nft delete chain inet tidegate theirs
heard "a set added" "heard structure by nft" nft add set inet tidegate theirs '{ type ipv4_addr; }'
heard "an element of a set of theirs" nothing nft add element inet tidegate theirs '{ 10.0.0.1 }'
heard "a table put to sleep" "heard structure by nft" nft add table inet tidegate '{ flags dormant; }'
fresh
heard "the table deleted" "heard structure by nft" nft delete table inet tidegate
fresh
heard "the whole ruleset flushed" "heard structure by nft" nft flush ruleset
fresh
heard "the work of another of our own kind" "heard gone refuse:10.3.3.3 added refuse:10.3.3.3 refuse:10.3.3.3 by probe_nft" "$P" apply add,refuse,10.3.3.3,60000
heard "tables of others" nothing nft -f - <<<'table inet other { set s { type ipv4_addr; elements = { 10.0.0.1 } }; chain c { drop; }; }'
heard "the same name in another family" nothing nft add table ip tidegate
"$P" apply add,drop,10.9.9.9,100 >/dev/null
heard "an element that ends by itself" nothing sleep 0.3
heard "and the adds that sweep it" nothing nft add element inet other s '{ 10.0.0.2 }'

# ---- bounds --------------------------------------------------------------------------------------------------

fresh
# shellcheck disable=SC2046 # several words
"$P" apply $(for i in {1..63}; do echo "add,shield,10.0.2.$i,60000"; done) >/dev/null
heard "as many as fit" "heard gone shield:10.0.2.1 shield:10.0.2.2 shield:10.0.2.3 and 60 more by nft" \
	nft flush set inet tidegate shield4
"$P" fill 300 >/dev/null 2>&1
listens
nft flush set inet tidegate drop4
check "more than fit: many, and some of them named" wait_for 5 grep -q '^heard many gone .* more by nft$' "$D/heard"
kill "$PID"
"$P" fill 60000 >/dev/null 2>&1
listens
kill -STOP "$PID"
nft flush set inet tidegate drop4
kill -CONT "$PID"
check "more than the queue holds: an overrun" wait_for 5 grep -q '^heard overrun' "$D/heard"
kill "$PID"

# ---- our own -------------------------------------------------------------------------------------------------

fresh
is "of 20000 changes of our own" "$("$W" own 20000)" "queued 0, heard 0, overrun 0"
fresh
while read -r line; do note "$line"; done < <("$W" cost)
finish
