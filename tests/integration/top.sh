#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tidegate top says of real traffic, held against its known rates; and its screen in a real terminal: every view, with
# and without colour and UTF-8, resized, without a daemon, and what it leaves behind. (Rates over five seconds, and a
# screen that waits: it minds a busy neighbour little, but it does.)
# shellcheck disable=SC2317 # its functions are called by wait_for
. "$(dirname "$0")/lib.sh"
needs jq tmux pgrep
lab_up

RATE=400000
in_ns host python3 "$HERE/stream.py" serve:webby $HOST 8443 $RATE &
in_ns host python3 "$HERE/stream.py" "serve:$(printf 'ev\033[2Jil')" $HOST6 9000 50000 &
in_ns host python3 "$HERE/stream.py" serve:local 127.0.0.1 9100 70000 &
sleep 0.5
in_ns innocent python3 "$HERE/stream.py" take $HOST 8443 &
in_ns attacker python3 "$HERE/stream.py" take $HOST 8443 &
in_ns innocent python3 "$HERE/stream.py" take $HOST6 9000 &
in_ns host python3 "$HERE/stream.py" take 127.0.0.1 9100 &
in_ns host sysctl -qw net.netfilter.nf_conntrack_acct=1
in_ns innocent python3 "$HERE/stream.py" send $HOST 53 90000 &

# entries task|fd: how many threads, or descriptors, the daemon has.
entries()
{
	find "/proc/$DAEMON/$1" -mindepth 1 -maxdepth 1 | wc -l
}

code "without a daemon" 69 top --frames 1
says "the reason is told" "is tidegated running\|no daemon answers"
daemon_start detect web-server
# The streams began before the daemon did: only a connection that it sees can prove anybody.
check "the innocent connects" reaches innocent 80 3
threads_idle=$(entries task)
code "a view that is none" 64 top flaws
says "is answered with the right one" "did you mean 'flows'"
code "frames that are no number" 64 top --frames some
code "an interval that is too short" 64 top --interval 1ms

# ---- frames ----------------------------------------------------------------------------------------------------

ctl top -o json --frames 5 >"$D/frames"
is "five frames of JSON" "$(jq -s length "$D/frames")" 5
# mean FILTER: of the five frames, a number each.
mean()
{
	jq -s "[.[] | $1] | add / length | round" "$D/frames"
}

