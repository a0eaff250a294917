#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tidegate costs, as ratios within one run: rounds alternate between the things that are compared, and each counts
# by its best round, so that other work on the machine falls out. Two namespaces and one cable, no router between them.
# ROUNDS and SECONDS_EACH make it longer. Prints each target beside its figure; nothing here passes or fails.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

ROUNDS=${ROUNDS:-4}
EACH=${SECONDS_EACH:-2}
CLIENTS=${CLIENTS:-2}
QUEUE=4200
declare -A BEST

bench_up()
{
	cable_up
	in_ns host "$B/bench/bench_conn" serve 80 &
	SERVE=$!
	in_ns host iperf3 -s -D -p 5201 --logfile "$D/iperf.log"
	wait_for 5 in_ns client "$B/bench/bench_conn" run $HOST 80 0.1 1 || skip "the bench does not come up"
}

# What may stand in the way of a connection. Each is put up and taken away again by its own pair.
up_none() { :; }
down_none() { :; }

up_ctrule()
{
	in_ns host nft 'table inet plain { chain input { type filter hook input priority 0; ct state new counter; }; }'
}

down_ctrule()
{
	in_ns host nft delete table inet plain
}

up_floor()
{
	floor_up INPUT $QUEUE
}

down_floor()
{
	floor_down
}

up_tidegate()
{
	daemon_start detect web-server
	sleep 0.7
}

down_tidegate()
{
	daemon_stop
}

measure_conn()
{
	in_ns client "$B/bench/bench_conn" run $HOST 80 "$EACH" "$CLIENTS" | cut -d' ' -f1
}

measure_flow()
{
	flow_rate client $HOST "$EACH"
}

# compare MEASURE THING...: the best of each thing, into BEST[MEASURE THING].
compare()
{
	local measure=$1 round thing value
	shift
	for ((round = 0; round < ROUNDS; round++)); do
		for thing in "$@"; do
			"up_$thing"
			value=$("measure_$measure")
			"down_$thing" >/dev/null 2>&1
			if [ "${value:-0}" -gt "${BEST[$measure $thing]:-0}" ]; then
				BEST[$measure $thing]=$value
			fi
		done
	done
}

ratio()
{
	awk -v a="${BEST[$1]:-0}" -v b="${BEST[$2]:-1}" 'BEGIN { printf "%.3f", a / b }'
}

# row TEXT KEY
row()
{
	printf '  %-44s %10s\n' "$1" "${BEST[$2]:-?}"
}

engine()
{
	awk -v name="$1" '$1 == name { print $2 }' "$D/engine"
}

(cd "$TOP" && "$B/bench/bench_engine") >/tmp/bench-engine.$$ || exit 70
bench_up
mv /tmp/bench-engine.$$ "$D/engine"
compare conn none floor tidegate
compare flow none ctrule tidegate

echo "new connections a second ($CLIENTS clients, best of $ROUNDS rounds of $EACH s)"
row "no table" "conn none"
row "accept-all NFQUEUE loop" "conn floor"
row "tidegate, detect" "conn tidegate"
echo "  tidegate / accept-all loop                   $(ratio "conn tidegate" "conn floor")   target >= 0.95"
echo "  tidegate / no table                          $(ratio "conn tidegate" "conn none")"
echo
echo "established flow, Mbit/s (one connection, best of $ROUNDS rounds of $EACH s)"
row "no table" "flow none"
row "a table with one ct state rule" "flow ctrule"
row "tidegate, detect" "flow tidegate"
echo "  tidegate / one ct state rule                 $(ratio "flow tidegate" "flow ctrule")   target >= 0.98"
echo "  tidegate / no table                          $(ratio "flow tidegate" "flow none")"
echo
echo "engine alone, $(engine sources) sources in its table"
echo "  ns a packet                                  $(engine ns_per_packet)   target <= 100"
echo "  memory, MiB                                  $(engine memory_mib)   target <= 144"
echo "  findings a second                            $(engine findings_per_second)"
echo
echo "flow tracker of replays, a million flows in its table"
"$B/bench/bench_flow" 2>/dev/null
echo
"$B/bench/bench_listed"
