#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# The exporter beside the real daemon, as a user who may look and nothing else: what curl gets, what a real Prometheus makes
# of it, and that no crowd, no slowness and no garbage keeps either of them out.
# shellcheck disable=SC2317 # its functions are called by wait_for
. "$(dirname "$0")/lib.sh"
needs jq setpriv curl
lab_up

[ -x "$B/tidegate-exporter" ] || skip "$B/tidegate-exporter is not built"
daemon_start enforce web-server
viewers=4711 url=http://127.0.0.1:9909 EXPORTER=
chgrp $viewers "$D/view.sock"
chmod 755 "$D"
mkdir "$D/reports"

# web OPTION... PATH: what curl gets.
web()
{
	in_ns host curl -s -m 6 "${@:1:$#-1}" "$url${!#}"
}

# status OPTION... PATH
status()
{
	web -o /dev/null -w '%{http_code}' "$@"
}

exporter_start()
{
	nsenter "--net=/run/netns/$LAB-host" -- setpriv --reuid 65534 --regid 65534 --groups $viewers \
		"$B/tidegate-exporter" --socket "$D/view.sock" --reports "$D/reports" "$@" >>"$D/exporter.log" 2>&1 &
	EXPORTER=$!
	wait_for 9 web /healthz || bail "the exporter does not come up: $(tail -n 1 "$D/exporter.log")"
}

exporter_start
is "it has no capability" "$(awk '/^Cap(Eff|Prm|Inh|Amb)/ { print $2 }' "/proc/$EXPORTER/status" | sort -u)" 0000000000000000
is "and gets no new right" "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$EXPORTER/status")" 1

# ---- answers ----
is "/healthz" "$(web /healthz)" "ok: mode enforce"
is "status" "$(web /api/v1/status | jq -r '[.v, .status.mode] | @text')" '[1,"enforce"]'
is "versions" "$(web /api/v1/version | jq -r '.exporter == .daemon')" true
for i in $(seq 70); do
	ctl -q ban "198.18.0.$i" --for 10m
done
ids()
{
	local from=0
	while [ "$from" != null ]; do
		web "/api/v1/blocks?from=$from" >"$D/page"
		jq -r '.blocks[].subject' "$D/page"
		from=$(jq -r '.next' "$D/page")
	done
}
is "all blocks, page by page" "$(ids | sort -u | wc -l)" 70
is "an event is told" "$(web /api/v1/events | jq '.events | length > 0')" true
is "the index over IPv6" "$(in_ns host curl -s -m 6 -g 'http://[::1]:9909/' | grep -c '</html>')" 1
is "no script in it" "$(web / | grep -ci '<script')" 0
is "no report yet" "$(status /report)" 404
echo '<p>report</p>' >"$D/reports/latest.html"
is "the report" "$(web /report)" '<p>report</p>'
tag=$(web -I /report | tr -d '\r' | sed -n 's/^ETag: //p')
is "the report again, unchanged" "$(status -H "If-None-Match: $tag" /report)" 304
check "the report is in a sandbox" grep -q "^Content-Security-Policy: default-src 'none'; style.*sandbox" <(web -I /report)
is "HEAD has a length and no body" "$(web -I /style.css | tr -d '\r' | awk '/^Content-Length/ { print ($2 > 0) }')" 1
for method in POST PUT DELETE OPTIONS PATCH TRACE; do
	is "$method" "$(status -X $method /api/v1/blocks)" 405
done
is "with two lengths, of which a proxy may believe the second" \
	"$(status -H 'Content-Length: 0' -H 'Content-Length: 7' /healthz)" 413
is "with a length behind a blank" "$(status -H 'Transfer-Encoding : chunked' /healthz)" 413
# shellcheck disable=SC2016 # the inner shell's
is "by two names" "$(in_ns host timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9909
	printf "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" >&3
	read -r -u 3 version code rest && echo "$code"')" 421
is "by the name of a stranger (DNS rebinding)" "$(status -H 'Host: evil.example' /api/v1/blocks)" 421
is "by no name" "$(status -H 'Host:' /api/v1/blocks)" 400
is "a stranger's page gets no leave to read" \
	"$(web -I -H 'Origin: http://evil.example' /api/v1/status | grep -ci 'access-control')" 0

