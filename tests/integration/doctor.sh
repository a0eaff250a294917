#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# doctor on a healthy host, then with one thing broken at a time: exactly that line changes, and comes back.
. "$(dirname "$0")/lib.sh"
needs nft ip
lab_up

# line NAME: its grade; text NAME: what it says.
line()
{
	ctl -o plain doctor 2>/dev/null | awk -F'\t' -v n="$1" '$2 == n { print $1 }'
}

text()
{
	ctl -o plain doctor 2>/dev/null | awk -F'\t' -v n="$1" '$2 == n { print $3 }'
}

# graded TEXT NAME GRADE
graded()
{
	is "$1" "$(line "$2")" "$3"
}

host_nft()
{
	in_ns host nft "$@"
}

host_sysctl()
{
	in_ns host sh -c "echo $2 >/proc/sys/$1"
}

ctl doctor >"$D/alone.log" 2>&1
is "without a daemon: exit code" $? 69
check "it judges what it can all the same" grep -q conntrack "$D/alone.log"
check "and says that no daemon answers" grep -q "no daemon answers" "$D/alone.log"
is "and that none runs" "$(line running)" FAIL
check "and how to start one" grep -qE 'fix: .*tidegated' "$D/alone.log"

daemon_start enforce web-server --log-dir "$D/log"
ctl doctor >"$D/healthy.log" 2>&1
is "a healthy host: exit code" $? 0
check "no FAIL" not grep -q '^FAIL' "$D/healthy.log"
at_least "lines" "$(ctl -o json doctor | grep -c '"check"')" 12
grep -E '^(warn|FAIL)' "$D/healthy.log" | while read -r l; do note "$l"; done

graded "its configuration" config ok
check "that is the daemon's own" grep -q policies/tidegate.conf <<<"$(text config)"
graded "its version" version ok
graded "from another network namespace that is said" network warn
in_ns host "$B/tidegate" --socket "$D/control.sock" -o plain doctor >"$D/there.log" 2>/dev/null
check "from its own there is nothing to say" not grep -q '	network	' "$D/there.log"

graded "flowtables" flowtables ok
if host_nft 'table inet lab { flowtable fast { hook ingress priority 0; devices = { eth0 }; }; }' 2>/dev/null; then
	graded "a flowtable" flowtables warn
	check "it is named" grep -q 'inet lab fast' <<<"$(text flowtables)"
	host_nft delete table inet lab
	graded "without it" flowtables ok
else
	note "this kernel has no flowtables (CONFIG_NF_FLOW_TABLE): their line is left to the unit tests"
fi

host_nft -f - <<'NFT'
table inet lab {
	chain early { type filter hook prerouting priority -500; }
	chain raw { type filter hook prerouting priority raw; tcp dport 48443 notrack; }
}
NFT
graded "a chain ahead of ours" ahead warn
graded "a notrack rule" notrack warn
check "its chain is named" grep -q 'inet lab raw' <<<"$(text notrack)"
host_nft delete table inet lab
graded "without it" notrack ok

host_nft add table inet f2b-table
host_nft add chain inet f2b-table f2b-chain
graded "fail2ban's table" responders warn
check "it is named" grep -q fail2ban <<<"$(text responders)"
host_nft delete table inet f2b-table

graded "no forwarding" forward ok
host_sysctl net/ipv4/ip_forward 1
graded "forwarding" forward warn
if in_ns host ip link add docker0 type bridge 2>/dev/null; then
	check "a container's bridge is named" grep -q docker0 <<<"$(text forward)"
	if host_sysctl net/bridge/bridge-nf-call-iptables 0 2>/dev/null; then
		graded "the bridge past the chains" bridges warn
		host_sysctl net/bridge/bridge-nf-call-iptables 1
		host_sysctl net/bridge/bridge-nf-call-ip6tables 1
		graded "the bridge through the chains" bridges ok
	else
		graded "the bridge, without br_netfilter" bridges warn
	fi
	in_ns host ip link del docker0
fi
host_sysctl net/ipv4/ip_forward 0
graded "no forwarding again" forward ok

if [ -w /proc/sys/net/netfilter/nf_conntrack_max ] && most=$(in_ns host cat /proc/sys/net/netfilter/nf_conntrack_max) &&
	host_sysctl net/netfilter/nf_conntrack_max 1 2>/dev/null &&
	[ "$(in_ns host cat /proc/sys/net/netfilter/nf_conntrack_max)" = 1 ]; then
	reaches innocent
	graded "conntrack full" conntrack FAIL
	ctl doctor >/dev/null 2>&1
	is "exit code with a FAIL" $? 1
	host_sysctl net/netfilter/nf_conntrack_max "$most"
	graded "conntrack has room" conntrack ok
else
	note "nf_conntrack_max is one number for the whole machine: its line is left to the unit test"
fi

graded "the log folder" log-dir ok
mv "$D/log" "$D/log.away"
graded "the log folder is gone" log-dir FAIL
mv "$D/log.away" "$D/log"
graded "it is back" log-dir ok

in_ns host env SSH_CONNECTION="$ATTACKER 40000 $HOST 22" "$B/tidegate" --socket "$D/control.sock" -o plain doctor \
	>"$D/session.log" 2>&1
is "a session of an unguarded address: exit code" $? 1
check "it is named" grep -q "FAIL.*session.*$ATTACKER" "$D/session.log"
ctl allow add $ATTACKER >/dev/null 2>&1
in_ns host env SSH_CONNECTION="$ATTACKER 40000 $HOST 22" "$B/tidegate" --socket "$D/control.sock" -o plain doctor \
	>"$D/session.log" 2>&1
check "once it is allowed it is guarded" grep -q "^ok.*session.*$ATTACKER" "$D/session.log"

ctl mode detect >/dev/null 2>&1
graded "detect mode" mode warn
finish
