#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 60
# Who is held by an allowlist of names, with a real resolver: he reaches what is his while its addresses change every two
# seconds, and is told of all else at once; nobody and nothing else notices. It goes back by itself, ends with its list,
# and survives what may happen to the daemon and to its table.
# shellcheck disable=SC2317 # its functions are called by check, says and wait_for
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/lib_names.sh
. "$HERE/lib_names.sh"
needs nft python3 setpriv jq
setpriv --reuid 1042 --clear-groups true 2>/dev/null || skip "no other user to be had here"
ME=1042
PY=/usr/bin/python3
[ -x "$PY" ] || PY=python3
FRONT=443 OTHER=10.77.9.9
lab_up
for i in $(seq 0 299); do
	echo "10.77.$((100 + i / 200)).$((i % 200 + 1)) n$i.race.lab"
done >"$D/race"
# front IP: where the name is from now on
front()
{
	{ echo "10.77.0.1 first.lab"; echo "$1 front.lab"; echo "$OTHER other.lab"; cat "$D/race"; } >"$D/hosts"
}

front 10.77.1.1
names_up
in_ns attacker python3 "$HERE/serve.py" --tcp 443 --tcp 80 --keep 48443 --udp 5353 >"$D/serve2.log" 2>&1 &
ALL=$!
python3 "$HERE/serve.py" --tcp 8081 >"$D/serve3.log" 2>&1 &
ALL="$ALL $!"
in_ns attacker python3 "$HERE/knock.py" echo :: 7 >"$D/echo.log" 2>&1 &
ALL="$ALL $!"
in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/knock.py" echo :: 2222 >"$D/echo2.log" 2>&1 &
ALL="$ALL $!"
# shellcheck disable=SC2086,SC2154
trap 'kill $ALL $NAMES 2>/dev/null; [ -z "${GROUP-}" ] || rmdir "$GROUP" 2>/dev/null; lab_down' EXIT

# list MODE: what the configuration says of the user
list()
{
	mkdir -p "$D/etc/policies/conf.d"
	cat >"$D/etc/policies/conf.d/list.conf" <<END
allowlists = ( { name = "worker"; uid = $ME; mode = "$1"; to = ( { name = "front.lab"; ports = ["tcp/$FRONT"]; },
	{ name = "*.race.lab"; ports = ["tcp/$FRONT", "tcp/7"]; }, { address = "10.77.7.0/24"; ports = ["tcp/7"]; } ); } );
END
}

mine()
{
	in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/$1.py" "${@:2}"
}

other()
{
	in_ns host python3 "$HERE/$1.py" "${@:2}"
}

# says TEXT WANTED COMMAND...: what it prints
says()
{
	is "$1" "$("${@:3}" 2>&1)" "$2"
}

# ends_as WANTED COMMAND...
ends_as()
{
	[ "$("${@:2}" 2>/dev/null)" = "$1" ]
}

# one_connection COMMAND...: how it went, without how long it took
one_connection()
{
	"$@" | cut -d' ' -f1-4
}

# of_list FIELD: of the list worker
of_list()
{
	ctl egress show worker -o json | jq -r "select(.allowlist == \"worker\") | .$1"
}

some_of_list()
{
	[ "$(of_list "$1")" -gt 0 ]
}

held()
{
	ends_as refused mine leave try "$OTHER" "$FRONT"
}

free()
{
	ends_as open mine leave try "$OTHER" "$FRONT"
}

own_conf
list shadow
wait_for 9 ends_as open other leave try $OTHER $FRONT || bail "no service behind the names"
daemon_start enforce web-server

# ---- shadow, and a trial ---------------------------------------------------------------------------------------
says "shadow: what is not allowed passes" open mine leave try "$OTHER" "$FRONT"
check "shadow: and is counted" wait_for 5 some_of_list would_refuse
is "shadow: nothing is refused" "$(of_list refused)" 0
in_ns attacker python3 "$HERE/knock.py" hold $HOST 2222 --seconds 40 >"$D/session" &
SESSION=$!
code "for a while" 0 egress apply worker --try 3s
check "apply --try: it is in force" wait_for 5 held
check "and goes back by itself" wait_for 12 free
code "again" 0 egress apply worker --try 3s
check "it is in force again" wait_for 5 held
code "confirm" 0 confirm
sleep 3.2
check "confirmed: it stays" held
list enforce
code "the configuration says so" 0 reload
check "it is in force" wait_for 5 held

# ---- a name that moves -------------------------------------------------------------------------------------------
mine names keep front.lab $FRONT --seconds 23 >"$D/kept" &
KEEP=$!
(for i in $(seq 2 12); do
	sleep 2
	front "10.77.1.$i"
	names_now
done) &
MOVE=$!

