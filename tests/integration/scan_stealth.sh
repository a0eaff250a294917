#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 20
# NULL, FIN and XMAS scans (nmap -sN -sF -sX): no connection ever begins, conntrack calls all of it invalid.
. "$(dirname "$0")/lib.sh"
needs nmap
lab_up
for kind in N F X; do
	daemon_start enforce web-server
	scan_stopped "-s$kind scan" 4 120 "-s$kind" -T4 --max-retries 1 --min-rate 100 -p 1-200
	served "the innocent" 50
	daemon_stop
	is "exit code of the daemon" $? 0
	rm -f "$D/eve.json" "$D"/tidegate.db* # or the next run would begin with the shield of this one
done
finish
