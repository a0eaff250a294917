#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 14
# A half-open scan (nmap -sS), all of it claimed evidence: stopped by a shield, which costs the source no service.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
daemon_start enforce web-server
scan_stopped "SYN scan" 4 60 -sS -T4 --max-retries 1 --min-rate 300 -p 1-1000
is "sets of refused and dropped sources" "$(acting '^(drop|new|refuse)')" 0
check "the scanner still reaches a live service" reaches attacker 80 3
served "the innocent" 100
finish
