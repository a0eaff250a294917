#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 21
# What this host has never done before: a port that is served anew and a protocol never met are told once, and nothing is
# done for it, though the policy has a reaction to everything.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
lab_up
own_conf
sed -i 's/learn = "1h"/learn = "2s"/; s/settle = "10s"/settle = "5s"/' "$D/etc/rules/novel.conf"
daemon_start enforce ssh-bastion
is "the policy shields for whatever is found" "$(grep -c 'on = "\*"' "$TOP/policies/ssh-bastion.conf")" 1
sleep 4
is "what was served at the start is no news" "$(alerts "tidegate.detector=novel.*")" 0
nsenter "--net=/run/netns/$LAB-host" -- python3 "$HERE/serve.py" --tcp 8088 --udp 5588 >"$D/new.log" 2>&1 &
NEW=$!
found "a new TCP port is" tidegate.detector=novel.service dest_port=8088 proto=TCP
found "and a new UDP port" tidegate.detector=novel.service dest_port=5588 proto=UDP
found "with the program that serves it" tidegate.detector=novel.service dest_port=8088 "tidegate.served_by=python3 (pid *"
check "in words" grep -q 'tcp/8088  novel.service: served for the first time; observed' "$D/daemon.log"
kill $NEW
wait $NEW 2>/dev/null
check "it is gone" not in_ns innocent python3 "$HERE/connect.py" --quiet --timeout 0.5 $HOST 8088
sleep 1
nsenter "--net=/run/netns/$LAB-host" -- python3 "$HERE/serve.py" --tcp 8088 >"$D/new.log" 2>&1 &
NEW=$!
check "and back" wait_for 5 in_ns innocent python3 "$HERE/connect.py" --quiet --timeout 0.5 $HOST 8088
send_gre()
{
	in_ns attacker python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
s.sendto(b"\0\0\x08\0" + b"\0" * 40, (sys.argv[1], 0))' "$HOST"
}
check "a packet of GRE" send_gre
found "its protocol is news" tidegate.detector=novel.protocol "tidegate.about=protocol 47, gre" src_ip=$ATTACKER
check "a second one" send_gre
sleep 4
is "told once" "$(alerts tidegate.detector=novel.protocol)" 1
is "a port that is served again is no news" "$(alerts tidegate.detector=novel.service dest_port=8088)" 1
is "decisions but to observe" "$(alerts "tidegate.detector=novel.*")" \
	"$(alerts "tidegate.detector=novel.*" tidegate.decision=observe)"
is "elements in acting sets" "$(acting)" 0
served "the innocent, all the while" 20
kill $NEW
finish
