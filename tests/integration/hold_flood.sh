#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 45
# Four addresses open and keep hundreds of connections to a service that four hundred others use, none of them faster
# than any limit of rates: the four are limited, and not one of the honest.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
HONEST=100.64.0.0 HOARD=100.65.0.0 PORT=8100

# crowd NAMESPACE FIRST ADDRESSES RATE SECONDS HOLD-MS MOST
crowd()
{
	in_ns "$1" "$B/lab/crowd" --src "$2" --addresses "$3" --dst $HOST --port $PORT --rate "$4" --seconds "$5" \
		--say 300 --drip 60000 --hold "$6" --most "$7" --timeout 3000
}

lab_up
in_ns innocent ip route add local $HONEST/16 dev lo
in_ns attacker ip route add local $HOARD/16 dev lo
ip route add $HONEST/16 via $INNOCENT
ip route add $HOARD/16 via $ATTACKER
in_ns host sh -c "ulimit -n 8192; exec python3 '$HERE/serve.py' --hear $PORT" >"$D/hear.log" 2>&1 &
hear=$!
trap 'kill $hear 2>/dev/null; lab_down' EXIT
listens()
{
	in_ns host ss -Htln "sport = :$PORT" | grep -q LISTEN
}
wait_for 5 listens || bail "the service does not listen"
crowd innocent $HONEST 400 150 40 2000 4000 >"$D/honest" &
honest=$!
sleep 4 # so the daemon finds the service as it usually is: three hundred open
daemon_start enforce web-server
sleep 5
is "measures in calm" "$(acting)" 0
crowd attacker $HOARD 4 120 25 -1 1200 >"$D/hoard" &
hoard=$!
begun=$(date +%s.%N)
all_four()
{
	[ "$(alerts tidegate.event=block 'tidegate.subject=100.65.*')" -ge 4 ] && [ "$(acting)" -ge 4 ]
}
check "the four are limited" wait_for 20 all_four
at_most "seconds from their first connection to the fourth limit" "$(awk "BEGIN { print $(date +%s.%N) - $begun }")" 15
wait $hoard
is "sources found to hold too much" "$(alert_values src_ip event_type=alert tidegate.detector=hold.connections \
	tidegate.proof=answered | sort -u | tr '\n' ' ')" "100.65.0.1 100.65.0.2 100.65.0.3 100.65.0.4 "
is "measures against the honest" "$(alerts tidegate.event=block 'tidegate.subject=100.64.*')" 0
wait $honest
read -r _ n good bad worst < <(tail -n 1 "$D/honest")
note "honest: $n begun, $good served, $bad failed, worst $worst ms"
at_least "honest ones served, of a hundred" "$(awk "BEGIN { print 100 * ${good:-0} / ${n:-1} }")" 99
awk '$1 != "all" && $4 { print "          failed in second " $1 ": " $4 " of " $2 }' "$D/honest"
note "hoarders: $(tail -n 1 "$D/hoard")"
finish
