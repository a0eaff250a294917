#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Ctrl-C, or a service manager's SIGTERM: exit 0, and no rule, set or table is left.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
for signal in INT TERM; do
	daemon_start enforce web-server
	check "our table is there" in_ns host nft list table inet tidegate
	attack_nmap 30 -sS -T4 --max-retries 0 --min-rate 200 -p 1-200 $HOST
	served "SIG$signal: the innocent" 20
	daemon_stop $signal
	is "SIG$signal: exit code" $? 0
	is "SIG$signal: what is left in the kernel" "$(in_ns host nft list ruleset)" ""
	check "SIG$signal: no socket is left" [ ! -e "$D/control.sock" ]
done
served "the innocent" 50
finish
