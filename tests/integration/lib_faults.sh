# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the fault scripts share: what stood before a fault must stand after it, to the second, with the guards and the
# ports; status must say so; an event must tell of it; the innocent must not have noticed; the daemon must be the same.
# Sourced after lib.sh.

SAID=''

# held VERB...: tests/integration/probe_held.c in the host's namespace.
held()
{
	in_ns host "$B/lab/probe_held" "$@"
}

# status JQ-FILTER: of "status -o json".
status()
{
	ctl status -o json | jq -r ".status$1"
}

now_ms()
{
	local t=${EPOCHREALTIME/[.,]/}
	echo $((t / 1000))
}

enforced()
{
	[ "$(status .enforced_ratio)" = 1 ] || [ "$(status .enforced_ratio)" = 1.0 ]
}

# Tables, chains and rules, without what the sets hold; and the sets that hold no measure.
structure()
{
	in_ns host nft -s -t list table inet tidegate
	in_ns host nft -s list set inet tidegate guard4
	in_ns host nft -s list set inet tidegate guard6
	in_ns host nft -s list set inet tidegate listening
} 2>/dev/null

remember()
{
	held save "$D/held" >/dev/null
	structure >"$D/structure"
	EVENTS=$(stat -c %s "$D/eve.json")
}

same_structure()
{
	structure | cmp -s - "$D/structure"
}

# told TEXT GLOB: since remember, an event has come whose text matches.
told()
{
	if wait_for 5 tells "$2"; then ok "$1: an event says so"; else not_ok "$1: no event says '$2'"; fi
}

tells()
{
	tail -c "+$((EVENTS + 1))" "$D/eve.json" | grep '"event":"notice"' |
		jq -r .tidegate.text | grep -q "$1"
}

whole()
{
	same_structure && SAID=$(held wait "$D/held" 0) && enforced
}

# all_back TEXT SECONDS [WITHIN-MS]: what remember saw stands again; the time counts from now. One look at all of it
# takes some 50 ms, with 20,000 measures 150.
all_back()
{
	local begin took end
	begin=$(now_ms)
	end=$((begin + $2 * 1000))
	until whole; do
		if [ "$(now_ms)" -gt $end ]; then
			not_ok "$1: not back after $2 s"
			note "measures: $(held wait "$D/held" 0); enforced_ratio $(status .enforced_ratio)"
			structure | diff "$D/structure" - | head -n 5
			break
		fi
	done
	took=$(($(now_ms) - begin))
	at_most "$1: measures, rules, guards, ports back and enforced_ratio 1 after ms" $took "${3:-1000}"
	note "${SAID#* }"
	[ -z "$DAEMON" ] || check "$1: the same process" kill -0 "$DAEMON"
}

# innocents_begin: from now on a connection each 70 ms, which is less than twenty a second; see innocents_end.
innocents_begin()
{
	# Not by in_ns: in the background that would be a shell more, and a signal to it would stay there.
	nsenter "--net=/run/netns/$LAB-innocent" -- python3 "$HERE/connect.py" --count 100000 --seconds 150 --gap 0.07 \
		"$HOST" 80 >"$D/innocents" &
	INNOCENTS=$!
}

# innocents_end TEXT: ends them, and every one must have been answered.
innocents_end()
{
	local good bad worst
	kill "$INNOCENTS"
	wait "$INNOCENTS" 2>/dev/null
	read -r good bad worst _ <"$D/innocents"
	is "$1: connections of the innocent that failed, of ${good:-none}" "${bad:-?}" 0
	at_least "$1: answered" "${good:-0}" 10
	note "worst ${worst:-?} ms"
}

# many COUNT: a store in D/state with so many measures, for the next daemon.
many()
{
	rm -rf "$D/state"
	mkdir "$D/state"
	"$B/lab/probe_bulk" fill "$D/state" "$1" 600 || bail "no store of $1 measures"
}

# quiet_conf: as shipped, but not a line for each of some 20000 measures on standard output.
quiet_conf()
{
	own_conf
	sed -i 's/human = true;/human = false;/' "$CONF"
}
