#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What replay costs: a synthetic capture of 1 GiB (MIB makes it another size) of a busy web server, headers alone, against
# `tcpdump -r FILE -w /dev/null` in the same run. Rounds alternate, each counts by its best one, in seconds of its own
# processor time, for others share the machine. Nothing here passes or fails.
set -eu
TOP=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
MIB=${MIB:-1024}
ROUNDS=${ROUNDS:-4}
D=$(mktemp -d "${TMPDIR:-/tmp}/tidegate-bench.XXXXXX")
trap 'rm -rf "$D"' EXIT
CONF=$TOP/policies/tidegate.conf
TIMEFORMAT='%U %S'
declare -A BEST

# cost NAME COMMAND...: its processor time, kept where it is the least so far.
cost()
{
	local name=$1 spent
	shift
	spent=$({ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }')
	BEST[$name]=$(awk -v a="$spent" -v b="${BEST[$name]:-1e9}" 'BEGIN { print (a < b ? a : b) }')
}

row()
{
	awk -v text="$1" -v s="${BEST[$2]}" -v n="$PACKETS" -v base="${BEST[tcpdump]}" -v target="${3-}" \
		'BEGIN { printf "  %-44s %6.2f s  %5.2f M/s  %5.2f of tcpdump%s\n", text, s, n / s / 1e6, s / base, target }'
}

"$B/bench/bench_capture" "$D/synthetic.pcap" "$MIB"
PACKETS=$("$B/tidegate" replay -c "$CONF" --home 192.0.2.1 -o json "$D/synthetic.pcap" 2>/dev/null |
	sed -n 's/.*"packets":\([0-9]*\).*/\1/p' | tail -n 1)
for ((i = 0; i < ROUNDS; i++)); do
	cost tcpdump tcpdump -r "$D/synthetic.pcap" -w /dev/null
	cost guessed "$B/tidegate" replay -q -c "$CONF" "$D/synthetic.pcap"
	cost told "$B/tidegate" replay -q -c "$CONF" --home 192.0.2.1 --listening tcp/443,udp/53 "$D/synthetic.pcap"
done
echo "replay of $MIB MiB, $PACKETS packets (processor time, best of $ROUNDS rounds)"
row "tcpdump -r FILE -w /dev/null" tcpdump
row "replay, home and ports guessed" guessed "   target >= 5 M/s, <= 1.5"
row "replay, home and ports told" told
