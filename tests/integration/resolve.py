#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""resolve.py ADDRESS NAME=ADDRESS...: answers questions for these names, at port 53 of that address; others do not exist."""
import socket
import struct
import sys


def answer(query, world):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    address = world.get(".".join(labels).lower())
    found = address and kind == 1
    head = query[:2] + struct.pack("!HHHHH", 0x8180 if address else 0x8183, 1, 1 if found else 0, 0, 0)
    record = struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 4) + socket.inet_aton(address) if found else b""
    return head + query[12:at + 5] + record


def main():
    world = dict(word.split("=") for word in sys.argv[2:])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((sys.argv[1], 53))
        while True:
            query, peer = s.recvfrom(512)
            s.sendto(answer(query, world), peer)


main()
