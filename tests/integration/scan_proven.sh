#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# A connect scan over open ports that says nothing anywhere: every connection is answered, so this scan is proven and
# may cost its source everything. One who connects to as many ports and speaks is a client.
. "$(dirname "$0")/lib.sh"
lab_up
PORTS=$(seq -s ' ' 7001 7014)
in_ns host sh -c 'echo 1 >/proc/sys/net/netfilter/nf_conntrack_acct' || skip "no conntrack accounting here"
# shellcheck disable=SC2046,SC2086 # one option a port
in_ns host python3 "$HERE/serve.py" $(printf ' --hear %s' $PORTS) >"$D/serve2.log" 2>&1 &
SERVE2=$!
trap 'kill $SERVE2 2>/dev/null; lab_down' EXIT
wait_for 5 in_ns attacker python3 -c "import socket; socket.create_connection((\"$HOST\", 7014), 1)" ||
	bail "the services do not answer"
in_ns host sh -c 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose'
daemon_start enforce web-server

# visit WHO WORD: connects to each port, sends the word if there is one, and closes.
visit()
{
	# shellcheck disable=SC2086 # one argument a port
	in_ns "$1" python3 - "$HOST" "$2" $PORTS <<'PY'
import socket, sys
host, word = sys.argv[1:3]
done = 0
for port in sys.argv[3:]:
    try:
        s = socket.create_connection((host, int(port)), 1)
        if word:
            s.sendall(word.encode() * 20)
        s.close()
        done += 1
    except OSError:
        pass
print(done)
PY
}
is "the client's connections" "$(visit innocent "hello, host ")" 14
is "the scanner's connections" "$(visit attacker "")" 14
check "the silent scan is found, with proof" wait_for 8 some_alert event_type=alert "tidegate.detector=scan.proven" \
	tidegate.proof=answered "src_ip=$ATTACKER"
check "and its source is dropped" wait_for 3 not reaches attacker
is "findings about the client" "$(alerts event_type=alert "src_ip=$INNOCENT")" 0
served "the client" 40
finish
