#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many measures: into the kernel by the worker's own path, against nft -f of the very same elements, alternating, each
# by its best round (into a set of its own, for nft 1.0.6 gives elements their counters by the set alone); and what the daemon needs to bring them back from its store, and a ban in the midst of that.
# COUNTS and ROUNDS change it. Prints each target beside its figure; nothing here passes or fails.
. "$(dirname "$0")/../integration/lib.sh"
HERE=$TOP/tests/integration
. "$(dirname "$0")/../integration/lib_faults.sh"
needs jq nft
COUNTS=${COUNTS:-1000 10000 100000}
ROUNDS=${ROUNDS:-4}

# better NAME MS: the variable of that name is the least of all that were seen.
better()
{
	local -n best=$1
	if [ -z "$best" ] || awk "BEGIN { exit !($2 < $best) }"; then best=$2; fi
}

# Milliseconds of nft -f, as short as it can be: it is started, reads and sends.
time_nft()
{
	local begin=${EPOCHREALTIME/[.,]/}
	in_ns host nft -f "$D/elements" || return
	awk "BEGIN { printf \"%.1f\", (${EPOCHREALTIME/[.,]/} - $begin) / 1000 }"
}

bulk()
{
	local n=$1 round ours='' theirs=''
	in_ns host "$B/lab/probe_nft" install size=131072 >/dev/null || return
	"$B/lab/probe_bulk" text "$n" 3600 >"$D/elements"
	for ((round = 0; round < ROUNDS; round++)); do
		better ours "$(in_ns host "$B/lab/probe_bulk" apply "$n" 3600)"
		in_ns host nft flush set inet tidegate drop4
		better theirs "$(time_nft)"
		in_ns host nft delete table inet bulk
	done
	in_ns host "$B/lab/probe_nft" remove >/dev/null
	printf '  %7s measures %10s ms %10s ms   %s\n' "$n" "$ours" "$theirs" \
		"$(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")   target <= 1.2"
}

is_back()
{
	[ "$(status '.measures | "\(.should_stand) \(.by_state.applied)"')" = "$1 $1" ]
}

restore()
{
	local n=$1 begin from up banned
	many "$n"
	begin=$(now_ms)
	nsenter "--net=/run/netns/$LAB-host" -- "$B/tidegated" -c "$CONF" --mode enforce --policy web-server \
		--run-dir "$D" --state-dir "$D/state" --log-dir "$D" >>"$D/daemon.log" 2>&1 &
	DAEMON=$!
	until ctl check-ip 192.0.2.9 >/dev/null 2>&1 || [ $? -eq 1 ]; do sleep 0.01; done
	up=$(($(now_ms) - begin))
	from=$(now_ms)
	ctl ban 203.0.113.200 --for 10m >/dev/null
	banned=$(($(now_ms) - from))
	wait_for 60 is_back $((n + 1)) || return
	printf '  %7s measures %10s ms, answers after %s ms; a ban meanwhile takes %s ms\n' "$n" \
		$(($(now_ms) - begin)) "$up" "$banned"
	daemon_stop
}

lab_up
quiet_conf
sed -i 's/subjects = 65536;/subjects = 131072;/' "$CONF"
echo "into the kernel: tidegate, nft -f of the same elements, their ratio (best of $ROUNDS rounds)"
for n in $COUNTS; do bulk "$n"; done
echo
echo "restore by the daemon, from its start until all stands in the kernel"
for n in $COUNTS; do restore "$n"; done
