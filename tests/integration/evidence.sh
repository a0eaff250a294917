#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 51
# Evidence: of each incident a capture that tcpdump and Wireshark open, that holds nobody else's packets, and that replays
# to the same finding. A fast scan, a slow one, and a flood of real connections, each from an address of its own.
. "$(dirname "$0")/lib.sh"
needs nmap tcpdump
lab_up
own_conf
sed -i 's/max_incidents = 1000/max_incidents = 3/; s/after_time = "1m"/after_time = "4s"/' "$CONF"
daemon_start enforce web-server

# from ADDRESS: the attacker's, from now on.
from()
{
	ip -n "$LAB-attacker" addr replace "$1/24" dev eth0
	ip -n "$LAB-attacker" route replace default via 198.51.100.1 src "$1"
}

# incident ADDRESS: the id of the one that is about it.
incident()
{
	ctl list incidents -o plain | awk -F'\t' -v who="$1" '$3 == who { print $1; exit }'
}

# shellcheck disable=SC2317 # wait_for calls it
has_evidence()
{
	ctl evidence "$1" -q
}

# field FILE FIELD RULE PROOF: of the first such finding.
field()
{
	python3 "$HERE/eve.py" "$1" values "$2" event_type=alert "tidegate.detector=$3" "tidegate.proof=$4" \
		"tidegate.subject=$SUBJECT*" | head -n 1
}

# holds TEXT ADDRESS RULE PROOF SLACK: what was found is found again in the evidence alone.
holds()
{
	local id f=$D/$3.pcap was is what
	SUBJECT=$2
	id=$(incident "$2")
	[ -n "$id" ] || { not_ok "$1: no incident"; return; }
	wait_for 12 has_evidence "$id"
	check "$1: evidence is written as a capture" ctl evidence "$id" --pcap "$f"
	at_least "$1: packets that tcpdump reads" "$(tcpdump -nr "$f" 2>/dev/null | wc -l)" "$6"
	is "$1: packets in it of anybody else" "$(tcpdump -nr "$f" "not host $2" 2>/dev/null | wc -l)" 0
	if command -v capinfos >/dev/null; then
		check "$1: capinfos reads it" capinfos "$f"
		check "$1: tshark shows what the host knew" sh -c "tshark -r '$f' -T fields -e nflog.prefix | grep -q '^tidegate: in, '"
	else
		SKIPPED=$((SKIPPED + 1))
		note "skipped: capinfos is not installed"
	fi
	"$B/tidegate" replay "$f" -c "$CONF" --policy web-server --mode enforce -o json >"$D/again.json" 2>"$D/err" ||
		not_ok "$1: the replay failed: $(cat "$D/err")"
	is "$1: its notes are said" "$(jq -r 'select(.event_type == "stats").tidegate.noted' "$D/again.json")" \
		"$(tcpdump -nr "$f" 2>/dev/null | wc -l)"
	for what in tidegate.detector tidegate.subject tidegate.proof; do
		is "$1: $what of the replay" "$(field "$D/again.json" $what "$3" "$4")" "$(field "$D/eve.json" $what "$3" "$4")"
	done
	was=$(field "$D/eve.json" tidegate.count "$3" "$4") is=$(field "$D/again.json" tidegate.count "$3" "$4")
	at_most "$1: count $is for $was, difference" "$((was > is ? was - is : is - was))" "$5"
	ctl explain "$id" >"$D/out" 2>"$D/err"
	says "$1: explain lists it" "tidegate evidence $id --pcap"
	is "$1: explain says how many" "$(ctl explain "$id" -o json | jq .explain.incident.evidence.packets)" \
		"$(tcpdump -nr "$f" 2>/dev/null | wc -l)"
}

(PACE=0.1 served "the innocent, all the while" 250) >"$D/innocent.log" &
innocent=$!
from 198.51.100.66
attack_nmap 30 -sS -T4 --max-retries 1 --min-rate 300 -p 1-200 $HOST
from 198.51.100.67
for port in 7001 7002 7003 7004 7005 7006 7007 7008; do
	in_ns attacker python3 "$HERE/connect.py" --quiet --timeout 0.2 $HOST "$port"
	sleep 1.8
done
from 198.51.100.68
in_ns attacker python3 "$HERE/connect.py" --parallel 8 --count 1000000 --seconds 6 --timeout 1 $HOST 80 >/dev/null
code "no evidence of an unknown incident" 1 evidence T-00000001
code "what is no incident is said" 64 evidence 192.0.2.1
# A fast scan's count is an estimate under a key that evidence does not tell.
holds "fast scan" 198.51.100.66 scan.fast claimed 1 6
holds "slow scan" 198.51.100.67 scan.fast claimed 1 6
holds "flood" 198.51.100.68 "rate.*" answered 0 200
wait $innocent
sed 's/^/  /' "$D/innocent.log"

id=$(incident 198.51.100.68)
code "a table of the packets" 0 evidence "$id"
says "a table of the packets: what was served" "served socket"
is "the folder is root's alone" "$(stat -c %a "$D/evidence")" 700
is "so are the files" "$(stat -c %a "$D/evidence/"*.pcap | sort -u)" 600

for i in 71 72 73 74; do
	from 198.51.100.$i
	attack_nmap 20 -sS -T4 --max-retries 0 --min-rate 300 -p 1-40 $HOST
done
# shellcheck disable=SC2317 # wait_for calls it
enough() { [ "$(state .evidence.removed)" -ge 4 ]; }
check "the oldest goes first" wait_for 20 enough
is "no more incidents have evidence than they may" "$(find "$D/evidence" -name '*.pcap' | wc -l)" 3
code "of the first one nothing is left" 1 evidence "$(incident 198.51.100.66)"
is "doctor: evidence" "$(ctl doctor -o json | jq -r 'select(.check.name == "evidence").check.grade')" ok

echo garbage >"$(find "$D/evidence" -name '*.pcap' | head -n 1)"
echo garbage >"$D/evidence/notes.txt"
damaged=$(find "$D/evidence" -name '*.pcap' -size -20c -exec basename {} .pcap \;)
code "a damaged file is said" 65 evidence "$damaged"
check "and explain goes on" ctl explain "$damaged"
daemon_stop
is "it ends cleanly" $? 0
sed -i 's/^observations = {/&\n\tenabled = false;/; /^observations = {/,/^};/{/enabled = true;/d}' "$CONF"
daemon_start enforce web-server
is "without a log it is said to be off" "$(state .evidence.off)" "there is no log of observations"
from 198.51.100.80
attack_nmap 20 -sS -T4 --max-retries 0 --min-rate 300 -p 1-40 $HOST
wait_for 5 incident 198.51.100.80
code "explain" 0 explain "$(incident 198.51.100.80)"
says "explain says that it is off" "there is no log of observations"
finish
