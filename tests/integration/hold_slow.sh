#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 45
# Slowloris: one address takes all workers of a small service with requests that never end. It is found by what its
# sockets have said in half a minute, its connections are ended, and the honest are served again, while it goes on.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
HONEST=100.64.0.0 SLOW=100.65.0.0 PORT=8200

# honest SECONDS: five requests a second of twenty addresses; prints begun and answered.
honest()
{
	in_ns innocent "$B/lab/crowd" --src $HONEST --addresses 20 --dst $HOST --port $PORT --rate 5 --seconds "$1" \
		--say 300 --hold 0 --timeout 3000 | awk '$1 == "all" { print $2, $3 }'
}

lab_up
in_ns innocent ip route add local $HONEST/16 dev lo
in_ns attacker ip route add local $SLOW/16 dev lo
ip route add $HONEST/16 via $INNOCENT
ip route add $SLOW/16 via $ATTACKER
in_ns host python3 "$HERE/few.py" $PORT 8 16 >"$D/few.log" 2>&1 &
few=$!
trap 'kill $few 2>/dev/null; lab_down' EXIT
listens()
{
	in_ns host ss -Htln "sport = :$PORT" | grep -q LISTEN
}
wait_for 5 listens || bail "the service does not listen"
daemon_start enforce web-server
read -r begun good < <(honest 4)
is "honest ones served before it" "$good" "$begun"
in_ns attacker "$B/lab/crowd" --src $SLOW --addresses 1 --dst $HOST --port $PORT --rate 20 --seconds 70 --say 27 \
	--drip 5000 --hold -1 --most 60 >"$D/slow" &
slow=$!
since=$(date +%s.%N)
sleep 4
read -r begun good < <(honest 4)
at_most "honest ones served while it holds all workers, of $begun" "$good" $((begun / 2))
dropped()
{
	some_alert tidegate.event=block "tidegate.subject=100.65.0.1*"
}
check "its connections are ended" wait_for 45 dropped
at_most "seconds from its first connection to the measure" "$(awk "BEGIN { print $(date +%s.%N) - $since }")" 45
found "found as slow" event_type=alert tidegate.detector=hold.slow src_ip=100.65.0.1
sleep 1
read -r begun good < <(honest 5)
at_least "honest ones served after it, of $begun" "$good" "$begun"
is "measures against the honest" "$(alerts tidegate.event=block 'tidegate.subject=100.64.*')" 0
kill $slow 2>/dev/null
finish
