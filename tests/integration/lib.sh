# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The lab of the integration tests: attacker, host and innocent in network namespaces of their own, behind a router.
# Sourced by every script here, first thing. The script is then run again inside private network, mount and pid
# namespaces: nothing in it can touch this machine's network, and whatever way it ends, the kernel takes all of it
# (namespaces, links, processes) away with its first process. Without root it does the same in a user namespace.
#
#     attacker 198.51.100.66 ── router ── host 192.0.2.1, services on tcp 22 80 (48443 keeps its connections) and udp 53
#     2001:db8:66::66             │       2001:db8:1::1
#                       innocent 203.0.113.20, 2001:db8:20::20
#
# Forged sources come out of 198.18.0.0/15; the router swallows the answers to them.
# Each script prints one line at its end: "integration NAME: N passed, N failed[, N skipped]".
set -u

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HERE=$TOP/tests/integration
B=${B:-build}
case $B in /*) ;; *) B=$TOP/$B ;; esac
NAME=$(basename "$0" .sh)
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
PASSED=0 FAILED=0 SKIPPED=0
D='' DAEMON=''

ATTACKER=198.51.100.66 HOST=192.0.2.1 INNOCENT=203.0.113.20
ATTACKER6=2001:db8:66::66 HOST6=2001:db8:1::1 INNOCENT6=2001:db8:20::20
FORGED=198.18.0.0/15

# ---- counting ------------------------------------------------------------------------------------------------

ok()
{
	PASSED=$((PASSED + 1))
	echo "  ok      $*"
}

not_ok()
{
	FAILED=$((FAILED + 1))
	echo "  NOT OK  $*"
}

note()
{
	echo "          $*"
}

finish()
{
	local tail=
	[ "$SKIPPED" -eq 0 ] || tail=", $SKIPPED skipped"
	if [ "$FAILED" -ne 0 ] && [ -n "$D" ] && [ -s "$D/daemon.log" ]; then
		echo "  the daemon's last words:"
		tail -n 25 "$D/daemon.log" | sed 's/^/  | /'
	fi
	echo "integration $NAME${SUITE-}: $PASSED passed, $FAILED failed$tail"
	[ "$FAILED" -eq 0 ] || exit 1
	exit 0
}

# The rest of the script cannot be run here, and why.
skip()
{
	SKIPPED=$((SKIPPED + 1))
	echo "  skipped $*"
	finish
}

# The rest of the script makes no sense any more.
bail()
{
	not_ok "$@"
	finish
}

# check TEXT COMMAND...: the command succeeds; what it prints is nobody's.
check()
{
	local text=$1
	shift
	if "$@" >/dev/null 2>&1; then ok "$text"; else not_ok "$text"; fi
}

not()
{
	! "$@"
}

is()
{
	if [ "$2" = "$3" ]; then ok "$1: $2"; else not_ok "$1: $2, not $3"; fi
}

at_most()
{
	if awk "BEGIN { exit !(${2:-1e99} <= $3) }"; then ok "$1: $2 (at most $3)"; else not_ok "$1: $2, over $3"; fi
}

at_least()
{
	if awk "BEGIN { exit !(${2:--1e99} >= $3) }"; then ok "$1: $2 (at least $3)"; else not_ok "$1: $2, under $3"; fi
}

# needs COMMAND...: skips the script where one is not installed.
needs()
{
	local c
	for c in "$@"; do
		command -v "$c" >/dev/null || skip "$c is not installed"
	done
}

# ---- the private world ---------------------------------------------------------------------------------------

if [ -z "${TIDEGATE_LAB-}" ]; then
	command -v unshare >/dev/null || skip "no unshare here"
	user=
	[ "$(id -u)" = 0 ] || user=-Ur
	# shellcheck disable=SC2086 # $user is one option or none
	unshare $user -n -m -p -f --kill-child --mount-proc true 2>/dev/null ||
		skip "this kernel or container gives no namespaces to $(id -un)"
	# shellcheck disable=SC2086
	TIDEGATE_LAB=tg$$ exec unshare $user -n -m -p -f --kill-child --mount-proc -- bash "$0" "$@"
fi
LAB=$TIDEGATE_LAB

# in_ns attacker|host|innocent COMMAND...
in_ns()
{
	nsenter "--net=/run/netns/$LAB-$1" -- "${@:2}"
}

# add_leg NAME V4 V4-OF-ROUTER/LEN V6 V6-OF-ROUTER: a namespace, and the cable from it to the router.
add_leg()
{
	local ns=$LAB-$1
	ip netns add "$ns"
	ip link add "to-$1" type veth peer name eth0 netns "$ns"
	ip addr add "$3" dev "to-$1"
	ip addr add "$5/64" dev "to-$1" nodad
	ip link set "to-$1" up
	in_ns "$1" sh -c 'echo 0 | tee /proc/sys/net/ipv4/conf/*/rp_filter >/dev/null'
	ip -n "$ns" link set lo up
	ip -n "$ns" addr add "$2/${3#*/}" dev eth0
	ip -n "$ns" addr add "$4/64" dev eth0 nodad
	ip -n "$ns" link set eth0 up
	ip -n "$ns" route add default via "${3%/*}"
	ip -n "$ns" route add default via "$5"
}