# ---- Prometheus ----
exposed()
{
	web /metrics | promtool check metrics
}
asked()
{
	[ "$(in_ns host curl -s -m 5 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq '.data.result | length > 0')" = true ]
}
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
	check "promtool finds nothing to say about /metrics" exposed
	printf '%s\n' 'global: { scrape_interval: 1s }' 'scrape_configs:' '- job_name: tidegate' '  static_configs:' \
		"  - targets: ['127.0.0.1:9909']" >"$D/prometheus.yml"
	in_ns host prometheus --config.file="$D/prometheus.yml" --storage.tsdb.path="$D/tsdb" \
		--web.listen-address=127.0.0.1:9090 --log.level=error >"$D/prometheus.log" 2>&1 &
	prometheus=$!
	check "Prometheus scrapes it" wait_for 20 asked 'up{job="tidegate"} == 1'
	check "and knows the daemon" wait_for 5 asked 'tidegate_build_info == 1 and on(instance) tidegate_up == 1'
else
	SKIPPED=$((SKIPPED + 1)) prometheus=
	echo "  skipped prometheus and promtool are not installed"
fi

# ---- against it ----
is "requests that are none" "$(in_ns host python3 "$HERE/slow.py" 127.0.0.1 9909 bad)" "0 of 77"
nsenter "--net=/run/netns/$LAB-host" -- python3 "$HERE/slow.py" 127.0.0.1 9909 silent drip unread >"$D/slow.log" 2>&1 &
slow=$!
check "a crowd that says nothing, drips or does not read is there" wait_for 20 grep -q there "$D/slow.log"
good=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(status /healthz)" != 200 ] || good=$((good + 1))
done
is "and others are served, of ten" "$good" 10
[ -z "$prometheus" ] || check "Prometheus, too" asked 'min_over_time(up{job="tidegate"}[5s]) == 1'
crowded()
{
	web /metrics | grep -E '^tidegate_exporter_connections_evicted_total{reason="crowded"} ' | awk '{ exit !($2 >= 50) }'
}
check "because the oldest had to leave" wait_for 5 crowded
kill $slow
asked_of_daemon()
{
	state '.viewers.accepted'
}
before=$(asked_of_daemon)
for i in $(seq 60); do echo "url = $url/api/v1/status"; echo "output = $D/answer$i"; done >"$D/urls"
in_ns host curl -s -m 20 -K "$D/urls" -Z --parallel-max 20 >/dev/null 2>&1
is "sixty at once are answered" "$(cat "$D"/answer* | jq -r .status.mode | grep -c enforce)" 60
at_most "of which the daemon hears" "$(($(asked_of_daemon) - before))" 15
head -c 8000000 /dev/zero | tr '\0' x >"$D/reports/latest.html"
nsenter "--net=/run/netns/$LAB-host" -- python3 -c '
import socket, time
crowd = []
for i in range(60):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.bind(("127.0.0.%d" % (1 + i % 4), 0))
    s.connect(("127.0.0.1", 9909))
    s.sendall(b"GET /report HTTP/1.1\r\nHost: localhost\r\n\r\n")
    crowd.append(s)
time.sleep(20)' &
readers=$!
refused()
{
	[ "$(status /report)" = 503 ]
}
check "a long report that many do not read is refused to the next" wait_for 10 refused
at_most "MiB of the exporter" $(($(awk '/^VmRSS/ { print $2 }' "/proc/$EXPORTER/status") / 1024)) 90
is "and what is short is answered" "$(status /metrics)" 200
kill $readers
served_again()
{
	[ "$(status /report)" = 200 ]
}
check "until they are gone" wait_for 10 served_again
rm "$D/reports/latest.html"
check "the exporter is the same process" kill -0 $EXPORTER
check "and the daemon sees traffic" reaches innocent 80 3

# ---- without a daemon ----
[ -z "$prometheus" ] || kill $prometheus
daemon_stop >/dev/null
ill()
{
	[ "$(status /healthz)" = 503 ]
}
check "without a daemon it is ill" wait_for 5 ill
down()
{
	web /metrics | grep -qx 'tidegate_up 0'
}
check "its own metrics are there, and say so" wait_for 5 down
is "without a word of the daemon's" "$(web /metrics | grep -c '^tidegate_build_info')" 0
kill -TERM $EXPORTER
check "it ends" wait_for 5 gone $EXPORTER
wait $EXPORTER
is "with" $? 0
exporter_start --metrics-only
is "metrics only" "$(status /metrics) $(status /api/v1/blocks) $(status /report)" "200 404 404"
kill $EXPORTER
finish
