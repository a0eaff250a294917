#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# What a killed daemon left in the kernel is taken over by the next one, but for what a guard forbids by then: that
# goes, and does not wait in the kernel, where nobody knows of it, for the guard to end. SIGUSR2 leaves all of it, too, as
# an upgrade wishes, and --clear takes away what nobody came for.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
lab_up
own_conf

in_kernel()
{
	local set
	for set in drop4 dropnet4; do
		in_ns host nft list set inet tidegate "$set" | grep -q "$1" && return 0
	done
	return 1
}

daemon_start enforce web-server
check "a ban" ctl ban $ATTACKER --for 10m
check "another" ctl ban 198.18.7.7 --for 10m
check "is in the kernel" wait_for 5 in_kernel $ATTACKER
kill -9 "$DAEMON"
wait "$DAEMON" 2>/dev/null
check "outlives its daemon" in_kernel $ATTACKER
sed -i "s/never_block = \[\]/never_block = [\"$ATTACKER\"]/" "$CONF"
daemon_start enforce web-server
check "the other one is taken over" in_kernel 198.18.7.7
check "whom a guard covers now is free" reaches attacker 80 3
check "and nothing of him is in the kernel" not in_kernel $ATTACKER
sed -i "s/never_block = .*/never_block = [];/" "$CONF"
check "without the guard" ctl reload
sleep 1
check "he is still free" reaches attacker 80 3

clear_kernel()
{
	in_ns host "$B/tidegated" --run-dir "$D" --clear >"$D/clear.log" 2>&1
}

clear_kernel
is "--clear while one runs: exit code" $? 75
check "the table stands" in_kernel 198.18.7.7
check "a ban of the attacker" ctl ban $ATTACKER --for 10m
check "holds" wait_for 5 in_kernel $ATTACKER
daemon_stop USR2
is "SIGUSR2: exit code" $? 0
check "SIGUSR2 leaves him in the kernel" in_kernel $ATTACKER
check "and no socket" [ ! -e "$D/control.sock" ]
served "the innocent, without a daemon" 20
check "he is held without a daemon" not reaches attacker 80 2
daemon_start enforce web-server
check "the next one knows of him" ctl check-ip $ATTACKER
check "and of why" grep -q "by hand" <(ctl explain $ATTACKER)
daemon_stop USR2
clear_kernel
is "--clear when it is gone: exit code" $? 0
is "what is left in the kernel" "$(in_ns host nft list ruleset)" ""
clear_kernel
is "--clear where nothing is: exit code" $? 0
finish
