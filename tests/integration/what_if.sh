#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 22
# What-if asks the log of a daemon that only watched: what it decided is told again as its event file has it, and
# another policy would have stopped the same offenders for longer, and nobody else.
. "$(dirname "$0")/lib.sh"
needs nmap jq
SCANNER=198.51.100.67
TOOL="$B/tidegate what-if"

# what_if OPTION...: exit code in CODE.
what_if()
{
	$TOOL --state-dir "$D" --present "$TOP/policies/tidegate.conf" "$@" >"$D/what-if" 2>"$D/err"
	CODE=$?
}

# about FILTER: of the last object, or of the one of a subject: about SUBJECT FILTER.
about()
{
	if [ $# -eq 1 ]; then
		tail -n 1 "$D/what-if" | jq -r ".totals | $1"
	else
		jq -r "select(.subject == \"$1\") | $2" "$D/what-if"
	fi
}

# Who was stopped, by the event file: a decision that does something, and no guard against it.
stopped_by_events()
{
	jq -r 'select(.event_type == "alert") | .tidegate |
		select(.decision != "observe" and (has("guard") | not)) | .subject' "$D/eve.json" | sort -u
}

lab_up
ip -n "$LAB-attacker" addr add $SCANNER/24 dev eth0
what_if
is "exit code where no daemon has run" $CODE 69
daemon_start detect web-server
PACE=0.05 served "the innocent, before" 40
attack_nmap 60 -sS -T4 --max-retries 0 -p 1-1000 -S $SCANNER -e eth0 $HOST
in_ns attacker python3 "$HERE/connect.py" --count 150 --gap 0.05 --timeout 1 $HOST 22 >"$D/flood.txt"
found "the flood was found, with proof" event_type=alert "tidegate.detector=rate.ssh" "src_ip=$ATTACKER" \
	tidegate.proof=answered
found "the scan was found" event_type=alert "tidegate.detector=scan.*" "src_ip=$SCANNER"
PACE=0.05 served "the innocent, after" 40
daemon_stop
is "exit code of the daemon" $? 0

what_if -o json
is "exit code" $CODE 0
is "alerts, as in the event file" "$(about .present.alerts)" "$(alerts event_type=alert)"
is "who was stopped, as in the event file" "$(jq -r 'select(.subject) | .subject' "$D/what-if" | sort -u | xargs)" \
	"$(stopped_by_events | xargs)"
is "the rules are those of the log" "$(about .unknown_rules)" 0
is "inputs that are missing" "$(about '.lost + .gaps + .damaged')" 0
is "the period is known from its start" "$(about .from_start)" true

what_if -o json --policy ssh-bastion
is "the flood under ssh-bastion" "$(about $ATTACKER .new.response)" drop
at_least "seconds it would have been stopped" "$(about $ATTACKER .new.for_s)" 3600
at_least "packets of it that would have been dropped" "$(about $ATTACKER .new.dropped)" 50
is "with proof" "$(about $ATTACKER .new.proof)" answered
is "what is said of it" "$(about $ATTACKER .difference)" harder
is "the scan under ssh-bastion" "$(about $SCANNER .new.response)" shield
at_least "seconds it would have been stopped" "$(about $SCANNER .new.for_s)" 3600
check "the innocent appears nowhere" not grep -q "$INNOCENT\|$INNOCENT6" "$D/what-if"
is "peers known to be good that were stopped" "$(about .stopped_known_good)" 0
note "questions: $(about .new.questions), never asked: $(about .new.questions_unknown)"
what_if --policy ssh-bastion
check "people are told whom" grep -q "^$ATTACKER" "$D/what-if"
what_if -q --mode enforce
is "quiet: exit code and bytes" "$CODE $(wc -c <"$D/what-if")" "0 0"

daemon_start enforce database
attack_nmap 60 -sS -T4 --max-retries 0 -p 1001-1200 $HOST
found "another policy, enforcing, finds another scan" tidegate.event=block "tidegate.subject=$ATTACKER*"
daemon_stop
what_if -o json
is "alerts of both runs, as in the event file" "$(about .present.alerts)" "$(alerts event_type=alert)"
is "policies of both runs" "$(about .present.policy)" "web-server, then database"
is "the rules are those of the log" "$(about .unknown_rules)" 0

what_if --since 7x
is "exit code for a time that is none" $CODE 64
what_if -c /nowhere.conf
is "exit code for a configuration that is not there" $CODE 78
sleep 2.2
what_if --since 2s
is "exit code where the log has nothing of the period" $CODE 69
if setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	TOOL="setpriv --reuid 65534 --clear-groups $TOOL"
	what_if
	is "exit code for who may not read it" $CODE 77
fi
mkdir "$D/rubbish"
echo rubbish >"$D/rubbish/00000001.obs"
"$B/tidegate" what-if --state-dir "$D/rubbish" --present "$TOP/policies/tidegate.conf" >/dev/null 2>&1
is "exit code for a log that is none" $? 65
finish
