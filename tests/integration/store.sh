#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 55
# What survives an end: measures with what is left of their time, allowed addresses, false positives, incidents. And
# what does not end when the store does: a file of garbage, garbage while it runs, a disk without room.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs nmap jq
lab_up

# left SOURCE: seconds that the daemon counts for it.
left()
{
	ctl list -o json | jq -r "select(.source == \"$1\") | .left_s" | head -n 1
}

# in_kernel SOURCE: seconds that are left of its element in the kernel.
in_kernel()
{
	in_ns host nft -j list table inet tidegate | jq -r ".nftables[].set.elem[]?.elem? | objects |
		select((.val | if type == \"object\" then .prefix.addr else . end) == \"$1\") | .expires" | head -n 1
}

in_force()
{
	ctl list blocks -o plain | grep -q "^$1.*applied"
}

store()
{
	ctl status -o json | jq -r ".status.store.$1"
}

store_is()
{
	[ "$(store "$1")" = "$2" ]
}

store_has()
{
	[ "$(store "$1")" -ge "$2" ]
}

told()
{
	found "an event tells of it: $1" tidegate.event=notice "tidegate.text=*$1*"
}

# check_file FILE: what SQLite says of a file that nobody has open.
check_file()
{
	python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])' "$1"
}

# many N: the ban of 198.18.5.1 in the file, N times, as 11.0.0.0 and on.
many()
{
	python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
columns = [c[1] for c in db.execute("PRAGMA table_info(measure)") if c[1] not in ("id", "source")]
db.executemany("INSERT INTO measure(source, {0}) SELECT ?, {0} FROM measure WHERE id = 1".format(", ".join(columns)),
	(("11.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255),) for i in range(int(sys.argv[2]))))
db.commit()' "$D/many/tidegate.db" "$1"
}

there()
{
	ctl status -o json | jq .status.measures.subjects
}

# bans N: N of them one after the other, from the moment at which somebody answers. Writes how many measures were there
# before and after, and the slowest of them in ms.
bans()
{
	local i begun ms most=0 before
	until ctl status >/dev/null 2>&1; do
		sleep 0.01
	done
	before=$(there)
	for ((i = 0; i < $1; i++)); do
		begun=$(date +%s%N)
		ctl ban 198.18.6.$i --for 10m >/dev/null
		ms=$((($(date +%s%N) - begun) / 1000000))
		[ $ms -le $most ] || most=$ms
	done
	echo "$before $(there) $most" >"$D/bans"
}

mkdir "$D/state"
echo 198.18.9.9 >"$D/state/allow.list"
daemon_start enforce web-server --state-dir "$D/state"
check "the list of an earlier version is read" sh -c "$B/tidegate --socket $D/control.sock allow list | grep -q 198.18.9.9"
check "and renamed" [ -e "$D/state/allow.list.imported" ]
check "a ban of an address" ctl ban 198.18.1.1 --for 10m --reason lab
check "of a /64" ctl ban 2001:db8:77::/64 --for 20m --response refuse
check "of a prefix" ctl ban 198.19.4.0/24 --for 30m
check "a short one" ctl ban 198.18.1.2 --for 8s
check "an allowed address" ctl allow add $INNOCENT
ctl ban 198.18.1.3 --for 10m >/dev/null
check "a false positive" ctl unban 198.18.1.3 --false-positive
attack_nmap 30 -sT -T4 --max-retries 0 $HOST
check "a detector's measure" wait_for 5 in_force $ATTACKER
check "all of them are in the store" wait_for 5 store_has measures 4
id=$(ctl list -o json | jq -r "select(.source == \"$ATTACKER\") | .incident" | head -n 1)
before=$(left 198.18.1.1)
stop=$(date +%s%N)
daemon_stop TERM
is "exit code" $? 0
check "nothing is left in the kernel" [ -z "$(in_ns host nft list ruleset 2>/dev/null)" ]
is "the file after a clean end" "$(check_file "$D/state/tidegate.db")" ok
sleep 2

daemon_start enforce web-server --state-dir "$D/state"
check "after a restart the ban is in force" wait_for 3 in_force 198.18.1.1
check "the /64" wait_for 3 in_force 2001:db8:77::/64
check "the prefix" wait_for 3 in_force 198.19.4.0/24
check "the detector's" wait_for 3 in_force $ATTACKER
off=$((($(date +%s%N) - stop) / 1000000000))
now=$(left 198.18.1.1)
note "left: $before s before, $now s after $off s; in the kernel $(in_kernel 198.18.1.1) s"
at_most "it lasts no longer than before" "$now" "$((before - off + 1))"
at_least "nor shorter" "$now" "$((before - off - 2))"
at_most "nor in the kernel" "$(in_kernel 198.18.1.1)" "$((before - off + 1))"
check "the allowed address is a guard again" sh -c \
	"$B/tidegate --socket $D/control.sock allow list | grep -q $INNOCENT"
check "the imported one, too" sh -c "$B/tidegate --socket $D/control.sock allow list | grep -q 198.18.9.9"
is "false positives" "$(store false_positives)" 1
check "the incident of the earlier run is explained by its id" ctl explain "$id"
check "by its address, with its rule" sh -c \
	"$B/tidegate --socket $D/control.sock explain $ATTACKER -o json | grep -q '\"rule\":\"scan'"
check "the short one ended meanwhile" wait_for 8 not in_force 198.18.1.2
check "nothing that ended comes back" wait_for 3 store_is measures 4

echo "- kill -9"
check "one more ban" ctl ban 198.18.1.4 --for 10m
sleep 1.5
daemon_stop KILL
daemon_start enforce web-server --state-dir "$D/state"
check "kill -9: the ban is in force" wait_for 3 in_force 198.18.1.4
check "and its incident is known, which the kernel did not" sh -c \
	"$B/tidegate --socket $D/control.sock explain 198.18.1.1 -o json | grep -q '\"why\":\"lab\"'"

echo "- garbage while it runs"
head -c 40960 /dev/urandom | dd of="$D/state/tidegate.db" conv=notrunc 2>/dev/null
ctl ban 198.18.1.5 --for 10m >/dev/null
check "the file is set aside" wait_for 5 sh -c "ls $D/state/tidegate.db.damaged-*"
told "damaged"
check "and all that stands is in a new one" wait_for 5 store_has measures 6
check "the allowed, too" wait_for 5 store_is allowed 2
check "the attacker stays out" banned $ATTACKER
check "the innocent is served" reaches innocent 80 2

echo "- garbage at start"
daemon_stop TERM
rm -f "$D"/state/*.damaged-*
head -c 65536 /dev/urandom >"$D/state/tidegate.db"
daemon_start enforce web-server --state-dir "$D/state"
check "it is set aside" sh -c "ls $D/state/tidegate.db.damaged-*"
check "status names it" sh -c "$B/tidegate --socket $D/control.sock status -o json | grep -q damaged-"
check "a ban" ctl ban 198.18.2.1 --for 10m
check "is in force" in_force 198.18.2.1
check "and in the new file" wait_for 5 store_has measures 1
daemon_stop TERM

echo "- a disk without room"
mkdir "$D/small"
mount -t tmpfs -o size=2m none "$D/small"
daemon_start enforce web-server --state-dir "$D/small"
check "a ban" ctl ban 198.18.3.1 --for 10m
check "is in the file" wait_for 5 store_has measures 1
dd if=/dev/zero of="$D/small/filler" bs=4k >/dev/null 2>&1
for ((n = 0; n < 150; n++)); do
	ctl ban 198.18.4.$n --for 10m >/dev/null
done
check "status tells that the store fails" wait_for 10 store_is failing true
note "$(store error)"
told "cannot be written"
check "the last ban is in force" in_force 198.18.4.149
check "the innocent is served" reaches innocent 80 2
rm "$D/small/filler"
check "with room again it recovers" wait_for 12 store_is failing false
told "written again"
check "and has every measure" wait_for 5 store_has measures 151
daemon_stop TERM
is "exit code" $? 0
umount "$D/small"

echo "- 20000 measures come back"
mkdir "$D/many"
daemon_start enforce web-server --state-dir "$D/many"
check "a ban" ctl ban 198.18.5.1 --for 10m
check "is in the file" wait_for 5 store_has measures 1
daemon_stop TERM
many 20000
bans 10 &
banning=$!
daemon_start enforce web-server --state-dir "$D/many"
wait $banning
read -r before after slowest <"$D/bans"
check "all are in the ledger" wait_for 20 store_is restored 20001
check "and in the kernel" wait_for 20 sh -c \
	"[ \$($B/tidegate --socket $D/control.sock status -o json | jq .status.measures.by_state.applied) = 20011 ]"
note "restored in $(store restore_s) s; ten bans while $before to $after were there: $slowest ms at most"
at_most "nobody's ban waits for them, ms" "$slowest" 500
is "and no row made no sense" "$(store odd_rows)" 0
daemon_stop TERM
finish
