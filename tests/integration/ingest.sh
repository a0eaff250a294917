#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# The word of others: alerts of Suricata shield and no more, through a rotation of its log and a restart of the daemon;
# fail2ban's own bans and unbans land in the kernel by its action file.
# shellcheck disable=SC2317 # its functions are called by wait_for
. "$(dirname "$0")/lib.sh"
needs jq python3
lab_up

# alert FROM SID [SECONDS AGO] [TO]: a line as Suricata writes it.
alert()
{
	printf '{"timestamp":"%s","flow_id":1,"event_type":"alert","src_ip":"%s","src_port":4000,"dest_ip":"%s","dest_port":80,"proto":"TCP","direction":"to_server","alert":{"action":"allowed","gid":1,"signature_id":%s,"rev":1,"signature":"ET TEST","category":"x","severity":2}}\n' \
		"$(date -u -d "${3:-0} seconds ago" +%Y-%m-%dT%H:%M:%S.000000+0000)" "$1" "${4:-$HOST}" "$2"
}

stands() # stands ADDRESS RESPONSE
{
	[ "$(ctl -o json explain "$1" | jq -r '.explain.measures[0].response // "nothing"')" = "$2" ]
}

{ alert $ATTACKER 1; } >"$D/eve.json"
code "ingest without a daemon" 69 ingest --eve "$D/eve.json"
daemon_start enforce web-server

{
	alert $ATTACKER 1
	alert $ATTACKER 1
	alert $ATTACKER 2
	alert 198.51.100.99 7 3600
	alert 198.51.100.99 8 3600
	alert 198.51.100.99 9 3600
	echo '{"event_type":"flow"}'
} >"$D/eve.json"
code "alerts are taken" 0 ingest --eve "$D/eve.json"
says "and counted" "7 lines: 6 alerts, 3 of them taken, 3 older than 10 minutes; 0 lines were no events"
check "two signatures of the middle are not enough" stands $ATTACKER nothing
code "rubbish is named by its line" 65 ingest --eve - <<<$'{"event_type":"flow"}\nrubbish'
says "and place" "^tidegate: -:2: no JSON, at its byte"
alert $ATTACKER 3 >"$D/eve.json"
code "a third one" 0 ingest --eve "$D/eve.json"
check "is a shield" wait_for 10 stands $ATTACKER shield
check "and takes no service from whom it names" reaches attacker 80 3
is "its proof has a name of its own" \
	"$(ctl -o json explain $ATTACKER | jq -r '.explain.incident.findings[0] | .rule + " " + .proof')" "reported.alert reported"
check "what was an hour ago shields nobody" stands 198.51.100.99 nothing
alert $HOST 4 0 203.0.113.77 >"$D/eve.json"
code "whom this host calls" 0 ingest --eve "$D/eve.json"
code "is not cut off by an alert" 1 check-ip 203.0.113.77

# -f: only what is added; a rotation and a restart lose nothing.
{ alert 198.51.100.11 1; alert 198.51.100.11 2; alert 198.51.100.11 3; } >"$D/eve.json"
in_ns host "$B/tidegate" --socket "$D/control.sock" ingest -f --eve "$D/eve.json" 2>"$D/ingest.log" &
follower=$!
sleep 1
{ alert 198.51.100.12 1; alert 198.51.100.12 2; } >>"$D/eve.json"
mv "$D/eve.json" "$D/eve.json.1"
alert 198.51.100.12 3 >>"$D/eve.json.1"
{ alert 198.51.100.13 1; alert 198.51.100.13 2; } >"$D/eve.json"
check "what is added is taken" wait_for 20 stands 198.51.100.12 shield
check "what was there before is not" stands 198.51.100.11 nothing
daemon_stop
alert 198.51.100.13 3 >>"$D/eve.json"
daemon_start enforce web-server
alert 198.51.100.13 4 >>"$D/eve.json"
alert 198.51.100.13 5 >>"$D/eve.json"
check "what came while nobody was there is told afterwards" wait_for 20 stands 198.51.100.13 shield
kill $follower

# Too busy is no reason to end.
python3 -c 'import socket, sys, time
crowd = [socket.socket(socket.AF_UNIX) for _ in range(32)]
for s in crowd: s.connect(sys.argv[1])
time.sleep(60)' "$D/control.sock" &
crowd=$!
wait_for 5 not ctl status
in_ns host "$B/tidegate" --socket "$D/control.sock" ingest -f --eve "$D/eve.json" 2>"$D/ingest.log" &
follower=$!
sleep 1
for i in 1 2 3; do alert 198.51.100.14 $i; done >>"$D/eve.json"
check "a daemon without room for another client" wait_for 10 grep -q "too many clients" "$D/ingest.log"
kill $crowd
check "is asked again until there is" wait_for 20 stands 198.51.100.14 shield
kill $follower

# A real fail2ban; its backend polls a file that stands for an application's log.
if ! command -v fail2ban-server >/dev/null; then
	finish
fi
mkdir -p "$D/f2b/action.d" "$D/f2b/filter.d" "$D/f2b/jail.d"
cp "$HERE/../../packaging/fail2ban/tidegate.conf" "$D/f2b/action.d/"
touch "$D/app.log"
printf '[Definition]\nloglevel = INFO\nlogtarget = %s\nsyslogsocket = auto\nsocket = %s\npidfile = %s\ndbfile = None\ndbpurgeage = 1d\n' \
	"$D/f2b.log" "$D/f2b.sock" "$D/f2b.pid" >"$D/f2b/fail2ban.conf"
printf '[Definition]\nfailregex = ^failed from <HOST>$\ndatepattern = {NONE}\n' >"$D/f2b/filter.d/app.conf"
cat >"$D/f2b/jail.conf" <<END
[app]
enabled = true
filter = app
backend = polling
logpath = $D/app.log
maxretry = 2
findtime = 600
bantime = 600
action = tidegate[tidegate="$B/tidegate --socket $D/control.sock"]
END
f2b() { in_ns host fail2ban-client -c "$D/f2b" -s "$D/f2b.sock" -p "$D/f2b.pid" "$@"; }
in_ns host fail2ban-server -f -c "$D/f2b" -s "$D/f2b.sock" -p "$D/f2b.pid" >"$D/f2b.out" 2>&1 &
server=$!
check "fail2ban is up" wait_for 20 f2b ping
printf 'failed from 203.0.113.20\n%.0s' 1 2 3 >>"$D/app.log"
check "its ban is ours" wait_for 30 stands 203.0.113.20 drop
is "and says whose it is" "$(ctl -o json explain 203.0.113.20 | jq -r '.explain.incident.findings[0].why')" "fail2ban app"
unheard() { ! reaches innocent; }
check "nothing of it arrives" wait_for 10 unheard
f2b unban 203.0.113.20 >/dev/null
check "its unban is ours" wait_for 20 stands 203.0.113.20 nothing
f2b stop >/dev/null 2>&1 || kill $server
finish