# ---- all else, meanwhile -----------------------------------------------------------------------------------------
says "all else is refused at once" refused mine leave try "$OTHER" "$FRONT"
says "another port, too" refused mine leave try 10.77.1.1 80
says "and datagrams" refused mine leave try $OTHER 5353 --udp
says "what is allowed by its address passes" whole mine knock hold 10.77.7.7 7 --seconds 0.3
says "the resolver is reached" open mine leave try $RESOLVER 53
says "loopback is" open mine leave try 127.0.0.1 80
says "loopback is, over IPv6" open mine leave try ::1 80
says "the gateway is" open mine leave try 192.0.2.254 8081
says "another user notices nothing" open other leave try "$OTHER" "$FRONT"
served "others are served" 10
found "an event says who was refused" "tidegate.text=refused to leave*(allowlist worker)"
check "egress show counts them" wait_for 5 some_of_list refused
read -r open refused silent addresses worst < <(mine names race n%.race.lab $FRONT --count 300)
at_least "300 names that nobody has asked for yet, each connected to as soon as its answer is there: connections" "$open" 297
note "refused $refused, silent $silent, addresses $addresses, longest $worst ms"
note "answers held $(state .queue.answers), of these let go too early $(state .queue.answers_late)"

wait $MOVE
wait $KEEP
read -r open refused silent addresses worst <"$D/kept"
is "through all changes of the name: refused and silent" "$refused $silent" "0 0"
at_least "its addresses" "$addresses" 10
at_least "connections" "$open" 100
note "longest $worst ms from question to connection"
wait $SESSION
is "a session from outside with his program goes on" "$(cat "$D/session")" whole

# ---- the table, and the daemon ---------------------------------------------------------------------------------
mine names keep front.lab $FRONT --seconds 3 >"$D/kept" &
KEEP=$!
sleep 0.5
in_ns host nft flush ruleset
check "flush ruleset: in force again" wait_for 5 held
wait $KEEP
read -r open refused silent _ worst <"$D/kept"
at_most "meanwhile refused of what is allowed" "$refused" 15
is "or without an answer" "$silent" 0
at_least "connections" "$open" 20
note "refused $refused of $((open + refused))"

mine knock hold 10.77.7.7 7 --seconds 6 >"$D/flow" &
FLOW=$!
mine knock hold 10.77.101.100 7 --seconds 6 >"$D/named" &
NAMED=$!
mine names keep front.lab $FRONT --seconds 6 >"$D/kept" &
KEEP=$!
sleep 0.5
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
check "kill -9: it is in force" held
timeout=$(in_ns host nft -j list set inet tidegate jail_user 2>/dev/null | jq '[.. | .expires? // empty] | max')
at_most "and ends by itself, in seconds" "${timeout:-99999}" 3600
daemon_start enforce web-server
check "the next one takes it up" wait_for 5 held
wait $KEEP
wait $FLOW
wait $NAMED
read -r open refused silent _ worst <"$D/kept"
is "who is allowed notices nothing: refused and silent" "$refused $silent" "0 0"
is "nor does his flow to a network" "$(cat "$D/flow")" whole
is "nor that to a name which the next one has not heard of" "$(cat "$D/named")" whole

rm "$D/etc/policies/conf.d/list.conf"
code "without the list" 0 reload
check "he is free" wait_for 5 free

# ---- a control group --------------------------------------------------------------------------------------------
CG=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -n "$CG" ] && GROUP=$CG/tidegate-$$ && mkdir "$GROUP" 2>/dev/null; then
	# shellcheck disable=SC2016 # of the inner shell
	inside()
	{
		sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$GROUP" \
			nsenter "--net=/run/netns/$LAB-host" python3 "$HERE/$1.py" "${@:2}"
	}

	cat >"$D/etc/policies/conf.d/list.conf" <<END
allowlists = ( { name = "unit"; group = "${GROUP#"$CG"/}"; mode = "enforce";
	to = ( { name = "front.lab"; ports = ["tcp/$FRONT"]; } ); } );
END
	code "a list for a control group" 0 reload
	inside leave try $OTHER $FRONT >/dev/null
	says "a group: what is allowed passes" "1 0 0 1" one_connection inside names race front.lab $FRONT --count 1
	check "a group: all else is refused" wait_for 5 ends_as refused inside leave try "$OTHER" "$FRONT"
	says "a group: others notice nothing" open other leave try "$OTHER" "$FRONT"
	check "a group goes" rmdir "$GROUP"
	mkdir "$GROUP"
	check "and comes again, as another one: refused" wait_for 5 ends_as refused inside leave try "$OTHER" "$FRONT"
else
	SKIPPED=$((SKIPPED + 1))
	note "skipped: no control groups (v2) to be made here"
fi
finish
