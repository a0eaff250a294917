#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 48
# What leaves, without a daemon: who is jailed reaches what is allowed to him and is told of all else at once; guards,
# loopback and answers to others pass whatever stands; limits hold; and what we begin and ask is seen with who did.
# shellcheck disable=SC2317 # much is called by says
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
needs nft python3 setpriv
lab_up
P=$B/lab/probe_nft
[ -x "$P" ] || skip "$P is not built"
ME=1042
# Of the machine: one in a home of root is not for the user.
PY=/usr/bin/python3
[ -x "$PY" ] || PY=python3

in_ns attacker python3 "$HERE/serve.py" --tcp 80 --tcp 443 --udp 53 --udp 5353 >"$D/serve2.log" 2>&1 &
ALL=$!
in_ns attacker python3 "$HERE/knock.py" echo :: 7 >>"$D/echo.log" 2>&1 &
ALL="$ALL $!"
in_ns attacker python3 "$HERE/leave.py" sink :: 9000 --seconds 3 >"$D/sink" 2>&1 &
ALL="$ALL $!"
in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/knock.py" echo :: 2222 >>"$D/echo.log" 2>&1 &
ALL="$ALL $!"
# shellcheck disable=SC2086,SC2154
trap 'kill $ALL 2>/dev/null; [ -z "${GROUP-}" ] || rmdir "$GROUP/deep" "$GROUP" 2>/dev/null; lab_down' EXIT

probe()
{
	in_ns host "$P" "$@"
}

leave()
{
	in_ns host "$B/lab/probe_leave" "$@"
}

fresh()
{
	probe install tcp:22 tcp:80 tcp:2222 udp:53 "$@" >/dev/null
}

put()
{
	local got
	got=$(probe apply "$@") || not_ok "apply $*: $got"
}

may()
{
	local got
	got=$(leave allow add "$@") || not_ok "allow $*: $got"
}

says()
{
	is "$1" "$("${@:3}" 2>&1)" "$2"
}

between()
{
	if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then ok "$1: $2 ($3 to $4)"; else not_ok "$1: $2, not $3 to $4"; fi
}

# As the user in question, and as another.
mine()
{
	in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/leave.py" try "$@"
}

other()
{
	in_ns host python3 "$HERE/leave.py" try "$@"
}

# shellcheck disable=SC2317 # called by says
# held_during NS UID HOST PORT CHANGE...: a live flow, begun before the change, is "whole" or "broken" afterwards.
held_during()
{
	rm -f "$D/begun"
	in_ns "$1" setpriv --reuid "$2" --clear-groups "$PY" "$HERE/knock.py" hold "$3" "$4" --seconds 0.8 \
		--begun "$D/begun" >"$D/held" &
	local pid=$!
	wait_for 10 test -e "$D/begun"
	put "${@:5}"
	wait "$pid"
	cat "$D/held"
}

# reached NS HOST PORT
reached()
{
	[ "$(in_ns "$1" python3 "$HERE/leave.py" try "$2" "$3")" = open ]
}

wait_for 9 reached attacker $HOST 2222 || bail "no echo on the host"
wait_for 9 reached host $ATTACKER 443 || bail "no service at the peer"

# ---- a user is jailed ----------------------------------------------------------------------------------------

fresh
may "uid=$ME,$ATTACKER/32,6,443-443,60000" "uid=$ME,2001:db8:66::/48,6,440-450,0"
says "before: the user reaches a port" open mine $ATTACKER 80
says "a live flow of his ends" broken held_during host $ME $ATTACKER 7 "add,egress-allowlist,uid=$ME,60000"
says "what is allowed passes" open mine $ATTACKER 443
says "by its prefix and ports, over IPv6" open mine $ATTACKER6 443
says "all else is refused at once" refused mine $ATTACKER 80
says "over IPv6, too" refused mine $ATTACKER6 80
says "and datagrams" refused mine $ATTACKER 5353 --udp
says "over IPv6 likewise" refused mine $ATTACKER6 5353 --udp
may "uid=$ME,$ATTACKER/32,6,7-7,60000"
in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/knock.py" hold $ATTACKER 7 --seconds 1.2 >"$D/held" &
pid=$!
sleep 0.5
leave allow del "uid=$ME,$ATTACKER/32,6,7-7,0" >/dev/null
says "when an allowance ends, nothing new begins" refused mine $ATTACKER 7
wait "$pid"
is "and what it let begin goes on" "$(cat "$D/held")" whole
says "others notice nothing" open other $ATTACKER 80
says "loopback passes" open mine 127.0.0.1 80
says "over IPv6, too" open mine ::1 80
says "a program of his is reached" whole in_ns attacker python3 "$HERE/knock.py" hold $HOST 2222 --seconds 0.5
put "del,egress-allowlist,uid=$ME,0"
says "a session with his program goes on when he is jailed" whole held_during attacker 0 $HOST 2222 \
	"add,egress-allowlist,uid=$ME,60000"
