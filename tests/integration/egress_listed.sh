#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 25
# Places that a list names, by the daemon and curl. Of a list that is to be refused not one packet leaves, the program is
# told soon and from then on at once, for both families, and what those places begin with us goes on; of another list it is
# told who called, and no more.
# shellcheck disable=SC2317 # much is called by check and wait_for
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/lib_egress.sh
. "$HERE/lib_egress.sh"
egress_up
own_conf
mkdir "$D/etc/policies/conf.d" "$D/lists"
serve attacker 8443
serve innocent 8443
nsenter "--net=/run/netns/$LAB-attacker" -- "$PY" "$HERE/serve.py" --tcp 8080 >/dev/null 2>&1 &
PIDS+=($!)
printf '%s\n' $ATTACKER "${ATTACKER6%::*}::/64" >"$D/lists/bad.txt"
echo $INNOCENT >"$D/lists/odd.txt"
touch -d '1 minute ago' "$D/lists/"*
cat >"$D/etc/policies/conf.d/feeds.conf" <<END
feeds = ( { name = "bad"; file = "$D/lists/bad.txt"; refuse = true; }, { name = "odd"; file = "$D/lists/odd.txt"; } );
END
nft -f - <<END || skip "no nftables here"
table inet seen {
	counter four { }
	counter six { }
	chain f {
		type filter hook forward priority 0
		ip saddr $HOST ip daddr $ATTACKER tcp dport { 8080, 8443 } counter name four
		ip6 saddr $HOST6 ip6 daddr $ATTACKER6 tcp dport 8080 counter name six
	}
}
END

seen()
{
	nft -j list counter inet seen "$1" | jq '.nftables[] | select(.counter) | .counter.packets'
}

# calls URL: as a user; prints curl's exit code (0: answered, 7: refused, 28: no answer) and the seconds until then.
calls()
{
	local seconds
	seconds=$(as $ME curl -s -g -m 9 -o /dev/null -w '%{time_total}' "$1")
	echo "$? $seconds"
}

has()
{
	[ "$(ctl feed list -o json | jq -r "select(.feed == \"$1\") | .entries")" = "$2" ]
}

# told ADDRESS
told()
{
	some_alert event_type=alert tidegate.detector=egress.listed "dest_ip=$1"
}

# of FIELD ADDRESS
of()
{
	alert_values "$1" tidegate.detector=egress.listed "dest_ip=$2" | head -n 1
}

refused()
{
	in_ns host nft list table inet tidegate 2>/dev/null | grep -A8 'set egress_refuse' | grep -q "$1"
}

for at in $ATTACKER $INNOCENT; do
	wait_for 9 in_ns host curl -s -m 1 -o "$D/out" "http://$at:8443/" || bail "nobody answers at $at"
done

# ---- detect mode ----

daemon_start detect web-server
check "the lists are read" wait_for 9 has bad 2
check "both of them" wait_for 9 has odd 1
read -r result _ < <(calls "http://$ATTACKER:8443/")
is "in detect mode it is answered" "$result" 0
check "and told" wait_for 5 told $ATTACKER
is "which list" "$(of tidegate.about $ATTACKER)" "listed by bad"
at_least "packets that left for it" "$(seen four)" 3
daemon_stop
rm -f "$D"/*.db "$D/eve.json"

# ---- enforced ----

daemon_start enforce web-server
wait_for 9 has bad 2
wait_for 9 has odd 1
nft reset counters >/dev/null 2>&1
read -r result seconds < <(calls "http://$ATTACKER:8443/")
is "whom a list refuses is not reached: curl" "$result" 7
at_most "until its user was told, s" "$seconds" 4
is "packets that left for it" "$(seen four)" 0
check "the kernel refuses it" wait_for 5 refused $ATTACKER
read -r result seconds < <(calls "http://$ATTACKER:8080/")
is "from then on, at another port" "$result" 7
at_most "at once, s" "$seconds" 0.9
is "packets that left for it" "$(seen four)" 0
read -r result seconds < <(calls "http://[$ATTACKER6]:8080/")
is "over IPv6, by its prefix: curl" "$result" 7
at_most "until its user was told, s" "$seconds" 4
is "packets that left for it" "$(seen six)" 0
check "it is told" wait_for 5 told $ATTACKER
# shellcheck disable=SC2317 # called by wait_for
named()
{
	[ "$(of tidegate.egress.process "$ATTACKER")" = curl ]
}
check "its process" wait_for 5 named
is "its user" "$(of tidegate.egress.uid $ATTACKER)" $ME
check "what a listed place begins with us goes on" reaches attacker 80 3
read -r result _ < <(calls "http://$INNOCENT:8443/")
is "whom a list but names is answered" "$result" 0
check "and told" wait_for 5 told $INNOCENT
is "which list" "$(of tidegate.about $INNOCENT)" "listed by odd"
is "its process" "$(of tidegate.egress.process $INNOCENT)" curl
is "and no more is done" "$(of tidegate.decision $INNOCENT)" observe
check "the kernel does not refuse it" not refused $INNOCENT
is "EVE: one object of egress in each alert of egress" "$(alerts event_type=alert 'tidegate.detector=egress.*' 'tidegate.egress=*')" \
	"$(alerts event_type=alert 'tidegate.detector=egress.*')"

# ---- what is said of it ----

code "explain" 0 explain $ATTACKER
says "tells the list" "listed by bad"
says "and who called" "curl"
code "explain, for programs" 0 explain $ATTACKER -o plain
says "tells the measure" "^response	egress-refuse"
says "and its state" "^state	applied"
is "the list" "$(ctl feed find $ATTACKER -o plain | cut -f 2-)" bad
code "feed list" 0 feed list
says "tells what is refused" "bad"
code "unban" 0 unban $ATTACKER
check "ends it" wait_for 5 not refused $ATTACKER
read -r result _ < <(calls "http://$ATTACKER:8443/")
is "until it is called again, for it is listed still: curl" "$result" 7
finish
