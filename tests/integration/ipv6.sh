#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 12
# The same over IPv6, where a source is its /64: whoever has one address of it has all of them.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
daemon_start enforce web-server
scan_stopped "SYN scan over IPv6" 6 60 -6 -sS -T4 --max-retries 1 --min-rate 200 -p 1-500
ip -n "$LAB-attacker" addr add 2001:db8:66::dead/64 dev eth0 nodad
attack_nmap 60 -6 -sS -T4 --max-retries 0 --min-rate 200 -S 2001:db8:66::dead -e eth0 -p 600-700 $HOST6
learned "$D/nmap.xml"
is "ports that another address of the same /64 learns" "$LEARNED" 0
served "the innocent over IPv6" 50 80 6
served "the innocent over IPv4" 50
finish
