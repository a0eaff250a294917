#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# The tool against the daemon: what each verb says, its exit codes, who may change things, and that the kernel did what
# the tool says it did.
# shellcheck disable=SC2317 # its functions are called by wait_for
. "$(dirname "$0")/lib.sh"
needs jq setpriv
lab_up

code "status without a daemon" 69 status
says "and it asks whether one runs" "is tidegated running"

daemon_start enforce web-server

code "status" 0 status
says "the mode is told" ENFORCE
check "status is one JSON object with a version" test "$(ctl status -o json | jq -r '.v, (.status.pid > 0)' | tr '\n' ' ')" = "1 true "
wide=$(ctl status | awk 'length > 80' | wc -l)
is "lines of status over 80 columns" "$wide" 0
code "an unknown verb" 64 stauts
says "is answered with the right one" "did you mean 'status'"
code "an unknown option" 64 ban $ATTACKER --fro 1h
code "set host bits" 64 ban 10.0.0.1/8
code "an unknown list" 64 list excuse
says "is answered with the right one" "did you mean 'excuses'"
code "an option of another verb" 64 unban $ATTACKER --try 10m
says "is named" "--try is not for 'unban'"
for verb in list explain ban unban allow mode confirm panic reload; do
	check "$verb --help" ctl $verb --help
done
is "nothing is missing from the kernel" "$(ctl list unenforced -o plain)" ""

in_ns innocent nmap -n -Pn -sT -p 81-84 $HOST >/dev/null
code "explain one that is not blocked" 0 explain $INNOCENT
says "how near it is" "Near       scan.fast .*of 15.2 nats"
says "which guards there are" "Guard      none of the .* holds it"
says "the policy in force first" "web-server .*shield for 10m, policies/web-server.conf:"
says "another policy" "ssh-bastion .*shield for 1h, policies/ssh-bastion.conf:"
says "one that would watch" "workstation .*observe"
is "six policies have an opinion" "$(ctl explain $INNOCENT -o json | jq '.explain.opinions.policies | length')" 6

code "ban" 0 ban $ATTACKER --for 10m --reason "the lab says so"
says "the kernel confirmed it" "in force in the kernel"
check "nothing of the attacker arrives" not reaches attacker
check "the innocent is served" reaches innocent 80 3
code "check-ip of the banned" 0 check-ip $ATTACKER
code "check-ip of the innocent" 1 check-ip $INNOCENT
code "check-ip of nonsense" 64 check-ip nonsense
code "explain the banned" 0 explain $ATTACKER
says "the reason is told" "the lab says so"
word=$'\xc2\x9b31m\xe2\x80\xae' # a terminal's command of one character, and one that turns a line round
ctl -q ban 198.51.100.77 --for 10m --reason "$word"
ctl explain 198.51.100.77 -o json >"$D/out"
is "JSON has it" "$(jq -r '.explain.incident.findings[0].why' "$D/out")" "$word"
check "in ASCII, which commands no terminal" not env LC_ALL=C grep -q '[^ -~]' "$D/out"
ctl -q unban 198.51.100.77
is "explain a user" "$(ctl explain uid:1000 -o json | jq -r .explain.actor)" uid:1000
is "nothing stands against a control group" "$(ctl explain cgroup:4711 -o table | grep -c 'cgroup:4711.*nothing stands')" 1
code "explain nobody" 64 explain uid:bob
is "explain by incident says the same" \
	"$(ctl explain "$(ctl list blocks -o json | jq -r .incident | head -n 1)" -o json | jq -r '.explain.address')" "$ATTACKER"
is "a ban by hand is no policy's business" "$(ctl explain $ATTACKER -o json | jq -r .explain.opinions)" null
holds()
{
	reaches attacker
	ctl list blocks -o plain | cut -f 7-8 | grep -qE '^[1-9][0-9]*	holds$'
}
check "the list says that it holds, by packets dropped" wait_for 15 holds
code "the same ban again" 0 ban $ATTACKER --for 5m
says "it stood already" "stood already"
is "blocks in the list" "$(ctl banned -o plain | wc -l)" 1

code "unban" 0 unban $ATTACKER
check "the attacker is served again" wait_for 5 reaches attacker
code "unban of what is free" 1 unban $ATTACKER

