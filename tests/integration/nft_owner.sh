#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient
# A table of our own that nobody else may touch while we live, that stays when we die, and that the next one takes over.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"
needs nft
P=$B/lab/probe_nft O=$B/lab/probe_owner
[ -x "$O" ] || skip "$O is not built"
D=$(mktemp -d /tmp/tidegate-lab.XXXXXX) || exit 70
PID=
trap 'kill -9 $PID 2>/dev/null; rm -rf "$D"' EXIT
ip link set lo up

# owner [plain]: a process that installs the table and stays.
owner()
{
	: >"$D/said"
	"$O" 60 "$@" >"$D/said" &
	PID=$!
	wait_for 20 grep -q '^#' "$D/said" || bail "no table: $(cat "$D/said")"
}

elements()
{
	nft -j list set inet tidegate drop4 2>/dev/null | grep -o '"val": *"10' | wc -l
}

owner plain
is "two threads on one socket, without an owner" "$(sed -n 2p "$D/said")" "good 5000 and 5000 of 5000"
kill -9 "$PID"
wait "$PID" 2>/dev/null

owner
if grep -q plain "$D/said"; then
	check "without owner and persist in this kernel the table is a plain one" nft delete table inet tidegate
	skip "this kernel's tables have no owners that persist"
fi
is "two threads on one socket, with an owner" "$(sed -n 2p "$D/said")" "good 5000 and 5000 of 5000"
note "$(sed -n 3p "$D/said")"
nft flush ruleset
is "a foreign flush ruleset leaves it alone" "$(elements)" 10000
for what in "delete element inet tidegate drop4 { 10.1.0.1 }" "flush set inet tidegate drop4" "delete table inet tidegate" \
	"flush chain inet tidegate early" "add rule inet tidegate early accept"; do
	# shellcheck disable=SC2086 # several words
	said=$(nft $what 2>&1)
	is "nft $what" "$(grep -o 'Operation not permitted' <<<"$said" | head -n 1)" "Operation not permitted"
done
is "nothing of it is lost" "$(elements)" 10000
is "another of our kind is told why" "$("$P" install 2>&1)" \
	"table inet tidegate: it belongs to another process, which lives: not permitted"
"$P" apply add,drop,192.0.2.9,60000 >"$D/other"
is "nor may it change anything" "$(cat "$D/other")" "not permitted"
kill -9 "$PID"
wait "$PID" 2>/dev/null
is "kill -9 leaves the table" "$(elements)" 10000
check "which anybody may change now" nft delete element inet tidegate drop4 '{ 10.1.0.1 }'
is "and the next one takes over, with all measures" "$("$P" install keep owned=1)" "$("$P" print native=0 owned=1 | grep -c owner |
	sed 's/1/queue xt NFQUEUE target, kept 9999, left out 0: ok/')"
is "they are there" "$(elements)" 9999
owner
is "or one without them" "$(elements)" 10000
note "nft prints: $(nft list table inet tidegate 2>/dev/null | grep -m 1 flags)"
kill "$PID"
wait "$PID" 2>/dev/null
check "an orphan becomes a plain table" "$P" install
check "which anybody may delete" nft delete table inet tidegate
finish
