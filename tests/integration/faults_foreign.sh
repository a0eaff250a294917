#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 13
# Others put into our table what is not ours: elements (adopted, or taken out), more of them than a set holds, and a
# table of our name that is theirs alone.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs nft jq
lab_up
own_conf
sed -i 's/subjects = 65536;/subjects = 256;/' "$CONF"

add()
{
	in_ns host nft add element inet tidegate drop4 "{ $1 timeout ${2:-10m} }"
}

# left SOURCE: seconds that the daemon counts for it.
left()
{
	ctl list -o json | jq -r "select(.source == \"$1\") | .left_s" | head -n 1
}

left_is()
{
	local s
	s=$(left "$1")
	[ "${s:-0}" -gt "$2" ] && [ "$s" -le "$3" ]
}

holds()
{
	[ "$(held count)" = "$1" ]
}

echo "- elements of others"
daemon_start enforce web-server
innocents_begin
check "a ban" ctl ban 198.18.200.1 --for 10m
add 198.18.5.5
check "an element that somebody added is listed" wait_for 5 left_is 198.18.5.5 590 600
remember
in_ns host nft flush ruleset
all_back "it is ours now: after flush ruleset" 5
in_ns host nft 'delete element inet tidegate drop4 { 198.18.200.1 };
	add element inet tidegate drop4 { 198.18.200.1 timeout 1h }'
check "a ban that somebody drew out by hand is listed as long as it is" wait_for 5 left_is 198.18.200.1 3590 3600
check "its end by hand" ctl unban 198.18.200.1
check "it is out of the kernel" wait_for 5 holds 1
add 192.0.2.254
check "the element of a guard is taken out" wait_for 5 holds 1
is "measures that stand" "$(status .measures.stand)" 1
check "unban --all" ctl unban --all

echo "- a full set"
check "a ban" ctl ban 198.18.200.1 --for 10m
remember
kill -STOP "$DAEMON"
in_ns host nft delete element inet tidegate drop4 '{ 198.18.200.1 }'
for ((i = 0; i < 32; i++)); do
	in_ns host nft add element inet tidegate drop4 "{ $(for j in {1..8}; do echo "198.18.$i.$j timeout 10m,"; done) }"
done
is "elements of others, as many as the set holds" "$(held count)" 256
kill -CONT "$DAEMON"
all_back "the ban has its room again" 5
check "the others are out" wait_for 5 holds 1
told "the full set" 'our table in the kernel was changed or deleted (nft'
for ((i = 0; i < 260; i++)); do
	add "198.18.$((100 + i / 250)).$((i % 250))"
done 2>/dev/null
check "one by one they are adopted until nothing more can be counted" wait_for 5 holds 256
full=$(ctl ban 198.18.200.2 --for 10m 2>&1)
is "a ban then: exit code" $? 75
note "$full"
check "one of them ended makes room" ctl unban 198.18.100.0
check "for the ban" ctl ban 198.18.200.2 --for 10m
check "in force" enforced
check "unban --all" ctl unban --all

echo "- the table is another's"
for ((i = 0; i < 100; i++)); do
	ctl ban "198.18.7.$i" --for 10m
done >/dev/null
is "bans" "$(held count)" 100
remember
{
	echo 'delete table inet tidegate; add table inet tidegate { flags owner; }'
	sleep 3
} | in_ns host nft -i >/dev/null 2>&1 &
owner=$!
told "the loss" 'our table in the kernel was changed or deleted (nft'
told "that it cannot be put back" 'cannot be put back: .*another process'
check "enforced_ratio is 0" [ "$(status .enforced_ratio | cut -c1-3)" = 0 -o "$(status .enforced_ratio)" = 0.0 ]
served "the innocent meanwhile" 20
ctl ban 198.18.7.200 --for 10m >/dev/null
wait $owner
all_back "after its owner has gone" 5 1600
check "a ban of that time is in force, too" holds 101
told "the return" 'our table is put back'
innocents_end "all the time"
daemon_stop
is "exit code" $? 0
{
	echo 'add table inet tidegate { flags owner; }'
	sleep 2
} | in_ns host nft -i >/dev/null 2>&1 &
owner=$!
sleep 0.4
in_ns host timeout 10 "$B/tidegated" -c "$CONF" --mode enforce --run-dir "$D" --state-dir "$D" --log-dir "$D" \
	>"$D/second.log" 2>&1
is "at start: exit code" $? 77
check "at start: it says why" grep -q 'it belongs to another process' "$D/second.log"
wait $owner

echo "- detect mode"
daemon_start detect web-server
add 198.18.5.5
check "an element of another is taken out" wait_for 5 holds 0
finish
