#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Both ends of answers that come late. "resolve" answers each datagram after --delay; "segments" does so with the SYNs to
its two ports, by a SYN-ACK and by a RST, which the kernel below it must not do itself; "ask" and "connect" ask --count
times, each from a port of its own, and do not wait; "unasked" sends datagrams to those ports that nobody asked for. Each
prints how many it sent; the answering ones do at SIGTERM."""
import argparse
import heapq
import select
import signal
import socket
import struct
import sys
import time

SYN, RST, ACK = 2, 4, 16
QUERY = struct.pack("!HHHHHH", 0x7467, 0x0100, 1, 0, 0, 0) + b"\x07example\x03com\x00\x00\x01\x00\x01"


def answer_late(o, sock, answer_to):
    """Until SIGTERM: what answer_to makes of each packet is called after the delay."""
    due, sent, ended = [], 0, []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    while not ended:
        wait = min(0.2, max(0, due[0][0] - time.monotonic())) if due else 0.2
        if select.select([sock], [], [], wait)[0]:
            answer = answer_to(*sock.recvfrom(2048))
            if answer:
                heapq.heappush(due, (time.monotonic() + o.delay, sent + len(due), answer))
        while due and due[0][0] <= time.monotonic():
            heapq.heappop(due)[2]()
            sent += 1
    print(sent)


def resolve(o):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", o.port))

    def answer_to(data, peer):
        answer = data[:2] + b"\x81\x83" + data[4:]
        return lambda: s.sendto(answer, peer)

    answer_late(o, s, answer_to)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def segments(o):
    """Sees SYNs where they come in, ahead of the rule that drops them."""
    see = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)

    def answer_to(data, link):
        at = (data[0] & 15) * 4
        if link[2] == socket.PACKET_OUTGOING or data[9] != socket.IPPROTO_TCP or data[at + 13] != SYN:
            return None
        sport, dport, seq = struct.unpack("!HHI", data[at:at + 8])
        if dport not in (o.port, o.port + 1):
            return None
        flags = SYN | ACK if dport == o.port else RST | ACK
        mine = 0x12345678 if dport == o.port else 0
        tcp = struct.pack("!HHIIBBHHH", dport, sport, mine, (seq + 1) & 0xffffffff, 5 << 4, flags, 64240, 0, 0)
        pseudo = data[16:20] + data[12:16] + struct.pack("!HH", socket.IPPROTO_TCP, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        return lambda: out.sendto(tcp, (socket.inet_ntoa(data[12:16]), 0))

    answer_late(o, see, answer_to)


def ask(o):
    for i in range(o.count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("", o.own + i))
            s.sendto(QUERY, (o.host, o.port))
        time.sleep(o.gap)
    print(o.count)


def connect(o):
    """A client that gives up before the answer; one port, then the other."""
    for i in range(o.count):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.setblocking(False)
            s.bind(("", o.own + i))
            s.connect_ex((o.host, o.port + i % 2))
        time.sleep(o.gap)
    print(o.count)


def unasked(o):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("", o.port))
        for i in range(o.count):
            s.sendto(QUERY[:2] + b"\x81\x83" + QUERY[4:], (o.host, o.own + i))
            time.sleep(o.gap)
    print(o.count)


def main():
    p = argparse.ArgumentParser()
    kinds = {"resolve": resolve, "segments": segments, "ask": ask, "connect": connect, "unasked": unasked}
    p.add_argument("what", choices=kinds)
    p.add_argument("host", nargs="?", default="")
    p.add_argument("--port", type=int, required=True, help="of the server")
    p.add_argument("--own", type=int, default=40000, help="first port of the client")
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--delay", type=float, default=2.5)
    p.add_argument("--gap", type=float, default=0.01)
    o = p.parse_args()
    kinds[o.what](o)
    return 0


if __name__ == "__main__":
    sys.exit(main())
