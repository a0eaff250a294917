#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 20
# A report says what was done to this host, beside a daemon that runs and after it was killed: a scan that is stopped, a false
# positive that is taken back, what detect mode would have done. All forms agree, and a folder of days keeps its bound.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs nmap jq
lab_up
daemon_start enforce web-server

# report WORD...: into $D/out and $D/err.
report()
{
	"$B/tidegate" report -c "$TOP/policies/tidegate.conf" --state-dir "$D" "$@" >"$D/out" 2>"$D/err"
}

# known FILTER: holds of the report as it is now.
known()
{
	report -o json && jq -e "$1" "$D/out" >/dev/null
}

# What is told within the second stands in the log beside the file, or in the file.
attack_nmap 60 -sS -T4 --max-retries 0 -p 1000-1040 "$HOST"
wait_for 9 known ".measures.list[] | select(.subject == \"$ATTACKER\" and .end == \"stands\")"
check "a measure that stands is told while the daemon runs" known \
	".measures.list[] | select(.subject == \"$ATTACKER\" and .end == \"stands\" and .begun)"
check "its source comes first" known ".top.sources.list[0].name == \"$ATTACKER\" and .top.sources.list[0].findings > 0"
check "its time in enforce mode is known, and counted" known '.losses.counted and .about.mode_last == "enforce"'
check "the rules of the daemon are those of the file" known '.about.digest_running == .about.digest'
attack_nmap 60 -sS -T4 --max-retries 0 -p 1-9 "$HOST" # for its element to drop
code "the administrator takes it back" 0 unban "$ATTACKER" --false-positive
wait_for 9 known ".measures.list[] | select(.subject == \"$ATTACKER\") | .false_positive and .end == \"unblocked\""
check "a false positive is one by an administrator's word" known \
	".false_positives.list[] | select(.subject == \"$ATTACKER\") | .doubts | index(\"false-positive\")"
check "and what it cost is told" known \
	".measures.list[] | select(.subject == \"$ATTACKER\") | .end == \"unblocked\" and .false_positive and .packets > 0"
check "for people, in 80 columns" report --text
at_most "widest line" "$(LC_ALL=C.UTF-8 wc -L <"$D/out")" 80
says "with the source" "$ATTACKER"
daemon_stop KILL
check "a killed daemon's record is whole" known "[.measures.list[] | select(.subject == \"$ATTACKER\")] | length > 0"

# ---- what detect mode would have done -------------------------------------------------------------------------------

daemon_start detect web-server
attack_nmap 60 -6 -sS -T4 --max-retries 0 -p 1000-1040 "$HOST6"
wait_for 9 known '.detect.decisions > 0'
check "detect mode: what would have been done" known '.detect.decisions > 0 and .detect.list[0].response != "observe"'
check "and to how many" known '.detect.subjects >= 1'
daemon_stop
check "two runs noted their counters" known '.losses.runs == 2'

# ---- a page for a browser -------------------------------------------------------------------------------------------

report --html "$D/page.html"
is "as a page: exit code" $? 0
is "and nothing on standard output" "$(cat "$D/out")" ""
is "its mode" "$(stat -c %a "$D/page.html")" 640
check "it is well-formed, without a script, a handler or an address" python3 "$HERE/page.py" "$D/page.html"
check "it names who attacked" grep -qF "<bdi>$ATTACKER</bdi>" "$D/page.html"
check "and what was taken back" grep -qF 'false positive</span>' "$D/page.html"
report --html - -q
check "on standard output it is the same" python3 "$HERE/page.py" "$D/out"
mkfifo "$D/pipe"
cat "$D/pipe" >"$D/got" &
report --html "$D/pipe"
wait $!
check "and through a pipe, which stays one" test -p "$D/pipe"
check "whole" python3 "$HERE/page.py" "$D/got"
report --html "$D/nowhere/page.html"
is "into a folder that is not there: exit code" $? 64
report --html - -o json
is "two things on standard output: exit code" $? 64

# ---- a folder of days -----------------------------------------------------------------------------------------------

mkdir -m 750 "$D/reports"
for day in 2026-01-01 2026-01-02 2026-01-03; do
	echo old >"$D/reports/report-$day.json"
done
touch "$D/reports/report-mine.json" "$D/reports/report-2026-01-01.json.bak"
report --out "$D/reports" --keep 2
is "into a folder: exit code" $? 0
is "and nothing on standard output" "$(cat "$D/out")" ""
is "of days that are kept" "$(find "$D/reports" -regex '.*/report-[0-9-]*\.json' | wc -l)" 2
is "others' files stay" "$(find "$D/reports" -name '*mine*' -o -name '*.bak' | wc -l)" 2
check "the latest is whole" jq -e '.v == 1' "$D/reports/latest.json"
check "as a page, too" python3 "$HERE/page.py" "$D/reports/latest.html"
is "and the group's to read" "$(stat -c %a "$D/reports/latest.json")" "640"
is "no pieces are left" "$(find "$D/reports" -name '.*.new')" ""
report --out "$D/nowhere"
is "a folder that is not there: exit code" $? 64
says "and it is named" nowhere

# ---- damage ---------------------------------------------------------------------------------------------------------

dd if=/dev/urandom of="$D/tidegate.db" bs=4096 seek=1 count=8 conv=notrunc status=none
check "of a damaged record it says so" known '.losses.troubles | map(.text) | join(" ") | contains("tidegate.db")'
rm -f "$D"/tidegate.db*
check "where there is none nothing looks clean" known '.about.record_known == false'
report --text
says "nor for people" "findings and measures are not known"
finish
