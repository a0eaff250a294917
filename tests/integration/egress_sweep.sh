#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 50
# A sweep that leaves this host, by the daemon and nmap: 254 addresses of which half answer are found with who did it,
# nothing is done in detect mode; in enforce mode his user's new connections are held to a few a second, nobody else's
# and no session with him. Bursts of curl to places that answer are no sweep.
# shellcheck disable=SC2317 # much is called by check and wait_for
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/integration/lib_egress.sh
. "$HERE/lib_egress.sh"
needs nmap
egress_up

# Of 10.66.0.0/24 half answers, a quarter refuses, a quarter is silent; of 10.77.0.0/24 everybody answers.
ip route add 10.66.0.0/24 via $ATTACKER
ip route add 10.77.0.0/24 via $INNOCENT
in_ns attacker ip route add local 10.66.0.0/24 dev lo
in_ns innocent ip route add local 10.77.0.0/24 dev lo
in_ns attacker nft -f - <<END || skip "no nftables here"
table inet world {
	chain in {
		type filter hook input priority 0;
		ip daddr & 0.0.0.3 == 1 ip daddr 10.66.0.0/24 reject with tcp reset
		ip daddr & 0.0.0.3 == 3 ip daddr 10.66.0.0/24 drop
	}
}
END
serve attacker 80
serve innocent 80 443
for at in 10.66.0.2:80 10.77.0.1:80 10.77.0.1:443; do
	wait_for 9 in_ns host curl -s -m 1 "http://$at/" || bail "nobody answers at $at"
done

# sweep UID OPTION...: nmap at port 80 of both halves.
sweep()
{
	as "$1" timeout 60 nmap -n -Pn -T4 --max-retries 0 -p 80 -oG - "${@:2}" 10.66.0.1-254 >"$D/nmap.txt" 2>&1 ||
		not_ok "nmap: $(tail -n 1 "$D/nmap.txt")"
	note "nmap found $(grep -c /open/ "$D/nmap.txt") open"
}

# sweeps FIELD=GLOB...: how often one was found.
sweeps()
{
	alerts event_type=alert "tidegate.detector=egress.sweep" "$@"
}

# fetched UID WANTED TEXT OPTION... URL...: so many pages are had.
fetched()
{
	is "$3" "$(as "$1" curl -s -o /dev/null -w '%{http_code}\n' "${@:4}" 2>/dev/null | grep -c 200)" "$2"
}

# at_once UID: of forty new connections at once, to as many addresses, how many are answered before they are tried again.
at_once()
{
	as "$1" curl -s -Z --parallel-immediate --parallel-max 40 --connect-timeout 0.9 -o /dev/null -w '%{http_code}\n' \
		"http://10.77.0.[101-140]/" 2>/dev/null | grep -c 200
}

# of UID FIELD: of the newest sweep of that user.
of()
{
	alert_values "$2" "tidegate.detector=egress.sweep" "tidegate.subject=uid:$1" | tail -n 1
}

told()
{
	[ "$(sweeps "tidegate.subject=uid:$1")" -ge "$2" ]
}

held()
{
	in_ns host nft list set inet tidegate egress_limit_user 2>/dev/null | grep -qE "elements = .*\b$1\b"
}

# ---- who must not be found ----

daemon_start detect web-server
fetched $ME 60 "curl, sixty addresses one after another" -m 5 "http://10.77.0.[1-60]/"
fetched $ME 50 "curl, fifty at once, as a page with all its servers" -Z --parallel-immediate --parallel-max 50 -m 9 \
	"http://10.77.0.[61-85]/" "http://10.77.0.[61-85]:443/"
fetched $ME 120 "curl, forty files of each of three servers, as apt and git" -m 5 "http://10.77.0.{91,92,93}/index.html?[1-40]"
# As a mail server's queue, of which a fifth is dead; each letter is taken in a moment.
letters=()
for i in {1..80}; do
	if ((i % 5)); then letters+=("http://10.77.0.$((150 + i)):443/"); else letters+=("http://10.66.0.$((2 * i + 1)):443/"); fi
done
fetched $OTHER 64 "curl, eighty servers of which one in five is dead" -Z --parallel-max 20 -m 5 --connect-timeout 1 "${letters[@]}"
sleep 3.5 # what became of the last of them is asked by then
is "sweeps found among all that" "$(sweeps)" 0

# ---- who must ----

sweep $ME -sT
check "nmap's connections of a user are found" wait_for 12 told $ME 1
is "its process" "$(of $ME tidegate.egress.process)" nmap
is "its user" "$(of $ME tidegate.egress.uid)" $ME
check "its executable" test -x "$(of $ME tidegate.egress.executable)"
is "what is told of them is local" "$(of $ME tidegate.proof)" local
note "$(of $ME tidegate.about), $(of $ME tidegate.served_by)"
code "explain" 0 explain uid:$ME -o plain
says "tells the process" "^process	nmap"
says "and its executable" "^executable	/.*nmap"
says "and that nothing was done" "^state	shadow"
sweep 0 -sS --min-rate 100
check "nmap's raw packets of root are found" wait_for 12 told 0 1
is "its user" "$(of 0 tidegate.egress.uid)" 0
is "in detect mode nobody is held back" "$(acting '^(egress|limit_on|jail_on|bytes_on)')" 0
at_least "forty new connections at once, answered" "$(at_once $ME)" 40
is "EVE: one object of egress in each alert of egress" "$(alerts event_type=alert 'tidegate.detector=egress.*' 'tidegate.egress=*')" \
	"$(alerts event_type=alert 'tidegate.detector=egress.*')"
daemon_stop

# ---- enforced ----

rm -f "$D"/*.db "$D/eve.json"
daemon_start enforce web-server
in_ns host setpriv --reuid $ME --regid $ME --clear-groups "$PY" "$HERE/knock.py" echo :: 2222 >/dev/null 2>&1 &
PIDS+=($!)
wait_for 9 in_ns attacker "$PY" "$HERE/connect.py" --quiet --leave --timeout 0.5 $HOST 2222
in_ns attacker "$PY" "$HERE/knock.py" hold $HOST 2222 --seconds 14 >"$D/held" &
session=$!
sweep $ME -sT --max-rate 25
check "it is found while it goes on" told $ME 1
at_most "of 127 that answer the sweep found" "$(grep -c /open/ "$D/nmap.txt")" 100
check "its user is held back" wait_for 5 held $ME
at_least "status counts the sweep" "$(state .engine.findings.sweep)" 1
at_least "and the limit" "$(state '.measures.by_response["egress-limit"]')" 1
at_least "and what began here" "$(state .egress.begun)" 40
check "and says so to people" grep -q '^Egress .*limits' <(ctl status)
at_most "of his forty new connections at once, answered" "$(at_once $ME)" 20
is "of another user's forty" "$(at_once $OTHER)" 40
wait $session
is "a session with a program of his" "$(cat "$D/held")" whole
check "and a new one" in_ns attacker "$PY" "$HERE/knock.py" hold $HOST 2222 --seconds 0.2
ctl list >"$D/out"
says "the list names him" "^uid:$ME  *egress-limit"
code "unban of a user" 0 unban uid:$ME
check "ends it" wait_for 5 not held $ME
at_least "his forty new connections at once, answered" "$(at_once $ME)" 40
sleep 3.5
check "and nothing comes back for what he did before" not held $ME
code "unban of who is free" 1 unban uid:$ME
finish
