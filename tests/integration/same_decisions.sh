#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The very decisions: real attacks under tcpdump, then the capture through `tidegate replay`. What the daemon has told
# as alerts and what replay tells are held against each other, line by line: who, which rule, which proof, which
# response, which reaction, for how long.
#
# What differs, why, and how far it may: the daemon's key is random, and two ports that fall upon one bit of a source's
# bitmap count once, so that another packet may be the one that crosses (count: one more or less); fading goes in
# sixteenths of a second of the host's uptime, which a capture does not tell, and the daemon stamps packets when it wakes,
# the capture when they came (scores: a point; times: a second); no capture knows which program serves a port. With
# equal inputs all is equal: observations.sh.
. "$(dirname "$0")/lib.sh"
needs nmap tcpdump jq
lab_up
# shellcheck disable=SC2016 # jq's, not the shell's
SECONDS_OF='.timestamp | (.[0:19] + "Z" | fromdate) + (.[19:26] | tonumber)'

# decisions FILE: what was decided on whom; the order of two rules that cross within a tick is the kernel's.
decisions()
{
	jq -cS 'select(.event_type == "alert") | .tidegate + { src_ip, proto, dest_ip, action: .alert.action,
		sid: .alert.signature_id, severity: .alert.severity, category: .alert.category } |
		del(.incident, .score, .count, .window_s, .ports, .elapsed_us, .served_by)' "$1" | sort
}

# apart FILE FILE FIELD: how far that number of two lists of alerts is apart, at most.
apart()
{
	paste <(values "$1" "$3") <(values "$2" "$3") |
		awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > far) far = d } END { print far + 0 }'
}

values()
{
	jq -rs "map(select(.event_type == \"alert\")) | sort_by(.tidegate.subject, .tidegate.detector, .tidegate.proof) | .[] | $2" "$1"
}

attacks()
{
	in_ns attacker nmap -n -Pn -sS -T4 --max-retries 0 --min-rate 200 -p 1-300 $HOST >/dev/null 2>&1
	in_ns attacker nmap -n -Pn -sT -T4 --max-retries 0 --min-rate 200 -p 301-400 $HOST >/dev/null 2>&1
	in_ns attacker nmap -n -Pn -sF -T4 --max-retries 0 --min-rate 200 -p 1-50 $HOST >/dev/null 2>&1
	in_ns attacker nmap -6 -n -Pn -sS -T4 --max-retries 0 --min-rate 200 -p 1-100 $HOST6 >/dev/null 2>&1
	in_ns attacker nmap -n -Pn -sU -T4 --max-retries 0 --min-rate 200 -p 1-100 $HOST >/dev/null 2>&1
	in_ns attacker python3 "$HERE/connect.py" --parallel 8 --count 600 --seconds 8 --timeout 1 $HOST 80 >/dev/null
	in_ns innocent python3 "$HERE/connect.py" --count 50 --gap 0.02 $HOST 80 >/dev/null
}

# hold MODE: record, decide, replay, compare.
hold()
{
	local cap=$D/$1.pcap
	# in_ns of a function in the background would have the shell's number
	nsenter "--net=/run/netns/$LAB-host" -- tcpdump -i eth0 -s 128 -B 65536 -U -w "$cap" >"$D/tcpdump.log" 2>&1 &
	local dump=$!
	wait_for 5 test -s "$cap" || bail "tcpdump does not record"
	rm -f "$D/eve.json"
	daemon_start "$1" web-server
	attacks
	sleep 4 # the last handshake is asked about after three seconds
	daemon_stop
	kill -INT $dump
	wait $dump
	is "$1: packets that tcpdump lost" "$(sed -n 's/^\([0-9]*\) packets dropped by kernel.*/\1/p' "$D/tcpdump.log")" 0
	mv "$D/eve.json" "$D/$1.live"
	replay "$1" "$D/$1.replay" || bail "replay: $(cat "$D/err")"
	decisions "$D/$1.live" >"$D/live"
	decisions "$D/$1.replay" >"$D/replayed"
	at_least "$1: decisions" "$(wc -l <"$D/live")" 4
	if cmp -s "$D/live" "$D/replayed"; then
		ok "$1: live and replayed decisions are the same, byte for byte"
	else
		not_ok "$1: live (<) and replayed (>) decisions differ"
		diff "$D/live" "$D/replayed" | cut -c 1-400 | head -n 20
	fi
	at_most "$1: counts are apart" "$(apart "$D/$1.live" "$D/$1.replay" .tidegate.count)" 1
	at_most "$1: scores are apart" "$(apart "$D/$1.live" "$D/$1.replay" .tidegate.score)" 1
	at_most "$1: seconds are apart" "$(apart "$D/$1.live" "$D/$1.replay" "$SECONDS_OF")" 1
	replay "$1" "$D/again"
	check "$1: the same capture gives the same bytes" cmp "$D/$1.replay" "$D/again"
	is "$1: decisions on the innocent" "$(grep -c $INNOCENT "$D/replayed")" 0
}

replay()
{
	"$B/tidegate" replay "$D/$1.pcap" -c "$TOP/policies/tidegate.conf" --mode "$1" --policy web-server --fresh \
		--home $HOST/24,$HOST6/64 -o json >"$2" 2>"$D/err"
}

hold detect
hold enforce
finish
