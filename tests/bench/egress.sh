#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What it costs that this host's own connections are looked at: requests of a client here to a server elsewhere, as curl
# makes them (connect, ask, 4 KiB, close), and one upload. Rounds alternate between the things that are compared; the ratio
# of each round to the same round without a table, and the median of these, for other work on the machine slows a whole
# round. And the time of the daemon's threads for each connection. ROUNDS, SECONDS_EACH, CLIENTS, THINGS and FLOW_THINGS
# change it. Prints targets beside figures; nothing here passes or fails.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
ROUNDS=${ROUNDS:-5}
EACH=${SECONDS_EACH:-2}
CLIENTS=${CLIENTS:-2}
THINGS=${THINGS:-none ctrule floor off copy queue allow1 allow1000 limit}
FLOW_THINGS=${FLOW_THINGS:-none ctrule off queue allow1000 limit}
PEER=192.0.2.2
declare -A TEXT=([none]="no table" [ctrule]="a table with one ct state rule" [floor]="accept-all NFQUEUE loop"
	[off]="tidegate, output = off" [copy]="tidegate, output = copy" [queue]="tidegate, output = queue (as shipped)"
	[allow1]="... with an allowlist in force" [allow1000]="... with one of 1,000 places"
	[limit]="table alone, with a limit that does not bite")
declare -A VALUES RATIOS SPENT

up_none() { :; }
down_none() { :; }

up_ctrule()
{
	in_ns host nft 'table inet plain { chain output { type filter hook output priority 0; ct state new counter; }; }'
}

down_ctrule()
{
	in_ns host nft delete table inet plain
}

up_floor()
{
	floor_up OUTPUT 4200
}

down_floor()
{
	floor_down
}

# daemon OUTPUT MODE [PLACES]: with an allowlist for all of this host, of the peer and others.
daemon()
{
	local i
	rm -rf "${D:?}/etc" "$D/tidegate.db"
	own_conf
	sed -i "s/output = \"queue\";/output = \"$1\";/" "$CONF"
	if [ -n "${3-}" ]; then
		{
			echo 'allowlists = ( { name = "bench"; host = true; mode = "enforce"; to = ('
			for ((i = 1; i < $3; i++)); do
				echo "{ address = \"198.51.$((i / 250)).$((i % 250))\"; ports = [\"tcp/443\"]; },"
			done
			echo "{ address = \"$PEER\"; ports = [\"tcp/80\", \"tcp/5201\"]; } ); } );"
		} >>"$CONF"
	fi
	daemon_start "$2" web-server
	[ -z "${3-}" ] || wait_for 10 refused_elsewhere || bail "the allowlist is not in force"
	sleep 0.7
}

# A port of the peer that no list has: told at once by the jail, and by nobody before it is there.
refused_elsewhere()
{
	in_ns host nft list table inet tidegate | grep -q 'jail_on.*\|elements = { ipv4' &&
		! in_ns host "$B/bench/bench_conn" run $PEER 81 0.05 1 | grep -qE '^[1-9][0-9]* '
}

up_off() { daemon off detect; }
up_copy() { daemon copy detect; }
up_queue() { daemon queue detect; }
up_allow1() { daemon queue enforce 1; }
up_allow1000() { daemon queue enforce 1000; }
down_off() { daemon_stop; }
down_copy() { daemon_stop; }
down_queue() { daemon_stop; }
down_allow1() { daemon_stop; }
down_allow1000() { daemon_stop; }

# Connections and bytes of root counted against limits that are never reached; nobody asks the queue (no daemon).
up_limit()
{
	in_ns host "$B/lab/probe_nft" install tcp:80 >/dev/null
	in_ns host "$B/lab/probe_nft" apply add,egress-limit,uid=0,600000,1000000,1000000000 >/dev/null
}

down_limit()
{
	in_ns host "$B/lab/probe_nft" remove
}

# Sets VALUE, and SPENT of its threads: microseconds for each connection. A verdict sends the packet on, with all that the
# kernel does for it and its answer on a cable as short as this: that is in the packet thread's, and in the loop's.
measure_conn()
{
	local failed rest pid=$DAEMON
	[ "$1" != floor ] || pid=$FLOOR
	[ -z "$pid" ] || threads "$pid" >"$D/before"
	read -r VALUE failed rest < <(in_ns host "$B/bench/bench_conn" fetch $PEER 80 "$EACH" "$CLIENTS")
	[ "${failed:-1}" = 0 ] || note "$1: ${failed:-all} failed"
	[ -n "$pid" ] || return
	threads "$pid" >"$D/after"
	SPENT[$1]+="$(awk -v n="$((VALUE * EACH))" 'NR == FNR { before[$1] += $2; next } { now[$1] += $2 } END {
		printf "%.2f %.2f %.2f", (now["packets"] + now["bench_floor"] - before["packets"] - before["bench_floor"]) / n, (now["observer"] - before["observer"]) / n,
		(now["owners"] - before["owners"]) / n }' "$D/before" "$D/after")"$'\n'
}

measure_flow()
{
	VALUE=$(flow_rate host $PEER "$EACH")
}

# compare MEASURE THING...: each round of each thing, into VALUES and RATIOS[MEASURE THING]; "none" comes first.
compare()
{
	local measure=$1 round thing base
	for ((round = 0; round < ROUNDS; round++)); do
		for thing in "${@:2}"; do
			"up_$thing"
			"measure_$measure" "$thing"
			"down_$thing" >/dev/null 2>&1
			[ "$thing" != none ] || base=$VALUE
			VALUES[$measure $thing]+="$VALUE "
			RATIOS[$measure $thing]+="$(awk -v a="$VALUE" -v b="$base" 'BEGIN { printf "%.4f", a / b }') "
		done
	done
}

# median WORD...
median()
{
	printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# row MEASURE THING: its median, the ratio's, and what the threads took for each connection.
row()
{
	local i spent=''
	# shellcheck disable=SC2086 # lists of figures
	printf '  %-44s %8.0f  %6.3f' "${TEXT[$2]}" "$(median ${VALUES[$1 $2]})" "$(median ${RATIOS[$1 $2]})"
	if [ "$1" = conn ] && [ -n "${SPENT[$2]-}" ]; then
		for i in 1 2 3; do
			# shellcheck disable=SC2046
			spent+=$(printf ' %8.2f' "$(median $(awk -v i=$i 'NF { print $i }' <<<"${SPENT[$2]}"))")
		done
	fi
	echo "$spent"
}

cable_up
in_ns client "$B/bench/bench_conn" answer 80 &
SERVE=$!
in_ns host "$B/bench/bench_conn" serve 80 &
LISTENER=$!
trap 'kill $LISTENER 2>/dev/null; lab_down' EXIT
in_ns client iperf3 -s -D -p 5201 --logfile "$D/iperf.log"
wait_for 5 in_ns host "$B/bench/bench_conn" fetch $PEER 80 0.1 1 || skip "the bench does not come up"

# shellcheck disable=SC2086 # lists of things
compare conn $THINGS
# shellcheck disable=SC2086
compare flow $FLOW_THINGS

echo "requests a second to a server elsewhere ($CLIENTS clients, medians of $ROUNDS rounds of $EACH s), ratio to no table,"
echo "and microseconds of the daemon's threads for each:                        packets observer   owners"
for thing in $THINGS; do row conn "$thing"; done
echo
echo "an upload, Mbit/s (one connection, medians of $ROUNDS rounds of $EACH s), ratio to no table"
for thing in $FLOW_THINGS; do row flow "$thing"; done
