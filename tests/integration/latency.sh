#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From the packet that decided to the kernel element in force, over 200 scanners one after the other: measured by
# tidegate itself and told in each of its events.
# So many scanners would raise the host-wide shield, which ends scans before anybody looks: it is put off here.
. "$(dirname "$0")/lib.sh"
lab_up
own_conf
sed -i -E 's/^([[:space:]]*(threshold|min_sources) = )[0-9]+;/\1100000;/' "$D/etc/rules/spray.conf"
daemon_start enforce web-server
for i in $(seq 1 200); do
	in_ns attacker "$B/lab/forge" --src "198.18.$i.1" --dst $HOST --port 3000-3011 --count 12 --rate 4000
done
sleep 1
alert_values tidegate.detect_to_enforce_us tidegate.event=block 'tidegate.subject=198.18.*' | sort -n >"$D/us"
n=$(wc -l <"$D/us")
at_least "scanners that were stopped, of 200" "$n" 190
at_most "median, us" "$(sed -n "$(((n + 1) / 2))p" "$D/us")" 1000
at_most "99th percentile, us" "$(sed -n "$(((n * 99 + 99) / 100))p" "$D/us")" 5000
note "worst $(tail -n 1 "$D/us") us"
finish
