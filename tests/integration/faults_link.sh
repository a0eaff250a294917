#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 11
# The host's interface is taken away and comes again, its address changes: what stands stands, the guards follow.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs jq
lab_up
quiet_conf
many 1000
daemon_start enforce web-server --state-dir "$D/state"
wait_for 10 enforced
check "a ban" ctl ban $ATTACKER --for 10m
mac=$(ip -n "$LAB-host" -j link show eth0 | jq -r ".[0].address")

# plug V4: the cable between router and host, as add_leg lays it.
plug()
{
	ip link add to-host type veth peer name eth0 address "$mac" netns "$LAB-host"
	ip addr add 192.0.2.254/24 dev to-host
	ip addr add 2001:db8:1::fe/64 dev to-host nodad
	ip link set to-host up
	echo 0 >/proc/sys/net/ipv4/conf/to-host/rp_filter
	ip -n "$LAB-host" addr add "$1/24" dev eth0
	ip -n "$LAB-host" addr add $HOST6/64 dev eth0 nodad
	ip -n "$LAB-host" link set eth0 up
	ip -n "$LAB-host" route add default via 192.0.2.254
	ip -n "$LAB-host" route add default via 2001:db8:1::fe
}

guarded()
{
	in_ns host nft list set inet tidegate guard4 2>/dev/null | grep -qw "$1"
}

remember
for round in 1 2 3; do
	ip link del to-host
	sleep 0.4
	check "round $round: a ban without an interface" ctl ban "198.19.0.$round" --for 10m
	plug $HOST
	all_back "round $round: the interface is there again" 5 2500
	check "round $round: the innocent is served" wait_for 3 reaches innocent
	check "round $round: the attacker stays out" not reaches attacker
done

ip -n "$LAB-host" addr add 192.0.2.77/24 dev eth0
check "a second address is guarded within two seconds" wait_for 2 guarded 192.0.2.77
check "it cannot be banned" not ctl ban 192.0.2.77 --for 10m
ip -n "$LAB-host" addr del 192.0.2.77/24 dev eth0
check "gone, it is guarded no longer" wait_for 5 not guarded 192.0.2.77
ip link del to-host
plug 192.0.2.88
HOST=192.0.2.88
check "another address for the first one is guarded" wait_for 5 guarded 192.0.2.88
check "the old one is not" wait_for 5 not guarded 192.0.2.1
served "the innocent at the new address" 20
check "the attacker stays out there, too" not reaches attacker
check "enforced_ratio is 1" wait_for 5 enforced
is "measures in the kernel" "$(held count)" 1004
daemon_stop
is "exit code" $? 0
finish
