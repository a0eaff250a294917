#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 50
# A real sshd, and wrong passwords: a measure stands after ten attempts at most, on answered evidence, and ssh is closed to
# the guesser. Meanwhile automation from another address opens forty short sessions, and an administrator's session lives.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_sshd.sh"
lab_up
sshd_up
daemon_start enforce web-server
in_ns innocent "${SSH[@]}" -i "$D/automation" -o BatchMode=yes "tglab@$HOST" 'while sleep 1; do date +%s; done' \
	</dev/null >"$D/admin.log" 2>/dev/null &
ADMIN=$!

attempts=0
while [ $attempts -lt 15 ] && ! banned "$ATTACKER"; do
	guess attacker $attempts
	attempts=$((attempts + 1))
	automation
	automation "uptime" >/dev/null
	sleep 0.3
done
at_most "attempts until a measure stands" $attempts 10
check "on answered evidence" some_alert event_type=alert "tidegate.detector=brute.login" tidegate.proof=answered \
	"src_ip=$ATTACKER"
check "ssh is closed to the guesser" not in_ns attacker python3 "$HERE/connect.py" --quiet --timeout 0.5 "$HOST" "$SSH_PORT"
check "and nothing else is" reaches attacker 80 3
for _ in $(seq 40); do
	automation || break
done
check "automation still gets in" automation
is "findings about it" "$(alerts event_type=alert "src_ip=$INNOCENT")" 0
lines=$(wc -l <"$D/admin.log")
sleep 2
at_least "what the administrator's session says in two seconds" $(($(wc -l <"$D/admin.log") - lines)) 1
kill $ADMIN 2>/dev/null
note "attempts until found: $attempts"
finish