probe guards $ATTACKER 2001:db8:66::/64 >/dev/null
says "a guard is never refused" open mine $ATTACKER 80
says "over IPv6 neither" open mine $ATTACKER6 80
probe guards >/dev/null
says "until it is none any more" refused mine $ATTACKER 80
leave allow add "uid=$ME,$ATTACKER/32,6,80-80,700" >/dev/null
says "an allowance is in force" open mine $ATTACKER 80
sleep 0.8
says "until it ends" refused mine $ATTACKER 80
leave allow del "uid=$ME,$ATTACKER/32,6,443-443,0" >/dev/null
says "or is taken away" refused mine $ATTACKER 443
if command -v conntrack >/dev/null; then
	rm -f "$D/begun"
	in_ns attacker python3 "$HERE/knock.py" hold $HOST 2222 --seconds 1 --begun "$D/begun" >"$D/held" &
	pid=$!
	wait_for 10 test -e "$D/begun"
	in_ns host conntrack -F >/dev/null 2>&1
	wait "$pid"
	is "a session that conntrack forgot goes on" "$(cat "$D/held")" whole
fi
said=$(probe install keep tcp:22 tcp:80 "may:uid=$ME,$ATTACKER/32,6,443-443,60000")
is "a new table has it all" "${said#*, }" "kept 1, left out 0: ok"
says "what was allowed" open mine $ATTACKER 443
says "and what was not" refused mine $ATTACKER 80
put "add,egress-allowlist,uid=$ME,600"
sleep 0.8
says "the jail ends by itself" open mine $ATTACKER 80

# ---- intervals that overlap ----------------------------------------------------------------------------------

fresh
put "add,egress-allowlist,uid=$ME,60000"
says "a wider allowance, and one within it" "ok, ok" leave allow add "uid=$ME,198.51.100.0/24,6,0-65535,900" \
	"uid=$ME,$ATTACKER/32,6,80-80,60000"
says "one within it that comes later" ok leave allow add "uid=$ME,$ATTACKER/32,6,443-443,60000"
says "and is renewed" ok leave allow add "uid=$ME,$ATTACKER/32,6,443-443,60000"
says "what is not there takes nothing with it" ok leave allow del "uid=$ME,$ATTACKER/32,6,7-7,0"
says "the wider is in force" open mine $ATTACKER 7
sleep 1
says "and ends when it would have" refused mine $ATTACKER 7
says "those within it do not" "open open" echo "$(mine $ATTACKER 80)" "$(mine $ATTACKER 443)"

# ---- a control group, and the host ---------------------------------------------------------------------------

CG=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -n "$CG" ] && GROUP=$CG/tidegate-$$ && mkdir -p "$GROUP/deep" 2>/dev/null; then
	# inside GROUP COMMAND...: in that control group
	inside()
	{
		# shellcheck disable=SC2016 # of the inner shell
		sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$@"
	}

	fresh
	may "group=$(stat -c %i "$GROUP")/1,$ATTACKER/32,6,443-443,60000"
	put "add,egress-allowlist,group=$(stat -c %i "$GROUP")/1,60000"
	says "a group: what is allowed passes" open inside "$GROUP" nsenter "--net=/run/netns/$LAB-host" python3 "$HERE/leave.py" try $ATTACKER 443
	says "a group: all else is refused at once" refused inside "$GROUP" nsenter "--net=/run/netns/$LAB-host" python3 "$HERE/leave.py" try $ATTACKER 80
	says "a group: of those below it, too" refused inside "$GROUP/deep" nsenter "--net=/run/netns/$LAB-host" python3 "$HERE/leave.py" try $ATTACKER6 80
	says "a group: others notice nothing" open other $ATTACKER 80
	put "del,egress-allowlist,group=$(stat -c %i "$GROUP")/1,0" "add,egress-allowlist,group=$(stat -c %i "$GROUP/deep")/2,60000"
	says "a group below: refused" refused inside "$GROUP/deep" nsenter "--net=/run/netns/$LAB-host" python3 "$HERE/leave.py" try $ATTACKER 80
	says "a group below: the one above it is not" open inside "$GROUP" nsenter "--net=/run/netns/$LAB-host" python3 "$HERE/leave.py" try $ATTACKER 80
