#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 20
# `tidegate replay` as its user meets it: captures of a real scan in all the ways that they can be handed in, without a
# daemon and without a right, and what is wrong with a file said with its name.
. "$(dirname "$0")/lib.sh"
needs nmap tcpdump jq setpriv
lab_up
CONF=$TOP/policies/tidegate.conf
chmod 755 "$D"

# Whoever is no one, in a namespace whose network it may not touch.
replay()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \
		"$B/tidegate" replay -c "$CONF" "$@" >"$D/out" 2>"$D/err"
}

# wrong TEXT CODE PATTERN OPTION...: it ends with that code and says that.
wrong()
{
	local text=$1 wanted=$2 pattern=$3
	shift 3
	replay "$@"
	is "$text: exit code" $? "$wanted"
	check "$text: says so" grep -q -- "$pattern" "$D/err"
}

record()
{
	nsenter "--net=/run/netns/$LAB-host" -- tcpdump -i "$1" -s "$2" -U -w "$3" >"$D/tcpdump.log" 2>&1 &
	DUMP=$!
	wait_for 5 test -s "$3" || bail "tcpdump does not record"
}

attack()
{
	in_ns attacker nmap -n -Pn -sS -T4 --max-retries 0 --min-rate 200 -p 1-200 $HOST >/dev/null 2>&1
	in_ns innocent python3 "$HERE/connect.py" --count 40 --gap 0.02 $HOST 80 >/dev/null
}

F=$D/all.pcap
record eth0 128 "$F"
attack
kill -INT $DUMP
wait $DUMP
chmod 644 "$F"

replay --home $HOST/24 "$F"
is "a scan in a capture: exit code" $? 0
says "it is found" "$ATTACKER  scan.fast: 6 closed ports"
says "with the reaction and the rule" "shield for .* by policies/web-server.conf:[0-9]*, rule rules/scan.conf:[0-9]*"
says "the ports that answered are served" "^Serves .*tcp/22 tcp/80"
is "found in all" "$(grep -c "^[0-9a-f.:]*  [a-z]*\.[a-z]*:" "$D/out")" 1

replay "$F"
says "the home is guessed" "^Home .*$HOST (guessed: "
says "and the scan found all the same" "$ATTACKER  scan.fast"

replay --home $HOST/24 -o json "$F"
cp "$D/out" "$D/whole"
check "each line of -o json is an object" jq -e . "$D/out"
is "the last one counts packets" "$(jq -r 'select(.event_type == "stats") | .tidegate.packets' "$D/out")" \
	"$(tcpdump -r "$F" 2>/dev/null | wc -l)"
replay --home $HOST/24 -o json - <"$F"
check "standard input gives the same bytes" cmp "$D/out" "$D/whole"
replay --home $HOST/24 -o json --seed 1 "$F"
is "another seed finds the same" "$(jq -r '.alert.signature // empty' "$D/out")" "$(jq -r '.alert.signature // empty' "$D/whole")"

tcpdump -r "$F" -w "$D/a.pcap" "host $ATTACKER" 2>/dev/null
tcpdump -r "$F" -w "$D/b.pcap" "not host $ATTACKER" 2>/dev/null
chmod 644 "$D/a.pcap" "$D/b.pcap"
replay --home $HOST/24 -o json "$D/b.pcap" "$D/a.pcap"
check "two files of the same time give the same bytes as one" cmp "$D/out" "$D/whole"
replay --home $HOST/24 --filter "not host $ATTACKER" "$F"
says "a filter leaves the scanner out" "^Found *nothing"
replay --home $HOST/24 --listening "tcp/1-200" "$F"
is "a range is no port: exit code" $? 64
replay --home $HOST/24 --listening none -o plain "$F"
is "where nothing is served the innocent's one port is one contact" "$(cut -f 1 "$D/out" | sort -u)" $ATTACKER
replay --home $HOST/24 -q "$F"
is "-q says nothing" "$(cat "$D/out" "$D/err")" ""

# The device "any" of tcpdump: cooked frames, which tell who sent them.
record any 256 "$D/any.pcap"
attack
kill -INT $DUMP
wait $DUMP
chmod 644 "$D/any.pcap"
replay "$D/any.pcap"
says "a cooked capture tells the home itself" "^Home .*$HOST.*outgoing"
says "and the scan is found" "$ATTACKER  scan.fast"

# A pipe that is still being written: what is found comes before its end.
mkfifo "$D/pipe"
chmod 644 "$D/pipe"
nsenter "--net=/run/netns/$LAB-host" -- tcpdump -i eth0 -U -w - >"$D/pipe" 2>/dev/null &
DUMP=$!
setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \
	"$B/tidegate" replay -c "$CONF" --home $HOST/24 --listening tcp/22,tcp/80 - <"$D/pipe" >"$D/live" 2>&1 &
REPLAY=$!
attack
in_ns innocent python3 "$HERE/connect.py" --count 40 --gap 0.02 $HOST 80 >/dev/null
check "a live pipe: found while it runs" wait_for 5 grep -q "$ATTACKER  scan.fast" "$D/live"
check "and replay goes on" kill -0 $REPLAY
kill -INT $DUMP
wait $REPLAY
is "its end is replay's: exit code" $? 0
check "with the table" grep -q "^Found *1" "$D/live"

head -c 20000 "$F" >"$D/cut.pcap"
echo "this is no capture, but a text that is long enough" >"$D/text.pcap"
: >"$D/empty.pcap"
chmod 644 "$D"/*.pcap
install -m 600 /dev/null "$D/root.pcap"
replay --home $HOST/24 "$D/cut.pcap"
is "a capture that is cut in the middle: exit code" $? 0
check "what is missing is said with its name" grep -q "cut.pcap.*" "$D/err"
says "and what there is was replayed" "$ATTACKER  scan.fast"
wrong "a text" 65 "text.pcap" "$D/text.pcap"
wrong "an empty file" 65 "empty.pcap" "$D/empty.pcap"
wrong "no such file" 65 "absent.pcap" "$D/absent.pcap"
wrong "somebody else's file" 77 "root.pcap" "$D/root.pcap"
wrong "a filter that is none" 65 "banana" --filter banana "$F"
wrong "a home that is none" 64 "'banana'" --home banana "$F"
wrong "a mode that is none" 64 "detect or enforce" --mode banana "$F"
replay
is "no file: exit code" $? 64
finish
