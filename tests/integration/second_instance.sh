#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# A second daemon in the same namespace is refused with a sentence, whatever folders it uses, and the first one goes on.
. "$(dirname "$0")/lib.sh"
lab_up
daemon_start enforce web-server

# refused TEXT OPTION...: ends by itself with an error and says why.
refused()
{
	local text=$1 result
	shift
	in_ns host timeout 10 "$B/tidegated" -c "$TOP/policies/tidegate.conf" "$@" >"$D/second.log" 2>&1
	result=$?
	check "$text: refused (exit $result)" [ $result -ne 0 -a $result -ne 124 ]
	check "$text: it says why" grep -qiE 'already|another|in use|busy|running' "$D/second.log"
	note "$(grep -iE 'already|another|in use|busy|running' "$D/second.log" | head -n 1)"
}

refused "the same folders" --run-dir "$D" --state-dir "$D" --log-dir "$D"
mkdir "$D/other"
refused "other folders, the same queues" --run-dir "$D/other" --state-dir "$D/other" --log-dir "$D/other"
check "the first one answers" ctl status
check "its table stands" in_ns host nft list table inet tidegate
served "the innocent" 50
finish