else
	SKIPPED=$((SKIPPED + 1))
	note "skipped: no control groups (v2) to be made here"
fi
fresh
may "host,$ATTACKER/32,6,443-443,60000"
put add,egress-allowlist,host,60000
says "the host: what is allowed passes" open other $ATTACKER 443
says "the host: all else is refused at once" refused other $ATTACKER 80
in_ns host ip -6 neigh flush dev eth0
says "the host: neighbours are found, and over IPv6 it is refused" refused other $ATTACKER6 80
served "the host: others are served" 10
put add,egress-allowlist,host,500
sleep 0.7
says "the host: ended" open other $ATTACKER 80

# ---- a destination -------------------------------------------------------------------------------------------

for who in "$ATTACKER/32 $ATTACKER" "2001:db8:66::/64 $ATTACKER6"; do
	read -r prefix peer <<<"$who"
	fresh
	says "refused $prefix: a live flow ends" broken held_during host 0 "$peer" 7 "add,egress-refuse,$prefix,60000"
	says "refused $prefix: at once" refused other "$peer" 80
	says "refused $prefix: it is served" open in_ns attacker python3 "$HERE/leave.py" try "${peer/$ATTACKER6/$HOST6}" 80
	put "del,egress-refuse,$prefix,0" "add,egress-refuse,$prefix,60000,0,0,6,80"
	says "refused $prefix at 80: there" refused other "$peer" 80
	says "refused $prefix at 80: open elsewhere" open other "$peer" 443
done
fresh
put "add,egress-limit,$ATTACKER/32,60000,5,0"
read -r open rest < <(in_ns host python3 "$HERE/knock.py" tcp $ATTACKER 80 --count 40 --counts)
between "limited to 5 flows a second: of 40 at once" "$open" 5 15
says "limited: a live flow goes on" whole in_ns host python3 "$HERE/knock.py" hold $ATTACKER 7 --seconds 0.5
put "add,egress-refuse,$ATTACKER/32,60000"
says "a refusal takes the limit's place" refused other $ATTACKER 80
put "add,egress-limit,$ATTACKER/32,60000,0,512"
says "and a limit that of a refusal" open other $ATTACKER 80

# ---- bytes ---------------------------------------------------------------------------------------------------

# rate CHANGE: what an upload gets that was running before the change, KiB a second
rate()
{
	in_ns host setpriv --reuid $ME --clear-groups "$PY" "$HERE/leave.py" upload "$1" 9000 --seconds 4.5 &
	local pid=$!
	sleep 0.3
	put "$2"
	wait "$pid"
	sleep 0.3
	tail -n 1 "$D/sink"
}

fresh
for what in "$ATTACKER add,egress-limit,$ATTACKER/32,60000,0,1024" "$ATTACKER6 add,egress-limit,2001:db8:66::/64,60000,0,1024" \
	"$ATTACKER add,egress-limit,uid=$ME,60000,0,1024" "$ATTACKER add,egress-limit,$ATTACKER/32,60000,0,1024,6,9000"; do
	read -r peer change <<<"$what"
	fresh
	between "a running upload under ${change#*,}" "$(rate "$peer" "$change")" 819 1229
done

# ---- who is seen ---------------------------------------------------------------------------------------------

# seen OPTION...: what comes by queue and log while some things are done, one word each.
seen()
{
	leave see 2 >"$D/see" 2>&1 &
	local pid=$!
	sleep 0.5
	mine $ATTACKER 80 >/dev/null
	mine $ATTACKER 53 --udp >/dev/null
	mine 127.0.0.1 53 --udp >/dev/null
	mine $ATTACKER 443 >/dev/null
	wait "$pid"
	sort "$D/see" | uniq -c | awk '{ $1 = $1; print }' | tr '\n' ';'
}

fresh output=queue dns=1
put "add,egress-allowlist,uid=$ME,60000"
may "uid=$ME,$ATTACKER/32,6,80-80,0" "uid=$ME,$ATTACKER/32,17,53-53,0"
is "what is begun, asked, answered and refused, each once" "$(seen)" \
	"2 dns in nobody 17;2 dns out $ME 17;1 held out $ME 6;1 plain out $ME 17;1 refused out $ME 6;"
finish
