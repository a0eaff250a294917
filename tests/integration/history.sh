#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 40
# History as its users read it: fourteen months of a known formula go into the file, and every total, every word of the
# glance and the growth come out as the formula has them. Then what happens to files: no right, damage, a writer that is
# killed, a size that is kept; and lessons that move from host to host. No daemon runs.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs python3 jq setpriv
D=$(mktemp -d /tmp/tidegate-history.XXXXXX)
trap 'rm -rf "$D"' EXIT
export TZ=XXX-1 LC_ALL=C
S=$D/state
mkdir "$S" "$D/other"
chmod 755 "$D" "$S"
UNLESS="never a whole month, nor a slot that ends meanwhile"

# tool WORD...: into $D/out and $D/err.
tool()
{
	"$B/tidegate" "$@" >"$D/out" 2>"$D/err"
}

history()
{
	tool history --state-dir "$S" "$@"
}

baseline()
{
	tool baseline --state-dir "$S" "$@"
}

says()
{
	check "$1" grep -q -- "$2" "$D/out"
}

complains()
{
	check "$1" grep -q -- "$2" "$D/err"
}

value()
{
	jq -r "$1" "$D/out"
}

history
is "before there is a file: exit code" $? 1
complains "and who begins it is said" "the daemon begins it"

# A slot that ends while this runs would be in the one half of a comparison alone.
now=$(date +%s)
[ $((now % 300)) -lt 240 ] || sleep $((302 - now % 300))
now=$(date +%s)
check "fourteen months are written" "$B/lab/probe_history" "$S/history.db" "$now" 14 256 0
difference=$(python3 "$HERE/history.py" "$now" 14 "$B/tidegate" history --state-dir "$S" | tee "$D/compared" | grep -v ' compared$')
is "differences to the formula" "$(head -n 5 <<<"$difference")" ""
at_least "values compared ($UNLESS)" "$(sed -n 's/ compared$//p' "$D/compared")" 9000
is "who may read it" "$(stat -c %a "$S/history.db")" 640

# ---- words ---------------------------------------------------------------------------------------------------

history
says "growth is told with how much it rests on" "^  today to [0-9:]\{5\}  yesterday .* [0-9]* h$"
says "the median of the same days names them" "4 [A-Z][a-z]*days, median .* 4 days$"
history services
says "a service is listed with its connections" "^  443/tcp in .* [0-9]*  #*-*$"
says "one whose bytes nobody counts has none" "^  53/udp out .* -         - "
history 443/tcp --by month -o json
is "months of a service" "$(jq -s length "$D/out")" 14
is "its sources are a mean, not a sum" "$(jq -s 'map(.sources) | unique | tostring' -r "$D/out")" "[4]"
history 53/udp out
says "where there are no bytes, connections are drawn" "2016  ##############################$"
history eth0 --top --by year
says "the busiest comes first" "^eth0, top 10"
history peers
says "the peer that moved most comes first" "203.0.113.7 in"
is "and is the first line" "$(sed -n 2p "$D/out" | awk '{ print $1 }')" 203.0.113.7
says "those without a row are added up" "^  others in"
history 2001:db8:5::99 -o json
is "an address of IPv6 is found by its /64" "$(jq -rs '.[0].peer' "$D/out")" "2001:db8:5::/64"
history 192.0.2.200
is "an address that was never among them: exit code" $? 1
LC_ALL=C.UTF-8 history eth0 --by month
says "where the locale has UTF-8, bars are blocks" "█"
history eth0 --by month
is "and else none" "$(grep -c '[^ -~]' "$D/out")" 0
history --by week
is "a period that is none: exit code" $? 64
history wlan9
is "an interface that was never there: exit code" $? 1
history link eth0 more
is "words that are no series: exit code" $? 64

# ---- who may, and what breaks --------------------------------------------------------------------------------

setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- "$B/tidegate" history --state-dir "$S" >"$D/out" 2>"$D/err"
is "without the right to read it: exit code" $? 77
complains "the file is named" "history.db: Permission denied"

cp "$S/history.db" "$D/whole.db"
head -c 20000 /dev/urandom >"$S/history.db"
history
is "noise instead of a file: exit code" $? 65
cp "$D/whole.db" "$S/history.db"

"$B/lab/probe_history" "$D/small.db" "$now" 1 8 40 || bail "a small file is not filled"
at_most "bytes of a file that may have 8 MiB" "$(stat -c %s "$D/small.db")" $((8 << 20))
mv "$D/small.db" "$D/other/history.db"
tool history --state-dir "$D/other" veth7 --by day --since 90d -o json
at_least "days that it still has" "$(jq -s length "$D/out")" 28

# ---- lessons that move ---------------------------------------------------------------------------------------

baseline show -o json
is "what has been seen for five weeks is learned" "$(value '[.learning[].days_left] | max')" 0
own=$(value .slots_own)
at_least "own slots that teach" "$own" 10000
baseline export "$D/lessons"
is "they are exported: exit code" $? 0
is "a header and a line each" "$(wc -l <"$D/lessons")" $((own + 1))
baseline export "$D/lessons"
is "over a file that is there: exit code" $? 65

rm -f "$D/other/history.db"
tool baseline import "$D/lessons" --state-dir "$D/other" -o json
is "another host takes them: exit code" $? 0
imported=$(value .slots_imported)
is "all but the last two hours" "$((own - imported))" "$(value .slots_too_young)"
tool baseline import "$D/lessons" --state-dir "$D/other" -o json
is "once more nothing is new" "$(value .slots_imported)" 0
tool baseline export - --state-dir "$D/other"
is "what comes out again is the same" "$(sed 1d "$D/out" | jq -cS 'del(.origin)' | sha256sum)" \
	"$(sed 1d "$D/lessons" | head -n "$imported" | jq -cS 'del(.origin)' | sha256sum)"
tool history --state-dir "$D/other"
is "it is nothing of that host's history: exit code" $? 1

{ head -n 3 "$D/lessons"; echo '{"start":5}'; sed -n 4p "$D/lessons" | sed s/bytes-in/bytes-on/; } >"$D/wrong"
baseline import "$D/wrong"
is "lines that are no slots: exit code" $? 65
complains "the first is named" "wrong:4: 'start' is no multiple"
complains "and the second" "wrong:5: 'bytes-on' of 'link eth0' is no measure"
baseline show -o json
is "and nothing of it stays" "$(value .slots_imported)" 0

baseline reset
is "reset: exit code" $? 0
says "it says what becomes of history" "$own slots of this host's own stay as history"
baseline show -o json
is "slots that teach then" "$(value .slots)" 0
history eth0 --by year -o json
at_least "years of history that are still there" "$(jq -s length "$D/out")" 2
finish
