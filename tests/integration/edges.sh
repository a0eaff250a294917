#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# The edges on a real kernel: queue, log, sockets and their end, conntrack, counters, links.
# One namespace is enough: host and peers are addresses of it. The probe is built here, for
# no other program of the lab needs our libraries.
. "$(dirname "$0")/lib.sh"
needs nft iptables-nft ip6tables-nft ip cc pkg-config

D=$(mktemp -d /tmp/tidegate-lab.XXXXXX) || exit 70
trap lab_down EXIT
# shellcheck disable=SC2046 # a list of flags
cc -std=c11 -D_GNU_SOURCE -I"$TOP/include" "$HERE"/edges/*.c "$B/libedge.a" "$B/libpure.a" \
	$(pkg-config --libs libnetfilter_queue libnetfilter_conntrack libmnl) -o "$D/probe" ||
	bail "the probe cannot be built against $B"

ip link set lo up
ip link add edge0 type veth peer name edge1
ip link set edge0 up
ip link set edge1 up
ip addr add 192.0.2.1/24 dev edge0
ip addr add 2001:db8::1/64 dev edge0 nodad
ip route add default via 192.0.2.254
ip route add default via 2001:db8::fe dev edge0
for peer in 198.51.100.7/32 198.51.100.8/32 2001:db8:7::7/128; do
	ip addr add $peer dev lo
done

for i in 0 1 2; do
	iptables-nft -A INPUT -p udp --dport 700$i -j NFQUEUE --queue-num 4100$i \
		--queue-bypass || skip "this kernel has no NFQUEUE target"
done
ip6tables-nft -A INPUT -p udp --dport 7000 -j NFQUEUE --queue-num 41000 --queue-bypass
nft -f - <<'NFT' || skip "this kernel cannot log packets"
table inet edges {
	chain in {
		type filter hook input priority 5;
		tcp dport 7103 drop
		tcp sport 7102 tcp flags & (syn | ack) == syn | ack drop
	}
	chain out {
		type filter hook output priority 5;
		tcp flags & (fin | rst) == fin ct direction reply ct label set 121
		ct state new counter
		udp dport 7010 log prefix "copy" group 41
	}
}
NFT

while read -r line; do
	case $line in
	"ok - "*) ok "${line#ok - }" ;;
	"not ok - "*) not_ok "${line#not ok - }" ;;
	"") ;;
	*) not_ok "$line" ;;
	esac
done < <(timeout 60 "$D/probe" 2>&1 || echo "the probe ended with $?")
finish
