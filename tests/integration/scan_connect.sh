#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 10
# A connect scan (nmap -sT): whole handshakes at the open ports, refusals at the closed ones.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
daemon_start enforce web-server
scan_stopped "connect scan" 4 120 -sT -T4 --max-retries 1 --min-rate 100 -p 1-200
served "the innocent" 100
finish
