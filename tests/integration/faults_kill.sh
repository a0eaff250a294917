#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 12
# kill -9 in each phase: at the Nth call of the start, of a ban, of a restore in bulk. What it leaves in the kernel is
# whole or nothing; the innocent is served; a source that was dropped before does not get one connection through until
# the next daemon has adopted all of it.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs strace jq
lab_up
quiet_conf
in_ns host strace -f -o /dev/null -e trace=none true 2>/dev/null || skip "strace may not trace here"

# dies_at CALL N: starts a daemon that ends at its Nth call of that kind; 0 where it did, 1 where it has so few.
dies_at()
(
	begin=$(now_ms)
	# That timeout's own group, the daemon with it, is killed where it lives on.
	nsenter "--net=/run/netns/$LAB-host" -- timeout -s KILL 3 strace -f -o /dev/null -e "trace=$1" \
		-e "inject=$1:signal=KILL:when=$2" "$B/tidegated" -c "$CONF" --mode enforce --run-dir "$D" \
		--state-dir "$D/state" --log-dir "$D" >>"$D/daemon.log"
	[ $? -eq 137 ] && [ $(($(now_ms) - begin)) -lt 2900 ]
) 2>/dev/null

# whole_or_absent: what stands there has all its chains and the count of measures that it should have.
whole_or_absent()
{
	in_ns host nft list table inet tidegate >/dev/null 2>&1 || return 0
	structure | cmp -s - "$D/structure" && [ "$(held count)" = "$1" ]
}

# The source that is dropped, at the door all the time: "answered failed ..." at its end.
knocks_begin()
{
	nsenter "--net=/run/netns/$LAB-attacker" -- python3 "$HERE/connect.py" --count 100000 --seconds 150 --gap 0.02 \
		--timeout 0.1 $HOST 80 >"$D/knocks" &
	KNOCKS=$!
}

knocks_end()
{
	local through tried
	kill $KNOCKS
	wait $KNOCKS
	read -r through tried _ <"$D/knocks"
	is "$1: connections of the dropped source that came through, of $((through + tried))" "$through" 0
	at_least "$1: tried" "$tried" 20
}

in_store()
{
	[ "$(status .store.measures)" = "$1" ]
}

echo "- in the start"
daemon_start enforce web-server --state-dir "$D/state"
check "a ban" ctl ban $ATTACKER --for 10m
for ((i = 0; i < 30; i++)); do
	ctl ban "198.18.1.$i" --for 10m
done >/dev/null
check "another one, of a prefix" ctl ban 198.18.64.0/24 --for 10m
wait_for 5 in_store 32
remember
daemon_stop KILL 2>/dev/null
innocents_begin
knocks_begin
died=0 half=0
for ((n = 1; n <= 24; n++)); do
	dies_at sendto $n || break
	died=$((died + 1))
	whole_or_absent 32 || half=$((half + 1))
done
for call in bind setsockopt write pwrite64 clone3; do
	for n in 1 3 6; do
		dies_at $call $n || continue
		died=$((died + 1))
		whole_or_absent 32 || half=$((half + 1))
	done
done
at_least "daemons that were killed, each at another call" $died 15
is "tables that they left half done" $half 0
daemon_start enforce web-server --state-dir "$D/state"
all_back "the next start" 10
knocks_end "from the first kill to the restart"
innocents_end "meanwhile"
daemon_stop KILL 2>/dev/null
in_ns host nft delete table inet tidegate

echo "- in the restore of 20,000 measures"
many 20000
innocents_begin
died=0 half=0 stood=''
for n in 30 60 90; do
	dies_at sendto $n || continue
	died=$((died + 1))
	structure | cmp -s - "$D/structure" || half=$((half + 1))
	stood+=" $(held count)"
done
is "daemons that were killed" $died 3
note "measures in the kernel after each:$stood"
is "tables that they left half done" $half 0
daemon_start enforce web-server --state-dir "$D/state"
check "the next start: enforced_ratio is 1" wait_for 10 enforced
is "the next start: in force" "$(held count)" 20000
sleep 1 # a connection that a kill delayed took a second of the few that all this lasts
innocents_end "meanwhile"
finish
