#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 25
# Guards follow the machine within two seconds, in the daemon and in the kernel's set, and go when their reason goes:
# addresses, default routes, resolvers, time servers, the DHCP server, and whoever has a session open for long enough.
. "$(dirname "$0")/lib.sh"
needs nmap jq
lab_up
echo "nameserver 192.0.2.53" >"$D/resolv.conf"
mount --bind "$D/resolv.conf" /etc/resolv.conf 2>/dev/null || skip "no resolv.conf of our own can be put in place"
own_conf
sed -i 's/admin_ports = \[22\]/admin_ports = [22, 48443]/; s/admin_age = "130s"/admin_age = "2s"/
	s,never_block = \[\];,never_block = ["::ffff:203.0.113.0/120"];,' "$CONF"
is "settings of the lab's own" "$(grep -cE 'admin_age = "2s"|48443\]|203\.0\.113' "$CONF")" 3
ip addr add 192.0.2.253/24 dev to-host
ip addr add 2001:db8:1::fd/64 dev to-host nodad
SSH_CONNECTION="198.51.100.77 50000 $HOST 22" daemon_start enforce web-server

# shellcheck disable=SC2317 # check and wait_for call these
listed()
{
	ctl list guards -o plain | cut -f 1,2 | grep -qxF "$(printf '%s\t%s' "$1" "$2")"
}

# shellcheck disable=SC2317
in_kernel()
{
	local set=guard4
	case $1 in *:*) set=guard6 ;; esac
	in_ns host nft get element inet tidegate "$set" "{ $1 }"
}

# shellcheck disable=SC2317 # wait_for calls it
held()
{
	listed "$1" "$2" && in_kernel "$1"
}

# shellcheck disable=SC2317 # wait_for calls it
free()
{
	! listed "$1" "$2" && ! in_kernel "$1"
}

SLOWEST=0

# within_two held|free TEXT ADDR KIND
within_two()
{
	local from to
	from=$(date +%s%N)
	check "$2: $3 is $1 as $4 within two seconds" wait_for 2 "$1" "$3" "$4"
	to=$((($(date +%s%N) - from) / 1000000))
	[ $to -le $SLOWEST ] || SLOWEST=$to
}

# What the first look found.
for one in "$HOST own" "$HOST6 own" "192.0.2.254 gateway" "2001:db8:1::fe gateway" "192.0.2.53 resolver" \
	"203.0.113.0/24 never-block" "198.51.100.77 admin"; do
	# shellcheck disable=SC2086 # two words
	check "at start: $one" held $one
done

in_ns host ip addr add 192.0.2.77/24 dev eth0
within_two held "an address is added" 192.0.2.77 own
in_ns host ip addr add 2001:db8:1::77/64 dev eth0 nodad
within_two held "an IPv6 address is added" 2001:db8:1::77 own
in_ns host ip addr del 192.0.2.77/24 dev eth0
within_two free "it is deleted" 192.0.2.77 own
in_ns host ip addr del 2001:db8:1::77/64 dev eth0
within_two free "the IPv6 one, too" 2001:db8:1::77 own

in_ns host ip route replace default via 192.0.2.253
within_two held "the default route changes" 192.0.2.253 gateway
within_two free "the old gateway is nobody any more" 192.0.2.254 gateway
in_ns host ip -6 route replace default via 2001:db8:1::fd
within_two held "the IPv6 default route changes" 2001:db8:1::fd gateway

echo "nameserver 192.0.2.54" >"$D/resolv.conf"
within_two held "resolv.conf changes" 192.0.2.54 resolver
within_two free "the old resolver is nobody any more" 192.0.2.53 resolver
mkdir -p /run/systemd/resolve /run/systemd/netif/leases /run/chrony-dhcp
echo "nameserver 127.0.0.53" >"$D/resolv.conf"
echo "nameserver ::ffff:192.0.2.55" >/run/systemd/resolve/resolv.conf
within_two held "a stub resolver's own file, mapped" 192.0.2.55 resolver
echo "server 192.0.2.123 iburst" >/run/chrony-dhcp/eth0.sources
within_two held "a time server" 192.0.2.123 time
printf 'ADDRESS=%s\nSERVER_ADDRESS=192.0.2.250\nNTP=192.0.2.124\n' $HOST >/run/systemd/netif/leases/2
within_two held "a lease" 192.0.2.250 dhcp
within_two held "and what else it names" 192.0.2.124 time
rm /run/systemd/netif/leases/2
within_two free "the lease is gone" 192.0.2.250 dhcp

