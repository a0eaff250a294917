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
held crowd "$D/keeper" crowd 16000
walk=$("$B/lab/probe_who" 0 0 "$root_inode" | tail -n 1)
note "a walk over $(echo "$walk" | cut -d' ' -f2) descriptors took $(echo "$walk" | cut -d' ' -f4) us"
at_least "descriptors of a walk" "$(echo "$walk" | cut -d' ' -f2)" 16000
finish
