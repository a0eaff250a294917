#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# table.owned: where the kernel can, the table is ours alone. A foreign flush passes it over, nobody else may delete in
# it, it outlives kill -9, and the next run takes it over.
. "$(dirname "$0")/lib.sh"
lab_up
own_conf
sed -i 's/owned = false/owned = true/' "$D/etc/policies/tidegate.conf"
daemon_start enforce web-server
grep -q 'table owned:' "$D/daemon.log" && skip "this kernel has no owned tables that persist"
check "it says that the table is owned" grep -q 'table owned' "$D/daemon.log"
check "a ban" ctl ban $ATTACKER --for 10m
check "a foreign flush" in_ns host nft flush ruleset
check "passes our table over" in_ns host nft list table inet tidegate
check "and the ban holds" not reaches attacker
check "nobody else deletes the table" not in_ns host nft delete table inet tidegate
check "nor an element" not in_ns host nft delete element inet tidegate drop4 "{ $ATTACKER }"
is "repairs" "$(ctl -o json status | jq -r '.. | .repairs? // empty' | head -n 1)" 0
for i in $(seq 1 40); do ctl ban "10.1.1.$i" --for 5m; done >/dev/null
check "a prefix, by the other thread" ctl ban 10.9.0.0/16 --for 5m
is "elements of 40 sources, the attacker and the prefix" "$(acting '^drop')" 42
served "the innocent, meanwhile" 40
daemon_stop KILL
check "after kill -9 the table stays" in_ns host nft list table inet tidegate
check "and the ban holds" not reaches attacker
daemon_start enforce web-server
check "the next run has taken it over" not in_ns host nft delete table inet tidegate
is "with all that was in it" "$(acting '^drop')" 42
check "panic takes it out all the same" ctl panic
check "the attacker is free" reaches attacker 80 3
check "and back" ctl panic off
check "the ban is back" wait_for 3 not reaches attacker
daemon_stop
check "an end leaves nothing" not in_ns host nft list table inet tidegate
finish