# For benches, which want nothing in between: a host and a client on one cable, no router.
cable_up()
{
	local ns
	D=$(mktemp -d /tmp/tidegate-bench.XXXXXX) || exit 70
	trap lab_down EXIT
	mount -t tmpfs none /run || skip "no private /run"
	mkdir -p /run/netns
	ip netns add "$LAB-host"
	ip netns add "$LAB-client"
	ip link add eth0 netns "$LAB-host" type veth peer name eth0 netns "$LAB-client"
	ip -n "$LAB-host" addr add $HOST/24 dev eth0
	ip -n "$LAB-client" addr add 192.0.2.2/24 dev eth0
	for ns in host client; do
		ip -n "$LAB-$ns" link set lo up
		ip -n "$LAB-$ns" link set eth0 up
	done
}

lab_up()
{
	D=$(mktemp -d /tmp/tidegate-lab.XXXXXX) || exit 70
	trap lab_down EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	mount -t tmpfs none /run || bail "no private /run"
	mkdir -p /run/netns
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	echo 0 | tee /proc/sys/net/ipv4/conf/*/rp_filter >/dev/null
	ip link set lo up
	add_leg attacker $ATTACKER 198.51.100.1/24 $ATTACKER6 2001:db8:66::1
	add_leg innocent $INNOCENT 203.0.113.1/24 $INNOCENT6 2001:db8:20::1
	add_leg host $HOST 192.0.2.254/24 $HOST6 2001:db8:1::fe
	ip route add blackhole $FORGED
	# What a scanner learns shall be limited by tidegate, not by the kernel's own thrift with ICMP errors.
	in_ns host sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit; echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
	in_ns host python3 "$HERE/serve.py" --tcp 22 --tcp 80 --keep 48443 --udp 53 >"$D/serve.log" 2>&1 &
	SERVE=$!
	local who to
	for who in innocent attacker; do
		for to in $HOST $HOST6; do
			wait_for 9 in_ns $who python3 "$HERE/connect.py" --quiet --timeout 0.5 "$to" 80 ||
				bail "the lab's services do not answer"
		done
	done
}

lab_down()
{
	if [ -n "$DAEMON" ]; then
		kill -9 "$DAEMON" 2>/dev/null
		wait "$DAEMON" 2>/dev/null
	fi
	[ -z "${SERVE-}" ] || kill "$SERVE" 2>/dev/null
	[ -z "$D" ] || rm -rf "$D"
}

# wait_for SECONDS COMMAND...: asks ten times a second until the command succeeds.
wait_for()
{
	local i n=$(($1 * 10))
	shift
	for ((i = 0; i < n; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}

# ---- the daemon ----------------------------------------------------------------------------------------------

# own_conf: from now on daemon_start reads copies of rules and policies under D/etc, which the script may change.
own_conf()
{
	mkdir "$D/etc"
	cp -r "$TOP/policies" "$TOP/rules" "$D/etc"
	CONF=$D/etc/policies/tidegate.conf
}

ctl()
{
	"$B/tidegate" --socket "$D/control.sock" "$@"
}

# daemon_start MODE POLICY [OPTION...]: in the host's namespace; returns when it answers and its gate is open.
daemon_start()
{
	[ -x "$B/tidegated" ] || skip "$B/tidegated is not built"
	# Job control for one moment: a shell starts its background commands with SIGINT ignored otherwise.
	set -m
	nsenter "--net=/run/netns/$LAB-host" -- "$B/tidegated" -c "${CONF:-$TOP/policies/tidegate.conf}" \
		--mode "$1" --policy "$2" --run-dir "$D" --state-dir "$D" --log-dir "$D" "${@:3}" \
		>>"$D/daemon.log" 2>&1 &
	DAEMON=$!
	set +m
	wait_for 10 daemon_ready || bail "tidegated --mode $1 --policy $2 did not come up"
}

daemon_ready()
{
	ctl status && [ "$(acting '^alive')" -gt 0 ] && [ "$(acting '^listening')" -gt 0 ]
}

# shellcheck disable=SC2120 # the argument is optional
# daemon_stop [SIGNAL]: returns its exit code, or 99 where it did not end within 10 s.
daemon_stop()
{
	local pid=$DAEMON
	[ -n "$pid" ] || return 0
	DAEMON=
	kill "-${1:-INT}" "$pid" 2>/dev/null
	if ! wait_for 10 gone "$pid"; then
		kill -9 "$pid"
		wait "$pid" 2>/dev/null
		return 99
	fi
	wait "$pid" 2>/dev/null
}

# Ended; a zombie that waits to be asked for has ended too.
gone()
{
	! [ -d "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

# ---- what happened -------------------------------------------------------------------------------------------

# code TEXT WANTED VERB...: the exit code of the tool.
code()
{
	local text=$1 wanted=$2
	shift 2
	ctl "$@" >"$D/out" 2>"$D/err"
	is "$text" $? "$wanted"
}

# says TEXT PATTERN: the tool did, just now.
says()
{
	check "$1" grep -q -- "$2" "$D/out" "$D/err"
}

# state FILTER: of the daemon's status.
state()
{
	ctl status -o json | jq -r ".status | $1"
}

# banned ADDR: the daemon lists it.
banned()
{
	ctl list | grep -q "$1"
}

# reaches attacker|innocent [PORT [SECONDS]]: one connection is answered within that time (0.4 s).
reaches()
{
	in_ns "$1" python3 "$HERE/connect.py" --quiet --timeout "${3:-0.4}" $HOST "${2:-80}"
}

# alerts FIELD=GLOB...: how many events of the daemon match ("tidegate.detector=scan.*").
alerts()
{
	python3 "$HERE/eve.py" "$D/eve.json" count "$@"
}

# alert_values FIELD FIELD=GLOB...: that field of each event that matches, one a line.
alert_values()
{
	python3 "$HERE/eve.py" "$D/eve.json" values "$@"
}

some_alert()
{
	[ "$(alerts "$@")" -gt 0 ]
}

# found TEXT FIELD=GLOB...: such an event comes within five seconds.
found()
{
	local text=$1
	shift
	check "$text" wait_for 5 some_alert "$@"
}

# acting [SET]: how many elements the sets that hurt somebody hold, or those whose name matches.
# shellcheck disable=SC2120 # the argument is optional
acting()
{
	in_ns host nft -j list table inet tidegate 2>/dev/null | python3 "$HERE/sets.py" "$@"
}

# served TEXT COUNT [PORT] [FAMILY]: the innocent opens that many connections, one each PACE seconds (20 ms), and every
# one is answered. As shipped, rates allow twenty a second that last: few and slow enough not to be a flood.
served()
{
	local good bad worst half host=$HOST
	[ "${4-4}" = 4 ] || host=$HOST6
	read -r good bad worst half < <(in_ns innocent python3 "$HERE/connect.py" --count "$2" --gap "${PACE:-0.02}" \
		"$host" "${3:-80}")
	is "$1" "${good:-0} of $2 answered" "$2 of $2 answered"
	note "median ${half:-?} ms, worst ${worst:-?} ms, failed ${bad:-?}"
	# shellcheck disable=SC2034 # for the script that called
	WORST=${worst:-99999}
}

# learned FILE: what a scanner knows after it, out of nmap's XML: sets OPEN, CLOSED, SILENT and LEARNED.
learned()
{
	OPEN=99999 CLOSED=0 SILENT=0
	if ! read -r OPEN CLOSED SILENT < <(python3 "$HERE/learned.py" "$1" 2>/dev/null); then
		OPEN=99999
		not_ok "the scan did not come to its end in time"
	fi
	# shellcheck disable=SC2034 # for the script that called
	LEARNED=$((OPEN + CLOSED))
	note "open $OPEN, closed $CLOSED, without an answer $SILENT"
}

# attack_nmap SECONDS OPTION...: from the attacker, without discovery and name look-ups; then see learned.
attack_nmap()
{
	local most=$1
	shift
	in_ns attacker timeout "$most" nmap -n -Pn -oX "$D/nmap.xml" "$@" >"$D/nmap.log" 2>&1
}

# What every scan must come to in enforce mode. scan_stopped TEXT FAMILY SECONDS NMAP-OPTION...: the scan learns eight
# ports at most, open ones included; it was found; the kernel confirmed a measure against that very source. The sixth
# closed port decides and is not answered, so 5 and the open ones are usual, and one more where two ports fall upon
# one bit of the source's bitmap.
scan_stopped()
{
	local text=$1 from=$ATTACKER to=$HOST
	[ "$2" = 4 ] || { from=$ATTACKER6 to=$HOST6; }
	attack_nmap "$3" "${@:4}" "$to"
	learned "$D/nmap.xml"
	at_most "$text: ports learned" "$LEARNED" 8
	stopped "$text" "$from"
}

# stopped TEXT SOURCE: found as a scan, and a measure is in force.
stopped()
{
	local net=$2
	case $2 in *:*) net=${2%::*}: ;; esac
	found "$1: found" event_type=alert "tidegate.detector=scan.*" "src_ip=$2"
	found "$1: the kernel put a measure in force" tidegate.event=block "tidegate.subject=$net*"
	note "contacts counted: $(alert_values tidegate.count event_type=alert "src_ip=$2" | head -n 1)," \
		"response: $(alert_values tidegate.decision tidegate.event=block "tidegate.subject=$net*" | head -n 1)," \
		"packet to kernel: $(alert_values tidegate.detect_to_enforce_us tidegate.event=block \
			"tidegate.subject=$net*" | head -n 1) us"
}
