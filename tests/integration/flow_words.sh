#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 21
# The flow tracker of replays against the real conntrack: the host logs each of its packets with conntrack's word on it
# (NFLOG prefixes), and the tracker has to find the same words from the packets alone. Ordinary service, every kind of
# scan, resets, floods, forged acknowledgements, datagrams, errors, both families, a link that loses packets.
. "$(dirname "$0")/lib.sh"
needs nmap tcpdump nft
lab_up

probe=$B/lab/probe_flow
[ -x "$probe" ] || skip "$probe is not built"

# After conntrack (-200) on the way in, so that what no socket gets is seen, too; on the way out behind it as well.
in_ns host nft -f - <<'END' || skip "this kernel cannot log packets to userspace"
table inet words {
	chain word {
		ct state new log prefix "new" group 7 queue-threshold 1 accept
		ct state established log prefix "established" group 7 queue-threshold 1 accept
		ct state related log prefix "related" group 7 queue-threshold 1 accept
		ct state invalid log prefix "invalid" group 7 queue-threshold 1 accept
		ct state untracked log prefix "untracked" group 7 queue-threshold 1 accept
	}
	chain in {
		type filter hook prerouting priority -100; policy accept;
		iif "lo" return
		jump word
	}
	chain out {
		type filter hook output priority -100; policy accept;
		oif "lo" return
		jump word
	}
}
END
# Not by in_ns: of a function in the background one has the shell's number, not the program's.
nsenter "--net=/run/netns/$LAB-host" -- tcpdump -i nflog:7 -s 65535 -B 16384 -U -w "$D/words.pcap" >"$D/tcpdump.log" 2>&1 &
DUMP=$!
wait_for 5 grep -q listening "$D/tcpdump.log" || skip "tcpdump cannot read NFLOG here: $(tail -n 1 "$D/tcpdump.log")"
nsenter "--net=/run/netns/$LAB-host" -- python3 "$HERE/serve.py" --hear 8081 >/dev/null 2>&1 &
HEAR=$!
mkdir "$D/www"
head -c 3000000 /dev/zero >"$D/www/big"
nsenter "--net=/run/netns/$LAB-host" -- python3 -m http.server -d "$D/www" 8000 >/dev/null 2>&1 &
WWW=$!

# talk FROM PYTHON: connections by hand.
talk()
{
	in_ns "$1" timeout 20 python3 -c "import socket, struct, time
def to(port, host='$HOST', source=0):
    s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.settimeout(3)
    if source:
        s.bind(('', source))
    s.connect((host, port))
    return s
def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()
$2" >/dev/null 2>&1
}

note "service of both families, either side closing first, resets, the same ports again"
for host in $HOST $HOST6; do
	talk innocent "
for i in range(40):
    s = to(80, '$host'); s.recv(100); s.recv(100); s.close()
    s = to(8081, '$host'); s.send(b'x' * 3000); s.close()
    s = to(48443, '$host'); s.recv(100); reset(s)
    s = to(48443, '$host'); reset(s)
for i in range(3):
    s = to(80, '$host', 33333); s.recv(100); s.recv(100); s.close()
    s = to(48443, '$host', 33334); s.recv(100); reset(s)
    s = to(48443, '$host', 33334); s.send(b'abc'); reset(s)"
	talk innocent "
