# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A resolver in the lab: dnsmasq at the innocent, and /etc/resolv.conf names it. Names stand in D/hosts, and all of
# 10.77.0.0/16 is at the attacker. Sourced behind lib.sh.

RESOLVER=$INNOCENT

# names_up: after lab_up.
names_up()
{
	needs dnsmasq
	printf 'nameserver %s\noptions timeout:2 attempts:2\n' "$RESOLVER" >"$D/resolv.conf"
	mount --bind "$D/resolv.conf" /etc/resolv.conf 2>/dev/null || skip "no private /etc/resolv.conf"
	[ -e "$D/hosts" ] || echo "10.77.0.1 first.lab" >"$D/hosts"
	chmod 755 "$D"
	ip route add 10.77.0.0/16 via "$ATTACKER"
	in_ns attacker ip route add local 10.77.0.0/16 dev lo
	nsenter "--net=/run/netns/$LAB-innocent" -- dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --addn-hosts="$D/hosts" \
		--local=/lab/ --local-ttl=1 --bind-interfaces --listen-address="$RESOLVER" --user=root --pid-file= \
		>"$D/dnsmasq.log" 2>&1 &
	NAMES=$!
	wait_for 9 looked_up first.lab || bail "the resolver does not answer: $(cat "$D/dnsmasq.log")"
}

looked_up()
{
	in_ns host getent ahostsv4 "$1"
}

# names_now: what stands in D/hosts counts from now on.
names_now()
{
	kill -HUP "$NAMES"
}
