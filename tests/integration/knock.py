#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a peer notices, one word at a time. "tcp" and "udp" knock at ports and print every outcome that there was (open,
closed, silent), or with --counts how often each; "ping" does so with an echo request; "hold" keeps one connection to an
echo service busy and prints "whole" or "broken"; "echo" is that service."""
import argparse
import collections
import socket
import struct
import sys
import threading
import time


PING = 77  # identifier of our echo requests


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def knock_tcp(o, port):
    with socket.socket(family(o.host), socket.SOCK_STREAM) as s:
        s.settimeout(o.timeout)
        try:
            s.connect((o.host, port))
            return "open"
        except ConnectionRefusedError:
            return "closed"
        except OSError:
            return "silent"


def knock_udp(o, port):
    with socket.socket(family(o.host), socket.SOCK_DGRAM) as s:
        s.settimeout(o.timeout)
        try:
            s.connect((o.host, port))
            s.send(b"hello")
            s.recv(64)
            return "open"
        except ConnectionRefusedError:
            return "closed"
        except OSError:
            return "silent"


def knock_ping(o, _):
    """One echo request by a raw socket; the kernel sums ICMPv6 itself."""
    six = ":" in o.host
    request = struct.pack("!BBHHH", 128 if six else 8, 0, 0 if six else 0xffff - (0x0800 + PING + 1), PING, 1)
    with socket.socket(family(o.host), socket.SOCK_RAW, 58 if six else 1) as s:
        s.sendto(request, (o.host, 0))
        until = time.monotonic() + o.timeout
        while (left := until - time.monotonic()) > 0:
            s.settimeout(left)
            try:
                data = s.recv(256)
            except OSError:
                break
            kind, _, _, ident, _ = struct.unpack("!BBHHH", data[0 if six else 20:][:8])
            if kind == (129 if six else 0) and ident == PING:
                return "open"
    return "silent"


def knock(o, once):
    ports = [int(p) for p in o.port.split(",")] * o.count
    out = []
    crowd = [threading.Thread(target=lambda p=p: out.append(once(o, p))) for p in ports]
    for t in crowd:
        t.start()
    for t in crowd:
        t.join()
    seen = collections.Counter(out)
    if o.counts:
        print(seen["open"], seen["closed"], seen["silent"])
    else:
        print(" ".join(sorted(seen)))


def hold(o):
    """A line a tenth of a second, each one answered within --timeout."""
    try:
        with socket.create_connection((o.host, int(o.port)), timeout=3) as s:
            s.settimeout(o.timeout)
            if o.begun:
                open(o.begun, "w", encoding="ascii").close()
            until = time.monotonic() + o.seconds
            while time.monotonic() < until:
                s.sendall(b"still there?\n")
                if not s.recv(64):
                    raise OSError("closed")
                time.sleep(0.1)
        print("whole")
    except OSError:
        print("broken")


def answer(c):
    with c:
        try:
            while True:
                data = c.recv(4096)
                if not data:
                    return
                c.sendall(data)
        except OSError:
            return


def echo(o):
    s = socket.create_server(("::", int(o.port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=512)
    while True:
        c, _ = s.accept()
        threading.Thread(target=answer, args=(c,), daemon=True).start()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=("tcp", "udp", "ping", "hold", "echo"))
    p.add_argument("host")
    p.add_argument("port", nargs="?", default="0", help="one, or several with commas")
    p.add_argument("--count", type=int, default=1)
    p.add_argument("--timeout", type=float, default=0.4)
    p.add_argument("--seconds", type=float, default=1)
    p.add_argument("--begun", help="hold: a file that is made once the connection stands")
    p.add_argument("--counts", action="store_true")
    o = p.parse_args()
    knocks = {"tcp": knock_tcp, "udp": knock_udp, "ping": knock_ping}
    if o.what in knocks:
        knock(o, knocks[o.what])
    else:
        {"hold": hold, "echo": echo}[o.what](o)
    return 0


if __name__ == "__main__":
    sys.exit(main())
