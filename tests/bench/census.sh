#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What it costs to look at the host once: the walk over its sockets, without and with who holds them, and the counters of
# interfaces, protocols and conntrack. Processor time, the kernel's included, least of WALKS. Nothing passes or fails here.
. "$(dirname "$0")/../integration/lib.sh"

WALKS=${WALKS:-10}
LINKS=${LINKS:-100}

bench_up()
{
	cable_up
	# Peers by the thousand, without an address of the client's for each.
	ip -n "$LAB-client" route add local 10.9.0.0/16 dev lo
	ip -n "$LAB-host" route add 10.9.0.0/16 via 192.0.2.2
	nsenter "--net=/run/netns/$LAB-host" -- python3 "$TOP/tests/integration/held.py" serve --hold 8080 &
	SERVE=$!
	wait_for 5 serves || skip "the service does not come up"
}

serves()
{
	in_ns host ss -Hltn "sport = :8080" | grep -q .
}

# more COUNT FIRST-SOURCE SOURCES: so many connections from each
more()
{
	local out=$D/more.$2
	nsenter "--net=/run/netns/$LAB-client" -- python3 "$TOP/tests/integration/held.py" open $HOST 8080 "$1" "$2" "$3" \
		>"$out" 2>&1 &
	wait_for 30 grep -q ready "$out" || skip "no more connections: $(tail -n 1 "$out")"
	sleep 0.5
}

# A walk each second, but no more than a hundredth of a processor: as core/walk_pace.h has it.
measure()
{
	in_ns host "$B/lab/probe_census" cost "$WALKS" >"$D/cost" || skip "the probe does not answer"
	awk -v n="$1" '
		function share(us) { pace = us > 10000 ? us / 10000 : 1; return us / 10000 / pace }
		{ got[$1] = $2 }
		END {
			printf "  %8d %12d %12d %10.2f %% %8.2f %%\n", n, got["walk"], got["walk-holders"], share(got["walk"]),
				share(got["walk-holders"])
		}' "$D/cost"
}

counters()
{
	in_ns host "$B/lab/probe_census" cost "$WALKS" >"$D/cost" || skip "the probe does not answer"
	awk '{ got[$1] = $2 } END { printf "  interfaces %4d: %8d us\n", got["links"], got["counters"] }' "$D/cost"
}

bench_up
echo "one look at all sockets, us of a processor (least of $WALKS); share of one processor, as often as its pace allows"
printf '  %8s %12s %12s %12s %10s\n' established alone "with holders" alone holders
measure 0
more 50 10.9.1.1 20
measure 1000
more 50 10.9.2.1 180
measure 10000
more 50 10.9.3.1 120
measure 16000
echo "interfaces, protocols and conntrack, each second"
counters
for ((i = 0; i < LINKS / 2; i++)); do
	echo "link add v$i up type veth peer name w$i"
	echo "link set w$i up"
done | ip -n "$LAB-host" -batch -
counters
