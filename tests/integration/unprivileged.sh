#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# As it is installed: user _tidegate, CAP_NET_ADMIN and nothing else, folders and groups as packages make them. It finds,
# blocks, restores and reloads as root would; nothing that it writes is for everybody; it can run no program.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs setpriv nmap jq
[ -x "$B/tidegated" ] || skip "$B/tidegated is not built"
setpriv --reuid 64911 --regid 64911 --groups 64912,64914 true 2>/dev/null || skip "no other user can be had here"
lab_up

# Users and groups of our own, for this mount namespace alone.
for f in passwd group; do cp "/etc/$f" "$D/$f"; done
sed -i -E '/^(_tidegate|adm|tidegate-admin|tidegate-view):/d' "$D/passwd" "$D/group"
echo '_tidegate:x:64911:64911::/:/usr/sbin/nologin' >>"$D/passwd"
printf '%s\n' _tidegate:x:64911: tidegate-admin:x:64912: tidegate-view:x:64913: adm:x:64914: >>"$D/group"
mount --bind "$D/passwd" /etc/passwd
mount --bind "$D/group" /etc/group
chmod 711 "$D"
own_conf
install -D -m 755 "$B/tidegated" "$D/bin/real"
install -m 755 "$B/tidegate" "$D/bin/tidegate"
cat >"$D/bin/tidegated" <<'SH'
#!/bin/sh
umask 027
exec setpriv --reuid 64911 --regid 64911 --groups 64912,64913,64914 --no-new-privs --bounding-set=-all,+net_admin \
	--inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin -- "$(dirname "$0")/real" "$@"
SH
chmod 755 "$D/bin/tidegated"
B=$D/bin
install -d -m 755 -o 64911 -g 64911 "$D/run"
install -d -m 750 -o 64911 -g 64911 "$D/state"
install -d -m 2750 -o 64911 -g 64914 "$D/log"
ln -s log/eve.json "$D/eve.json" # where the lab looks for it

ctl()
{
	"$B/tidegate" --socket "$D/run/control.sock" "$@"
}

# as GROUP VERB...: the tool, by a user of that group.
as()
{
	setpriv --reuid 64999 --regid 64999 --groups "$1" -- "$B/tidegate" --socket "$D/run/control.sock" "${@:2}"
}

up()
{
	daemon_start enforce web-server --run-dir "$D/run" --state-dir "$D/state" --log-dir "$D/log"
}

proc()
{
	awk -v what="$1:" '$1 == what { print $2 }' "/proc/$DAEMON/status"
}

# owned_by PATH: mode, owner and group.
owned_by()
{
	stat -c '%a %U %G' "$1"
}

up
is "its user" "$(proc Uid)" 64911
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$set" "$(proc $set)" 0000000000001000
done
is "no new rights" "$(proc NoNewPrivs)" 1
is "a filter of system calls is in force" "$(proc Seccomp)" 2
is "the control socket" "$(owned_by "$D/run/control.sock")" "660 _tidegate tidegate-admin"
is "the viewers' socket" "$(owned_by "$D/run/view.sock")" "660 _tidegate tidegate-view"
is "the event file" "$(owned_by "$D/log/eve.json")" "640 _tidegate adm"
is "files and folders of state and log that others may read" "$(find "$D/state"/* "$D/log"/* -perm /006)" ""

scan_stopped "a scan" 4 30 -sS -p 1-30 --max-retries 0
code "an administrator's ban" 0 ban $ATTACKER --for 10m
check "one of group tidegate-admin may ban" as 64912 ban 198.18.7.7 --for 10m
as 64999 ban 198.18.7.8 --for 10m >/dev/null 2>&1
at_least "one of no group may not: exit code" $? 64
check "one of group tidegate-view may look" as 64913 list
as 64913 ban 198.18.7.8 --for 10m >/dev/null 2>&1
is "but not ban: exit code" $? 77
check "a reload" ctl reload
code "doctor: exit code" 0 -o plain doctor
check "it tells what names of programs cost" grep -qP '^ok\tnames\t.*two rights more' "$D/out"
check "and that it is confined" grep -qP '^ok\tconfined\t' "$D/out"
check "live connections can be ended" grep -qP '^ok\tend-flows\t' "$D/out"
check "no complaint of folders" not grep -qP '^(warn|FAIL)\t(state-dir|log-dir|events|evidence|history|log)\t' "$D/out"

daemon_stop KILL
up
check "after kill -9 the ban is back" banned 198.18.7.7
check "and the attacker stays out" not reaches attacker
is "the marks of who runs" "$(owned_by "$D/run/tidegated.pid")" "600 _tidegate _tidegate"
daemon_stop
is "exit code" $? 0
is "tables left" "$(in_ns host nft list tables)" ""
finish
