#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# A reload swaps rules and policy whole and keeps state and measures; a bad file changes nothing and says why, with its
# file and line.
. "$(dirname "$0")/lib.sh"
lab_up
own_conf
daemon_start enforce web-server
check "a ban" ctl ban $ATTACKER --for 10m --reason lab
sleep 0.5

check "reload of unchanged files" ctl reload
check "the ban stands" banned $ATTACKER

cp "$CONF" "$D/good.conf"
echo 'no_such_key = 1;' >>"$CONF"
ctl reload >"$D/reload.log" 2>&1
is "exit code of a bad reload" $? 78
check "it names file and line" grep -qE 'tidegate\.conf:[0-9]+: error:' "$D/reload.log"
note "$(head -n 1 "$D/reload.log")"
check "the ban stands" banned $ATTACKER
served "the innocent" 50

kill -HUP "$DAEMON"
found "a bad file by SIGHUP is told in an event" tidegate.event=reload tidegate.ok=false
check "the daemon answers" ctl status

cp "$D/good.conf" "$CONF"
kill -HUP "$DAEMON"
found "a good file by SIGHUP, too" tidegate.event=reload tidegate.ok=true
check "and the ban stands" not reaches attacker
ctl reload >"$D/reload.log"
is "a reload says nothing of the mode that is in force" "$(cat "$D/reload.log")" reloaded
ctl mode detect >"$D/reload.log"
ctl reload >"$D/reload.log"
is "and of one that waits for the next start" "$(grep -c 'mode enforce' "$D/reload.log")" 1
check "--check-config agrees with the good file" in_ns host "$B/tidegated" -c "$CONF" --check-config
finish
