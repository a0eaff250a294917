#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What others may do to our kernel table, with 1, 1000 and 20,000 measures in it: all of it is back within a second,
# with the very end that each had, and an event names who it was.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_faults.sh"
needs nft jq
lab_up
quiet_conf

# suffers TEXT EVENT COMMAND...: the command does it; see all_back.
suffers()
{
	local text="$N: $1" event=$2
	shift 2
	remember
	in_ns host "$@" 2>/dev/null || not_ok "$text: $* failed"
	all_back "$text" 10 "$MOST_MS"
	told "$text" "$event"
	# Of two repairs half a second lies between.
	sleep 0.55
}

# handle CHAIN: of its last rule.
handle()
{
	in_ns host nft -a list chain inet tidegate "$1" 2>/dev/null | sed -n 's/.*# handle \([0-9]*\)$/\1/p' | tail -n 1
}

begins()
{
	N=$1 MOST_MS=${2:-1000}
	many "$N"
	daemon_start enforce web-server --state-dir "$D/state"
	wait_for 20 enforced
	is "$N measures of an earlier run are in force" "$(held count)" "$N"
	innocents_begin
}

ends()
{
	innocents_end "$N"
	daemon_stop
	is "$N: exit code" $? 0
}

ANY='our table in the kernel was changed or deleted (nft, process [0-9]*)'
GONE='was taken out of the kernel (nft, process [0-9]*); it is put back'

begins 1
suffers "flush ruleset" "$ANY" nft flush ruleset
suffers "its element deleted" "$GONE" nft delete element inet tidegate drop4 '{ 198.18.0.0 }'
ends

begins 1000
suffers "flush ruleset" "$ANY" nft flush ruleset
suffers "table deleted" "$ANY" nft delete table inet tidegate
suffers "chain flushed" "$ANY" nft flush chain inet tidegate early
suffers "chain deleted" "$ANY" nft 'flush chain inet tidegate early; delete chain inet tidegate early'
suffers "rule deleted" "$ANY" nft delete rule inet tidegate early handle "$(handle early)"
suffers "rule inserted" "$ANY" nft insert rule inet tidegate early accept
suffers "set flushed" "$ANY" nft flush set inet tidegate drop4
suffers "one element deleted" "$GONE" nft delete element inet tidegate drop4 '{ 198.18.1.1 }'
suffers "its time cut short" "$GONE" nft 'delete element inet tidegate drop4 { 198.18.1.1 };
	add element inet tidegate drop4 { 198.18.1.1 timeout 5s }'
suffers "guard deleted" "guards in the kernel changed by another hand (nft" nft delete element inet tidegate guard4 '{ 192.0.2.254 }'
suffers "guards flushed" "guards in the kernel changed by another hand (nft" nft flush set inet tidegate guard4
suffers "listening port deleted" "listening ports in the kernel changed" nft delete element inet tidegate listening '{ tcp . 80 }'
suffers "listening flushed" "listening ports in the kernel changed" nft flush set inet tidegate listening
ends

# The looks of the test itself take most of it.
begins 20000 3000
suffers "flush ruleset" "$ANY" nft flush ruleset
suffers "table deleted" "$ANY" nft delete table inet tidegate
suffers "chain flushed" "$ANY" nft flush chain inet tidegate early
# So many notices overflow the queue, and the name with them.
suffers "set flushed" "${ANY%(*}" nft flush set inet tidegate drop4
suffers "one element deleted" "$GONE" nft delete element inet tidegate drop4 '{ 198.18.1.1 }'
ends
finish