# near TEXT VALUE WANTED: within ten per cent.
near()
{
	at_least "$1" "$2" $(($3 * 90 / 100))
	at_most "$1" "$2" $(($3 * 110 / 100))
}
near "bytes/s of a flow" "$(mean "[.flows[] | select(.remote == \"$INNOCENT\" and .local_port == 8443) | .out_bytes_s] | add")" $RATE
near "of its process, two flows" "$(mean '.processes[] | select(.comm == "webby") | .out_bytes_s')" $((2 * RATE))
near "of its service" "$(mean '.services[] | select(.port == 8443) | .out_bytes_s')" $((2 * RATE))
near "of a source" "$(mean ".sources[] | select(.address == \"$ATTACKER\") | .out_bytes_s")" $RATE
at_least "of the interface, with all headers" "$(mean '.interfaces[] | select(.name == "eth0") | .out_bytes_s')" $((2 * RATE + 50000))
at_most "of the interface, with all headers" "$(mean '.interfaces[] | select(.name == "eth0") | .out_bytes_s')" $((3 * RATE))
near "of datagrams, by conntrack (1028 bytes each)" "$(mean '.flows[] | select(.proto == "UDP" and .local_port == 53) | .in_bytes_s')" 92520
is "the service's established connections" "$(mean '.services[] | select(.port == 8443) | .established')" 2
is "connections of the process" "$(mean '.processes[] | select(.comm == "webby") | .flows')" 2
is "the flow's process is named" "$(jq -sr '.[4].flows[] | select(.remote == "'$INNOCENT'" and .local_port == 8443) | .comm' "$D/frames")" webby
is "loopback is left out" "$(jq -s '[.[].flows[] | select(.local_port == 9100)] | length' "$D/frames")" 0
is "states are those of ss" "$(jq -s '.[4].states.LISTEN' "$D/frames")" "$(in_ns host ss -Htln | wc -l)"
is "no frame is told twice" "$(jq -sr '[.[].taken] | unique | length' "$D/frames")" 5
at_least "the collector has a thread" "$(entries task)" $((threads_idle + 1))

ctl top -o plain --frames 2 >"$D/plain"
is "lines of plain frames over 80 columns" "$(awk 'length > 80' "$D/plain" | wc -l)" 0
is "bytes that are no printable ASCII" "$(LC_ALL=C grep -c '[^ -~]' "$D/plain")" 0
for view in ADDRESS SERVICE REMOTE NAME PID WHAT INCIDENT; do
	is "plain frames with the view of $view" "$(grep -c "\\b$view\\b" "$D/plain")" 2
done
is "one view alone" "$(ctl top flows -o plain --frames 1 | grep -c 'SERVICE\|ADDRESS')" 0
env -u TERM "$B/tidegate" --socket "$D/control.sock" top --frames 1 </dev/null >"$D/out" 2>&1
is "without a terminal it is plain frames" "$? $(grep -c ADDRESS "$D/out")" "0 1"

# ---- the screen ------------------------------------------------------------------------------------------------

export LC_ALL=C.UTF-8
SCREENS=0
term()
{
	tmux -S "$D/tmux$SCREENS" -f /dev/null "$@"
}

# screen COMMAND...: a fresh terminal of 80x24, in which that runs, and then tells how it ended.
screen()
{
	[ "$SCREENS" = 0 ] || term kill-server
	SCREENS=$((SCREENS + 1))
	term new-session -d -x 80 -y 24 "stty -a >$D/stty.before; $*; echo ended \$?; stty -a >$D/stty.after; sleep 300"
}
picture()
{
	term capture-pane -p
}
shows()
{
	picture | grep -q -- "$1"
}

# shown TEXT PATTERN: within five seconds; else the screen is told.
shown()
{
	if wait_for 5 shows "$2"; then
		ok "$1"
	else
		not_ok "$1"
		picture | sed 's/^/  | /'
	fi
}
tool_pid()
{
	pgrep -P "$(term display-message -p '#{pane_pid}')" -x tidegate
}
TOOL="$B/tidegate --socket $D/control.sock top"

in_ns attacker nmap -n -Pn -sS -p 1-30 $HOST >/dev/null 2>&1
screen "env TERM=screen-256color $TOOL"
shown "sources: who gets most" "^$INNOCENT .*proven"
shown "sources: who scans, and what would stand against it" "^$ATTACKER .*%.*(shield)"
term send-keys 2
shown "services: port, connections, program" "^tcp/8443 .* 2 .*webby"
term send-keys 3
shown "flows: ends, rates, state, program" "^TCP  8443 <- $INNOCENT:[0-9]* .*ESTAB .*webby"
shown "flows: a name that would clear the screen does not" "ev?\[2Jil"
is "of loopback none" "$(picture | grep -c 9100)" 0
term send-keys a
shown "but all where all is asked for" "127.0.0.1:9100"
term send-keys a 4
shown "interfaces: numbers" "^eth0  *[0-9]"
shown "and a graph of blocks" "█"
term send-keys 5
shown "processes: number, user, name, rates" " root  *webby .* 2 "
term send-keys 6
shown "states: how many of each" "^ESTAB  *[0-9]"
term send-keys 7
shown "incidents: the scan" "^T-[0-9A-Z]* *$ATTACKER .*scan.fast"
term send-keys Enter
shown "Enter explains it" "EXPLAIN T-"
shown "in the words of explain" "^Why  *scan.fast"
term send-keys x 3 /
term send-keys 8443 Enter
shown "a filter says what it hides" "/8443: 2 of 4"
term send-keys Escape '?'
shown "help" "KEYS AND WORDS"
term send-keys x s
sleep 0.3
term send-keys p
shown "a pause is told" "PAUSED"
before=$(picture)
sleep 1.5
check "and nothing moves meanwhile" test "$(picture)" = "$before"
term send-keys p
for size in "120 40" "80 24" "40 10" "10 3" "80 24"; do
	# shellcheck disable=SC2086 # two words
	set -- $size
	term resize-window -x "$1" -y "$2"
	sleep 0.4
	check "at ${1}x$2 it goes on" tool_pid
	is "lines wider than the screen" "$(picture | awk -v w="$1" 'length > w' | wc -l)" 0
done
shown "and is whole again" "$INNOCENT:[0-9]"
term send-keys q
shown "q ends it" "^ended 0"
check "the terminal is as it was" wait_for 3 cmp "$D/stty.before" "$D/stty.after"
check "and the screen is the one before" not shows "tidegate top"

screen "env TERM=vt100 NO_COLOR=1 LC_ALL=C $TOOL interfaces"
shown "a vt100 without UTF-8 has the same" "^eth0  *[0-9]"
shown "with graphs of ASCII" "####"
is "bytes that are not ASCII" "$(picture | LC_ALL=C grep -c '[^ -~]')" 0
term capture-pane -ep >"$D/styled"
is "colours" "$(grep -c "$(printf '\033')\[3[0-7]m" "$D/styled")" 0
term send-keys 3
shown "and all views" "<- $INNOCENT"
term send-keys C-c
shown "Ctrl-C ends it" "^ended 0"
check "the terminal is as it was" wait_for 3 cmp "$D/stty.before" "$D/stty.after"

screen "env TERM=no-such-terminal $TOOL --frames 1"
shown "on an unknown terminal it is plain frames" "^ended 0"

screen "env TERM=screen $TOOL"
shown "a screen again" "^$INNOCENT"
kill -TERM "$(tool_pid)"
shown "SIGTERM ends it" "^ended 0"
check "the terminal is as it was" wait_for 3 cmp "$D/stty.before" "$D/stty.after"

screen "env TERM=screen $TOOL"
shown "before the daemon ends" "^$INNOCENT"
daemon_stop
shown "a daemon that is gone is told" "hung up\|no daemon answers"
shown "and what it said last stays" "^$INNOCENT"
daemon_start detect web-server
shown "it is found again by itself" "estab"
term send-keys q
shown "q ends it" "^ended 0"
idle()
{
	[ "$(entries fd)" -le "$fds" ]
}
fds=$(entries fd)
fds=$((fds - 3))
check "when nobody looks the daemon gives its sockets back" wait_for 10 idle
term kill-server
finish