code "ban of the host's own address" 77 ban $HOST
says "the guard is named" "as own"
code "ban of a prefix around it" 77 ban ${HOST%.*}.0/24

code "ban of the innocent's net" 0 ban ${INNOCENT%.*}.0/24
check "the innocent is refused" not reaches innocent
code "unban of one address in it" 1 unban $INNOCENT
says "the prefix is named" "${INNOCENT%.*}.0/24"
code "allow the innocent" 0 allow add $INNOCENT
says "what stood around it is over" "1 measure against it ended"
check "and it is served" wait_for 5 reaches innocent
code "no ban of an allowed one" 77 ban $INNOCENT
is "the allowed are listed" "$(ctl allow list -o plain)" "$(printf '%s\tallowed' $INNOCENT)"
code "allow remove" 0 allow remove $INNOCENT
code "a ban of it" 0 ban $INNOCENT
check "holds again" wait_for 5 not reaches innocent
code "unban everybody" 0 unban --all
check "and nobody is refused" wait_for 5 reaches innocent

code "a ban of IPv6" 0 ban $ATTACKER6
check "its packets do not arrive" not in_ns attacker python3 "$HERE/connect.py" --quiet --timeout 0.4 $HOST6 80
code "mode detect" 0 mode detect
check "ends all measures" wait_for 5 in_ns attacker python3 "$HERE/connect.py" --quiet --timeout 0.4 $HOST6 80
code "a ban in detect mode" 0 ban $ATTACKER
says "is recorded only" "not enforced"
check "the attacker is served" reaches attacker 80 3

# Who can open the socket may look; changes are for root and the daemon's group.
stranger()
{
	setpriv --reuid 65534 --regid "$1" --clear-groups "$B/tidegate" --socket "$D/control.sock" "${@:2}"
}
chmod 755 "$D"
stranger 65534 status >/dev/null 2>&1
is "a stranger cannot open the socket" $? 77
group=$(stat -c %g "$D/control.sock")
check "a member of its group may look" stranger "$group" status
for verb in "ban 198.18.7.9" "unban --all" "allow add 198.18.7.9" "mode enforce --try 1m" "confirm" "panic" "reload --try 1m"; do
	# shellcheck disable=SC2086 # words of one command
	stranger "$group" $verb >/dev/null 2>&1
	is "but not: $verb" $? 77
done

# view.sock only answers questions: to those whom control.sock does not let in, and to nobody else more than that.
viewers=4711
chgrp $viewers "$D/view.sock"
is "view.sock is for its group" "$(stat -c %a "$D/view.sock")" 660
check "a viewer looks, by view.sock" stranger $viewers status
check "and lists" stranger $viewers list blocks
stranger $viewers ban 198.18.7.9 >"$D/out" 2>"$D/err"
is "but does not ban" $? 77
says "and is told where that is done" "control.sock; view.sock only answers"
for verb in "ban 198.18.7.9" "panic" "mode detect" "feed refresh"; do
	# shellcheck disable=SC2086 # words of one command
	"$B/tidegate" --socket "$D/view.sock" $verb >/dev/null 2>&1
	is "nor does root there: $verb" $? 77
done
check "root looks there" "$B/tidegate" --socket "$D/view.sock" status
hold='import socket, sys, time
held = [socket.socket(socket.AF_UNIX) for _ in range(60)]
for s in held:
    s.connect(sys.argv[1])
time.sleep(60)'
python3 -c "$hold" "$D/view.sock" &
holder=$!
check "viewers can fill their own socket" wait_for 5 not "$B/tidegate" --socket "$D/view.sock" status
check "and administrators come in all the same" ctl status
is "whose places they do not take" "$(state '[.clients.turned_away, .viewers.now] | @text')" "[0,32]"
kill $holder

ctl events -f -o json >"$D/followed" 2>&1 &
follower=$!
sleep 0.3
ctl ban 198.18.7.7 >/dev/null
check "events -f tells of a ban" wait_for 5 grep -q 198.18.7.7 "$D/followed"
kill $follower
code "version" 0 version
says "of the tool" "tidegate 0.1.0"
says "and of the daemon" "tidegated 0.1.0"
code "check" 0 check
daemon_stop
is "no socket is left" "$(ls "$D"/*.sock 2>/dev/null)" ""
finish
