#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 12
# The numbers for Prometheus: promtool finds nothing to say about them, they hold what happened, and the same for whoever
# asks. As a file they are whole, readable by node_exporter through a link, survive a folder that is gone, and end with
# the daemon.
# shellcheck disable=SC2317 # its functions are called by wait_for
. "$(dirname "$0")/lib.sh"
needs jq curl setpriv python3
lab_up

# value SERIES: as the daemon tells it.
value()
{
	ctl metrics | awk -v s="$1" '{ v = $NF; sub(/ [^ ]*$/, "") } $0 == s { print v }'
}

at_value()
{
	[ "$(value "$1")" = "$2" ]
}

code "no family by another name" 64 metrics familes
is "each family is explained without a daemon" "$(ctl metrics families -o plain | awk -F '\t' 'NF != 4 || $4 == ""' | wc -l)" 0

own_conf
mkdir "$D/etc/policies/conf.d" "$D/prom" "$D/collected"
chmod 755 "$D"
cat >"$D/etc/policies/conf.d/metrics.conf" <<END
metrics = { textfile = "$D/prom/tidegate.prom"; interval = "1s"; };
END
daemon_start enforce web-server
code "metrics" 0 metrics
is "its pieces as JSON are the same text" "$(ctl metrics -o json | jq -j .metrics | grep -c '^# TYPE ')" \
	"$(grep -c '^# TYPE ' "$D/out")"
if command -v promtool >/dev/null; then
	is "what promtool complains about" "$(ctl metrics | promtool check metrics 2>&1)" ""
else
	note "promtool is missing: the format is not checked"
fi
# What rules and dashboard ask for by the value of a label is told from the start, before it has ever happened.
unknown=$(python3 "$TOP/tests/prometheus/references.py" matchers "$TOP/packaging/prometheus/tidegate.rules.yml" \
	"$TOP/packaging/grafana/tidegate.json" | while read -r family matcher; do
		grep "^$family{" "$D/out" | grep -qF "$matcher" || echo "$family $matcher"
	done)
is "what rules and dashboard ask for, and is not told" "$unknown" ""
is "the mode" "$(value 'tidegate_mode{mode="enforce"}')" 1
at_least "memory of the daemon, in bytes" "$(value tidegate_resident_memory_bytes)" 1000000
check "the processor's time is told" test "$(value tidegate_cpu_seconds_total)" != 0
is "nothing is missing in the kernel" "$(value tidegate_enforced_ratio)" 1
served=$(value tidegate_verdict_latency_seconds_count)
reaches innocent 80 3
check "a packet's way to its verdict was measured" test "$(value tidegate_verdict_latency_seconds_count)" -gt "$served"
is "each held packet counts once in the latency" "$(value tidegate_verdict_latency_seconds_count)" \
	"$(ctl metrics | awk '/^tidegate_packets_total.*queue="410[0-3]"/ { n += $2 } END { print n }')"

ctl ban 198.18.0.9 --for 10m >"$D/out"
ctl ban 2001:db8:77::9 --for 10m >"$D/out"
is "what was blocked by hand (IPv4)" "$(value 'tidegate_blocked_addresses{family="ipv4",origin="manual"}')" 1
is "what was blocked by hand (IPv6)" "$(value 'tidegate_blocked_addresses{family="ipv6",origin="manual"}')" 1
is "the kernel took both" "$(value 'tidegate_actions_total{action="drop",applied="true"}')" 2
is "no detector was on its way to that" "$(value tidegate_detect_to_enforce_seconds_count)" 0
attack_nmap 20 -sS -p 1-30 --max-retries 0 $HOST
check "a scan is found" wait_for 10 at_value 'tidegate_findings_total{detector="scan",proof="claimed"}' 1
check "and its way from packet to kernel measured" \
	wait_for 5 at_value tidegate_detect_to_enforce_seconds_count 1
ctl unban --all >"$D/out"
check "after unban --all nothing is blocked" wait_for 5 at_value 'tidegate_blocked_addresses{family="ipv4",origin="manual"}' 0
ctl metrics >"$D/out"
check "no address is told" not grep -E '198\.|192\.|2001:' "$D/out"

# ---- the file ----

# written [SERIES]: in the file, with any value.
written()
{
	grep -q "^${1:-tidegate_build_info}" "$D/prom/tidegate.prom"
}

failed_to_write()
{
	[ "$(value tidegate_textfile_failures_total)" -gt 0 ]
}

check "the file is written" wait_for 10 written
is "readable by all" "$(stat -c %a "$D/prom/tidegate.prom")" 644
is "with the families that the daemon tells" "$(grep -c '^# TYPE' "$D/prom/tidegate.prom")" "$(grep -c '^# TYPE' "$D/out")"
mv "$D/prom" "$D/away"
check "a folder that is gone is counted" wait_for 10 failed_to_write
is "and said once" "$(grep -c 'metrics: .*tried again' "$D/daemon.log")" 1
mv "$D/away" "$D/prom"
check "when it is back" wait_for 10 grep -q 'tidegate.prom is written again' "$D/daemon.log"
if command -v prometheus-node-exporter >/dev/null; then
	# As packaging links it, for somebody else: the collector's folder is not ours.
	ln -s "$D/prom/tidegate.prom" "$D/collected/tidegate.prom"
	chmod 755 "$D/collected" "$D/prom"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$D/collected" >"$D/exporter.log" 2>&1 &
	exported()
	{
		curl -sf http://127.0.0.1:9100/metrics | grep -q "$1"
	}
	check "node_exporter reads it through a link" wait_for 20 exported '^tidegate_mode{mode="enforce"} 1'
	check "and has no complaint" exported '^node_textfile_scrape_error 0'
else
	exported()
	{
		return 1
	}
	note "node_exporter is missing: the link was not tried"
fi
daemon_stop
check "nobody is told the numbers of a daemon that has ended" not exported '^tidegate_'
check "the file has gone with the daemon" not test -e "$D/prom/tidegate.prom"
is "and nothing is left of it" "$(ls "$D/prom")" ""
finish
