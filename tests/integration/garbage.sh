#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 14
# Garbage on the control socket, storms of signals, bans and files that break and mend: the daemon goes on, its ledger
# and the kernel say the same, and it ends at once though clients stand in line.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
lab_up
own_conf

# in_kernel: IPv4 sources that are dropped, one a line; in_ledger: the same as the daemon tells it.
in_kernel()
{
	in_ns host nft -j list table inet tidegate 2>/dev/null | python3 "$HERE/garbage.py" --drops | sort
}

in_ledger()
{
	ctl list blocks -o plain 2>/dev/null | awk '$2 == "drop" && $3 == "applied" && $1 !~ /:/ { print $1 }' | sort
}

same()
{
	[ -n "$(in_ledger)" ] && [ "$(in_ledger)" = "$(in_kernel)" ]
}

break_and_mend()
{
	local i
	for ((i = 0; i < 60; i++)); do
		case $((i % 4)) in
		0) echo 'mode = "enfo' >>"$CONF" ;;
		2) cp "$TOP/policies/tidegate.conf" "$CONF" ;;
		esac
		kill -HUP "$DAEMON"
		kill -USR1 "$DAEMON"
		ctl reload >/dev/null 2>&1
		sleep 0.05
	done
	cp "$TOP/policies/tidegate.conf" "$CONF"
}

bans_in_bans()
{
	local i
	for ((i = 0; i < 60; i++)); do
		ctl ban 198.18.$((i % 8)).0/$((24 + i % 9)) --for 10m
		ctl ban 2001:db8:$((i % 8))::/$((32 + i % 7 * 16)) --for 10m
		[ $((i % 9)) != 0 ] || ctl unban 198.18.$((i % 8)).0/24
		[ $((i % 20)) != 10 ] || ctl ban 198.18.0.0/15 --for 2s
	done
} >/dev/null 2>&1

daemon_start enforce web-server
pid=$DAEMON
in_ns attacker timeout 20 hping3 -q -S -p 80 -i u1000 -c 10000 "$HOST" >/dev/null 2>&1 &
python3 "$HERE/garbage.py" "$D/control.sock" 8 1 &
rubbish=$!
break_and_mend &
files=$!
bans_in_bans &
bans=$!
wait $rubbish $files $bans
check "it is the same process" kill -0 "$pid"
check "it answers" ctl status
check "the mended file loads" ctl reload
ctl mode enforce >/dev/null
ctl ban 198.18.200.1 --for 10m >/dev/null
ctl ban 198.18.201.0/24 --for 10m >/dev/null
check "the kernel holds what the ledger says" wait_for 5 same
ctl unban --all >/dev/null
check "the innocent is served" reaches innocent 80 2

# Those who never read, and whose questions the packet thread has to answer.
python3 "$HERE/garbage.py" --line "$D/control.sock" "$D/in-line" &
line=$!
wait_for 5 [ -e "$D/in-line" ]
daemon_stop TERM
is "the end with clients in line: exit code" $? 0
kill $line
check "nothing is left in the kernel" [ -z "$(in_ns host nft list ruleset 2>/dev/null)" ]

# Nobody reads stdout: events are lost there, and nothing else.
mkfifo "$D/pipe"
exec 9<>"$D/pipe"
mv "$D/daemon.log" "$D/daemon.log.1"
ln -s "$D/pipe" "$D/daemon.log"
daemon_start enforce web-server
seq 0 1199 | awk '{ printf "{\"v\":1,\"verb\":\"ban\",\"args\":{\"address\":\"198.18.%d.%d\"}}\n", $1 / 250, $1 % 250 }' |
	timeout 30 python3 "$HERE/garbage.py" --ask "$D/control.sock" >"$D/answers"
is "answers while nobody reads stdout" "$(grep -c '"end":true' "$D/answers")" 1200
daemon_stop TERM
is "nobody reads stdout: exit code" $? 0
check "nothing is left in the kernel" [ -z "$(in_ns host nft list ruleset 2>/dev/null)" ]
exec 9>&-
rm "$D/daemon.log"
finish
