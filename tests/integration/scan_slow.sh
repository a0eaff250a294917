#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 35
# Two slow scans at once, of both families: nmap -T2 (0.4 s between probes) and one probe a second.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
daemon_start enforce web-server
in_ns attacker timeout 60 nmap -6 -n -Pn -sS --scan-delay 1s --max-retries 0 -p 1000-1024 -oX "$D/nmap6.xml" $HOST6 \
	>/dev/null 2>&1 &
slow=$!
attack_nmap 60 -sS -T2 --max-retries 0 -p 1000-1039 $HOST
learned "$D/nmap.xml"
at_most "-T2: ports learned" "$LEARNED" 8
stopped "-T2" $ATTACKER
wait $slow
learned "$D/nmap6.xml"
at_most "--scan-delay 1s over IPv6: ports learned" "$LEARNED" 8
stopped "--scan-delay 1s" $ATTACKER6
served "the innocent" 50
finish
