#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Somebody off the path forges a SYN of X and then blind ACKs over all 2^32 numbers, 66001 apart: 65075 of them. What
# the kernel makes of it is measured and noted; what tidegate makes of it is asserted: nothing, ever.
#
# On Linux 6.18, each of these once in every sweep, whatever number it begins with, and with tcp_loose 0 as with 1:
#   - one ACK falls into the 66000 that conntrack takes for right: the entry is ESTABLISHED and ASSURED. Of the others
#     half are "invalid" (beyond what we sent); the half below is let pass as late, and as established. With tcp_be_liberal
#     the first ACK will do.
#   - our TCP is not taken in: no socket, and a RST to each. The RST to the right one ends the entry: CLOSE, at once.
#   - but that RST is no safeguard. Forged packets with a window of 1 make it fall outside of the window, so conntrack
#     ignores it; forged ACKs with an MD5 option get no RST from our TCP at all. Then the entry stays ESTABLISHED and
#     ASSURED, for five days.
#   - a live X resets our SYN-ACK, which closes the entry before any ACK: nothing can be forged of him. Of an X that is
#     switched off or whose firewall drops strays, everything can.
# So all that conntrack says of a connection can be had for 65075 packets. tidegate takes a socket's word for it, or that
# of a FIN that our side has sent.
. "$(dirname "$0")/lib.sh"
needs nft
lab_up
lively=203.0.113.21
ip -n "$LAB-innocent" addr add $lively/24 dev eth0
all="--count 65076 --guess 65076"

# The innocent himself is behind a firewall that swallows his RSTs; his other address answers as any host.
in_ns innocent nft -f - <<NFT || bail "the innocent has no firewall"
table inet quiet {
	chain out {
		type filter hook output priority 0;
		ip saddr $INNOCENT tcp flags & rst == rst drop
	}
}
NFT

in_ns host nft -f - <<NFT || bail "the host has no counters"
table inet probe {
	counter invalid { }
	counter established { }
	chain in {
		type filter hook prerouting priority -100;
		tcp flags & (syn | ack) != ack return
		ip saddr { $FORGED, 203.0.113.0/24 } ct state invalid counter name invalid
		ip saddr { $FORGED, 203.0.113.0/24 } ct state established counter name established
	}
}
NFT

# tcp_stat NAME: of /proc/net/snmp, in the host.
tcp_stat()
{
	# shellcheck disable=SC2016 # awk's own dollars
	in_ns host awk -v k="$1" '$1 == "Tcp:" { for (i in h) if (h[i] == k) print $i; split($0, h) }' /proc/net/snmp
}

# set_host NAME VALUE: below /proc/sys/net.
set_host()
{
	in_ns host sh -c "echo $2 >/proc/sys/net/$1"
}

counted()
{
	in_ns host nft reset counter inet probe "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

# entries ADDR: "STATE N assured N, ..." as conntrack has them of it.
entries()
{
	in_ns host "$B/lab/probe_ct" list "$1" | paste -sd, | sed 's/,/, /g'
}

# sweep WHAT ADDR FORGE-OPTION...: sets BECAME, and SOCKETS that came of it.
sweep()
{
	local what=$1 x=$2 sockets resets
	shift 2
	sockets=$(tcp_stat PassiveOpens) resets=$(tcp_stat OutRsts)
	nsenter "--net=/run/netns/$LAB-host" -- "$B/lab/probe_ct" watch "$x" >"$D/watch" &
	local watcher=$!
	sleep 0.1
	in_ns attacker "$B/lab/forge" --src "$x" --dst $HOST --port 80 "$@"
	sleep 0.2
	kill $watcher
	wait $watcher
	BECAME=$(entries "$x") SOCKETS=$(($(tcp_stat PassiveOpens) - sockets))
	read -r was left slowest <"$D/watch"
	note "$what: conntrack has $BECAME; $was became established, $left of these ended, the last after $slowest us"
	note "  called invalid $(counted invalid), established $(counted established);" \
		"our RSTs $(($(tcp_stat OutRsts) - resets)), sockets $SOCKETS"
}

note "Linux $(uname -r)"
for from in 0 33000; do
	# shellcheck disable=SC2086 # several options
	sweep "all numbers from $from on" 198.18.1.$((from / 33000)) $all --guess-from $from
	is "sockets by a sweep of all numbers from $from on" "$SOCKETS" 0
done
# shellcheck disable=SC2086
{
	sweep "window 1" 198.18.1.10 $all --window 1
	sweep "MD5 option" 198.18.1.11 $all --md5
	sweep "in the name of a live host" $lively $all
	sweep "in the name of one behind a firewall, MD5 option" $INNOCENT $all --md5
	set_host netfilter/nf_conntrack_tcp_loose 0
	sweep "tcp_loose 0, window 1" 198.18.1.12 $all --window 1
	set_host netfilter/nf_conntrack_tcp_loose 1
	set_host netfilter/nf_conntrack_tcp_be_liberal 1
	sweep "tcp_be_liberal 1, three ACKs" 198.18.1.13 --count 4 --guess 4 --window 1
	set_host netfilter/nf_conntrack_tcp_be_liberal 0
}
in_ns host nft delete table inet probe

# What tidegate makes of it. It asks about a connection after 50 to 150 ms: a SYN and then 8000 guesses is what fits into
# that here, and an eighth of them hit. Four are already too many for the limits of these rules, were they believed.
own_conf
sed -i -E '/name = "rate.ssh"/,/limit = /s/limit = [0-9]+/limit = 4/' "$D/etc/rules/rate.conf"
for cookies in 1 2; do
	set_host ipv4/tcp_syncookies $cookies
	rm -f "$D/eve.json"
	daemon_start enforce web-server
	claims=("198.18.2.$cookies --window 1")
	[ $cookies = 1 ] || claims+=("$INNOCENT --md5" "$lively --md5") # what sockets cannot deny is the harder case
	for x in "${claims[@]}"; do
		# shellcheck disable=SC2086 # an address and options
		in_ns attacker "$B/lab/forge" --dst $HOST --port 22 --count 560000 --guess 8000 --src $x
		x=${x%% *}
		note "tcp_syncookies $cookies, $x: conntrack has $(entries "$x")"
		is "sources that it calls proven (tcp_syncookies $cookies, $x)" \
			"$(alerts event_type=alert "src_ip=$x" tidegate.proof=answered)" 0
	done
	found "they were found, as claimed" event_type=alert "tidegate.detector=rate.ssh" tidegate.proof=claimed
	is "elements that cost them service" "$(acting '^(drop|new|refuse|limit)')" 0
	is "and nobody is known as served by it" "$(acting '^served')" 0
	# Only after the last look at who is served: his own connection is a real one, and what our side sends of it again
	# (he swallows his RSTs) makes him served in truth, in the next round as well.
	[ $cookies = 1 ] || check "the innocent gets into the forged service" reaches innocent 22 3
	daemon_stop
done

# And still, who really connects is proven, also where he ends each connection himself before it is asked about.
in_ns host python3 "$HERE/knock.py" echo :: 443 &
echo=$!
rm -f "$D/eve.json"
daemon_start enforce web-server
wait_for 3 reaches attacker 443
in_ns attacker python3 "$HERE/connect.py" --parallel 4 --seconds 6 --count 100000 --leave $HOST 443 >/dev/null
found "connections that their client ends at once: proven" event_type=alert "tidegate.detector=rate.web" \
	"src_ip=$ATTACKER" tidegate.proof=answered
kill $echo
finish
