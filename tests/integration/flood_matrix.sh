#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 63
# SYN floods of forged sources at 50, 100 and 1000 a second, on services that are idle and on such with 500 honest
# connections a second: each is found within five seconds and answered at the service, and from then on 99 of 100 honest
# ones are served, while the flood goes on. Nobody is punished by name. Each cell has a service of its own, so that none
# is judged by what another one has learned.
. "$(dirname "$0")/lib.sh"
needs jq
HONEST=100.64.0.0

# crowd SECONDS RATE PORT: honest clients of 400 addresses in 100 networks.
crowd()
{
	in_ns innocent "$B/lab/crowd" --src $HONEST --addresses 400 --step 64 --dst $HOST --port "$3" --rate "$2" \
		--seconds "$1" --timeout 5000
}

# seconds_from SECONDS(of the clock): from then to the first word of the flood on PORT; nothing where there is none.
seconds_from()
{
	local at
	at=$(alert_values timestamp event_type=alert tidegate.detector=flood.syn "dest_port=$2" | head -n 1)
	[ -z "$at" ] || awk "BEGIN { print $(date -d "$at" +%s.%N) - $1 }"
}

# tally FILE FROM: of the crowd's seconds from that one on, how many of a hundred were answered, and the slowest.
tally()
{
	awk -v from="$2" '$1 != "all" && $1 >= from { b += $2; a += $3; if ($5 > w) w = $5 }
		END { printf "%.2f %d %.0f\n", b ? 100 * a / b : 0, b, w }' "$1"
}

# calm_before LOAD: the seconds of load alone.
calm_before()
{
	if [ "$1" -gt 0 ]; then echo 6; else echo 0; fi
}

# storm PORT FLOOD LOAD: a flood of that rate, nine seconds long, after six seconds of load.
storm()
{
	local port=$1 rate=$2 load=$3 calm honest
	calm=$(calm_before "$load")
	crowd $((calm + 10)) $((load ? load : 20)) "$port" >"$D/crowd.$port" &
	honest=$!
	sleep "$calm"
	date +%s.%N >"$D/begun.$port"
	in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port "$port" --count $((rate * 9)) --rate "$rate"
	wait $honest
}

# judge PORT FLOOD LOAD: what became of it.
judge()
{
	local port=$1 rate=$2 load=$3 found percent n worst second
	found=$(seconds_from "$(<"$D/begun.$port")" "$port")
	at_most "flood of $rate/s, load of $load/s: seconds until it was found" "${found:-99}" 5
	second=$(awk "BEGIN { print int($(calm_before "$load") + ${found:-0} + 1) }")
	read -r percent n worst < <(tally "$D/crowd.$port" "$second")
	at_least "flood of $rate/s, load of $load/s: honest ones served from then on, of a hundred" "$percent" 99
	TABLE+=$(printf '%8s %8s %10.2f %10s %8s %10s' "$rate" "$load" "${found:-99}" "$percent" "$n" "$worst")$'\n'
}

lab_up
in_ns innocent ip route add local $HONEST/16 dev lo
ip route add $HONEST/16 via $INNOCENT
ports=(8001 8002 8003 8004 8005 8006)
in_ns host python3 "$HERE/serve.py" "${ports[@]/#/--tcp=}" >"$D/cells.log" 2>&1 &
cells=$!
trap 'kill $cells 2>/dev/null; lab_down' EXIT
daemon_start enforce web-server
TABLE=
# Those without load leave this machine idle: they may come at once.
storms=()
for cell in "8001 50 0" "8002 100 0" "8003 1000 0"; do
	# shellcheck disable=SC2086 # three words
	storm $cell &
	storms+=($!)
done
wait "${storms[@]}"
judge 8001 50 0
judge 8002 100 0
judge 8003 1000 0
for cell in "8004 50 500" "8005 100 500" "8006 1000 500"; do
	# shellcheck disable=SC2086 # three words
	storm $cell
	# shellcheck disable=SC2086
	judge $cell
done
is "measures against forged sources" "$(alerts tidegate.event=block 'tidegate.subject=198.1[89].*')" 0
is "elements against single sources" "$(acting '^(drop|new|refuse|shield|limit)')" 0
check "the daemon answers" ctl status
note "flood/s   load/s  found in s  served %   honest  worst ms"
while read -r line; do note "$line"; done <<<"${TABLE%$'\n'}"
finish