# An interface comes, goes down (the kernel does not say which IPv4 routes went with it), is deleted, and comes again.
link_up()
{
	in_ns host ip link add ext0 type veth peer name ext1
	in_ns host ip addr add 10.9.9.1/24 dev ext0
	in_ns host ip link set ext1 up
	in_ns host ip link set ext0 up
	in_ns host ip route add default via 10.9.9.254 dev ext0 metric 500
}
link_up
within_two held "an interface comes" 10.9.9.1 own
within_two held "with a gateway" 10.9.9.254 gateway
in_ns host ip link set ext0 down
within_two free "it goes down" 10.9.9.254 gateway
in_ns host ip link del ext0
within_two free "it is deleted" 10.9.9.1 own
link_up
within_two held "it is there again" 10.9.9.1 own
within_two held "and its gateway" 10.9.9.254 gateway
in_ns host ip link del ext0

# Banned, then a guard.
check "a ban" ctl ban $ATTACKER --for 10m
check "it holds" not reaches attacker
echo "nameserver $ATTACKER" >"$D/resolv.conf"
within_two held "the banned becomes a resolver" $ATTACKER resolver
check "his ban has ended" not banned $ATTACKER
is "elements that hurt somebody" "$(acting)" 0
check "and he is served" reaches attacker 80 3
ctl ban $ATTACKER >/dev/null 2>"$D/err"
is "another ban is refused" $? 77
check "and says which guard" grep -q "as resolver (resolv.conf)" "$D/err"
echo "nameserver 192.0.2.54" >"$D/resolv.conf"
within_two free "he is no resolver any more" $ATTACKER resolver

# The server's socket is of both families, so the kernel shows this peer as a mapped one.
in_ns attacker python3 - $HOST 48443 >"$D/session" <<'PYTHON' &
import socket
import sys
import time

with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60) as s:
    print(s.recv(64), flush=True)
    time.sleep(60)
PYTHON
SESSION=$!
check "a session begins" wait_for 5 grep -q stay "$D/session"
check "it is no guard at once" not listed $ATTACKER admin
check "and is one when it is older than two seconds" wait_for 4 held $ATTACKER admin
attack_nmap 60 -sS -p 1000-1400 --max-retries 0 -T5 $HOST
learned "$D/nmap.xml"
found "its peer scans" event_type=alert "tidegate.detector=scan.*" src_ip=$ATTACKER
check "not touched, for he is an administrator" some_alert src_ip=$ATTACKER "tidegate.guard=admin"
is "elements that hurt somebody" "$(acting)" 0
check "and he is served" reaches attacker 80 3
ctl explain $ATTACKER >"$D/out"
check "explain says which guard" grep -q "$ATTACKER is there as 'admin' (live session)" "$D/out"
check "and that it forbade" grep -qi "guard" "$D/out"
grep -iE 'guard' "$D/out" | sed 's/^/            /'
kill $SESSION
sleep 2
check "his guard lingers when the session has ended" held $ATTACKER admin

# IPv4-mapped, wherever an address comes in.
ctl ban ::ffff:$HOST >/dev/null 2>&1
is "a ban of the host's own address, mapped" $? 77
check "allow of a mapped address" ctl allow add ::ffff:198.51.100.9
check "is of the IPv4 one" held 198.51.100.9 allowed

sed -i 's/resolvers = true/resolvers = false/; s/time_servers = true/time_servers = false/' "$CONF"
check "reload without resolvers" ctl reload
within_two free "they are nobody any more" 192.0.2.54 resolver
within_two free "nor are time servers" 192.0.2.123 time
check "the configured ones stay" held 203.0.113.0/24 never-block
check "the allowed, too" held 198.51.100.9 allowed
check "and the host's own" held $HOST own

before=$(acting guard4)
# shellcheck disable=SC2317 # wait_for calls it
all_are_back()
{
	[ "$before" -gt 0 ] && [ "$(acting guard4)" = "$before" ]
}
in_ns host nft delete table inet tidegate
check "a deleted table comes back with all its $before IPv4 guards" wait_for 3 all_are_back
note "the slowest change took $SLOWEST ms, the asking included"
finish
