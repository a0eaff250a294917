#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# support-dump of a daemon that has blocked somebody: tar reads it, it holds what is needed, and no address of the lab, no host
# and no user is in it, but with --plain. Without a daemon there is less in it.
. "$(dirname "$0")/lib.sh"
needs tar gzip jq nft
lab_up
own_conf
mkdir "$D/etc/policies/conf.d"
cat >"$D/etc/policies/conf.d/50-lab.conf" <<CONF
paths = { run_dir = "$D"; state_dir = "$D"; log_dir = "$D"; };
guards = { never_block = ["$INNOCENT", "2001:db8:20::/48"]; };
allowlists = ( { name = "lab"; uid = 4711; to = ( { name = "secret.lab.example.org"; }, { address = "10.66.0.0/16"; } ); } );
CONF
cp /etc/passwd "$D/passwd"
echo "tgperson:x:54322:54322::/home/tgperson:/bin/sh" >>"$D/passwd"
mount --bind "$D/passwd" /etc/passwd || skip "no accounts of the lab's own"

daemon_start enforce web-server
ctl ban $ATTACKER --reason "tgperson said so" >/dev/null
ctl ban $ATTACKER6 >/dev/null
wait_for 5 banned $ATTACKER || bail "nobody is blocked"

# dump FOLDER OPTION...: unpacked there.
dump()
{
	rm -f "$D/dump.tar.gz"
	in_ns host "$B/tidegate" --socket "$D/control.sock" support-dump "$D/dump.tar.gz" -c "$CONF" "${@:2}" >"$D/out" 2>"$D/err"
	is "support-dump ${*:2}: exit code" $? 0
	mkdir "$1"
	tar -xzf "$D/dump.tar.gz" -C "$1" --strip-components=1
	is "tar reads it" $? 0
}

# nowhere WORD...: in none of its files.
nowhere()
{
	local w
	for w in "$@"; do
		if grep -riqF -- "$w" "$D/veiled"; then
			not_ok "$w is in $(grep -rilF -- "$w" "$D/veiled" | xargs -n1 basename | tr '\n' ' ')"
		else
			ok "$w is nowhere in it"
		fi
	done
}

dump "$D/veiled"
is "it is for its owner alone" "$(stat -c %a "$D/dump.tar.gz")" 600
says "it says what is in it" "status.json"
says "and asks to look before it is sent" "tar -xzOf"
nowhere $ATTACKER $INNOCENT $HOST $ATTACKER6 $INNOCENT6 $HOST6 192.0.2.254 2001:db8:20: 2001:db8:1: 2001:db8:66: 10.66.0.0 \
	secret.lab example.org tgperson "$(hostname)"
is "the status is one object" "$(jq -r .status.version "$D/veiled/status.json")" "$("$B/tidegate" version | sed -n 's/^tidegate //p')"
at_least "blocks" "$(wc -l <"$D/veiled/blocks.json")" 2
one=$(jq -r 'select(.source != null) | .source' "$D/veiled/blocks.json" | grep -v : | head -n 1)
check "the one who is blocked has one name in the list ..." test -n "$one"
check "... and the same in the kernel's table" grep -qF "$one" "$D/veiled/nft-ours.txt"
check "the configuration is as it is in force" grep -q 'admin_ports = \[' "$D/veiled/config.txt"
check "what explains a fault stays" grep -q "policies/web-server.conf" "$D/veiled/status.json" "$D/veiled/config.txt" \
	"$D/veiled/blocks.json" "$D/veiled/files.txt" "$D/veiled/events.json" "$D/veiled/setup.json" "$D/veiled/doctor.json"
check "sizes of what is kept" grep -q tidegate.db "$D/veiled/files.txt"
check "doctor's lines" grep -q '"name":"config"' "$D/veiled/doctor.json"

dump "$D/plain" --plain
check "--plain leaves addresses" grep -q "$ATTACKER" "$D/plain/blocks.json"
check "and says so" grep -q -- --plain "$D/err"
in_ns host "$B/tidegate" --socket "$D/control.sock" -q support-dump - 2>"$D/err" | tar -tzf - >"$D/names"
check "on standard output, too" grep -q tidegate-support/status.json "$D/names"
check "with nothing beside it" not test -s "$D/err"
code "what is there already is left alone" 64 support-dump "$D/dump.tar.gz"

daemon_stop
dump "$D/alone"
check "without a daemon it says so" grep -q '"name":"running"' "$D/alone/doctor.json"
finish
