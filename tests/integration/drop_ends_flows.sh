#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# A drop ends the live flows of its source, and of nobody else; the listening socket lives.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server

# hold NAME: keeps one connection to the host open; its file tells when it ended.
hold()
{
	in_ns "$1" python3 - "$HOST" 48443 >"$D/$1.end" 2>&1 <<'PYTHON' &
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60) as s:
    print("open", s.recv(64), flush=True)
    try:
        print("ended", s.recv(64), flush=True)
    except OSError as e:
        print("ended", e, flush=True)
PYTHON
	check "$1 has a live connection" wait_for 3 grep -q open "$D/$1.end"
}

host_sockets()
{
	in_ns host ss -Htn state established | grep -c "$1"
}

# shellcheck disable=SC2317 # wait_for calls it
no_socket()
{
	[ "$(host_sockets "$1")" = 0 ]
}

hold attacker
hold innocent
is "sockets of the attacker" "$(host_sockets $ATTACKER)" 1
check "a ban" ctl ban $ATTACKER --for 10m --reason lab
check "its socket is gone within two seconds" wait_for 2 no_socket $ATTACKER
is "the innocent's socket" "$(host_sockets $INNOCENT)" 1
check "the innocent's connection did not notice" not grep -q ended "$D/innocent.end"
is "listening sockets" "$(in_ns host ss -Hltn '( sport = :48443 or sport = :80 or sport = :22 )' | wc -l)" 3
served "the innocent, at the same service" 50 48443
check "the attacker gets nothing more" not reaches attacker 48443
finish
