#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What it costs to look at the host beside the packets, in the daemon as shipped: CPU a second of each of its threads at
# 1000 and 10,000 new connections a second offered, and its memory; with the ends of flows and without them. The packet
# thread's is the packet path alone. Prints; nothing here passes or fails.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
EACH=${SECONDS_EACH:-4}

cable_up
in_ns host "$B/bench/bench_conn" serve 80 &
wait_for 5 in_ns client "$B/bench/bench_conn" run "$HOST" 80 0.1 1 || skip "the bench does not come up"

# one TEXT RATE
one()
{
	local made failed rest
	threads "$DAEMON" >"$D/before"
	# shellcheck disable=SC2034 # the fields behind are not wanted
	read -r made failed rest < <(in_ns client "$B/bench/bench_conn" run $HOST 80 "$EACH" 2 "$2")
	threads "$DAEMON" >"$D/after"
	printf '    %-24s %6.0f/s  ' "$1" "$made"
	awk -v s="$EACH" 'NR == FNR { before[$1] += $2; next } { now[$1] += $2 }
		END { printf "packets %5.2f %%  observer %5.2f %%  recorder %5.2f %%  all %5.2f %%", share("packets"), share("observer"),
			share("recorder"), all() }
		function share(n) { return (now[n] - before[n]) / s / 10000 }
		function all(  n, t) { for (n in now) t += now[n] - before[n]; return t / s / 10000 }' "$D/before" "$D/after"
	printf '  %d MiB\n' "$(($(awk '/VmRSS/ { print $2 }' "/proc/$DAEMON/status") / 1024))"
}

echo "looking at the host, CPU of one processor each second ($EACH s each)"
for source in sockets off; do
	rm -rf "${D:?}/etc"
	own_conf
	sed -i "s/source = \"sockets\";/source = \"$source\";/" "$CONF"
	daemon_start detect web-server
	sleep 1.5
	one "nothing, ends by $source" 1
	one "1000/s, ends by $source" 1000
	one "10,000/s, ends by $source" 10000
	daemon_stop
done
