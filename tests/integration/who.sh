#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Who owns a socket: listeners of two users are named by their process with all rights, and by uid and unit without them.
. "$(dirname "$0")/lib.sh"
needs setpriv
[ -x "$B/lab/probe_who" ] || skip "$B/lab/probe_who is not built"
[ "$(id -u)" = 0 ] || skip "needs to be root"
setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null || skip "no other user here"
CGROUP='' UNIT=tidegate-$LAB.service
# shellcheck disable=SC2317 # the trap calls it
clean_up()
{
	kill "${HOLDERS[@]}" 2>/dev/null
	wait 2>/dev/null
	[ -z "$CGROUP" ] || rmdir "$CGROUP"
	rm -rf "$D"
}
HOLDERS=()
D=$(mktemp -d /tmp/tidegate-lab.XXXXXX) || exit 70
trap clean_up EXIT
chmod 755 "$D"
ip link set lo up
cp "$B/lab/probe_who" "$D/keeper"
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "$@"; }

# held NAME COMMAND...: starts a listener; its inode and process id stand in D/NAME then.
held()
{
	"${@:2}" >"$D/$1" &
	HOLDERS+=($!)
	wait_for 5 test -s "$D/$1" || bail "no listener $1"
}

held root "$D/keeper" hold 4001
held nobody setpriv --reuid=65534 --regid=65534 --clear-groups "$D/keeper" hold 4002
read -r root_inode root_pid <"$D/root"
read -r inode pid <"$D/nobody"
is "root's listener, for root" "$("$B/lab/probe_who" 0 0 "$root_inode" | head -n 1 | sed 's/, [^,]*\.\(service\|scope\))$/)/')" \
	"keeper (pid $root_pid, root)"
is "nobody's listener, for root" "$("$B/lab/probe_who" 65534 0 "$inode" | head -n 1 | sed 's/, [^,]*\.\(service\|scope\))$/)/')" \
	"keeper (pid $pid, nobody)"
is "one walk for both" "$("$B/lab/probe_who" 0 0 "$root_inode" "$inode" | awk '/^keeper/ { n++ } END { print n }')" 2
is "root may read all descriptors" "$("$B/lab/probe_who" 0 0 "$inode" | awk '$1 == "walk" { print $3 }')" 0
is "without rights root's is a uid" "$(as_nobody "$D/keeper" 0 0 "$root_inode" | head -n 1)" "root"
at_least "and what may not be read is counted" \
	"$(as_nobody "$D/keeper" 0 0 "$root_inode" | awk '$1 == "walk" { print $3 }')" 1
is "each may read his own" "$(as_nobody "$D/keeper" 65534 0 "$inode" | head -n 1 | sed 's/, [^,]*\.\(service\|scope\))$/)/')" \
	"keeper (pid $pid, nobody)"
mount=$(awk '{ for (i = 6; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)
if [ -n "$mount" ] && mkdir "$mount/$UNIT" 2>/dev/null; then
	CGROUP=$mount/$UNIT
	is "without rights the cgroup tells the unit" \
		"$(as_nobody "$D/keeper" 0 "$(stat -c %i "$CGROUP")" "$root_inode" | head -n 1)" "root, $UNIT"
	echo "$root_pid" >"$CGROUP/cgroup.procs"
	is "with rights the process tells it" "$("$B/lab/probe_who" 0 0 "$root_inode" | head -n 1)" "keeper (pid $root_pid, root, $UNIT)"
else
	note "no cgroup2 here that could be written"
fi
kill "${HOLDERS[1]}"
wait "${HOLDERS[1]}" 2>/dev/null
is "who has gone is not told" "$("$B/lab/probe_who" 65534 0 "$inode" | head -n 1)" "nobody"

# Flows that have just begun. named WHAT AT-LEAST ARG...: so many of a hundred are told, never another one.
P=$B/lab/probe_owners
[ -x "$P" ] || bail "$P is not built"
named()
{
	"$P" "${@:3}" >"$D/named" || bail "no answers: $1"
	note "$1: $(head -n 1 "$D/named")"
	is "$1: another one" "$(awk 'NR == 1 { print $5 }' "$D/named")" 0
	at_least "$1: named" "$(awk 'NR == 1 { print int($3 * 100 / $1) }' "$D/named")" "$2"
}
named "processes of 20 ms" 95 tcp 100 20
named "of another user" 95 tcp 100 20 65534
is "his user is told" "$(sed -n 2p "$D/named" | cut -d'|' -f1,4)" "probe_owners|nobody"
named "datagrams to a peer" 95 udp 50 20
named "datagrams without" 95 open 50 20
named "bound to an interface" 95 bound 50 20
named "a child holds it, too" 95 inherit 50 20
named "its opener is gone" 95 orphan 50 20
# shellcheck disable=SC2016 # its own words
named "a python of 20 ms" 90 exec 20 20 python3 -c 'import os, socket, time
began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
s = socket.create_connection(("127.0.0.1", 7777))
os.write(3, b"%d %d" % (s.getsockname()[1], began))
time.sleep(0.02)'
check "its program and parent" grep -q '^python3[^|]*|[^|]*python3[^|]*|probe_owners (pid [0-9]*)|root|' "$D/named"
if [ -n "$CGROUP" ]; then
	named "in a control group of its own" 95 tcp 50 20 65534 "$CGROUP"
	is "its group is told" "$(sed -n 2p "$D/named" | cut -d'|' -f4-)" "nobody|$UNIT|level 1|uid 65534"
fi
ip address add 10.99.0.1/32 dev lo
ip address add 10.99.0.2/32 dev lo
"$P" upload 10.99.0.1 10.99.0.2 20 >"$D/upload"
at_least "an upload is told of while it lasts" "$(sed -n 's/^so far \([0-9]*\) uid 65534$/\1/p' "$D/upload")" 4194304
is "and its end says whose it was" "$(grep ended "$D/upload")" "ended 20971520 uid 65534"
held crowd "$D/keeper" crowd 16000
walk=$("$B/lab/probe_who" 0 0 "$root_inode" | tail -n 1)
note "a walk over $(echo "$walk" | cut -d' ' -f2) descriptors took $(echo "$walk" | cut -d' ' -f4) us"
at_least "descriptors of a walk" "$(echo "$walk" | cut -d' ' -f2)" 16000
finish
