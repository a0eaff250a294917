#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# Without CAP_NET_ADMIN it ends with 77 (EX_NOPERM) and names what it lacks; nothing is left behind.
. "$(dirname "$0")/lib.sh"
needs setpriv
[ -x "$B/tidegated" ] || skip "$B/tidegated is not built"
lab_up
in_ns host timeout 10 setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$B/tidegated" \
	-c "$TOP/policies/tidegate.conf" --run-dir "$D" --state-dir "$D" --log-dir "$D" >"$D/daemon.log" 2>&1
is "exit code" $? 77
check "it names the capability" grep -q CAP_NET_ADMIN "$D/daemon.log"
is "tables left" "$(in_ns host nft list tables)" ""
served "the innocent" 20
finish
