#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Somebody else empties the whole ruleset: our table comes back by itself with what was in force.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server
check "a ban" ctl ban $ATTACKER --for 10m --reason lab
sleep 0.5
in_ns host nft flush ruleset
check "the table is back" wait_for 5 in_ns host nft list table inet tidegate
check "the ban is back" wait_for 5 not reaches attacker
served "the innocent" 50
finish
