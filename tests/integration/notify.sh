#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 20
# What happens is told by hooks: a real scan once, a flood in few messages, a hook that hangs is killed alone, and
# kill -9 of the daemon or of the teller loses nothing and repeats nothing. The shipped hooks make mails and requests
# out of it that no word of an event can break.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs jq python3 nmap curl
lab_up
own_conf
hooks=$D/etc/policies/hooks.d
mkdir -p "$hooks" "$D/etc/policies/conf.d" "$D/got"
cat >"$D/etc/policies/conf.d/notify.conf" <<END
notify = { severity = 3; events = ["finding", "block", "alarm"]; batch = "1s"; time_limit = "2s"; per_hour = 120; };
END
cat >"$hooks/10-keep" <<END
#!/bin/sh
cat >"$D/got/new" && mv "$D/got/new" "$D/got/\$TIDEGATE_MESSAGE.\$(date +%s%N).json"
cp "\$TIDEGATE_TEXT" "$D/got/\$TIDEGATE_MESSAGE.txt"
END
cat >"$hooks/20-hang" <<END
#!/bin/sh
[ -e "$D/calm" ] && exit 0
echo "I hang"
trap '' TERM HUP
sleep 600 &
echo \$! >>"$D/hung"
wait
END
chmod +x "$hooks"/*

TELLER=
teller_start()
{
	"$B/tidegate" --socket "$D/control.sock" notify -c "$CONF" --state-dir "$D/told" >>"$D/teller.log" 2>&1 &
	TELLER=$!
	wait_for 5 test -e "$D/told/state.json" || bail "tidegate notify did not come up"
}

teller_kill()
{
	kill -9 "$TELLER"
	wait "$TELLER" 2>/dev/null
}

# told FILTER: of all messages that the hook was given, event by event.
told()
{
	cat "$D"/got/*.json 2>/dev/null | jq -r "$1"
}

# told_at_least N EVENT: so many different ones.
told_at_least()
{
	[ "$(told 'select(.tidegate.event == "block") | .tidegate.subject' | sort -u | wc -l)" -ge "$1" ]
}

daemon_start enforce ssh-bastion
teller_start

# ---- a scan ----

attack_nmap 20 -sS -p 1-200 --max-retries 0 -T5 $HOST
scan_told()
{
	told 'select(.event_type == "alert") | .src_ip' | grep -qx "$ATTACKER"
}
check "a real scan is told" wait_for 10 scan_told
is "messages given twice" "$(find "$D/got" -name '*.json' | sed 's|.*/\([0-9]*\)\..*|\1|' | sort | uniq -d | wc -l)" 0
check "in words, too" grep -q "finding (severity [0-9]) $ATTACKER: tidegate scan" "$D"/got/*.txt
killed()
{
	grep -q "hook 20-hang: message 1 was killed: its time was over; it is tried again" "$D/teller.log"
}
check "a hook that hangs is killed" wait_for 15 killed
check "with what it had started" not kill -0 "$(head -n 1 "$D/hung")"
check "what it said is in the log" grep -q "hook 20-hang: I hang" "$D/teller.log"
touch "$D/calm"

# ---- a flood ----

before=$(find "$D/got" -name '*.json' | wc -l)
for i in $(seq 120); do ctl ban "203.0.113.$((i + 100))" --for 1h -q; done
check "a flood of events is told whole" wait_for 15 told_at_least 121
at_most "messages that it took" $(($(find "$D/got" -name '*.json' | wc -l) - before)) 30

# ---- whoever is killed ----

teller_kill
for i in $(seq 5); do ctl ban "198.18.1.$i" --for 1h -q; done
stored()
{
	[ "$(ctl explain 198.18.1.5 -o json | wc -l)" -gt 0 ] && [ "$(state .store.written)" -ge "$1" ]
}
check "the daemon has stored what happened meanwhile" wait_for 5 stored "$(state .events.total)"
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
DAEMON=
teller_start
sleep 1.5 # it finds nobody
daemon_start enforce ssh-bastion
check "after kill -9 of both, what happened in between is told" wait_for 10 told_at_least 126
teller_kill
teller_start
ctl ban 198.18.2.1 --for 1h -q
check "and what happens then" wait_for 10 told_at_least 127
is "blocks that were told twice" \
	"$(told 'select(.tidegate.event == "block") | .tidegate.subject' | sort | uniq -d | wc -l)" 0
check "the teller said that nobody answered" grep -q "no events from the daemon" "$D/teller.log"
delivered()
{
	grep -q "hook 20-hang: message 1 is delivered" "$D/teller.log"
}
check "the hook that hung has been given its message again" wait_for 15 delivered
kill -USR1 "$TELLER"
tested()
{
	told 'select(.tidegate.test) | .tidegate.events' | grep -qx 1
}
check "a test goes through the service, by a signal" wait_for 10 tested
kill "$TELLER"
check "it ends when it is asked to" wait_for 10 gone "$TELLER"
wait "$TELLER" 2>/dev/null

# Who reads on comes to an end, though the daemon's own notes of its counters stand behind the last event.
read_on()
{
	python3 - "$D/control.sock" "$(jq -r .cursor "$D/told/state.json" | sed 's/:.*/:0/')" <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f, at = s.makefile('rw'), sys.argv[2]
