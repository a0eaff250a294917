#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 9
# A UDP scan (nmap -sU): closed ports tell themselves by ICMP errors.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
daemon_start enforce web-server
scan_stopped "UDP scan" 4 120 -sU -T4 --max-retries 1 --min-rate 100 -p 1-200
served "the innocent" 100
finish
