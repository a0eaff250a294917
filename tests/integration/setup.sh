#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 20
# setup on a host with an sshd on a strange port, a web server and a database on loopback: it says so, writes nothing until
# it is told to, and then the daemon runs with what it wrote. Then what goes wrong.
# shellcheck disable=SC2317 # much is called by check and wait_for
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/lib_sshd.sh
. "$HERE/lib_sshd.sh"
needs jq setpriv
lab_up
# shellcheck disable=SC2034 # lib_sshd.sh reads it
SSH_PORT=7022
sshd_up
own_conf
in_ns host python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 5432)); time.sleep(300)' &
wait_for 9 in_ns host bash -c '</dev/tcp/127.0.0.1/5432' || bail "no database"
OURS=$D/etc/policies/conf.d/10-setup.conf

# setup WANTED TEXT OPTION...: its exit code, as somebody who came in from the attacker's address.
setup()
{
	in_ns host env SSH_CONNECTION="$ATTACKER 40000 $HOST 7022" "$B/tidegate" --socket "$D/control.sock" \
		setup -c "$CONF" "${@:3}" >"$D/out" 2>"$D/err" </dev/null
	is "$2: exit code" $? "$1"
}

state_of_disk()
{
	(cd "$D/etc" && find . -type f -exec sha256sum {} + | sort)
}

# unchanged TEXT: the configuration is as it was at the last look.
unchanged()
{
	is "$1: nothing was written" "$(state_of_disk | sha256sum)" "$BEFORE"
}

look()
{
	BEFORE=$(state_of_disk | sha256sum)
}

field()
{
	jq -r "$1" "$D/out"
}

# ---- it looks ----

look
setup 0 "a dry run" --dry-run
unchanged "a dry run"
says "it says the role" "^Role .*web-server"
says "and why" "tcp/80 by python3.*tcp/7022 by sshd"
says "and what is on loopback alone" "tcp/5432 by python3 is on loopback alone"
says "and who is guarded anyhow" "$HOST.*(own)"
says "and the gateway" "192.0.2.254.*(gateway)"
says "and what it would write" "^+policy = .web-server"
setup 0 "as an object" --dry-run -o json
is "the ports of sshd" "$(field '.ssh_ports | join(",")')" 22,7022
is "who is never blocked" "$(field '.never_block | join(",")')" $ATTACKER
is "whether it was written" "$(field .written)" false
setup 64 "without a terminal and --yes"
unchanged "without a terminal and --yes"
says "it says what to say" "say --yes"
in_ns host setpriv --reuid 65534 --regid 65534 --clear-groups "$B/tidegate" setup -c "$CONF" --yes >"$D/out" 2>"$D/err"
is "without the right to write: exit code" $? 77
says "it shows it all the same" "^+policy"
says "and who can" "root is needed"
unchanged "without the right"
echo 'polcy = "web-server";' >>"$CONF"
look
setup 78 "a configuration with a mistake" --yes
says "it is told with its line" "tidegate.conf:[0-9]*: error: .*polcy.*policy"
unchanged "a configuration with a mistake"
sed -i '$d' "$CONF"
look
setup 78 "a policy that is none" --yes --policy web-sever
says "it is told what was meant" "did you mean 'web-server'"
unchanged "a policy that is none"

# ---- it writes ----

mkdir "$D/etc/policies/conf.d"
echo 'policy = (' >"$D/etc/policies/conf.d/.10-setup.conf.new" # as a run that was ended by a power cut leaves it
setup 0 "--yes" --yes
is "the file is for all to read" "$(stat -c %a "$OURS")" 644
check "the interrupted one is gone" not test -e "$D/etc/policies/conf.d/.10-setup.conf.new"
says "no daemon runs: it says how to start one" "tidegated"
says "and how to go on" "mode enforce --try"
check "the daemon's own check likes it" "$B/tidegated" -c "$CONF" --check-config
"$B/tidegated" -c "$CONF" --print-config >"$D/printed" 2>/dev/null
check "admin_ports" grep -qE 'admin_ports = \[ ?22, 7022 ?\]' "$D/printed"
look
setup 0 "once more" --yes
unchanged "once more"
says "all is as it should be" "as it should be"

set -m
nsenter "--net=/run/netns/$LAB-host" -- "$B/tidegated" -c "$CONF" --run-dir "$D" --state-dir "$D" --log-dir "$D" \
	>>"$D/daemon.log" 2>&1 &
DAEMON=$!
set +m
wait_for 10 daemon_ready || bail "tidegated did not come up with it"
check "the daemon guards the session's address" grep -q "$ATTACKER" <(ctl list guards)
code "it may not be banned" 77 ban $ATTACKER
setup 0 "another policy, by word" --yes --policy ssh-bastion -o json
is "it was written" "$(field .written)" true
is "the daemon has it" "$(state .policy)" ssh-bastion
check "the old file stays" grep -q web-server "$OURS.bak"
check "the address came along" grep -q "$ATTACKER" "$OURS"

# ---- what stands in its way ----

echo 'policy = "database";' >"$D/etc/policies/conf.d/50-mine.conf"
look
setup 78 "a file that counts more" --yes
says "it is named with what it says" "50\|behind.*database"
unchanged "a file that counts more"
rm "$D/etc/policies/conf.d/50-mine.conf"
echo 'policy = "broken' >"$OURS"
setup 0 "its own file broken" --yes
check "it is whole again" "$B/tidegated" -c "$CONF" --check-config
if mount --bind "$D/etc" "$D/etc" && mount -o remount,bind,ro "$D/etc"; then
	look
	setup 77 "a disk that cannot be written" --yes --policy database
	unchanged "a disk that cannot be written"
	umount "$D/etc"
fi
setup 78 "no configuration" --yes -c "$D/none/tidegate.conf"
says "it says where it looked" "$D/none/tidegate.conf"
finish
