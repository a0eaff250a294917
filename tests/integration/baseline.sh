#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Captures teach what is normal: real connections, recorded by tcpdump, are learned once, shown, and forgotten; a real
# scan is not learned. No daemon runs, and no right is needed.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs nmap tcpdump jq setpriv
lab_up
S=$D/state
mkdir "$S"
chmod 755 "$D"
chown 65534:65534 "$S" 2>/dev/null || skip "no second user here"

# baseline WORD ARGUMENT...: as nobody, without a network of its own, into $D/out and $D/err.
baseline()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- \
		"$B/tidegate" baseline "$@" --state-dir "$S" -c "$TOP/policies/tidegate.conf" >"$D/out" 2>"$D/err"
}

# says TEXT PATTERN, complains TEXT PATTERN: of the last one.
says()
{
	check "$1" grep -q -- "$2" "$D/out"
}

complains()
{
	check "$1" grep -q -- "$2" "$D/err"
}

# value FILTER: of the whole of what is known.
value()
{
	baseline show -o json
	jq -r "$1" "$D/out"
}

# All that is known, as one word.
state_of_mind()
{
	value . | sha256sum | cut -c 1-16
}

# record FILE COMMAND...: what passes the host's cable meanwhile.
record()
{
	local file=$1
	shift
	nsenter "--net=/run/netns/$LAB-host" -- tcpdump --immediate-mode -i eth0 -s 128 -U -w "$file" >"$D/tcpdump.log" 2>&1 &
	DUMP=$!
	wait_for 5 test -s "$file" || bail "tcpdump does not record"
	"$@"
	sleep 0.3 # the last packets are on their way to it
	kill -INT $DUMP
	wait $DUMP
	chmod 644 "$file"
}

honest()
{
	in_ns innocent python3 "$HERE/connect.py" --count 40 --gap 0.02 "$HOST" 80 >/dev/null
}

hostile()
{
	in_ns attacker nmap -n -Pn -sS -T4 --max-retries 0 --min-rate 200 -p 1-200 "$HOST" >/dev/null 2>&1
}

baseline show
is "before anything is known, show ends with" $? 1
complains "and says what to do" "baseline learn FILE"

record "$D/peace.pcap" honest
syns=$(tcpdump -nr "$D/peace.pcap" "dst $HOST and tcp dst port 80 and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn" \
	2>/dev/null | awk '{ print $3, $5 }' | sort -u | wc -l)
at_least "connections to port 80 that tcpdump counts" "$syns" 40
baseline learn --home $HOST/24 "$D/peace.pcap"
is "honest connections are learned: exit code" $? 0
says "nothing is left out of them" "^Left out   0 slots"
is "connections to port 80 that are known" \
	"$(value '.services[] | select(.direction == "in" and .proto == "tcp" and .port == 80).connections')" "$syns"
is "hours of the week that are known" "$(value '.hours_known <= 2 and .hours_known + .hours_missing == 168')" true
is "captures that taught it" "$(value '.captures[].name')" "$D/peace.pcap"
is "who else may read it" "$(stat -c %a "$S/baseline.db")" 640
before=$(state_of_mind)

cp "$D/peace.pcap" "$D/renamed.pcap"
baseline learn --home $HOST/24 "$D/renamed.pcap"
is "the same once more under another name: exit code" $? 65
complains "it is recognised" "was learned already"
is "nothing has changed" "$(state_of_mind)" "$before"

record "$D/scan.pcap" hostile
baseline learn --home $HOST/24 "$D/scan.pcap"
is "a scan: exit code" $? 1
complains "it belongs to an incident" "belong to incidents"
is "nothing has changed" "$(state_of_mind)" "$before"

head -c 3000 /dev/urandom >"$D/noise"
chmod 644 "$D/noise"
baseline learn "$D/noise"
is "noise: exit code" $? 65
baseline learn "$D/none"
is "a file that is not there: exit code" $? 65
baseline learn - <"$D/peace.pcap"
is "standard input: exit code" $? 65
baseline learn
is "no file: exit code" $? 64
baseline forget
is "a word that does not exist: exit code" $? 64
is "nothing has changed" "$(state_of_mind)" "$before"

baseline show
says "show draws the week" "^ *Sun  [.#-]\{24\}$"
says "and says what is missing" "^Missing .* of the week's 168 hours"
says "and the services" "in  *tcp/80  *$syns"

baseline reset
is "reset: exit code" $? 0
is "slots that are known then" "$(value '.slots')" 0
baseline learn --home $HOST/24 "$D/peace.pcap"
is "after a reset it is learned again: exit code" $? 0

head -c 20000 /dev/urandom >"$D/garbage"
cat "$D/garbage" >"$S/baseline.db"
baseline learn --home $HOST/24 "$D/peace.pcap"
is "over a damaged file: exit code" $? 0
complains "the damaged one is named" "was damaged: it is .*baseline.db.damaged-2"
check "and kept" cmp -s "$D/garbage" "$S"/baseline.db.damaged-*

chown 0:0 "$S" "$S/baseline.db"
chmod 700 "$S"
baseline show
is "without the right to read it: exit code" $? 77
finish
