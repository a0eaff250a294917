#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 60
# The log of observations: what the daemon saw of a scan and of a flood of connections gives its very alerts again, byte
# for byte. And what does not end when the log does: kill -9, garbage, a disk without room.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs nmap jq
lab_up

LOG_CONF=$TOP/policies/tidegate.conf

log()
{
	ctl status -o json | jq -r ".status.observations.$1"
}

log_is()
{
	[ "$(log "$1")" = "$2" ]
}

# of COLUMN FOLDER: runs, entries, packets, lost, gaps, damaged.
of()
{
	"$B/lab/probe_obslog" count "$2" | cut -d ' ' -f "$1"
}

# told_again TEXT FOLDER: the alerts of the event file, out of the log.
told_again()
{
	grep '"event_type":"alert"' "$D/eve.json" >"$D/was.json"
	"$B/lab/probe_obslog" alerts "$LOG_CONF" web-server "$2" >"$D/now.json"
	is "$1: the log is whole" $? 0
	at_least "$1: alerts" "$(wc -l <"$D/was.json")" 1
	check "$1: the log gives each of them again, byte for byte" cmp "$D/was.json" "$D/now.json"
	cmp -s "$D/was.json" "$D/now.json" || diff "$D/was.json" "$D/now.json" | head -n 6
}

mkdir "$D/state"
daemon_start enforce web-server --state-dir "$D/state"
check "it is kept" log_is enabled true
attack_nmap 60 -sS -T4 --max-retries 1 --min-rate 300 -p 1-1000 $HOST
found "the scan is found" event_type=alert "tidegate.detector=scan.*" "src_ip=$ATTACKER"
in_ns innocent python3 "$HERE/connect.py" --parallel 8 --count 1000000 --seconds 6 --timeout 1 $HOST 80 >"$D/flood.txt"
found "the flood is found" event_type=alert "tidegate.detector=rate.*" "src_ip=$INNOCENT"
in_ns attacker python3 "$HERE/connect.py" --count 40 --gap 0.1 --timeout 1 $HOST6 22 >/dev/null
at_least "observations a second" "$(log per_second)" 0.1
is "lost on their way" "$(log lost)" 0
ctl status >"$D/out" 2>"$D/err"
says "status tells its size" ' of 64 MiB'
daemon_stop TERM
is "exit code" $? 0
told_again "after a clean end" "$D/state"
is "mode of its files" "$(stat -c %a "$D/state/observations/00000001.obs")" 600
note "$(of 3 "$D/state") packets in $(stat -c %s "$D"/state/observations/*.obs | paste -sd+ | bc) bytes"

echo "- kill -9"
daemon_start enforce web-server --state-dir "$D/state"
before=$(of 3 "$D/state")
served "the innocent" 5
# A block waits for ten seconds at most.
check "what it saw is in the log within ten seconds" wait_for 14 sh -c \
	"[ \$($B/lab/probe_obslog count $D/state | cut -d ' ' -f 3) -gt $before ]"
daemon_stop KILL
daemon_start enforce web-server --state-dir "$D/state"
daemon_stop TERM
is "runs after another start" "$(of 1 "$D/state")" 3
is "nothing of it is damaged" "$(of 6 "$D/state")" 0

echo "- garbage"
head -c 100000 /dev/urandom >"$D/state/observations/00000001.obs"
head -c 3000 /dev/urandom >"$D/state/observations/00000007.obs"
touch "$D/state/observations/nonsense"
daemon_start enforce web-server --state-dir "$D/state"
check "the daemon is fine" log_is failing false
check "the innocent is served" reaches innocent 80 2
daemon_stop TERM
is "runs that can be read" "$(of 1 "$D/state")" 3
is "files that cannot" "$(of 6 "$D/state")" 2
check "and they are left alone" [ -s "$D/state/observations/00000007.obs" ]

echo "- a disk without room"
mkdir "$D/small"
mount -t tmpfs -o size=1m none "$D/small"
mkdir "$D/small/observations"
dd if=/dev/zero of="$D/small/observations/filler" bs=4k >/dev/null 2>&1
daemon_start enforce web-server --state-dir "$D/small"
served "the innocent" 20
check "status tells that the log fails" wait_for 14 log_is failing true
note "$(log error)"
ctl doctor >"$D/out" 2>"$D/err"
says "doctor names it" 'log of observations cannot be written'
check "a ban" ctl ban 198.18.3.1 --for 10m
check "the innocent is still served" reaches innocent 80 2
rm "$D/small/observations/filler"
served "the innocent" 5
check "with room again it is written" wait_for 14 log_is failing false
daemon_stop TERM
is "exit code" $? 0
at_least "packets in it" "$(of 3 "$D/small")" 1
umount "$D/small"

echo "- a limit on the size of files"
mkdir "$D/limited"
ulimit -S -f 8
daemon_start enforce web-server --state-dir "$D/limited"
ulimit -S -f unlimited
served "the innocent" 20
check "a ban" ctl ban 198.18.3.1 --for 10m
daemon_stop TERM
is "exit code" $? 0
finish
