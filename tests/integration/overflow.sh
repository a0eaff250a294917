#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# More new flows than any program can judge: the queue overflows and the kernel accepts what it cannot hold. The
# innocent is served, the daemon lives, and says what it missed.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server
in_ns attacker timeout 20 "$B/lab/forge" --src $FORGED --dst $HOST --port 1-65535 --count 2000000 &
flood=$!
sleep 0.3
PACE=0.02 served "the innocent, during the flood" 60
wait $flood
served "the innocent, after it" 50
check "the daemon answers" ctl status
note "$(ctl status | grep -iE 'queue|overrun|lost|missed' | head -n 3 | tr '\n' ';')"
daemon_stop
is "exit code" $? 0
finish