for n in range(200):
    f.write(json.dumps({'v': 1, 'verb': 'events', 'args': {'after': at}}) + '\n')
    f.flush()
    rows = []
    while not (rows and 'end' in rows[-1]):
        rows.append(json.loads(f.readline()))
    at = rows[-2]['cursor']
    if not rows[-2]['more']:
        sys.exit(0)
sys.exit(1)
END
}
daemon_stop
daemon_start enforce ssh-bastion
sleep 1.5 # the keeper writes once a second
check "whoever reads on comes to an end" read_on

# ---- without the service ----

code "--test gives each hook a message" 0 notify --test -c "$CONF"
printf '#!/bin/sh\necho "no such room"\nexit 3\n' >"$hooks/30-fail"
chmod +x "$hooks/30-fail"
code "--test with a hook that fails" 1 notify --test -c "$CONF"
says "names it" "30-fail: ended with 3"
says "and shows what it said" "no such room"

# ---- the shipped hooks ----

mkdir "$D/bin"
cat >"$D/bin/sendmail" <<END
#!/bin/sh
{ printf '%s\n' "\$@"; echo ---; cat; } >"$D/mail"
END
chmod +x "$D/bin/sendmail"
# shellcheck disable=SC2016 # as it is
printf 'tidegate on web: 1 event\n\nx \\x0aBcc: all@example.net \\\\x22 $(reboot)\n.\n' >"$D/text"
# hook NAME: as the service would run it, after `ln -s`.
hook()
{
	ln -sf "$TOP/packaging/hooks.d/$1" "$D/bin/$1"
	env -i PATH="$D/bin:$PATH" TIDEGATE_HOST=web-1 TIDEGATE_EVENTS=1 TIDEGATE_SEVERITY=1 TIDEGATE_TEST=0 \
		TIDEGATE_TEXT="$D/text" TIDEGATE_MESSAGE=1 "$D/bin/$1" <<<'{"event_type":"tidegate-message"}' >"$D/out" 2>&1
}
check "a mail is sent" hook 50-mail
is "to" "$(sed -n '1,/---/p' "$D/mail" | tr '\n' ' ')" "-i -- root --- "
is "its headers are numbers and names" "$(grep -ci '^subject: tidegate on web-1: 1 event, severity 1$' "$D/mail")" 1
is "no other header came in" "$(sed '1,/^---$/d; /^$/,$d' "$D/mail" | grep -vcE '^(To|Subject|Auto-Submitted|MIME-Version|Content-[A-Za-z-]+): ')" 0
printf 'to = a@example.net, b@example.net\n' >"$D/bin/50-mail.conf"
check "to those whom its file names" hook 50-mail
is "two of them" "$(sed -n '1,/---/p' "$D/mail" | tr '\n' ' ')" "-i -- a@example.net b@example.net --- "
# shellcheck disable=SC2016 # as it is
printf 'to = -X/tmp/x $(id)\n' >"$D/bin/50-mail.conf"
check "not to what is no address" not hook 50-mail
rm "$D/bin/50-mail.conf" "$D/mail"
chmod g+s "$D/bin/sendmail"
check "with other rights, where it may take them" hook 50-mail
rm "$D/mail"
no_rights()
{
	setpriv --no-new-privs env -i PATH="$D/bin:$PATH" TIDEGATE_HOST=web-1 TIDEGATE_EVENTS=1 TIDEGATE_TEXT="$D/text" \
		"$D/bin/50-mail" </dev/null >"$D/out" 2>&1
}
check "not where it may not" not no_rights
is "which is said" "$(grep -c 'd-mail.conf' "$D/out")" 1
chmod g-s "$D/bin/sendmail"

python3 - "$D" <<'END' &
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    n = 0
    def do_POST(self):
        H.n += 1
        body = self.rfile.read(int(self.headers['Content-Length']))
        open(sys.argv[1] + '/posted', 'wb').write(body)
        open(sys.argv[1] + '/headers', 'w').write(str(self.headers))
        self.send_response(503 if self.path == '/busy' and H.n % 2 else 200)
        self.end_headers()
    def log_message(self, *a): pass
s = http.server.HTTPServer(('127.0.0.1', 0), H)
open(sys.argv[1] + '/port', 'w').write(str(s.server_port))
s.serve_forever()
END
SERVER=$!
wait_for 5 test -s "$D/port"
# webhook SHAPE PATH
webhook()
{
	printf '# shape: %s\nurl = "http://127.0.0.1:%s%s"\nheader = "Authorization: Bearer secret"\n' "$1" \
		"$(cat "$D/port")" "$2" >"$D/bin/50-webhook.conf"
	rm -f "$D/posted"
	hook 50-webhook
}
check "a chat is told" webhook text /
is "the very text, as JSON" "$(jq -r .text "$D/posted")" "$(cat "$D/text")"
check "with the token of its file" grep -q "Bearer secret" "$D/headers"
check "Discord's way" webhook content /
is "text of it" "$(jq -r .content "$D/posted" | head -n 1)" "tidegate on web: 1 event"
check "as events" webhook events /
is "events as they are" "$(cat "$D/posted")" '{"event_type":"tidegate-message"}'
check "ntfy's way" webhook plain /
check "with its headers" grep -q "^Priority: high" "$D/headers"
check "a server that is busy for a moment is asked again" webhook plain /busy
check "an unknown shape is told" not webhook cube /
kill "$SERVER"
check "a server that is gone is a failure" not webhook plain /

finish
