#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 12
# Events beside the file: a collector's socket and the syslog daemon get every one, in EVE and in CEF; who does not
# listen costs nothing but lines that are counted; and while the file is rotated under a flood, no line is lost.
# What is shipped for collectors is held against these very events.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs jq python3 nmap
lab_up
own_conf
mkdir -p "$D/etc/policies/conf.d"
cat >"$D/etc/policies/conf.d/events.conf" <<END
events = { socket = "$D/collector"; socket_kind = "stream"; syslog = "local"; syslog_socket = "$D/log";
	syslog_facility = "local3"; };
END

# listener KIND PATH FILE: what comes, a line each.
listener()
{
	python3 - "$@" <<'END' &
import socket, sys, os
kind, path, out = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == 'stream' else socket.SOCK_DGRAM)
if os.path.exists(path): os.unlink(path)
s.bind(path)
f = open(out, 'ab', 0)
if kind == 'stream':
    s.listen(1)
    s, _ = s.accept()
while True:
    b = s.recv(65536)
    if not b: break
    f.write(b if kind == 'stream' else b + b'\n')
END
}
listener datagram "$D/log" "$D/syslog"
SYSLOGD=$!
wait_for 5 test -S "$D/log"
daemon_start enforce ssh-bastion
ctl ban 198.51.100.201 --for 1h -q # somebody has to have missed something
check "status says that nobody listens" test "$(state '.events.targets[] | select(.target == "socket") | .failing')" = true
lost=$(state '.events.targets[] | select(.target == "socket") | .unwritten')
at_least "lines that were counted" "$lost" 1
listener stream "$D/collector" "$D/collected"
wait_for 5 test -S "$D/collector"
sleep 1.1 # he is looked for once a second

attack_nmap 20 -sS -p 1-200 --max-retries 0 -T5 $HOST
found "a scan" event_type=alert "src_ip=$ATTACKER"
found "and its measure" tidegate.event=block
ctl ban 198.51.100.200 --for 1h -q

# The file, rotated again and again while events come.
rotated=0
for i in $(seq 60); do
	ctl ban "203.0.113.$((i + 100))" --for 1h -q
	[ $((i % 10)) = 0 ] || continue
	mv "$D/eve.json" "$D/eve.json.$i"
	kill -USR1 "$DAEMON"
	rotated=$((rotated + 1))
done
reopened()
{
	[ -s "$D/eve.json" ] || { ctl ban 203.0.113.200 --for 1h -q; return 1; }
}
check "it writes to the new one" wait_for 5 reopened
lines()
{
	cat "$D"/eve.json "$D"/eve.json.* | wc -l
}
all_written()
{
	[ "$(lines)" = "$(state .events.written)" ] && [ "$(state .events.written)" = "$(state .events.total)" ]
}
check "after $rotated rotations every event is in one of the files" wait_for 5 all_written
is "lines that are no whole JSON" "$(cat "$D"/eve.json "$D"/eve.json.* | jq -c . 2>&1 >/dev/null | wc -l)" 0

same_lines()
{
	[ "$(wc -l <"$D/syslog")" = "$(lines)" ]
}
check "the syslog daemon got all of them" wait_for 5 same_lines
is "not as it reads them" "$(grep -vcE '^<15[0-9]>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} tidegated\[[0-9]+\]: CEF:0\|tidegate\|tidegate\|[^|]*\|[^|]+\|[^|]+\|[0-9]+\|rt=' "$D/syslog")" 0
check "the scan as CEF" grep -qE "\|scan\.[a-z]+\|[0-9]\|.* src=$ATTACKER " "$D/syslog"
# The first collector heard nothing before it was there, and all since.
as_in_file()
{
	sort "$D/collected" | cmp -s - <(cat "$D"/eve.json "$D"/eve.json.* | sort | tail -n "$(wc -l <"$D/collected")")
}
at_least "lines that the collector got" "$(wc -l <"$D/collected")" 120
check "the collector's lines are the file's" wait_for 5 as_in_file

kill "$SYSLOGD"
rm "$D/log"
ctl ban 203.0.113.250 --for 1h -q
failing()
{
	[ "$(state '.events.targets[] | select(.target == "syslog") | .failing')" = true ]
}
check "a syslog daemon that is gone is told" wait_for 5 failing
ctl status >"$D/out"
says "in words, too" "syslog $D/log: .* written, .*nobody takes them now"
listener datagram "$D/log" "$D/syslog2"
SYSLOGD=$!
heard_again()
{
	ctl ban 203.0.113.251 --for "$RANDOM"s -q
	[ -s "$D/syslog2" ]
}
check "and is written to when it is back" wait_for 10 heard_again

# ---- what is shipped for collectors ----

cat "$D"/eve.json* >"$D/all.json"
check "every field that packaging/siem names is in these events" python3 "$HERE/siem.py" "$TOP/packaging/siem" "$D/all.json"
python3 "$HERE/siem.py" "$TOP/packaging/siem" "$D/all.json" | sed 's/^/          /'
if command -v logrotate >/dev/null; then
	sed "s|/var/log/tidegate/|$D/|; s|^\tsu .*||; s|create 0640 .*|create 0640|; s|/run/tidegate/|$D/|; s|/run/systemd/system|/nonexistent|" \
		"$TOP/packaging/logrotate/tidegate" >"$D/rotate.conf"
	chmod 644 "$D/rotate.conf"
	rm -f "$D"/eve.json.*
	check "logrotate takes what is shipped" logrotate -f -s "$D/rotate.state" "$D/rotate.conf"
	check "and the daemon a new file" wait_for 5 reopened
	check "the old one is there" test -s "$D/eve.json.1"
else
	note "logrotate is not installed: its file was not tried"
fi
kill "$SYSLOGD"
finish
