#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 18
# What a host knew before is known again after a restart, a kill and a loss of the file; and who resets it while the daemon
# runs is obeyed.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
needs jq
lab_up
own_conf

# of FIELD: of status.
of()
{
	ctl -o json status | jq -r ".status.$1"
}

# knows N: that many slots are learned, and nothing is being taught any more.
knows()
{
	[ "$(of history.teaching)" = false ] && [ "$(of baseline.slots)" -ge "$1" ]
}

is_open()
{
	[ "$(of history.open)" = true ]
}

at_most_known()
{
	[ "$(of history.teaching)" = false ] && [ "$(of baseline.slots)" -le "$1" ]
}

"$B/lab/probe_history" "$D/history.db" "$(date +%s)" 1 64 2 || bail "no history to begin with"
daemon_start enforce web-server
check "four weeks are taught at the start" wait_for 60 knows 8000
at_least "series of it" "$(of baseline.models)" 4
is "alarms over it" "$(alerts "tidegate.detector=baseline.*")" 0
served "the innocent, meanwhile" 20
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
daemon_start enforce web-server
check "and again after kill -9" wait_for 60 knows 8000

"$B/tidegate" baseline reset --state-dir "$D" >"$D/said" 2>&1 || note "$(cat "$D/said")"
check "a reset is obeyed while it runs" wait_for 30 at_most_known 2
"$B/tidegate" history --state-dir "$D" --by day >"$D/said" 2>&1
at_least "days that the history still shows" "$(grep -c '20[0-9][0-9]' "$D/said")" 5
daemon_stop

printf 'no database at all, but long enough to be looked at as one %0200d' 0 >"$D/history.db"
daemon_start enforce web-server
check "garbage instead of the file: kept aside, and begun anew" wait_for 10 is_open
at_least "files that were kept" "$(find "$D" -name 'history.db.damaged*' | wc -l)" 1
served "the innocent, with it" 20
daemon_stop
rm -f "$D/history.db"
mkdir "$D/history.db"
daemon_start enforce web-server
sleep 1
is "a folder in its place: it runs without" "$(of history.open)" false
served "the innocent, without it" 20
finish
