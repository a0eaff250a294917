#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration: a real scan and a real connection flood against a host with tidegate, seen from all three sides.
# It tells and tests nothing but that it came to its end; under a minute.
. "$(dirname "$0")/lib.sh"

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' blue=$'\e[36m' plain=$'\e[0m'
else
	bold='' dim='' red='' green='' blue='' plain=''
fi

chapter() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
attacker() { printf '  %sattacker%s  %s\n' "$red" "$plain" "$*"; }
innocent() { printf '  %sinnocent%s  %s\n' "$green" "$plain" "$*"; }
host() { printf '  %shost    %s  %s\n' "$blue" "$plain" "$*"; }

# What the tool says, as it says it.
show()
{
	host "\$ tidegate $*"
	ctl "$@" 2>&1 | head -n "${LINES_SHOWN:-16}" | sed "s/^/            $dim/; s/\$/$plain/"
}

scan()
{
	local begun
	begun=$(date +%s%N)
	attack_nmap 40 -sS -T4 --max-retries 0 --min-rate 300 $HOST
	learned "$D/nmap.xml" >/dev/null
	attacker "nmap -sS $HOST: of 1000 ports it learned $bold$LEARNED$plain" \
		"($OPEN open, $CLOSED closed) in $((($(date +%s%N) - begun) / 1000000)) ms"
}

# flood SECONDS: both at the same time; what each of them got.
flood()
{
	local good bad worst pid
	in_ns attacker python3 "$HERE/connect.py" --parallel 8 --count 1000000 --seconds "$1" --timeout 0.5 $HOST 80 \
		>"$D/flood" &
	pid=$!
	read -r good bad worst _ < <(in_ns innocent python3 "$HERE/connect.py" --count $(($1 * 15)) --gap 0.06 $HOST 80)
	wait $pid
	innocent "$bold$good of $((good + bad))$plain connections to port 80 answered, the slowest after $worst ms"
	read -r good bad _ _ <"$D/flood"
	attacker "$good connections answered in $1 s, $bold$bad not$plain"
}

[ -x "$B/tidegated" ] || bail "$B/tidegated is not built: make"
needs nmap
chapter "1. A lab of its own: attacker $ATTACKER, innocent $INNOCENT, host $HOST (web, ssh, dns)"
lab_up
host "no tidegate yet"
scan

chapter "2. tidegated starts, mode enforce, policy web-server"
daemon_start enforce web-server
host "$(head -n 3 "$D/daemon.log" | tail -n 1)"
scan
innocent "reaches port 80: $(reaches innocent && echo yes || echo no)"
attacker "reaches port 80: $(reaches attacker && echo yes || echo no)" \
	"(a SYN scan can be forged: its source loses closed ports, never a service)"
show explain $ATTACKER

chapter "3. A flood of real connections: proven by their handshakes, so the source itself may be held"
flood 6
flood 4
show list

chapter "4. What the daemon counted"
show status

chapter "5. Ctrl-C"
daemon_stop
host "exit code $?, left in the kernel: $(in_ns host nft list ruleset | wc -l) lines"
echo
exit 0
