#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 30
# What goes back by itself: enforce and a configuration on trial, kept only by a confirmation; and who was wronged. The
# kernel's sets and real connections say whether it is so, not the tool alone.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
needs jq
lab_up
own_conf

in_mode()
{
	[ "$(state .mode)" = "$1" ]
}

# no_measure: no set of the kernel's table holds anybody.
no_measure()
{
	[ "$(acting | awk '{ s += $1 } END { print s + 0 }')" = 0 ]
}

daemon_start detect web-server

# ---- enforce on trial -------------------------------------------------------------------------------------------
code "no confirmation of nothing" 1 confirm
code "detect is not tried" 64 mode detect --try 10m
code "no trial of half a second" 64 mode enforce --try 500ms
code "no trial of a year" 64 mode enforce --try 365d
code "a misspelt time" 64 mode enforce --try tenminutes
code "enforce on trial" 0 mode enforce --try 7s
says "it says to what it goes back" "back to detect in [67]s unless confirmed"
is "status knows the trial" "$(state '.trial.kind + " " + .trial.back_to')" "mode detect"
ctl status >"$D/out"
says "and shows it" "on trial: back to detect in"
check "a ban stands" ctl ban $ATTACKER --for 10m
check "and holds" wait_for 5 not reaches attacker
is "all that is wanted is enforced" "$(state .enforced_ratio)" 1
code "another trial meanwhile" 75 mode enforce --try 1m
check "nobody confirms: detect again" wait_for 10 in_mode detect
check "the attacker is served" wait_for 5 reaches attacker
check "no set of the kernel holds anybody" wait_for 5 no_measure
found "an event says that nobody has confirmed" "tidegate.text=nobody has confirmed*"
found "and one that it is detect again" tidegate.event=mode tidegate.mode=detect

code "enforce on trial again" 0 mode enforce --try 2s
code "confirm" 0 confirm
says "says what stays" "mode enforce stays"
says "and until when" "until tidegated ends; mode = .enforce.; in its configuration lasts"
is "no trial runs" "$(state .trial)" null
sleep 2.5
is "and it stays" "$(state .mode)" enforce
code "nothing to try in what is in force" 64 mode enforce --try 1m

ctl mode detect >/dev/null
ctl mode enforce --try 2s >/dev/null
code "plain enforce during a trial" 0 mode enforce
says "ends the trial" "the trial is over"
sleep 2.5
is "and it stays" "$(state .mode)" enforce
ctl mode detect >/dev/null
ctl mode enforce --try 30s >/dev/null
code "plain detect during a trial" 0 mode detect
is "ends it at once" "$(state '.mode + " " + (.trial | tostring)')" "detect null"
ctl mode enforce >/dev/null

# ---- a configuration on trial -----------------------------------------------------------------------------------
threshold()
{
	ctl explain $INNOCENT -o json | jq -r '.explain.near[0].threshold'
}

threshold_is()
{
	[ "$(threshold)" = "$1" ]
}

guarded()
{
	ctl list guards -o plain | grep -q "^$1	never-block"
}

knocks()
{
	local port
	for port in 7 9 13 17 19 21 23 25 37 79 109 110; do
		reaches attacker $port 0.1
	done
}

reaches innocent 4
before=$(threshold)
sed -i 's/never_block = .*/never_block = ["198.51.100.0\/24"];/' "$CONF"
sed -i 's/threshold = [0-9.]*;/threshold = 99.0;/' "$D/etc/rules/scan.conf"
cp "$CONF" "$D/new.conf"
code "a configuration on trial" 0 reload --try 6s
says "it says to what it goes back" "back to the rules before in"
is "status knows the trial" "$(state .trial.kind)" rules
is "its threshold is in force" "$(threshold)" 99
check "and its guard" guarded 198.51.100.0/24
code "no ban of whom it guards" 77 ban $ATTACKER
code "no second trial meanwhile" 75 reload --try 1m
echo 'no_such_key = 1;' >>"$CONF"
code "a bad reload meanwhile" 78 reload
is "does not end the trial" "$(state .trial.kind)" rules
cp "$D/new.conf" "$CONF"
check "nobody confirms: the threshold before is back" wait_for 9 threshold_is "$before"
check "its guard is gone" wait_for 5 not guarded 198.51.100.0/24
code "and a ban is possible" 0 ban $ATTACKER
check "and holds" wait_for 5 not reaches attacker
ctl unban $ATTACKER >/dev/null

# The guard of the old one stays while the new one, which lacks it, is on trial.
code "reload for good" 0 reload
check "the guard is there" guarded 198.51.100.0/24
sed -i 's/never_block = .*/never_block = ["203.0.113.0\/24"];/' "$CONF"
code "one without it on trial" 0 reload --try 30s
check "its own guard is there" guarded 203.0.113.0/24
check "and the old one, too" guarded 198.51.100.0/24
code "confirm" 0 confirm
says "says what stays" "policy web-server stays"
check "its own guard stays" guarded 203.0.113.0/24
check "the old one is gone" not guarded 198.51.100.0/24
code "a trial of it again" 0 reload --try 30s
code "reload for good ends it" 0 reload
is "no trial runs" "$(state .trial)" null

# What detectors did under rules on trial ends with them.
cp -r "$TOP/rules/." "$D/etc/rules"
code "rules on trial" 0 reload --try 12s
knocks
check "a scan is answered under them" wait_for 4 banned $ATTACKER
check "and free when they are gone" wait_for 15 not banned $ATTACKER

# ---- called innocent --------------------------------------------------------------------------------------------
ctl ban $ATTACKER >/dev/null
code "false positives one at a time" 64 unban --all --false-positive
code "unban as false positive" 0 unban $ATTACKER --false-positive
says "it says what follows" "wronged 1 time: 2 times the proof"
check "the attacker is served" wait_for 5 reaches attacker
is "the list shows it" "$(ctl list wronged -o plain | cut -f 1-3 | tr '\t' ' ')" "$ATTACKER 1 2"
is "explain knows it" "$(ctl explain $ATTACKER -o json | jq -r .explain.excuse.patience)" 2
is "status counts it" "$(state '.engine.false_positives')" 1
code "nothing was done to this one" 1 unban 192.0.2.77 --false-positive

# ---- wide prefixes ----------------------------------------------------------------------------------------------
code "no trust in half of the world" 64 allow add 0.0.0.0/1
says "and why" "ever be acted on"
code "no ban of a continent" 64 ban 32.0.0.0/3
code "unless it is meant" 0 ban 32.0.0.0/3 --wide
code "nor of wide IPv6" 64 ban 2a00::/12
code "trust, if it is meant" 0 allow add 32.0.0.0/4 --wide
daemon_stop
finish
