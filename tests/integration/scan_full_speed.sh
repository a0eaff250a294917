#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 7
# A scan as fast as nmap can: a thousand ports within some tens of milliseconds. What is in flight when the decision
# falls is dropped by verdict until the kernel's element is in force, so the scanner learns no more for its hurry.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
daemon_start enforce web-server
scan_stopped "full speed" 4 60 -sS -T5 --min-rate 50000 --max-retries 0
served "the innocent" 100
attack_nmap 60 -sS -T5 --min-rate 50000 --max-retries 0 -p 2000-3000 $HOST
learned "$D/nmap.xml"
is "ports that a second scan learns" "$LEARNED" 0
finish
