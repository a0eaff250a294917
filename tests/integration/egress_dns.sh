#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# Look-ups while everything that begins is held for a verdict: both questions of a pair from one socket, as libc asks them,
# are answered as without us, and while answers wait for allowances, too. What was looked up names what was reached, and
# what was reached becomes a list that a user proposes, loads and tries.
# shellcheck disable=SC2317 # its functions are called by check, says and wait_for
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/lib_names.sh
. "$HERE/lib_names.sh"
needs python3 setpriv jq
setpriv --reuid 1042 --clear-groups true 2>/dev/null || skip "no other user to be had here"
ME=1042
PY=/usr/bin/python3
[ -x "$PY" ] || PY=python3
lab_up
{
	echo "10.77.0.1 first.lab"
	echo "10.77.2.1 updates.lab"
	echo "10.77.2.2 mail.lab"
	echo "10.77.2.3 once.lab"
	echo "10.77.2.4 strange.lab"
	for i in $(seq 0 199); do
		echo "10.77.100.$((i + 1)) n$i.pair.lab"
	done
} >"$D/hosts"
names_up
in_ns attacker python3 "$HERE/serve.py" --tcp 443 --tcp 25 >"$D/serve2.log" 2>&1 &
ALL=$!
# shellcheck disable=SC2154
trap 'kill $ALL $NAMES 2>/dev/null; lab_down' EXIT

mine()
{
	in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/$1.py" "${@:2}"
}

# went NAME [PORT]: how one connection by that name went
went()
{
	read -r open refused _ < <(mine names race "$1" "${2:-443}" --count 1)
	[ "$open" = 1 ] && echo open && return
	[ "$refused" = 1 ] && echo refused && return
	echo silent
}

ends_as()
{
	[ "$("${@:2}" 2>/dev/null)" = "$1" ]
}

# pairs TEXT: 200 of them, and none that stalls
pairs()
{
	local good lost half most max
	read -r good lost half most max < <(in_ns host "$PY" "$HERE/names.py" pairs n%.pair.lab --resolver "$RESOLVER" --count 200)
	is "$1: pairs answered" "$good of $((good + lost))" "200 of 200"
	at_most "$1: the longest, in ms" "$max" 1000
	note "half within $half ms, 99 % within $most ms"
}

# met: what the daemon has seen of the user, name and port
met()
{
	ctl egress propose --user "$ME" 2>/dev/null
}

has_met()
{
	met | grep -q "$1"
}

own_conf
wait_for 9 ends_as open went updates.lab || bail "no service behind the names"
pairs "without a daemon"
daemon_start enforce web-server
pairs "held for a verdict"

# ---- a list out of what was seen ----------------------------------------------------------------------------------
code "nothing was seen of him yet" 1 egress propose --user $ME
for _ in 1 2 3; do
	went updates.lab >/dev/null
	went mail.lab 25 >/dev/null
done
went once.lab >/dev/null
check "what he reached is known by its name" wait_for 5 has_met once.lab
LIST=$D/etc/policies/conf.d
mkdir -p "$LIST"
code "a proposal becomes a file" 0 egress propose --user $ME "$LIST"
FILE=$(echo "$LIST"/egress-*.conf)
check "in it: a name with its port" grep -q 'updates\.lab.*tcp/443' "$FILE"
check "and another" grep -q 'mail\.lab.*tcp/25' "$FILE"
check "what was met once is a comment" grep -q '^[[:space:]]*[#/].*once\.lab' "$FILE"
code "what is there is not overwritten" 64 egress propose --user $ME "$LIST"
check "the configuration with it makes sense" "$B/tidegated" -c "$CONF" --check-config
code "it loads" 0 reload
TITLE=$(ctl egress show -o json | jq -r 'select(.allowlist) | .allowlist' | head -n 1)
code "egress show" 0 egress show
says "says whom it is about" "$ME"
is "it refuses nothing yet" "$(went strange.lab)" open
shown()
{
	ctl egress show "$TITLE" >"$D/out" && grep -q "$1" "$D/out"
}

# would_show: goes there, and looks
would_show()
{
	[ "$(went strange.lab)" = open ] && shown "strange\.lab"
}

check "but would: by its name" wait_for 5 would_show
check "and says so" grep -q "would have refused" "$D/out"
code "drift" 0 egress drift "$TITLE"
says "tells of what is not in it" "strange\.lab"
code "apply, for a while" 0 egress apply "$TITLE" --try 1m
check "what is not in it is refused" wait_for 5 ends_as refused went strange.lab
is "what is in it passes" "$(went updates.lab) $(went mail.lab 25)" "open open"
is "at another port it does not" "$(went mail.lab)" refused
pairs "held while a list is in force"
check "answers were" test "$(state .queue.answers)" -ge 400
note "let go too early: $(state .queue.answers_late)"
check "what is refused is shown" wait_for 5 shown "refused"
code "confirm" 0 confirm
code "a list that is not there" 1 egress show nobody
code "nor to be tried" 1 egress apply nobody --try 1m
finish
