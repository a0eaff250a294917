# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What benches share beside the lab: things that stand in the way of a connection by turns, and the time of threads.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

# threads PID: "NAME MICROSECONDS" of each.
threads()
{
	local task
	for task in /proc/"$1"/task/*; do
		echo "$(<"$task/comm") $(awk '{ printf "%d", $1 / 1000 }' "$task/schedstat")"
	done
}

# The least that a program in the way of what comes in or leaves can do: floor_up INPUT|OUTPUT QUEUE. nftables' own queue
# statement where the kernel has it, else the xt target.
floor_up()
{
	# not by in_ns: of a function in the background one has the shell's number, not the program's
	nsenter "--net=/run/netns/$LAB-host" -- "$B/bench/bench_floor" "$2" &
	FLOOR=$!
	if ! in_ns host nft "table inet plain { chain floor { type filter hook ${1,,} priority -149;
			ct state new queue num $2 bypass; }; }" 2>/dev/null; then
		in_ns host iptables -t mangle -A "$1" -m conntrack --ctstate NEW -j NFQUEUE --queue-num "$2" --queue-bypass
	fi
	sleep 0.3
}

floor_down()
{
	in_ns host nft flush ruleset
	kill "$FLOOR"
	wait "$FLOOR" 2>/dev/null
}

# Megabits a second of one connection: flow_rate NAMESPACE ADDRESS SECONDS
flow_rate()
{
	in_ns "$1" iperf3 -c "$2" -p 5201 -t "$3" -J 2>/dev/null |
		python3 -c 'import json, sys; print(int(json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"] / 1e6))'
}