s = socket.socket(socket.AF_INET6 if ':' in '$host' else socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
for i in range(40):
    s.sendto(b'question', ('$host', 53)); s.recv(100)
    s.sendto(b'question', ('$host', 54))"
done
for _ in 1 2 3 4 5 6 7 8; do
	in_ns innocent nmap -n -sn -PE --disable-arp-ping $HOST >/dev/null 2>&1
	in_ns innocent nmap -n -sn -6 -PE --disable-arp-ping $HOST6 >/dev/null 2>&1
done
talk host "
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
for i in range(20):
    try:
        s.sendto(b'too far', ('$INNOCENT', 1000 + i))
    except OSError:
        pass" # errors for us
in_ns host timeout 20 python3 "$HERE/connect.py" --quiet --timeout 0.5 $INNOCENT 81 # refused to us

note "every kind of scan"
for kind in S T A W M N F X; do
	in_ns attacker nmap -n -Pn "-s$kind" -T4 --max-retries 1 --min-rate 200 -p 1-60,80,8000,8081,48443 $HOST >/dev/null 2>&1
done
in_ns attacker nmap -n -Pn -sU -T4 --max-retries 1 --min-rate 200 -p 50-70 $HOST >/dev/null 2>&1
in_ns attacker nmap -n -Pn -6 -sS -T4 --max-retries 1 --min-rate 200 -p 1-100 $HOST6 >/dev/null 2>&1
in_ns attacker nmap -n -Pn -sS -O --max-os-tries 1 -p 22,80,81 $HOST >/dev/null 2>&1
in_ns attacker nmap -n -Pn -sY -T4 --max-retries 1 -p 1-20 $HOST >/dev/null 2>&1

note "half-open handshakes, forged acknowledgements, answers to nothing"
in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port 80 --count 500 --rate 500 >/dev/null
in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port 80 --count 500 --rate 500 --guess 50 --step 60000 >/dev/null
for flags in SA R RA FA PA F; do
	in_ns attacker "$B/lab/forge" --src $FORGED --dst $HOST --port 80 --count 50 --rate 500 --flags $flags >/dev/null
	in_ns attacker "$B/lab/forge" --src 198.18.7.7 --dst $HOST --port 80 --sport 4242 --count 2 --flags S >/dev/null
	in_ns attacker "$B/lab/forge" --src 198.18.7.7 --dst $HOST --port 80 --sport 4242 --count 2 --flags $flags >/dev/null
done

note "large transfers, over a link that loses one packet in thirty, and the first SYN-ACK of each"
in_ns innocent python3 -c "import urllib.request; urllib.request.urlopen('http://$HOST:8000/big').read()"
if nft 'table inet loss { chain c { type filter hook forward priority 0; iifname "to-innocent" numgen random mod 30 0 drop;
	oifname "to-innocent" tcp sport 8000 tcp flags & (syn | ack) == (syn | ack) numgen inc mod 2 0 drop;
	oifname "to-innocent" numgen random mod 30 0 drop; }; }' 2>/dev/null; then
	for _ in 1 2 3; do
		in_ns innocent timeout 20 python3 -c "import urllib.request; urllib.request.urlopen('http://$HOST:8000/big').read()"
	done
	talk innocent "
for i in range(30):
    try:
        s = to(80); s.recv(100); s.close()
        s = to(8081); s.send(b'x' * 3000); s.close()
    except OSError:
        pass"
else
	note "(this kernel cannot drop by chance: nothing was lost)"
fi

sleep 1
kill $DUMP
wait $DUMP 2>/dev/null
kill $HEAR $WWW 2>/dev/null
lost=$(sed -nE 's/^([0-9]+) packets? dropped by (kernel|interface).*/\1/p' "$D/tcpdump.log")
is "packets that the kernel could not log" "${lost:-none said}" 0
[ -z "${KEEP-}" ] || cp "$D/words.pcap" "$KEEP"

"$probe" "$D/words.pcap" >"$D/words.txt" || bail "probe_flow could not read the capture"
grep -E '^ ' "$D/words.txt"
said()
{
	awk -v key="$1" '$1 == key { print $2 }' "$D/words.txt"
}
at_least "packets" "$(said packets)" 6000
at_most "packets that do not parse" "$(said skipped)" 50
at_most "words that differ from conntrack's" "$(said differences)" "$(($(said packets) / 1000))"
for word in new established related invalid untracked; do
	at_least "packets that both call $word" \
		"$(awk -v w=$word '$1 == w && $2 == w { print $3 } END { print 0 }' "$D/words.txt" | head -n 1)" 5
done
finish
