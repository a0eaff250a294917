#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Faults of the world around it: the event file on a full disk, the state directory gone, the link of the host down, a
# kill -9 in the middle of bans. None of them ends the daemon, loosens a measure, or is kept from the administrator.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
lab_up

# fill_disk: not one byte more goes onto the file system of the event file.
fill_disk()
{
	dd if=/dev/zero of="$D/small/filler" bs=4k
	while echo 1 >>"$D/small/filler"; do :; done
} >/dev/null 2>&1

failing()
{
	[ "$(ctl status -o json | grep -c '"file_failing":true')" -gt 0 ]
}

last_line_is_whole()
{
	tail -n 1 "$D/small/eve.json" | python3 -m json.tool
}

in_force()
{
	ctl list blocks -o plain | grep -q "^$1.*applied"
}

allowed_in_store()
{
	ctl status -o json | grep -q "\"allowed\":$1,"
}

mkdir "$D/small" "$D/state"
mount -t tmpfs -o size=64k none "$D/small"
daemon_start enforce web-server --log-dir "$D/small" --state-dir "$D/state"
check "a ban" ctl ban 198.18.1.1 --for 10m
fill_disk
# The file's own last page still takes some lines.
for ((n = 10; n < 30; n++)); do
	ctl ban 198.18.1.$n --for 10m >/dev/null
done
check "a ban while the disk is full" ctl ban 198.18.1.2 --for 10m
check "it is in force" in_force 198.18.1.2
check "status tells of the file" wait_for 5 failing
rm "$D/small/filler"
check "a ban when there is room again" ctl ban 198.18.1.3 --for 10m
check "status tells nothing of it any more" wait_for 5 not failing
check "the file's last line is whole" last_line_is_whole

rm -r "$D/state"
check "an address is allowed without a state directory" ctl allow add $INNOCENT
check "the log says that the store is gone" wait_for 5 grep -q 'tidegate.db: the store' "$D/daemon.log"
mkdir "$D/state"
check "another one, when it is back" ctl allow add 198.18.9.9
check "both are kept" wait_for 5 allowed_in_store 2

for i in 1 2 3; do
	ip -n "$LAB-host" link set eth0 down
	ip -n "$LAB-host" link set eth0 up
	ip -n "$LAB-host" route replace default via 192.0.2.254
done
check "the innocent is served after the link was down" wait_for 5 reaches innocent 80 1

for i in 1 2 3; do
	pid=$DAEMON
	(
		for ((n = 0; n < 50; n++)); do
			ctl ban 198.18.$i.$n --for 10m
			ctl ban 198.19.$n.0/$((25 + n % 6)) --for 10m
		done
	) >/dev/null 2>&1 &
	bans=$!
	sleep "0.1$i"
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	kill $bans 2>/dev/null
	check "kill -9: the innocent is served" reaches innocent 80 5
	before=$(acting '^drop')
	daemon_start enforce web-server --log-dir "$D/small" --state-dir "$D/state"
	at_least "kill -9: elements in force after the restart" "$(acting '^drop')" "$before"
	check "kill -9: the first ban is adopted" in_force 198.18.1.1
done
check "unban --all" ctl unban --all
is "elements in force" "$(acting '^drop')" 0
daemon_stop TERM
is "exit code" $? 0
check "nothing is left in the kernel" [ -z "$(in_ns host nft list ruleset 2>/dev/null)" ]
umount "$D/small"
finish
