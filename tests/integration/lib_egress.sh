# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For labs of what leaves: programs of two users of the host, in no control group but the root's, whatever ran the lab;
# and HTTP servers that take many calls at once.
needs curl jq nft python3 setpriv
[ "$(id -u)" = 0 ] && grep -q " 4294967295$" /proc/self/uid_map || skip "no other user here"
ME=65534 OTHER=12345
# Of the machine: one in a home of root is not for these users.
PY=/usr/bin/python3
[ -x "$PY" ] || PY=python3
PIDS=()
ROOT_GROUP=/dev/null
if ! grep -qxE '0::/' /proc/self/cgroup; then
	ROOT_GROUP=$(awk '{ for (i = 6; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' \
		/proc/self/mountinfo)/cgroup.procs
	sh -c 'echo 0 >"$0"' "$ROOT_GROUP" 2>/dev/null || skip "all here are in one control group, and may not leave it"
fi

egress_up()
{
	lab_up
	trap 'kill "${PIDS[@]}" 2>/dev/null; lab_down' EXIT
	mkdir "$D/www"
	echo hello >"$D/www/index.html"
}

# as UID COMMAND...: on the host.
as()
{
	# shellcheck disable=SC2016 # of the inner shell
	in_ns host sh -c 'echo 0 >"$0" && exec "$@"' "$ROOT_GROUP" setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"
}

# serve NAMESPACE PORT...: pages at each, at all of its addresses.
serve()
{
	local port
	for port in "${@:2}"; do
		nsenter "--net=/run/netns/$LAB-$1" -- "$PY" "$HERE/pages.py" "$port" "$D/www" >>"$D/pages.log" 2>>"$D/pages.err" &
		PIDS+=($!)
	done
}
