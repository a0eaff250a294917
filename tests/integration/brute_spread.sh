#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 65
# Two hundred addresses with three wrong passwords each, at a real sshd. None of them does what would be found by itself;
# the wave is, and is answered at the service. Somebody who mistypes twice in the middle of it and works on is not named.
# (Who came with the wave is named two minutes after his last attempt, which the scenarios tell.)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_sshd.sh"
SOURCES=200
lab_up
sshd_up
for i in $(seq $SOURCES); do
	echo "addr add 10.66.0.$i/32 dev eth0"
done | ip -n "$LAB-attacker" -batch - || bail "no addresses for the attacker"
ip route add 10.66.0.0/24 via "$ATTACKER"
daemon_start enforce web-server
automation true

for round in 1 2 3; do
	for i in $(seq $SOURCES); do
		guess attacker "$round" -b "10.66.0.$i" &
		[ $((i % 10)) != 0 ] || wait -n
		[ $((i % 200)) != 90 ] || [ "$round" = 3 ] || guess innocent "$round"
	done
done
automation true
wait_for 75 some_alert event_type=alert "tidegate.detector=brute.spread"
check "the wave is found, and about the service" some_alert event_type=alert "tidegate.detector=brute.spread" \
	tidegate.proof=claimed
is "addresses that were found by themselves" "$(alerts event_type=alert "tidegate.detector=brute.login")" 0
check "a measure at the service stands" banned "tcp/$SSH_PORT"
check "automation still gets in" automation
is "findings about who works here" "$(alerts event_type=alert "src_ip=$INNOCENT")" 0
finish
