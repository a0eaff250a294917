#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What it costs to be told of each end of a connection: new connections a second without a listener against with one, in
# turns, and what CPU a connection takes on both ends together with the kernel's own threads. The second figure is the one
# to believe on a busy machine. At 1000 a second offered, and as fast as it goes. Prints; nothing here passes or fails.
# The kernel's threads are not seen from a private pid namespace: they come in by a descriptor of the /proc outside.
[ -n "${TIDEGATE_LAB-}" ] || exec 9</proc
. "$(dirname "$0")/../integration/lib.sh"
ROUNDS=${ROUNDS:-3}
EACH=${SECONDS_EACH:-1.1}
CLIENTS=2
MOST=${MOST:-4000}
declare -A RATE COST TOLD

cable_up
nsenter "--net=/run/netns/$LAB-host" -- "$B/bench/bench_conn" serve 80 &
SERVE=$!
wait_for 5 in_ns client "$B/bench/bench_conn" run "$HOST" 80 0.1 1 || skip "the bench does not come up"

# CPU of the kernel's worker threads and of these processes, in microseconds.
cpu_us()
{
	local us
	us=$(cat /proc/self/fd/9/[0-9]*/stat 2>/dev/null | awk '$2 ~ /^\((kworker|ksoftirqd)/ && NF { print $1 }' |
		while read -r pid; do cut -d' ' -f1 "/proc/self/fd/9/$pid/schedstat" 2>/dev/null; done |
		awk '{ s += $1 } END { printf "%d", s / 1000 }')
	for pid in "$@"; do
		us=$((us + $(cut -d' ' -f1 "/proc/$pid/schedstat") / 1000))
	done
	echo "$us"
}

# once NAME LISTENER-OPTIONS RATE: one round.
once()
{
	local name=$1 options=$2 rate=$3 pid="" before after made failed clients
	if [ -n "$options" ]; then
		# shellcheck disable=SC2086 # several words
		nsenter "--net=/run/netns/$LAB-host" -- "$B/lab/probe_flow_ends" $options quiet=1 >"$D/told" &
		pid=$!
		wait_for 3 grep -q listening "$D/told"
	fi
	before=$(cpu_us "$SERVE" $pid)
	read -r made failed clients < <(in_ns client "$B/bench/bench_conn" run $HOST 80 "$EACH" $CLIENTS "$rate")
	after=$(cpu_us "$SERVE" $pid)
	if [ -n "$pid" ]; then
		kill "$pid"
		wait "$pid"
		TOLD[$name]+=" $(sed -n 's/.*told=\([0-9]*\).*/\1/p' "$D/told")/$(awk "BEGIN { print int($made * $EACH) }")"
	fi
	[ "$failed" = 0 ] || echo "  $failed connections failed"
	RATE[$name]+=" $made"
	COST[$name]+=" $(awk "BEGIN { printf \"%.2f\", ($after - $before + $clients) / ($made * $EACH) }")"
}

# By the best round each: other work on the machine only ever adds.
least()
{
	tr ' ' '\n' <<<"$1" | grep . | sort -g | head -n 1
}

most()
{
	tr ' ' '\n' <<<"$1" | grep . | sort -g | tail -n 1
}

# compare TEXT RATE NAME...: without, with every end, with the bound as shipped.
compare()
{
	local text=$1 rate=$2 round name base cost
	local -A options=([without]='' [every]=sockets [bounded]="sockets most=$MOST")
	shift 2
	for ((round = 0; round < ROUNDS; round++)); do
		for name in "$@"; do once "$name $rate" "${options[$name]}" "$rate"; done
	done
	base=$(most "${RATE[without $rate]}")
	cost=$(least "${COST[without $rate]}")
	echo "  $text"
	for name in "$@"; do
		printf '    %-10s %8.0f conn/s  %6.1f us of CPU each   rate %.3f, by CPU %.3f of it without   %s\n' "$name" \
			"$(most "${RATE[$name $rate]}")" "$(least "${COST[$name $rate]}")" \
			"$(awk "BEGIN { print $(most "${RATE[$name $rate]}") / $base }")" \
			"$(awk "BEGIN { print $cost / $(least "${COST[$name $rate]}") }")" \
			"$([ "$name" = without ] || echo "told ${TOLD[$name $rate]##* }")"
	done
}

echo "ends of connections from sockets (best of $ROUNDS rounds of $EACH s; bounded: $MOST a second)   target >= 0.95"
compare "1000/s offered" 1000 without every
# Of the bound a first second's worth is heard at once: longer rounds.
EACH=${SECONDS_EACH:-2} ROUNDS=${ROUNDS_FULL:-2}
compare "full rate, $ROUNDS rounds of $EACH s" 0 without every bounded
